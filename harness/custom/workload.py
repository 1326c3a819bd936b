"""One's own workload: its options, its trial before the run, and the choice of its benchmarks alone."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

import patterns
from harness.custom.advising import ADVISE, asked
from harness.custom.importing import undisturbed
from harness.custom.progress import shown_on
from harness.custom.validate import TrialError, TrialFindings, try_own
from harness.facts import BASELINE, IO_WORKERS
from harness.host.machine import usable_cores
from harness.host.processes import temporary_folder
from harness.options.measuring import plan_of
from harness.options.selected_benchmarks import deselect
from harness.options.selected_patterns import chosen
from harness.plugin import SESSION
from harness.servers.server import ServerError
from workloads import registry
from workloads.contract import Workload, has
from workloads.registry import RegistryError, load_file

NAME = pytest.StashKey[str]()
FOUND = pytest.StashKey[TrialFindings]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("three patterns")
    group.addoption(
        "--workload",
        metavar="FILE",
        type=work_file,
        help="Run every pattern on the workload in this Python file, and nothing else; see docs/extending.md.",
    )
    group.addoption(
        "--workers",
        metavar="N[,N…]",
        type=worker_counts,
        help="With how many workers to run --workload. Default: one for each usable core, and 16.",
    )


def work_file(text: str) -> Path:
    """A file from the command line: a shell leaves the ~ of `--workload=~/my_work.py` as it is."""
    return Path(text).expanduser()


def worker_counts(text: str) -> tuple[int, ...]:
    """Numbers of workers from the command line. Raises argparse.ArgumentTypeError when they are none."""
    parts = text.split(",")
    if all(part.isascii() and part.isdigit() and int(part) > 0 for part in parts):
        return tuple(dict.fromkeys(int(part) for part in parts))
    raise argparse.ArgumentTypeError(
        f"{text!r} is not a number of workers: give one such as 16, or some such as 1,4,16"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Try and load the file. Comes after harness.plugin's, which is to come first: proxies are gone around by now."""
    file: Path | None = config.getoption("workload")
    if file is None:
        if config.getoption("workers"):
            raise pytest.UsageError("--workers is for a workload of your own: add --workload FILE")
        return
    if config.getoption("help"):
        return
    session, found = config.stash[SESSION], None
    try:
        if not config.getoption("collectonly"):
            until_done = ExitStack()
            config.add_cleanup(until_done.close)
            results = Path(until_done.enter_context(temporary_folder()), "expected")
            with shown_on(sys.stderr, f"trying {file}") as tell:
                server_url, measures = config.getoption("io_server"), bool(asked(config))
                found = try_own(file, session.limit_seconds, server_url, results, tell, measures)
            config.stash[FOUND] = found
            session.expected_file = str(results) if found.kept else ""
            session.connections = found.connections
            session.unsuited |= {name: reason for name in patterns.names() if (reason := _unsuited(name, found))}
        with undisturbed():
            config.stash[NAME] = load_file(file).name
    except (TrialError, RegistryError, ServerError) as error:
        raise pytest.UsageError(str(error)) from error
    session.workload_file = str(file.absolute())
    session.workload_digest = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    if found and found.work:
        config.hook.pytest_work_tried(config=config, work=found.work, unsuited=_not_to_run(config))


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say whose work is measured and how much of it, what its results are compared with, and what cannot be done."""
    if NAME not in config.stash:
        return []
    workload, file = registry.get(config.stash[NAME]), config.getoption("workload")
    measured = chosen(config.getoption("patterns"))
    unsuited = _cannot_run(config, measured)
    return [
        f"workload: {workload.name}, {len(workload.tasks)} tasks, from {file}",
        *compared(workload, config.stash.get(FOUND, None)),
        *_amount(config, len(workload.tasks), measured - unsuited.keys()),
        *(f"{name} cannot run {file}: {reason}" for name, reason in unsuited.items()),
    ]


def _cannot_run(config: pytest.Config, names: Collection[str]) -> dict[str, str]:
    """Of some patterns those that cannot run the work, each with the reason."""
    workload, found = registry.get(config.stash[NAME]), config.stash[SESSION].unsuited
    in_order = [patterns.get(name) for name in patterns.names() if name in names]
    reasons = {one.name: one.unsuited(workload) or found.get(one.name) for one in in_order}
    return {name: reason for name, reason in reasons.items() if reason}


def _not_to_run(config: pytest.Config) -> dict[str, str]:
    """Those of all patterns, with those that --patterns leaves out, and those that are not installed."""
    measured = chosen(config.getoption("patterns"))
    reasons = {name: patterns.get(name).unavailable() for name in measured}
    missing = {name: reason for name, reason in reasons.items() if reason}
    left_out = dict.fromkeys({*patterns.names()} - measured, "not among --patterns")
    return left_out | missing | _cannot_run(config, measured - missing.keys())


def _unsuited(pattern: str, found: TrialFindings) -> str:
    """Why a pattern cannot do the work, by what the trial has found, or nothing."""
    how = patterns.get(pattern)
    return (how.pickles and found.results_stay) or (how.closes_elsewhere and found.client_stays) or ""


def compared(workload: Workload, found: TrialFindings | None) -> list[str]:
    """What the results are compared with, where that is not a check that has been put to the test."""
    if found is None:
        return []
    tried = f"{found.tried} of the {len(workload.tasks)} tasks"
    if has(workload, "check"):
        all_tried = found.tried == len(workload.tasks)
        return [] if all_tried else [f"the trial did {tried}, so check has not seen right results yet"]
    if found.kept:
        return [f"it has no check: the results of {tried} are compared with those of a plain loop, made before the run"]
    return ["it has no check, and its results cannot be kept to compare with: they are only counted"]


def _amount(config: pytest.Config, tasks: int, suited: Collection[str]) -> list[str]:
    """How many tasks there are to do, which somebody else's service may not bear."""
    if not config.getoption("benchmark_only") or asked(config) == ADVISE:
        return []
    numbers = len(config.getoption("workers") or dict.fromkeys((usable_cores(), IO_WORKERS)))
    repeated = (numbers - 1) * (BASELINE in suited)  # of which there is one for all numbers of workers
    benchmarks = len(suited) * numbers - repeated
    repeats = plan_of(config, {}, {}).fewest_repeats
    once = f", {BASELINE} once for all numbers of workers" if repeated else ""
    return [
        f"at least {tasks * benchmarks * repeats:,} tasks will run, {tasks} in each repeat ({repeats}) of "
        f"{benchmarks} benchmarks{once}, and more where they are short: --fast, --patterns or --workers reduce that"
    ]


def own_cases(config: pytest.Config, workers: Sequence[int]) -> list[tuple[str, int]]:
    """The workload of --workload with each number of workers, those of --workers if given; none without a file."""
    if NAME not in config.stash:
        return []
    return [(config.stash[NAME], count) for count in config.getoption("workers") or dict.fromkeys(workers)]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the benchmarks of one's own workload alone, or, when there is none, all but those."""
    if NAME in config.stash:
        deselect(config, items, lambda item: not item.get_closest_marker("own"))
    else:
        items[:] = [item for item in items if not item.get_closest_marker("own")]
