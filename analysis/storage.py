"""Finding saved runs: by file, by folder or by number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from analysis.runs import RunError

# Of a name that does not exist; longer than most paths.
LONGEST_SHOWN = 200
NUMBER = re.compile(r"[0-9]{1,9}")
NUMBERED = re.compile(rf"({NUMBER.pattern})_.*\.json")


def find(storage: Path, wanted: Sequence[str]) -> list[Path]:
    """The files of the runs that are wanted, each once, in the order they are asked for.

    A run is wanted by its file, by a folder (all runs in it and below) or by its number in the storage folder. With
    nothing wanted it is the newest run in storage, by the time its file was written. Raises RunError.
    """
    found = [path for one in wanted for path in _named(storage, one)] if wanted else [_newest(storage)]
    return list({path.resolve(): path for path in found}.values())


def _named(storage: Path, wanted: str) -> list[Path]:
    path = Path(wanted)
    try:
        is_folder = wanted and path.is_dir()  # without a name it would be this very folder
        is_file = wanted and path.exists()  # or a pipe
    except (OSError, ValueError):  # too long for a name; newer Pythons do not raise
        is_folder = is_file = False
    if is_folder:
        if files := sorted(file for file in path.rglob("*.json") if file.is_file()):
            return files
        raise RunError(f"no runs in {path}: name a folder that holds saved runs")
    if is_file:
        return [path]
    if NUMBER.fullmatch(wanted):
        return [_numbered(storage, int(wanted))]
    shown = repr(wanted[:LONGEST_SHOWN]) + "…" * (len(wanted) > LONGEST_SHOWN)
    raise RunError(f"there is no file or folder {shown}: name a saved run by its file, its folder or its number")


def _stored(storage: Path) -> Iterator[tuple[int, Path]]:
    """The numbered runs in storage, by number; runs of all machines, unless there is none, which raises RunError."""
    found = [
        (int(match[1]), path)
        for path in storage.rglob("*.json")
        if (match := NUMBERED.fullmatch(path.name)) and path.is_file()
    ]
    if not found:
        raise RunError(f"no runs in {storage}: make one with `make bench`, or name the folder with --storage")
    yield from sorted(found)


def _numbered(storage: Path, number: int) -> Path:
    stored = list(_stored(storage))
    paths = [path for its_number, path in stored if its_number == number]
    if not paths:
        numbers = sorted({its_number for its_number, _ in stored})
        held = f"{numbers[0]:04}" if len(numbers) == 1 else f"numbers from {numbers[0]:04} to {numbers[-1]:04}"
        raise RunError(f"no run {number:04} in {storage}: it holds {held}")
    if len(paths) > 1:
        listed = " and ".join(map(str, paths))
        raise RunError(f"there are {len(paths)} runs {number:04}: name one by its path, {listed}")
    return paths[0]


def _newest(storage: Path) -> Path:
    return max((path for _, path in _stored(storage)), key=lambda path: path.stat().st_mtime)
