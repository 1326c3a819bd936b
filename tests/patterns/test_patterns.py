"""What every pattern promises: on every workload, and however its processes are started."""

import multiprocessing
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

# What is imported here need not be so by each worker that is forked.
import aiohttp  # noqa: F401
import pytest
import requests  # noqa: F401

import patterns
from harness.servers.server import LocalServer, ask
from tests.support.every import CHEAPEST, PROCESS_PATTERNS, every_pattern, every_way_to_start, shortened
from tests.support.processes import eventually
from tests.support.toys import Doubling, NotPickled, OnlyAwaitable, OnlyBlocking, Shy, Together, Url
from workloads import registry
from workloads.clients import ClientDownload
from workloads.computation import Computation
from workloads.contract import TaskFailed, Workload, made_ready, prepared
from workloads.download import Download, Request

# Enough to be several, and few to start.
WORKERS = 2
# Of each workload, or one of a computation: a sequential one takes seconds for all.
ENOUGH_TASKS = 2
# More than the default executor of an event loop has threads on a small machine, and no multiple of its cores.
MANY_WORKERS = 9
# For URLs that are anywhere: each has tasks only when they are given. A reply that never comes is not waited for long.
PATIENT = Download("patient", ())
HASTY = Download("hasty", (), timeout_seconds=0.2)


def run_cold(pattern: str, workload: Workload, workers: int = WORKERS) -> list[object]:
    with patterns.get(pattern).start(workload, workers) as run:
        return run(workload.tasks)


def own_threads() -> set[threading.Thread]:
    """The threads of this process, but for one that distributed keeps once it is imported."""
    return {thread for thread in threading.enumerate() if "Dask-Offload" not in thread.name}


@contextmanager
def raises(pattern: str, error: type[Exception], match: str) -> Iterator[None]:
    """Expect a failure of a task, or of opening a client, as it was raised there."""
    try:
        with pytest.raises(error, match=match):
            yield
    except ExceptionGroup as group:
        pytest.fail(f"{pattern} raises an ExceptionGroup: have it raise its first exception, {group.exceptions[0]!r}")


@contextmanager
def urls_that_fail(server: LocalServer) -> Iterator[list[tuple[int, str, str]]]:
    """Which part of the work is to get a URL, and how what it raises goes on after that."""

    def cut_short() -> None:
        """End the one reply before it is whole."""
        connection, _ = listener.accept()
        with connection:
            connection.recv(1024)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\nonly this")

    with socket.socket() as taken, socket.create_server(("127.0.0.1", 0)) as listener:
        taken.bind(("127.0.0.1", 0))  # bound and not listening
        thread = threading.Thread(target=cut_short, daemon=True)
        thread.start()
        nobody, curt = (f"http://127.0.0.1:{one.getsockname()[1]}/bytes/64" for one in (taken, listener))
        yield [
            (1, nobody, r"\w+Error"),
            (1, f"{server.url}/bytes/-1", ".*404"),
            (1, curt, r"\w+Error"),
            (2, f"{server.url}/bytes/64?latency_ms=60000", r"\w*Time"),
        ]
        thread.join()


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fail a test after which a thread or a process of a pattern's still runs."""
    before = own_threads()
    yield

    def left() -> list[object]:
        return [*(own_threads() - before), *multiprocessing.active_children()]

    eventually(lambda: not left())
    assert left() == []


@pytest.mark.parametrize("pattern", patterns.names())
def test_says_what_it_is(pattern: str) -> None:
    declared = patterns.get(pattern)
    assert declared.name == pattern
    assert declared.summary.endswith(".")
    assert declared.pitfall.endswith(".")
    # None, or a reason and a remedy.
    assert ": " in (declared.unavailable() or "fine: it runs here")


def test_a_module_binds_only_what_differs_from_the_default() -> None:
    module = ModuleType("patterns.least")
    vars(module).update(name="least", summary="Little.", pitfall="None.", start=patterns.get("sequential").start)
    least = patterns._declared_by(module)
    assert (least.by_default, least.blocking, least.pickles, least.worker_bytes) == (False, True, False, 256 * 1024)
    assert least.unavailable() is None
    assert least.unsuited(NotPickled()) is None
    assert least.unsuited(OnlyAwaitable()) == "only-awaitable has no perform: add it, see workloads/contract.py"


