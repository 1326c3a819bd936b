"""Output to a stream that cannot show every character: what it cannot is replaced by something plain."""

from __future__ import annotations

import codecs
import unicodedata
from typing import TextIO

HANDLER = "three-patterns-plain"
PLAIN = {
    "★": "*",
    "×": "x",
    "÷": "/",
    "–": "-",
    "−": "-",
    "—": "-",
    "·": "*",
    "→": ">",
    "±": "~",
    "µ": "u",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "✓": "+",
    "✗": "x",
}


def show_plainly(stream: TextIO) -> None:
    """Have a stream show something plain for a character that its encoding lacks, rather than fail."""
    # A stream that somebody has put in place of Python's may not have it.
    getattr(stream, "reconfigure", lambda **_: None)(errors=HANDLER)


def _plain(error: UnicodeError) -> tuple[str, int]:
    """An error handler for an encoder. A character for each, so that columns stay where they are."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_one, error.object[error.start : error.end])), error.end


def _one(character: str) -> str:
    base = unicodedata.normalize("NFKD", character)[0]
    return PLAIN.get(character) or (base if base.isascii() else "?")


codecs.register_error(HANDLER, _plain)
