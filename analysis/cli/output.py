"""What the verbs of the command line have in common: choosing runs, and printing what was found."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer
from msgspec import Struct

from analysis.cli.options import Format

if TYPE_CHECKING:
    from analysis.criteria.comparable import ComparableRuns
    from analysis.criteria.thresholds import Thresholds
    from analysis.documents.document import Document
    from runfile.digests import RunDigest, Skipped
    from runfile.runs import Run

T = TypeVar("T", bound=Struct)


def selected(storage: Path, words: Sequence[str] | None) -> list[RunDigest]:
    """The runs that are meant; the files that are none are named on stderr."""
    from runfile.selection import select

    found = select(storage, words or [])
    tell(found.skipped)
    return found.records


def together(storage: Path, words: Sequence[str] | None) -> ComparableRuns:
    """The runs that are named; without words, the newest and those like it, with what is left out.

    A file that is named itself has to be a run. Among others, one that is none is named on stderr.
    """
    from analysis.criteria.comparable import ComparableRuns, like_the_newest
    from runfile.digests import Skipped
    from runfile.runs import RunError, load
    from runfile.selection import find

    if not words:
        return like_the_newest(selected(storage, None))
    found = find(storage, words)
    runs: list[Run] = []
    skipped = [*found.skipped]
    for path in found.files:
        try:
            runs.append(load(path))
        except RunError as error:
            if path in map(Path, words):
                raise
            skipped.append(Skipped(path, str(error)))
    if not runs:
        raise RunError(skipped[0].reason)
    tell(skipped)
    return ComparableRuns(runs, [])


def alike(storage: Path, words: Sequence[str] | None) -> list[Run]:
    """The same runs; those that are left out are told on stderr."""
    chosen = together(storage, words)
    tell_left_out(chosen.left_out)
    return chosen.runs


def tell_left_out(reasons: Sequence[str]) -> None:
    for reason in reasons:
        typer.echo(f"not taken: {reason}", err=True)


def tell(skipped: Sequence[Skipped]) -> None:
    for one in skipped:
        typer.echo(f"skipped: {one.reason}", err=True)


def limits_of(given: str | None, file: Path | None) -> Thresholds:
    from analysis.criteria.thresholds import thresholds

    return thresholds(given, file, Path.cwd())


def write(how: Format, name: str, found: T, document: Callable[[T], Document]) -> None:
    """Print what was found: under its name as JSON, or its document as Markdown or text."""
    from analysis.documents import as_json, markdown

    if how is Format.JSON:
        sys.stdout.write(as_json.render(**{name: found}))
    elif how is Format.MARKDOWN:
        sys.stdout.write(markdown.render(document(found)))
    else:
        show(document(found))


def show(document: Document) -> None:
    """Print a document on the terminal, or into a pipe."""
    from rich.console import Console

    from analysis.documents import terminal

    console = Console()
    # Captured, because Rich would end a broken pipe itself, with an exit code that means something else here.
    with console.capture() as captured:
        terminal.show(document, console)
    sys.stdout.write(captured.get())
