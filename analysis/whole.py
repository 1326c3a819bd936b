"""Files that are written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from analysis.records import Record
from analysis.runs import RunError


@contextmanager
def new_file(path: Path, runs: Sequence[Record] = ()) -> Iterator[Path]:
    """A draft of a file, which takes its place when it is whole; what is there before is replaced.

    Raises RunError when it cannot be written there, or it is the file of one of the runs that it is made from.
    """
    with told(path):
        place = _fit(path)
        if place in {run.path.resolve() for run in runs}:
            raise RunError(f"{path} is one of the runs that it is made from: name another file with -o")
        draft = beside(place)
        try:
            yield draft
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)


def check_place(path: Path) -> None:
    """Refuse a path where no file can be written, before there is anything to write. Raises RunError."""
    with told(path):
        draft = beside(_fit(path))
        draft.touch()
        draft.unlink()


def _fit(path: Path) -> Path:
    if path.is_dir():
        raise RunError(f"{path} is a folder: name a file with -o")
    if path.exists() and not path.is_file():
        raise RunError(f"{path} is no file that could be replaced: name another one with -o")
    return path.resolve()


@contextmanager
def told(path: Path, option: str = "-o") -> Iterator[None]:
    """Tell in a sentence why something cannot be written, and by which option to name another place."""
    try:
        yield
    except OSError as error:
        why = error.strerror or error
        raise RunError(f"{path} cannot be written ({why}): name another place with {option}") from error


def beside(path: Path) -> Path:
    """A name of its own in the same folder."""
    return path.with_name(f".exporting-{token_hex(8)}")
