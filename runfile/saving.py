"""Saves a run under the next number of its machine's folder, whole or not at all, whoever else saves or is killed.

Whoever saves holds the lock of the folder. The data goes into a hidden file beside its place, onto the disk, and only
then under its name: a process that is killed leaves such a hidden file at most, which the next one sweeps away.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from runfile.atomic import write_atomic
from runfile.numbering import next_number
from runfile.runs import RunError

LOCK = ".lock"
TEMPORARY = ".saving-"
# To save takes less than a second; a process that holds the lock for longer has been stopped.
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.01


class SaveFailed(RunError):
    """A run that could not be saved. The message is a sentence that names the place, the reason and the remedy."""


def save(folder: Path, name: str, data: bytes, remedy: str) -> Path:
    """Save a run in a machine's folder, and return its file. Raises SaveFailed, which ends with the remedy."""
    # Here, since it has each fork do something more: that would be measured.
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / LOCK, timeout=PATIENCE_SECONDS, poll_interval=POLL_SECONDS):
            _sweep(folder)
            file = _file(folder, name)
            write_atomic(file, data, folder / f"{TEMPORARY}{os.getpid()}")
    except Timeout as error:
        raise SaveFailed(
            f"the run is not saved in {folder}: another process has held {LOCK} there for "
            f"{PATIENCE_SECONDS:g} s; end it"
        ) from error
    except OSError as error:
        raise SaveFailed(f"the run is not saved in {folder} ({error.strerror or error}): {remedy}") from error
    return file


def check_folder(folder: Path, name: str) -> None:
    """Do all that saving takes, before there is anything to save. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    # As filelock opens it: a link is not followed.
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    os.close(os.open(folder / LOCK, flags, 0o644))
    with suppress(FileNotFoundError):
        _file(folder, name).lstat()  # a name that is too long
    probe = folder / f"{TEMPORARY}{os.getpid()}"
    probe.touch()
    probe.unlink(missing_ok=True)  # another process that saves may have swept it away


def _file(folder: Path, name: str) -> Path:
    return folder / f"{next_number(folder):04}_{name}.json"


def _sweep(folder: Path) -> None:
    """Remove what processes that were killed have begun to write: whoever is alive waits for the lock."""
    for file in folder.glob(f"{TEMPORARY}*"):
        with suppress(OSError):
            file.unlink()
