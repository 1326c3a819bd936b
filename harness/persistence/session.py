"""What a run saves at its end, and what it says when it cannot."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_benchmark.plugin
from pytest_benchmark.session import BenchmarkSession
from pytest_benchmark.storage.file import FileStorage
from pytest_benchmark.utils import get_commit_info

from harness import events
from harness.persistence.storage import RunStorage, as_json
from harness.plugin import NATURAL_ORDER
from runfile.atomic import write_atomic
from runfile.saving import TEMPORARY, SaveFailed

COMMIT = pytest.StashKey[dict[str, Any]]()


class SavingSession(BenchmarkSession):
    """pytest-benchmark's session, with files that are written whole, and failures that are told in a sentence."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        self.failures: list[str] = []
        if type(self.storage) is FileStorage:
            self.storage = RunStorage(self.storage.path, self.logger, self.machine_id)

    def save_json(self, output_json: dict[str, Any]) -> None:
        """Write the file of --benchmark-json."""
        file: Path = self.json
        try:
            if file.is_symlink() or (file.exists() and not file.is_file()):  # /dev/stdout, a pipe: not to be replaced
                file.write_bytes(as_json(output_json))
            else:
                write_atomic(file, as_json(output_json), file.with_name(f"{TEMPORARY}{os.getpid()}"))
        except OSError as error:
            self.failures.append(
                f"--benchmark-json={file} is not written ({error.strerror or error}): fix that, or choose another file"
            )
        else:
            self.logger.info(f"Wrote benchmark data in: {file}", purple=True)

    def handle_saving(self) -> None:
        """Save the run; a failure to is told after the tables, which are shown all the same."""
        try:
            super().handle_saving()
            if isinstance(self.storage, RunStorage) and self.storage.saved:
                events.tell(self.config, "saved", str(self.storage.saved))
        except SaveFailed as error:
            self.failures.append(str(error))


def benchmark_session(config: pytest.Config) -> SavingSession:
    """pytest-benchmark's session of this pytest; there from its pytest_configure on, which comes last."""
    session: SavingSession = config._benchmarksession  # type: ignore[attr-defined]
    return session


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    # It is made and used in a single hook, and there is no option for its class.
    pytest_benchmark.plugin.BenchmarkSession = SavingSession  # type: ignore[attr-defined]


@pytest.hookimpl(tryfirst=True)
def pytest_benchmark_generate_commit_info(config: pytest.Config) -> dict[str, Any]:
    """The commit as it was when the run began: what is changed meanwhile is not what was measured."""
    if COMMIT not in config.stash:
        config.stash[COMMIT] = get_commit_info()
    return config.stash[COMMIT]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Save what was measured, in its natural order, without what failed."""
    measured = benchmark_session(session.config)
    natural = session.config.stash.get(NATURAL_ORDER, {})
    whole = [one for one in measured.benchmarks if one and not one.has_error]
    measured.benchmarks[:] = sorted(whole, key=lambda one: natural.get(one.fullname, len(natural)))
    if not measured.benchmarks:
        measured.autosave = None  # pytest-benchmark would save an empty run
    try:
        return (yield)
    finally:
        if measured.failures and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> Iterator[None]:
    """Say last what could not be saved."""
    try:
        return (yield)
    finally:
        for sentence in benchmark_session(config).failures:
            terminalreporter.write_line(f"ERROR: {sentence}", red=True)
