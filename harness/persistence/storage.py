"""pytest-benchmark's storage in files, which loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pytest_benchmark.storage.file import FileStorage
from pytest_benchmark.utils import safe_dumps

from runfile.numbering import exactly, number_of
from runfile.saving import save

REMEDY = "fix that, or choose another name with --benchmark-save=NAME"


def as_json(run: dict[str, Any]) -> bytes:
    """A run as pytest-benchmark writes it."""
    return str(safe_dumps(run, ensure_ascii=True, indent=4)).encode()


class RunStorage(FileStorage):
    """Saves whole files under numbers of their own, and finds the run that is meant."""

    def __init__(self, path: Path, logger: Any, default_machine_id: str | None) -> None:
        super().__init__(path, logger, default_machine_id)
        self.folder: Path = self.path / (default_machine_id or "")
        self.when_saved: Callable[[], None] = lambda: None
        self.saved: Path | None = None  # the file of this run

    def save(self, output_json: dict[str, Any], name: str) -> None:
        """Save a run under the next number and a name. Raises SaveFailed."""
        self.saved = file = save(self.folder, name, as_json(output_json), REMEDY)
        self.when_saved()
        self.logger.info(f"Saved benchmark data in: {file}")

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
            if number_of(file) > 0 and (found := list(super().load(str(file)))):
                yield from found
                return
