"""Sentences on a console."""

from __future__ import annotations

import textwrap

from rich.console import Console
from rich.text import Text

from runfile.sanitize import printable

NARROWEST = 20


def say(console: Console, sentence: str, style: str = "", lead: tuple[int, str] | None = None) -> None:
    """Print a sentence, as wide as the console is; further lines are indented by two more than the first.

    `lead` is how many of its characters have which style.
    """
    indent = len(sentence) - len(sentence.lstrip(" "))
    filled = textwrap.fill(
        printable(sentence),
        max(NARROWEST, console.width),
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_on_hyphens=False,
        break_long_words=False,
    )
    text = Text(filled, style=style)
    if lead:
        text.stylize(lead[1], 0, lead[0])
    console.print(text, soft_wrap=True)
