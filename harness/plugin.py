"""What pytest sees of the suite: its fixtures and its hooks."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import msgspec
import pytest
import pytest_benchmark.session
from pytest_benchmark.fixture import BenchmarkFixture
from pytest_benchmark.session import PerformanceRegression

import patterns
from harness.ab import VERSUS
from harness.contest.race import MARGIN
from harness.facts import MeasuringSession
from harness.host import conditions, cpu, machine
from harness.host.environment import go_around_proxies, raise_file_limit
from harness.measure import AskedQuestion, Entrant, Measure
from harness.options import order
from harness.options.effort import Effort
from harness.options.measuring import add_options, effort, plan_of
from harness.options.preflight import check_compare, check_json, check_server, check_storage, check_timing
from harness.options.selected_benchmarks import deselect, is_benchmark, leaves_out, parameters_of
from harness.servers.server import LocalServer, RemoteServer, Server, ServerError
from harness.stands.stands import stands_of
from harness.surroundings import variables
from harness.tables import Measurement, Tables, entries_of
from runfile.runs import KEY, SCHEMA, Condition, Machine, Order, PatternFacts, Session
from workloads import registry

DIFFERENCES_SHOWN = 5
# Marks on a benchmark that say how its tables are held.
MARKS = ("benchmark", "race", "shared_baseline")

NOTES = pytest.StashKey[list[str]]()
SESSION = pytest.StashKey[MeasuringSession]()
MACHINE = pytest.StashKey[Machine]()
SEED = pytest.StashKey[int]()
CONDITIONS = pytest.StashKey[list[Condition]]()
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
    config.stash[SESSION] = MeasuringSession(
        limit_seconds=config.getoption("time_limit"),
        observing=chosen is not Effort.FAST,
        seed=config.stash[SEED],
        disable_gc=config.getoption("benchmark_disable_gc"),
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
    if reason := variables.refused():
        raise pytest.UsageError(reason)
    raise_file_limit()
    check_timing(config)
    check_storage(config)
    check_json(config)
    check_compare(config)
    host = check_server(config)
    config.stash[NOTES] += filter(None, [go_around_proxies(host), variables.kept_out()])


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Look at the machine, which takes a moment, once nothing is refused any more."""
    config = session.config
    if config.getoption("benchmark_only") and not config.getoption("collectonly"):
        config.stash[CONDITIONS] = [*conditions.now(), *conditions.settings()]
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


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Leave out what this effort has no time for, and shuffle the benchmarks; tests keep their order.

    Around all other plugins: one that shuffles too, such as pytest-randomly, changes neither the natural order nor what
    follows from our seed.
    """
    natural = {item.nodeid: number for number, item in enumerate(items)}
    yield
    if not config.getoption("resume"):  # of a run to go on with it is known what was chosen
        deselect(config, items, leaves_out)
    in_order = sorted(items, key=lambda item: natural.get(item.nodeid, len(natural)))
    config.stash[NATURAL_ORDER] = {item.nodeid: number for number, item in enumerate(in_order)}
    if config.getoption("collectonly"):
        return
    places = [number for number, item in enumerate(items) if is_benchmark(item)]
    benchmarks = [item for item in in_order if is_benchmark(item)]
    in_turn = order.shuffled(benchmarks, [_block(item) for item in benchmarks], config.stash[SEED])
    for place, item in zip(places, in_turn, strict=True):
        items[place] = item


def _block(item: pytest.Item) -> Hashable:
    """What is compared with one another: the benchmarks of a question on a workload."""
    return item.nodeid.partition("[")[0], parameters_of(item).get("workload")


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


@pytest.fixture(scope="session")
def tables(request: pytest.FixtureRequest) -> Iterator[Tables]:
    """The contests of this session. The processes in which they are held come from one that starts with the first."""
    config, stands = request.config, stands_of()
    config.stash[SESSION].benchmarks = len(config.stash[NATURAL_ORDER])
    yield Tables(config.stash[SESSION], stands, lambda: _server_pids(config), config.stash.get(VERSUS, None))
    stands.close()


@pytest.fixture
def measure(request: pytest.FixtureRequest, benchmark: BenchmarkFixture, io_server: Server, tables: Tables) -> Measure:
    """Takes what a benchmark says that it measures, and measures it, in a contest with all others of its table."""
    session = request.config.stash[SESSION]
    name = request.function.__name__.removeprefix("test_").replace("_", "-")

    def measure_for(item: pytest.Item, then: Callable[[Entrant], None]) -> Measure:
        marks = {mark: found.kwargs for mark in MARKS if (found := item.get_closest_marker(mark))}
        asked = AskedQuestion(
            name,
            plan_of(request.config, marks.get("benchmark", {}), marks.get("race")),
            group=marks.get("benchmark", {}).get("group"),
            margin=marks.get("race", {}).get("margin", MARGIN),
            shares_baseline="shared_baseline" in marks,
        )
        return Measure(asked, session, io_server, then)

    def together() -> list[Entrant]:
        same = request.node.nodeid.partition("[")[0]
        return entries_of([one for one in request.session.items if one.nodeid.partition("[")[0] == same], measure_for)

    return measure_for(request.node, Measurement(benchmark, name, tables, together))


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    noticed = [*config.stash[CONDITIONS]]
    if spent := config.stash.get(SPENT, None):
        noticed += conditions.over(cpu.between(spent, cpu.read(_server_pids(config))))
    if returned := conditions.gil_came_back(config.stash[MACHINE].gil):
        noticed.append(returned)
    noticed += [conditions.intruder(name, what) for name, what in config.stash[SESSION].intruders.items()]
    noted = Session(
        schema=SCHEMA,
        machine=machine.as_it_is_now(config.stash[MACHINE]),
        start_method=multiprocessing.get_start_method(),
        packages=machine.package_versions(),
        run=Order(
            config.stash[SEED],
            effort(config),
            config.stash[SESSION].workload_file,
            config.stash[SESSION].workload_digest,
        ),
        patterns={
            one.name: PatternFacts(one.summary, one.pitfall, one.blocking, one.chunked)
            for one in map(patterns.get, patterns.names())
        },
        conditions=tuple(noticed),
    )
    machine_info[KEY] = msgspec.to_builtins(noted)
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
    own = machine_info.get(KEY)
    if not isinstance(own, dict):
        return machine_info
    return machine_info | {KEY: {k: v for k, v in own.items() if k not in ("run", "conditions")}}


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> Iterator[None]:
    """Tell what the seam costs after the tables; and end on a regression with exit code 1, without a traceback."""
    try:
        yield
    except PerformanceRegression as regression:
        pytest.exit(f"{regression} The benchmarks are listed above.", returncode=1)
    measured = config._benchmarksession.benchmarks  # type: ignore[attr-defined]
    costs = {one["name"]: one["extra_info"] for one in measured if one["extra_info"].get("seam_ratio")}
    if not costs:
        return
    terminalreporter.section("what the harness itself costs")
    terminalreporter.write_line("Through the harness ÷ written out plainly, median of the interleaved pairs:")
    width = max(map(len, costs))
    for name, cost in costs.items():
        pairs = len(cost["contest"]["repeats"])
        terminalreporter.write_line(f"  {name:<{width}}  {cost['seam_ratio']:.3f}  ({pairs} pairs)")
