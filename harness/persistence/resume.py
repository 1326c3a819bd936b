"""--resume: going on with a run that was killed or interrupted, and saving it as one."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from harness import events
from harness.host import machine
from harness.options.measuring import effort
from harness.options.selected_benchmarks import deselect, is_benchmark
from harness.persistence.journal import Header, Journal, JournalError, Unfinished, journals, left_behind
from harness.persistence.session import SavingSession, benchmark_session
from harness.persistence.storage import RunStorage
from harness.plugin import NATURAL_ORDER, NOTES, SEED, SESSION
from harness.surroundings import variables
from runfile.runs import KEY, SCHEMA

JOURNAL = pytest.StashKey[Journal]()
RESUMED = pytest.StashKey[Unfinished]()
NOT_CHOSEN = pytest.StashKey[int]()

# How a run ends that is not over.
STOPPED = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR)


@dataclass(frozen=True)
class Finished:
    """Stands for a benchmark that an earlier process has measured, where pytest-benchmark has its own Metadata."""

    saved: dict[str, Any]
    has_error = False

    @property
    def fullname(self) -> str:
        return str(self.saved["fullname"])

    def __getitem__(self, key: str) -> Any:
        return self.saved["stats"][key] if key in self.saved["stats"] else self.saved[key]

    def get(self, key: str, default: Any = None) -> Any:
        """What a benchmark tells under a name, of its times or of itself."""
        return self.saved["stats"].get(key, self.saved.get(key, default))

    def as_dict(
        self, include_data: bool = True, flat: bool = False, stats: bool = True, cprofile: object = None
    ) -> dict[str, Any]:
        """As Metadata's: what is saved, or with `flat`, what is shown."""
        told = {key: value for key, value in self.saved.items() if key != "stats"}
        if not stats:
            return told
        times = {key: value for key, value in self.saved["stats"].items() if include_data or key != "data"}
        return told | (times if flat else {"stats": times})


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("three patterns").addoption(
        "--resume",
        action="store_true",
        help="Go on with the last run that was killed or interrupted: measure what it lacks, and save it as one.",
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Find the run to go on with. Comes after pytest-benchmark's, which tells whether runs are saved and where."""
    wanted, folder = config.getoption("resume"), _folder(benchmark_session(config))
    if config.getoption("help"):
        return
    if wanted and folder is None:
        raise pytest.UsageError("--resume needs --benchmark-only, and a folder that runs are saved in: add them")
    if folder is None or (config.getoption("collectonly") and not wanted):
        return
    conditions = _conditions(config)
    if wanted:
        found = config.stash[RESUMED] = _to_go_on_with(folder, conditions)
        config.stash[SEED] = _seed(config, found)
        config.stash[NOTES].append(_note(found))
    elif there := left_behind(folder):
        config.stash[NOTES].append(
            f"an unfinished run of {_when(there[-1])} with {_counted(len(there[-1].benchmarks))} is here: --resume "
            "goes on with it; it is removed when this run is saved"
        )
    journal = config.stash[JOURNAL] = Journal(folder, Header(config.stash[SEED], conditions))
    benchmark_session(config).storage.when_saved = journal.remove


def _folder(session: SavingSession) -> Path | None:
    """Where the run will be saved, or None when it will not be, or not in a folder."""
    saving = session.only and (session.save or session.autosave) and isinstance(session.storage, RunStorage)
    return session.storage.folder if saving else None


def _conditions(config: pytest.Config) -> dict[str, Any]:
    """How benchmarks are measured: what has to be the same for two parts to be one run."""
    commit = config.hook.pytest_benchmark_generate_commit_info(config=config)
    file: Path | None = config.getoption("workload")
    return {
        "schema": SCHEMA,
        "commit": commit["id"],
        "uncommitted_changes": commit["dirty"],
        "effort": effort(config),
        "min_rounds": config.getoption("benchmark_min_rounds"),
        "max_time": str(config.getoption("benchmark_max_time")),
        "disable_gc": config.getoption("benchmark_disable_gc"),
        "timer": config.getoption("benchmark_timer"),
        "start_method": multiprocessing.get_start_method(),
        "packages": machine.package_versions(),
        "io_server": config.getoption("io_server"),
        "workload": f"{file.name} {config.stash[SESSION].workload_digest}" if file else None,
        "settings": variables.settings(),
    }


def _to_go_on_with(folder: Path, conditions: dict[str, Any]) -> Unfinished:
    """The newest run that nobody is at work on. Raises UsageError when there is none, or it was made otherwise."""
    if not (there := left_behind(folder)):
        others = list(journals(folder))
        for one in others:
            if isinstance(one, JournalError):
                raise pytest.UsageError(f"--resume: {one}")
        at_work = [f"process {one.header.pid} on {one.header.node}" for one in others if isinstance(one, Unfinished)]
        but = f" but that of {' and '.join(at_work)}, still at work as far as can be told" if at_work else ""
        raise pytest.UsageError(f"--resume: there is no unfinished run in {folder}{but}: leave --resume out")
    found = there[-1]
    if differences := machine.differences(found.header.conditions, conditions):
        raise pytest.UsageError(
            f"--resume: the unfinished run of {_when(found)}, {found.file}, was made otherwise "
            f"({'; '.join(differences)}): go on with it as it was made, or leave --resume out"
        )
    return found


def _seed(config: pytest.Config, found: Unfinished) -> int:
    seed, wanted = found.header.order_seed, config.getoption("order_seed")
    if wanted not in (None, seed):
        raise pytest.UsageError(
            f"--order-seed {wanted}: the unfinished run, {found.file}, has seed {seed}, which --resume keeps: leave "
            "--order-seed out"
        )
    return seed


def _note(found: Unfinished) -> str:
    left_out = f"; damaged lines of {found.file} left out: {found.damaged}" if found.damaged else ""
    taken = f"{len(_of_whole_tables(found.benchmarks))} of {len(found.header.planned)} benchmarks"
    return f"resumed: {taken} are taken over from the run of {_when(found)}{left_out}"


def _when(found: Unfinished) -> str:
    return f"{found.header.datetime[:16].replace('T', ' ')} UTC"


def _counted(number: int) -> str:
    return f"{number} finished benchmark{'' if number == 1 else 's'}"


def _of_whole_tables(benchmarks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those whose table was measured to its end: what is compared is measured together, and so measured anew."""

    def table_of(one: dict[str, Any]) -> tuple[str, str, int] | None:
        contest = one["extra_info"].get("contest")
        return (one["group"], contest["id"], contest["rows"]) if isinstance(contest, dict) else None

    rows = Counter(map(table_of, benchmarks))
    return [one for one in benchmarks if (table := table_of(one)) is None or rows[table] >= table[2]]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Leave out what is not of the run to go on with, then shuffle, then leave out what is measured already.

    Around harness.plugin's, which it is registered after. The seed gives the rest the order that it would have had.
    """
    found = config.stash.get(RESUMED, None)
    if found:
        deselect(config, items, lambda item: is_benchmark(item) and item.nodeid not in found.header.planned)
    result = yield
    if found:
        _go_on_with(found, config, items)
    elif JOURNAL in config.stash:
        config.stash[JOURNAL].plan(sorted(_benchmarks_of(items), key=config.stash[NATURAL_ORDER].__getitem__))
    return result


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Say what the run that is gone on with will be without."""
    if not (number := config.stash.get(NOT_CHOSEN, 0)):
        return []
    return [f"resumed: {number} of the run's benchmarks are not chosen here, and it is saved without them"]


def _benchmarks_of(items: Sequence[pytest.Item]) -> list[str]:
    return [item.nodeid for item in items if is_benchmark(item)]


def _go_on_with(found: Unfinished, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take over what is measured. Raises UsageError when nothing of the run was chosen, or another process has it."""
    if not _benchmarks_of(items):
        raise pytest.UsageError(
            f"--resume: none of the benchmarks chosen here is of the unfinished run, {found.file}: leave out what "
            "chooses them, such as -k and -m"
        )
    config.stash[NATURAL_ORDER] = {name: number for number, name in enumerate(found.header.planned)}
    finished = [Finished(one) for one in _of_whole_tables(found.benchmarks)]
    done = {one.fullname for one in finished}
    config.stash[NOT_CHOSEN] = len(set(found.header.planned) - done - set(_benchmarks_of(items)))
    deselect(config, items, lambda item: item.nodeid in done)
    if config.getoption("collectonly"):
        return
    journal = config.stash[JOURNAL]
    journal.plan(found.header.planned)
    if not journal.take_over(found, finished):
        raise pytest.UsageError(f"--resume: another process goes on with {found.file}: leave --resume out")
    benchmark_session(config).benchmarks += finished


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Keep a benchmark that has finished."""
    benchmark = getattr(item, "funcargs", {}).get("benchmark")
    if JOURNAL in item.config.stash and isinstance(benchmark, BenchmarkFixture) and benchmark.stats:
        measured = benchmark_session(item.config).benchmarks
        item.config.stash[JOURNAL].keep([one for one in measured if one and not one.has_error])


@pytest.hookimpl(trylast=True)
def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    """Say of a run that was made in parts how much of it is not of this process. Comes after harness.plugin's."""
    if RESUMED in config.stash:
        machine_info[KEY]["run"]["resumed"] = len(_of_whole_tables(config.stash[RESUMED].benchmarks))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Iterator[None]:
    """Save no part of a run that was stopped, as --resume can save the whole; and say so after all else."""
    config = session.config
    journal = config.stash.get(JOURNAL, None)
    if journal is None:
        return (yield)
    measured = benchmark_session(config)
    stopped = exitstatus in STOPPED
    if stopped:
        measured.save = measured.autosave = measured.json = None
    try:
        return (yield)
    finally:
        if measured.benchmarks and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK  # there was nothing left to measure
        if journal.kept or journal.failure:
            _tell(config, journal, "interrupted" if stopped else "not saved")


def _tell(config: pytest.Config, journal: Journal, what: str) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    assert isinstance(reporter, pytest.TerminalReporter)
    if journal.kept:
        verb = "is" if journal.kept == 1 else "are"
        sentence = f"{what}: {_counted(journal.kept)} {verb} kept; go on with --resume"
        reporter.write_line(sentence)
        events.tell(config, "kept", sentence)
    if journal.failure:
        reporter.write_line(f"finished benchmarks could not be kept: {journal.failure}", red=True)