def test_a_module_adds_its_own_reasons_to_those_that_follow_from_its_parts() -> None:
    module = ModuleType("patterns.picky")
    vars(module).update(
        name="picky",
        summary="Little.",
        pitfall="None.",
        start=patterns.get("asyncio").start,
        blocking=False,
        pickles=True,
        unavailable=lambda: "it is monday: wait",
        unsuited=lambda workload: f"{workload.name} is dull: choose another",
    )
    picky = patterns._declared_by(module)
    assert picky.unavailable() == "it is monday: wait"
    assert picky.unsuited(OnlyBlocking()) == "only-blocking has no perform_async: add it, see workloads/contract.py"
    assert str(picky.unsuited(NotPickled())).startswith("task 0 of not-pickled cannot be pickled")
    assert picky.unsuited(OnlyAwaitable()) == "only-awaitable is dull: choose another"


@every_pattern
@pytest.mark.parametrize("start_method", [CHEAPEST], indirect=True)
@pytest.mark.usefixtures("start_method", "nothing_left")
def test_takes_what_cannot_be_pickled_or_declares_that_it_does_not(pattern: str) -> None:
    declared = patterns.get(pattern)
    if declared.pickles:
        assert "cannot be pickled" in str(declared.unsuited(NotPickled()))
    else:
        results = run_cold(pattern, NotPickled(), workers=1)
        assert not Shy.shown, f"{pattern} makes a text of results, which takes time: see patterns/_loops.py"
        NotPickled().check(results)


@every_way_to_start
@pytest.mark.usefixtures("nothing_left")
def test_does_every_workload_and_raises_the_failed_task(
    pattern: str, start_method: str, local_server: LocalServer
) -> None:
    doubling = Doubling(broken=-17)
    one_twin = OnlyBlocking() if patterns.get(pattern).blocking else OnlyAwaitable()
    work = Together([doubling, PATIENT, HASTY, one_twin, *all_for(pattern, local_server)])
    with prepared(work), patterns.get(pattern).start(work, WORKERS) as run:
        work.check(run(work.tasks))
        for _ in range(3):
            doubling.check(run([(0, task) for task in doubling.tasks]))
        assert run([(0, 7), (0, 3), (0, 5)]) == [14, 6, 10]
        assert run([]) == []
        with raises(pattern, TaskFailed, "task -17 is broken"):
            run([*work.tasks[:20], (0, -17), *work.tasks[:20]])
        # A forked worker would pickle its errors as what this process has imported for others has it, such as Dask.
        if pattern not in PROCESS_PATTERNS or start_method != "fork":
            with urls_that_fail(local_server) as failing:
                for part, url, error in failing:
                    with raises(pattern, TaskFailed, f"{re.escape(url)}: {error}"):
                        run([(part, Url(url))])


def all_for(pattern: str, server: LocalServer) -> list[Workload]:
    """A few tasks of every workload that a pattern can be given.

    HTTP clients are for the pattern that shares them, and tests/workloads/test_clients.py has them do their tasks.
    """
    every = [registry.get(name) for name in registry.names()]
    return [
        shortened(made_ready(work, 0, server.address), 1 if isinstance(work, Computation) else ENOUGH_TASKS)
        for work in every
        if not isinstance(work, ClientDownload) and patterns.get(pattern).unsuited(work) is None
    ]


@every_pattern
@pytest.mark.parametrize("start_method", [CHEAPEST], indirect=True)
@pytest.mark.usefixtures("start_method", "nothing_left")
def test_raises_why_a_worker_cannot_open_its_client(pattern: str) -> None:
    with raises(pattern, OSError, "the shop is closed"):
        run_cold(pattern, Doubling(closed=True), workers=1)


@every_pattern
@pytest.mark.parametrize("start_method", [CHEAPEST], indirect=True)
@pytest.mark.usefixtures("start_method", "nothing_left")
def test_makes_each_request_once_with_a_connection_and_a_task_in_flight_for_each_worker(
    pattern: str, fresh_server: LocalServer
) -> None:
    one, many = (1, 1), (MANY_WORKERS, 100)
    # A cluster takes a second to start.
    for workers, latency_ms in {"sequential": [one], "dask": [many]}.get(pattern, [one, many]):
        # No two of the bodies are alike.
        tasks = [Request(number, 64 + number, latency_ms) for number in range(2 * workers)]
        workload = Download("probe", tasks, fresh_server.url)
        with patterns.get(pattern).start(workload, workers) as run:
            before, rounds = ask(fresh_server.url), 0
            # On a busy machine it may take several until all have been in flight at once.
            while rounds < 2 or (ask(fresh_server.url).most_in_flight < workers and rounds < 20):
                workload.check(run(tasks))
                rounds += 1
            after = ask(fresh_server.url)
        assert after.requests - before.requests == rounds * len(tasks)
        assert 1 <= after.connections - before.connections <= workers
        assert after.most_in_flight == workers
