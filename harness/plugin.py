"""What pytest sees of the suite: its fixtures and its hooks."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import threading
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import pytest
import pytest_benchmark.session
from pytest_benchmark.fixture import BenchmarkFixture
from pytest_benchmark.session import PerformanceRegression

import patterns
from harness import conditions, cpu, machine, order
from harness.effort import Effort, Rounds
from harness.environment import give_memory_back, go_around_proxies, raise_file_limit
from harness.facts import Session
from harness.measure import Measure
from harness.options import add_options, effort
from harness.preflight import check_compare, check_json, check_server, check_storage
from harness.server import LocalServer, RemoteServer, Server, ServerError
from workloads import registry

DIFFERENCES_SHOWN = 5

NOTES = pytest.StashKey[list[str]]()
SESSION = pytest.StashKey[Session]()
MACHINE = pytest.StashKey[machine.Machine]()
SEED = pytest.StashKey[int]()
CONDITIONS = pytest.StashKey[list[conditions.Condition]]()
SPENT = pytest.StashKey[cpu.CpuTime]()
NATURAL_ORDER = pytest.StashKey[dict[str, int]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    chosen = effort(config)
    config.stash[NOTES] = []
    config.stash[CONDITIONS] = []
    here = config.stash[MACHINE] = machine.this_machine(config.getoption("machine"))
    # The folder that pytest-benchmark keeps runs in and finds the run to compare with: its own mixes machines. It asks
    # for the name as it is configured, after this, and has no option for it.
    pytest_benchmark.session.get_machine_id = lambda: here.folder  # type: ignore[attr-defined]
    seed = config.getoption("order_seed")
    config.stash[SEED] = order.any_seed() if seed is None else seed
    config.stash[SESSION] = Session(
        rounds=Rounds(
            fewest=config.getoption("benchmark_min_rounds"),
            max_seconds=float(config.getoption("benchmark_max_time")),
        ).scaled(chosen),
        limit_seconds=config.getoption("time_limit"),
        observing=chosen is not Effort.FAST,
    )
    try:
        patterns.names()
        registry.names()
    except registry.RegistryError as error:
        raise pytest.UsageError(str(error)) from error
    if method := config.getoption("start_method"):
        multiprocessing.set_start_method(method, force=True)
    if config.getoption("collectonly") or config.getoption("help"):
        return
    raise_file_limit()
    check_storage(config)
    check_json(config)
    check_compare(config)
    host = check_server(config)
    if note := go_around_proxies(host):
        config.stash[NOTES].append(note)
    if config.getoption("benchmark_only"):
        config.stash[CONDITIONS] = conditions.now()
        config.stash[SPENT] = cpu.read(_server_pids(config))


def pytest_report_header(config: pytest.Config) -> list[str]:
    here, seed = config.stash[MACHINE], config.stash[SEED]
    packages = ", ".join(f"{name} {version}" for name, version in machine.package_versions().items())
    return [
        f"three patterns: {here.cpu}, {here.usable_cores} usable cores, start method "
        f"{multiprocessing.get_start_method()}, {packages}",
        f"effort: {effort(config)}; order seed: {seed} (--order-seed {seed} repeats the order); runs in {here.folder}",
        *config.stash[NOTES],
        *(f"note: {condition.sentence}" for condition in config.stash[CONDITIONS]),
    ]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this effort has no time for, and shuffle the benchmarks; tests keep their order."""
    chosen = effort(config)

    def too_long(item: pytest.Item) -> bool:
        if chosen is Effort.FAST and item.get_closest_marker("scaling"):
            return True
        return chosen is not Effort.RIGOROUS and item.get_closest_marker("long") is not None

    left_out = [item for item in items if too_long(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not too_long(item)]
    config.stash[NATURAL_ORDER] = {item.nodeid: number for number, item in enumerate(items)}
    if config.getoption("collectonly"):
        return
    places = [number for number, item in enumerate(items) if "measure" in getattr(item, "fixturenames", ())]
    benchmarks = [items[place] for place in places]
    in_turn = _cold_first(order.shuffled(benchmarks, [_block(item) for item in benchmarks], config.stash[SEED]))
    for place, item in zip(places, in_turn, strict=True):
        items[place] = item


def _block(item: pytest.Item) -> Hashable:
    """What is compared with one another: the benchmarks of a question on a workload."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return item.nodeid.partition("[")[0], parameters.get("workload")


def _cold_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """Starting processes by fork takes longer the more memory this one has, and it only ever grows.

    A program of the reader's own is small, and so is this one at first.
    """
    return sorted(items, key=lambda item: item.get_closest_marker("cold") is None)


def _server_pids(config: pytest.Config) -> Sequence[int]:
    """The processes of a server that somebody has started on this machine for us: what they take is our own."""
    url = config.getoption("io_server")
    try:
        return RemoteServer(url).pids() if url else ()
    except ServerError:  # it has gone meanwhile
        return ()


@pytest.fixture(scope="session")
def io_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The server to download from. Its process, if it is a local one, starts when its URL is first asked for."""
    url = request.config.getoption("io_server")
    server: Server = RemoteServer(url) if url else LocalServer()
    yield server
    server.stop()


@pytest.fixture
def measure(request: pytest.FixtureRequest, benchmark: BenchmarkFixture, io_server: Server) -> Iterator[Measure]:
    """Measures a pattern on a workload, with as many rounds as pytest-benchmark's options allow."""
    session = request.config.stash[SESSION]
    question = request.function.__name__.removeprefix("test_").replace("_", "-")
    yield Measure(benchmark, question, session, io_server)
    give_memory_back()
    if session.stuck and _threads_left():
        request.session.shouldstop = f"{session.stuck} ran out of time and its threads cannot be ended"


def _threads_left() -> bool:
    return any(
        thread is not threading.main_thread() and not thread.daemon and thread.is_alive()
        for thread in threading.enumerate()
    )


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    noticed: list[conditions.Condition] = [*config.stash[CONDITIONS]]
    if spent := config.stash.get(SPENT, None):
        noticed += conditions.over(cpu.between(spent, cpu.read(_server_pids(config))))
    if returned := conditions.gil_came_back(config.stash[MACHINE].gil):
        noticed.append(returned)
    machine_info[machine.KEY] = {
        **machine.describe(config.stash[MACHINE]),
        "run": {"order_seed": config.stash[SEED], "effort": effort(config)},
        "patterns": patterns.described(),
        "conditions": [asdict(condition) for condition in noticed],
    }
    # The clock of the moment differs from run to run, and made every comparison look like one between machines.
    for volatile in ("hz_actual", "hz_actual_friendly"):
        machine_info.get("cpu", {}).pop(volatile, None)


@pytest.hookimpl(wrapper=True)
def pytest_benchmark_compare_machine_info(
    config: pytest.Config, machine_info: dict[str, Any], compared_benchmark: dict[str, Any]
) -> Iterator[None]:
    """Tell in a line how the machines of two compared runs differ.

    pytest-benchmark prints both descriptions whole, and fails when the runs are kept outside the working folder; it
    is shown equal ones.
    """
    # As it will be read from a file: lists for tuples.
    here, there = json.loads(json.dumps(machine_info)), compared_benchmark["machine_info"]
    if found := machine.differences(_lasting(there), _lasting(here)):
        more = f" and {len(found) - DIFFERENCES_SHOWN} more" if len(found) > DIFFERENCES_SHOWN else ""
        config.stash[NOTES].append(
            "the run to compare with was made under other conditions, so that seconds are not like for like: "
            f"{'; '.join(found[:DIFFERENCES_SHOWN])}{more}"
        )
    compared_benchmark["machine_info"] = machine_info
    try:
        return (yield)
    finally:
        compared_benchmark["machine_info"] = there


def _lasting(machine_info: dict[str, Any]) -> dict[str, Any]:
    """A description without what is of one run alone."""
    own = machine_info.get(machine.KEY)
    if not isinstance(own, dict):
        return machine_info
    return machine_info | {machine.KEY: {k: v for k, v in own.items() if k not in ("run", "conditions")}}


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> Iterator[None]:
    """Tell what the seam costs after the tables; and end on a regression with exit code 1, without a traceback."""
    try:
        yield
    except PerformanceRegression as regression:
        pytest.exit(f"{regression} The benchmarks are listed above.", returncode=1)
    costs = config.stash[SESSION].seam_costs
    if not costs:
        return
    terminalreporter.section("what the suite's own seam costs")
    terminalreporter.write_line("Through the seam ÷ written out plainly, median of the interleaved pairs:")
    width = max(len(cost.benchmark) for cost in costs)
    for cost in costs:
        terminalreporter.write_line(f"  {cost.benchmark:<{width}}  {cost.ratio:.3f}  ({cost.pairs} pairs)")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave without the threads of a run that never ended: Python would wait for them for ever."""
    session = config.stash.get(SESSION, None)
    if session and session.stuck and _threads_left():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(pytest.ExitCode.TESTS_FAILED)
