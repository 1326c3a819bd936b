"""Where saved runs are: in storage, one folder for each machine, each run with a number of its own."""

from __future__ import annotations

import re
from pathlib import Path

from runfile.runs import RunError

NUMBERED = re.compile(r"([0-9]{1,9})_.*\.json", re.DOTALL)
# A whole number as pytest-benchmark writes it, rather than the beginning of several, with the folder or without.
WHOLE_NUMBER = re.compile(r"(.*[/\\])?[0-9]{4,}")


def number_of(path: Path) -> int:
    """The number that a file's name begins with, or -1."""
    match = NUMBERED.fullmatch(path.name)
    return int(match[1]) if match else -1


def next_number(folder: Path) -> int:
    """The number of the next run in a machine's folder."""
    return max([0, *map(number_of, folder.iterdir())]) + 1


def exactly(wanted: str) -> str:
    """A name for pytest-benchmark to look for, of which a number means that run: not 10000 as well for 1000."""
    return f"{wanted}_" if WHOLE_NUMBER.fullmatch(wanted) and not Path(wanted).is_file() else wanted


def stored(storage: Path) -> list[Path]:
    """The numbered files in storage and in its machines' folders, by number. Raises RunError when there are none."""
    found = (path for pattern in ("*.json", "*/*.json") for path in storage.glob(pattern))
    files = [path for path in found if number_of(path) >= 0 and path.is_file()]
    if not files:
        raise RunError(f"no runs in {storage}: make one with `make bench`, or name the folder with --storage")
    return sorted(files, key=lambda path: (number_of(path), path))


def files_of(name: str) -> list[Path] | None:
    """The file of that name, or all JSON files below the folder of that name; None if there is neither.

    Raises RunError for a folder without any.
    """
    path = Path(name)
    try:
        is_folder, exists = path.is_dir(), path.exists()  # a pipe exists, and is not a file
    except (OSError, ValueError):  # too long for a name; newer Pythons do not raise
        return None
    if is_folder:
        if files := sorted(file for file in path.rglob("*.json") if file.is_file()):
            return files
        raise RunError(f"no runs in {path}: name a folder that holds saved runs")
    return [path] if exists else None
