"""What pytest sees of the suite: its options, its fixture, and its checks before anything is measured."""

from __future__ import annotations

import json
import multiprocessing
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import patterns
from harness import machine
from harness.environment import LOOPBACK, go_around_proxies, raise_file_limit
from harness.measure import Measure, Rounds, SeamCost
from harness.server import LocalServer, RemoteServer, Server, ServerError, ask
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
    _check_storage(config)
    _check_compare(config)
    host = _check_server(config)
    if note := go_around_proxies(host):
        config.stash[NOTES].append(note)


def _check_server(config: pytest.Config) -> str:
    """The host to download from. Raises UsageError when it is no server of this suite's."""
    url = config.getoption("io_server")
    if url is None:
        return LOOPBACK
    try:
        ask(url)
    except ServerError as error:
        raise pytest.UsageError(f"--io-server: {error}") from error
    return urlsplit(url).hostname or LOOPBACK


def _storage_folder(config: pytest.Config) -> Path | None:
    """Where pytest-benchmark keeps its runs, or None when that is no folder."""
    uri = str(config.getoption("benchmark_storage"))
    scheme, separator, path = uri.partition("://")
    if not separator:
        return Path(uri)
    return Path(path) if scheme == "file" else None


def _check_storage(config: pytest.Config) -> None:
    """Find out before the run, rather than after, that it cannot be saved."""
    folder = _storage_folder(config)
    if folder is None or not (config.getoption("benchmark_autosave") or config.getoption("benchmark_save")):
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise pytest.UsageError(
            f"runs cannot be saved in {folder} ({error.strerror}): "
            "choose another folder with --benchmark-storage=FOLDER"
        ) from error


def _check_compare(config: pytest.Config) -> None:
    """Refuse a run to compare with that does not exist or is none; pytest-benchmark only warns of it, or fails."""
    wanted, folder = config.getoption("benchmark_compare"), _storage_folder(config)
    if not isinstance(wanted, str) or folder is None:
        return
    if Path(wanted).is_file():
        files = [Path(wanted)]
    else:
        pattern = wanted if "/" in wanted else f"*/{wanted}"
        outside = ".." in pattern or pattern.startswith("/")
        files = [] if outside else list(folder.glob(f"{pattern.rstrip('*')}*.json"))
    if not files:
        raise pytest.UsageError(
            f"--benchmark-compare={wanted}: no such file, and no run of that number or name in {folder}; "
            "`pytest-benchmark list` shows those there are"
        )
    for file in files:
        try:
            run = json.loads(file.read_bytes())
            _ = run["machine_info"].keys(), [one["fullname"] for one in run["benchmarks"]]
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise pytest.UsageError(
                f"--benchmark-compare={wanted}: {file} is no saved run ({type(error).__name__}: {error}); "
                "choose another one, or move the file away"
            ) from error


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    costs = config.stash[SEAM_COSTS]
    if not costs:
        return
    terminalreporter.section("what the suite's own seam costs")
    terminalreporter.write_line("Through the seam ÷ written out plainly, median of the interleaved pairs:")
    width = max(len(cost.benchmark) for cost in costs)
    for cost in costs:
        terminalreporter.write_line(f"  {cost.benchmark:<{width}}  {cost.ratio:.3f}  ({cost.pairs} pairs)")
