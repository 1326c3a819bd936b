"""What every pattern promises: on every workload, and however its processes are started."""

from __future__ import annotations

import multiprocessing
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as WerkzeugRequest
from werkzeug import Response

import patterns
from harness.server import LocalServer, ask
from tests.every import every_pattern, every_way_to_start, every_workload
from tests.toys import Doubling
from workloads import registry
from workloads.contract import Scalable, Served, TaskFailed, Workload
from workloads.download import Download, Request, equal_requests

# Enough to be several, and few to start: each imports its clients.
WORKERS = 2
# Of a download or a computation: a sequential one takes seconds for all.
ENOUGH_TASKS = 6

# With pytest-httpserver's threads in this process, a fork could copy a lock that one of them holds.
without_fork = pytest.mark.parametrize("start_method", ["spawn"], indirect=True)


def run_cold(pattern: str, workload: Workload, workers: int = WORKERS) -> list[object]:
    with patterns.get(pattern).start(workload, workers) as run:
        return run(workload.tasks)


def own_threads() -> set[threading.Thread]:
    """The threads of this process, but for pytest-httpserver's, and one that distributed keeps once it is imported."""
    others = ("process_request", "Dask-Offload")
    return {thread for thread in threading.enumerate() if not any(name in thread.name for name in others)}


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
    module = patterns.get(pattern)
    assert module.name == pattern
    assert module.summary.endswith(".")
    assert module.pitfall.endswith(".")
    # None, or a reason and a remedy.
    assert ": " in (module.unavailable() or "fine: it runs here")


@every_workload
@pytest.mark.usefixtures("start_method", "nothing_left")
def test_gives_the_right_answers(pattern: str, workload: str, local_server: LocalServer) -> None:
    work = registry.get(workload)
    assert patterns.get(pattern).unsuited(work) is None
    if isinstance(work, Served):
        work = work.at(local_server.url)
    if isinstance(work, Scalable):
        work = work.repeated(ENOUGH_TASKS)
    work.check(run_cold(pattern, work))


@every_pattern
@pytest.mark.usefixtures("nothing_left")
def test_runs_again_on_workers_that_are_up(pattern: str) -> None:
    workload = Doubling()
    with patterns.get(pattern).start(workload, WORKERS) as run:
        for _ in range(3):
            workload.check(run(workload.tasks))
        assert run([7, 3, 5]) == [14, 6, 10]
        assert run([]) == []


@every_way_to_start
@pytest.mark.usefixtures("start_method", "nothing_left")
def test_raises_the_failed_task(pattern: str) -> None:
    with pytest.raises(TaskFailed, match="task 17 is broken"):
        run_cold(pattern, Doubling(broken=17))


@every_way_to_start
@pytest.mark.usefixtures("start_method", "nothing_left")
def test_raises_why_a_worker_cannot_open_its_client(pattern: str) -> None:
    with pytest.raises(OSError, match="the shop is closed"):
        run_cold(pattern, Doubling(closed=True))


def downloads(server: HTTPServer) -> Download:
    tasks = tuple(Request(number, size=64 + number, latency_ms=0) for number in range(24))
    return Download("probe", tasks, server.url_for("").rstrip("/"))


@without_fork
@every_pattern
@pytest.mark.usefixtures("start_method", "nothing_left")
def test_makes_each_request_once(pattern: str, scripted_server: HTTPServer) -> None:
    workload = downloads(scripted_server)
    for task in workload.tasks:
        scripted_server.expect_request(f"/bytes/{task.size}").respond_with_data(f"body {task.number}")

    results = run_cold(pattern, workload)

    assert results == [f"body {task.number}".encode() for task in workload.tasks]
    asked = sorted(request.path for request, _ in scripted_server.log)
    assert asked == sorted(f"/bytes/{task.size}" for task in workload.tasks)


@every_pattern
@pytest.mark.parametrize("workers", [1, WORKERS])
@pytest.mark.usefixtures("nothing_left")
def test_keeps_one_connection_a_worker(pattern: str, workers: int, fresh_server: LocalServer) -> None:
    # The suite's own server counts them: pytest-httpserver's closes each connection after one reply.
    workload = Download("probe", equal_requests(count=24, size=64, latency_ms=3), fresh_server.url)
    with patterns.get(pattern).start(workload, workers) as run:
        before = ask(fresh_server.url)
        for _ in range(3):
            workload.check(run(workload.tasks))
        after = ask(fresh_server.url)

    assert after.requests - before.requests == 3 * 24
    assert 1 <= after.connections - before.connections <= workers


@every_pattern
@pytest.mark.usefixtures("nothing_left")
def test_has_as_many_tasks_in_flight_as_workers(pattern: str, fresh_server: LocalServer) -> None:
    # More than the default executor of an event loop has threads on a small machine, and no multiple of its cores.
    workers = 1 if pattern == "sequential" else 9
    workload = Download("probe", equal_requests(count=18, size=64, latency_ms=100), fresh_server.url)
    with patterns.get(pattern).start(workload, workers) as run:
        run(workload.tasks[:workers])
        run(workload.tasks[: 2 * workers])
    assert ask(fresh_server.url).most_in_flight == workers


def cut_short(request: WerkzeugRequest) -> Response:
    return Response(iter([b"only this"]), headers={"Content-Length": "1000", "Connection": "close"})


def never(until: threading.Event, request: WerkzeugRequest) -> Response:
    until.wait(60)
    return Response(b"too late")


@without_fork
@every_pattern
@pytest.mark.usefixtures("start_method", "nothing_left")
class TestNamesTheUrlOf:
    """Whatever goes wrong raises TaskFailed with the URL in it, and ends. One worker is enough to meet it."""

    def test_an_error_of_the_server(self, pattern: str, scripted_server: HTTPServer) -> None:
        scripted_server.expect_request("/bytes/64").respond_with_data("no", status=500)
        with pytest.raises(TaskFailed, match=r"/bytes/64\?latency_ms=0: .*500"):
            run_cold(pattern, self.one(scripted_server), workers=1)

    def test_a_connection_refused(self, pattern: str) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound and not listening
            url = f"http://127.0.0.1:{taken.getsockname()[1]}"
            with pytest.raises(TaskFailed, match=rf"{url}/bytes/64\?latency_ms=0: \w+Error"):
                run_cold(pattern, Download("probe", equal_requests(2, 64, 0), url), workers=1)

    def test_a_reply_cut_short(self, pattern: str, scripted_server: HTTPServer) -> None:
        scripted_server.expect_request("/bytes/64").respond_with_handler(cut_short)
        with pytest.raises(TaskFailed, match=r"/bytes/64\?latency_ms=0: \w+Error"):
            run_cold(pattern, self.one(scripted_server), workers=1)

    def test_a_reply_that_never_comes(self, pattern: str, scripted_server: HTTPServer) -> None:
        ended = threading.Event()
        scripted_server.expect_request("/bytes/64").respond_with_handler(partial(never, ended))
        with pytest.raises(TaskFailed, match=r"/bytes/64\?latency_ms=0: \w*Time"):
            run_cold(pattern, self.one(scripted_server, timeout_seconds=0.3), workers=1)
        ended.set()

    @staticmethod
    def one(server: HTTPServer, timeout_seconds: float = 10.0) -> Download:
        return Download("probe", equal_requests(2, 64, 0), server.url_for("").rstrip("/"), timeout_seconds)
