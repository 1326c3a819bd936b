"""What pytest sees of the suite: its options, its fixtures and its hooks."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from pytest_benchmark.session import PerformanceRegression

import patterns
from harness import machine
from harness.environment import go_around_proxies, raise_file_limit
from harness.measure import Measure, Rounds, SeamCost
from harness.preflight import check_compare, check_json, check_server, check_storage
from harness.server import LocalServer, RemoteServer, Server
from workloads import registry

DIFFERENCES_SHOWN = 5

NOTES = pytest.StashKey[list[str]]()
SEAM_COSTS = pytest.StashKey[list[SeamCost]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("three patterns")
    group.addoption(
        "--io-server",
        metavar="URL",
        help="Download from the server at URL, started there with `python -m workloads.server`, "
        "rather than from a local process. Default: a local process.",
    )
    group.addoption(
        "--start-method",
        choices=multiprocessing.get_all_start_methods(),
        help="How multiprocessing starts processes. Default: as this Python does.",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.stash[NOTES] = []
    config.stash[SEAM_COSTS] = []
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


def pytest_report_header(config: pytest.Config) -> list[str]:
    facts = machine.describe()
    packages = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    return [
        f"three patterns: {facts['usable_cores']} usable cores, start method {facts['start_method']}, {packages}",
        *config.stash[NOTES],
    ]


@pytest.fixture(scope="session")
def io_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The server to download from. Its process, if it is a local one, starts when its URL is first asked for."""
    url = request.config.getoption("io_server")
    server: Server = RemoteServer(url) if url else LocalServer()
    yield server
    server.stop()


@pytest.fixture
def measure(request: pytest.FixtureRequest, benchmark: BenchmarkFixture, io_server: Server) -> Measure:
    """Measures a pattern on a workload, with as many rounds as pytest-benchmark's options allow."""
    rounds = Rounds(
        fewest=request.config.getoption("benchmark_min_rounds"),
        max_seconds=float(request.config.getoption("benchmark_max_time")),
    )
    question = request.function.__name__.removeprefix("test_").replace("_", "-")
    return Measure(benchmark, question, rounds, io_server, request.config.stash[SEAM_COSTS])


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    machine_info[machine.KEY] = machine.describe()
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
    if found := machine.differences(there, here):
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


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Keep from the saved run what failed or was interrupted; pytest-benchmark saves an empty run otherwise."""
    measured = session.config._benchmarksession  # type: ignore[attr-defined]
    measured.benchmarks[:] = [one for one in measured.benchmarks if one and not one.has_error]
    if not measured.benchmarks:
        measured.autosave = None
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> Iterator[None]:
    """Tell what the seam costs after the tables; and end on a regression with exit code 1, without a traceback."""
    try:
        yield
    except PerformanceRegression as regression:
        pytest.exit(f"{regression} The benchmarks are listed above.", returncode=1)
    costs = config.stash[SEAM_COSTS]
    if not costs:
        return
    terminalreporter.section("what the suite's own seam costs")
    terminalreporter.write_line("Through the seam ÷ written out plainly, median of the interleaved pairs:")
    width = max(len(cost.benchmark) for cost in costs)
    for cost in costs:
        terminalreporter.write_line(f"  {cost.benchmark:<{width}}  {cost.ratio:.3f}  ({cost.pairs} pairs)")
