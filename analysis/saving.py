"""Saves runs of other machines in storage, as the suite does its own: numbered under a lock, whole or not at all."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from analysis.runs import RunError
from analysis.storage import number_of

# The same names as in the suite's own storage, whose processes write there too.
LOCK = ".lock"
TEMPORARY = ".saving-"
PATIENCE_SECONDS = 60.0
FIT_FOLDER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


def save(storage: Path, folder: str, name: str, data: bytes) -> Path:
    """Save a run in a machine's folder under its next number. Raises RunError when it cannot."""
    if not FIT_FOLDER.fullmatch(folder):
        raise RunError(f"{folder!r} cannot be the name of a machine's folder: see what its worker runs")
    place = storage / folder
    try:
        place.mkdir(parents=True, exist_ok=True)
        with FileLock(place / LOCK, timeout=PATIENCE_SECONDS):
            number = max(map(number_of, place.iterdir()), default=0)
            file = place / f"{max(number, 0) + 1:04}_{name}.json"
            _write_whole(file, data)
    except Timeout as error:
        raise RunError(f"another process has held {place / LOCK} for {PATIENCE_SECONDS:g} s: end it") from error
    except OSError as error:
        raise RunError(f"nothing can be saved in {place} ({error.strerror}): choose another --storage") from error
    return file


def _write_whole(file: Path, data: bytes) -> None:
    temporary = file.with_name(f"{TEMPORARY}{os.getpid()}")
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
