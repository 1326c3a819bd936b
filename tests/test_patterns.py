"""What every pattern promises: on every workload, and however its processes are started."""

from __future__ import annotations

import multiprocessing
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

# What is imported here need not be so by each worker that is forked.
import aiohttp  # noqa: F401
import pytest
import requests  # noqa: F401

import patterns
from harness.servers.server import LocalServer, ask
from tests.every import CHEAPEST, every_pattern, every_way_to_start, every_workload, shortened
from tests.toys import Doubling, NotPickled, OnlyAwaitable, OnlyBlocking, Shy, Url
from workloads import registry
from workloads.contract import TaskFailed, Workload, made_ready, prepared
from workloads.download import Download, Request

# Enough to be several, and few to start.
WORKERS = 2
# Of a download or a computation: a sequential one takes seconds for all.
ENOUGH_TASKS = 3
# More than the default executor of an event loop has threads on a small machine, and no multiple of its cores.
MANY_WORKERS = 9


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


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fail a test after which a thread or a process of a pattern's still runs."""
    before = own_threads()
    yield
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        threads = own_threads() - before
        processes = multiprocessing.active_children()
        if not threads and not processes:
            return
        time.sleep(0.01)
    pytest.fail(f"left behind: {threads} {processes}")


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
def test_takes_what_it_declares_to_need_and_no_more(pattern: str) -> None:
    declared = patterns.get(pattern)
    one_twin: Workload = OnlyBlocking() if declared.blocking else OnlyAwaitable()
    one_twin.check(run_cold(pattern, one_twin, workers=1))
    if declared.pickles:
        assert "cannot be pickled" in str(declared.unsuited(NotPickled()))
    else:
        results = run_cold(pattern, NotPickled(), workers=1)
        assert not Shy.shown, f"{pattern} makes a text of results, which takes time: see patterns/_loops.py"
        NotPickled().check(results)


@every_workload
@pytest.mark.usefixtures("start_method", "nothing_left")
def test_gives_the_right_answers(pattern: str, workload: str, local_server: LocalServer) -> None:
    work = registry.get(workload)
    if reason := patterns.get(pattern).unsuited(work):
        pytest.skip(reason)
    work = shortened(made_ready(work, 0, local_server.address), ENOUGH_TASKS)
    with prepared(work):
        work.check(run_cold(pattern, work))


@every_way_to_start
@pytest.mark.usefixtures("start_method", "nothing_left")
def test_downloads_over_tls(pattern: str, local_server: LocalServer) -> None:
    work = shortened(made_ready(registry.get("connections-new-tls"), 0, local_server.address), ENOUGH_TASKS)
    work.check(run_cold(pattern, work, workers=1))


@every_way_to_start
@pytest.mark.usefixtures("start_method", "nothing_left")
def test_runs_again_on_workers_that_are_up_and_raises_the_failed_task(pattern: str) -> None:
    workload = Doubling(broken=-17)
    with patterns.get(pattern).start(workload, WORKERS) as run:
        for _ in range(3):
            workload.check(run(workload.tasks))
        assert run([7, 3, 5]) == [14, 6, 10]
        assert run([]) == []
        with raises(pattern, TaskFailed, "task -17 is broken"):
            run([*workload.tasks, -17, *workload.tasks])


@every_way_to_start
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
            before = ask(fresh_server.url)
            for _ in range(2):
                workload.check(run(tasks))
            after = ask(fresh_server.url)
        assert after.requests - before.requests == 2 * len(tasks)
        assert 1 <= after.connections - before.connections <= workers
        assert after.most_in_flight == workers


@contextmanager
def cutting_short() -> Iterator[str]:
    """A server that ends its one reply before it is whole."""

    def reply() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1024)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\nonly this")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=reply, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/bytes/64"
        thread.join()


# A worker that is forked would pickle its errors as what this process has imported for others has it, such as Dask.
@pytest.mark.parametrize("start_method", ["spawn"], indirect=True)
@every_pattern
@pytest.mark.usefixtures("start_method", "nothing_left")
class TestNamesTheUrlOf:
    """Whatever goes wrong raises TaskFailed with the URL in it, and ends. One worker is enough to meet it."""

    def test_a_connection_refused_an_error_of_the_server_a_reply_cut_short_and_one_that_never_comes(
        self, pattern: str, local_server: LocalServer
    ) -> None:
        with socket.socket() as taken, cutting_short() as cut_short:
            taken.bind(("127.0.0.1", 0))  # bound and not listening
            said = {
                Url(f"http://127.0.0.1:{taken.getsockname()[1]}/bytes/64"): r"\w+Error",
                Url(f"{local_server.url}/bytes/-1"): ".*404",
                Url(cut_short): r"\w+Error",
                Url(f"{local_server.url}/bytes/64?latency_ms=60000"): r"\w*Time",
            }
            work = Download("probe", list(said), timeout_seconds=1.0)  # type: ignore[arg-type]
            with patterns.get(pattern).start(work, 1) as run:
                for url, error in said.items():
                    with raises(pattern, TaskFailed, f"{re.escape(url)}: {error}"):
                        run([url])
