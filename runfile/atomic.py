"""Files that are written whole or not at all, whatever ends the process."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from runfile.runs import RunError


def write_atomic(file: Path, data: bytes, temporary: Path) -> None:
    """Have `file` hold `data`, all of it, or else what it held before.

    `temporary` is a name in the same folder, for as long as it is written. Raises OSError.
    """
    try:
        with temporary.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(file)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sync_names(file.parent)


def _sync_names(folder: Path) -> None:
    """Have the names in a folder outlive a power cut, where the system can be asked for it."""
    with suppress(OSError):  # Windows opens no folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def new_file(path: Path, made_from: Iterable[Path] = (), option: str = "-o") -> Iterator[Path]:
    """A draft of a file, which takes its place when it is whole; what is there before is replaced.

    Raises RunError, which says by which option to name another, when it cannot be written there, or it is one of the
    runs that it is made from.
    """
    with explained(path, option):
        place = _fit(path, option)
        if place in {file.resolve() for file in made_from}:
            raise RunError(f"{path} is one of the runs that it is made from: name another file with {option}")
        draft = draft_beside(place)
        try:
            yield draft
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)


def check_place(path: Path, option: str = "-o") -> None:
    """Refuse a path where no file can be written, before there is anything to write. Raises RunError."""
    with explained(path, option):
        draft = draft_beside(_fit(path, option))
        draft.touch()
        draft.unlink()


def _fit(path: Path, option: str) -> Path:
    if path.is_dir():
        raise RunError(f"{path} is a folder: name a file with {option}")
    if path.exists() and not path.is_file():
        raise RunError(f"{path} is not a file that could be replaced: name another one with {option}")
    return path.resolve()


@contextmanager
def explained(path: Path, option: str = "-o") -> Iterator[None]:
    """Say in a sentence why something cannot be written, and by which option to name another place."""
    try:
        yield
    except OSError as error:
        why = error.strerror or error
        raise RunError(f"{path} cannot be written ({why}): name another place with {option}") from error


def draft_beside(path: Path) -> Path:
    """A name of its own in the same folder."""
    return path.with_name(f".exporting-{token_hex(8)}")
