"""Saved runs on the disk: pytest-benchmark's files and folders, written whole or not at all and numbered without races.

Whoever saves holds the lock of the machine's folder. The data goes into a hidden file beside its place, onto the disk,
and only then under its name: a process that is killed leaves such a hidden file at most, which the next one sweeps
away.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from pytest_benchmark.storage.file import FileStorage
from pytest_benchmark.utils import safe_dumps

NUMBERED = re.compile(r"([0-9]+)_.*\.json", re.DOTALL)
# A whole number as pytest-benchmark writes it, rather than the beginning of several, with the folder or without.
WHOLE_NUMBER = re.compile(r"(.*[/\\])?[0-9]{4,}")
LOCK = ".lock"
TEMPORARY = ".saving-"
# To save takes less than a second; a process that holds the lock for longer has been stopped.
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.01


class SaveFailed(Exception):
    """A run that could not be saved. The message is a sentence that names the place, the reason and the remedy."""


def as_json(run: dict[str, Any]) -> bytes:
    """A run as pytest-benchmark writes it."""
    return str(safe_dumps(run, ensure_ascii=True, indent=4)).encode()


def write_whole(file: Path, data: bytes, temporary: Path) -> None:
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


def exactly(wanted: str) -> str:
    """A name to look for, of which a number means that run: not 10000 as well for 1000."""
    return f"{wanted}_" if WHOLE_NUMBER.fullmatch(wanted) and not Path(wanted).is_file() else wanted


class RunStorage(FileStorage):
    """pytest-benchmark's storage in files, which loses nothing."""

    def __init__(self, path: Path, logger: Any, default_machine_id: str | None) -> None:
        super().__init__(path, logger, default_machine_id)
        self.folder: Path = self.path / (default_machine_id or "")
        self.when_saved: Callable[[], None] = lambda: None

    def save(self, output_json: dict[str, Any], save: str) -> None:
        """Save a run under the next number and the name `save`. Raises SaveFailed."""
        # Here, since it has each fork do something more: that would be measured.
        from filelock import FileLock, Timeout

        data = as_json(output_json)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / LOCK, timeout=PATIENCE_SECONDS, poll_interval=POLL_SECONDS):
                self._sweep()
                file = self.folder / f"{self._next_num}_{save}.json"
                write_whole(file, data, self.folder / f"{TEMPORARY}{os.getpid()}")
        except Timeout as error:
            raise SaveFailed(
                f"the run is not saved in {self.folder}: another process has held {LOCK} there for "
                f"{PATIENCE_SECONDS:g} s; end it"
            ) from error
        except OSError as error:
            raise SaveFailed(
                f"the run is not saved in {self.folder} ({error.strerror or error}): put that right, or choose another "
                "name with --benchmark-save=NAME"
            ) from error
        self.when_saved()
        self.logger.info(f"Saved benchmark data in: {file}")

    def _sweep(self) -> None:
        """Remove what processes that were killed have begun to write: whoever is alive waits for the lock."""
        for file in self.folder.glob(f"{TEMPORARY}*"):
            with suppress(OSError):
                file.unlink()

    @property
    def _next_num(self) -> str:
        return f"{max(map(number_of, self.folder.iterdir()), default=0) + 1:04}"

    def query(self, *globs_or_files: str) -> list[Path]:
        """The files that are wanted, by number; those without one come first."""
        found: list[Path] = super().query(*map(exactly, globs_or_files))
        return sorted(found, key=lambda file: (number_of(file), file.name, file.parent))

    def load(self, *globs_or_files: str) -> Iterator[tuple[Path, dict[str, Any]]]:
        """The runs that are wanted, or with nothing wanted, the newest that can be read."""
        if globs_or_files:
            yield from super().load(*globs_or_files)
            return
        for file in reversed(self.query("[0-9]*_")):
            if number_of(file) and (found := list(super().load(str(file)))):
                yield from found
                return


def number_of(file: Path) -> int:
    """The number of a saved run, or 0 for a file that is none."""
    match = NUMBERED.fullmatch(file.name)
    return int(match[1]) if match else 0
