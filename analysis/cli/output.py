"""What the verbs of the command line have in common: choosing runs, and printing what was found."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer
from msgspec import Struct

from analysis.cli.options import Format

if TYPE_CHECKING:
    from rich.console import Console

    from analysis.criteria.comparable import Alike
    from analysis.criteria.thresholds import Thresholds
    from analysis.findings.comparison import Comparison
    from runfile.digests import Record, Skipped

T = TypeVar("T", bound=Struct)


def selected(storage: Path, words: Sequence[str] | None) -> list[Record]:
    """The runs that are meant; the files that are none are named on stderr."""
    from runfile.selection import select

    found = select(storage, words or [])
    tell(found.skipped)
    return found.records


def together(storage: Path, words: Sequence[str] | None) -> Alike:
    """The runs that are named; without words, the newest and those like it, with what is left out."""
    from analysis.criteria.comparable import Alike, like_the_newest
    from runfile.runs import load
    from runfile.selection import find

    if words:
        return Alike([load(path) for path in find(storage, words)], [])
    return like_the_newest(selected(storage, None))


def tell(skipped: Sequence[Skipped]) -> None:
    for one in skipped:
        typer.echo(f"skipped: {one.reason}", err=True)


def limits_of(given: str | None, file: Path | None) -> Thresholds:
    from analysis.criteria.thresholds import thresholds

    return thresholds(given, file, Path.cwd())


def write(how: Format, name: str, found: T, render: Callable[[T], str], show: Callable[[T, Console], None]) -> None:
    """Print what was found: under its name as JSON, by `render` as Markdown, or by `show` as text."""
    from analysis.views import as_json

    if how is Format.JSON:
        sys.stdout.write(as_json.render(**{name: found}))
    elif how is Format.MARKDOWN:
        sys.stdout.write(render(found))
    else:
        on_console(lambda console: show(found, console))


def write_comparison(found: Comparison, how: Format, *, brief: bool = False) -> None:
    """Print a comparison; `brief` leaves out what is unchanged, in text."""
    from analysis.views import comparison_markdown, comparison_text

    write(how, "comparison", found, comparison_markdown.render, partial(comparison_text.show, brief=brief))


def on_console(show: Callable[[Console], None]) -> None:
    """Print by way of a console."""
    from rich.console import Console

    console = Console()
    # Captured, because Rich would end a broken pipe itself, with an exit code that means something else here.
    with console.capture() as captured:
        show(console)
    sys.stdout.write(captured.get())
