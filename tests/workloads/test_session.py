"""Sessions that are shared, and the pool that the talk's program gets."""

import multiprocessing
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import requests

import patterns
from benchmarks.test_talk import processes_of_a_pool
from harness.servers.server import LocalServer
from workloads import registry
from workloads.download import equal_requests
from workloads.session import DownloadShared, Shared, session_that_keeps

THREADS = 16


def test_all_who_have_it_open_at_once_get_the_same_session_and_the_next_another() -> None:
    shared = Shared(lambda: session_that_keeps(3))
    everyone_is_there = threading.Barrier(THREADS)

    def session_in_a_thread(_: int) -> requests.Session:
        with shared.open() as session:
            everyone_is_there.wait(timeout=20)
            return session

    with ThreadPoolExecutor(THREADS) as threads:
        sessions = list(threads.map(session_in_a_thread, range(THREADS)))
    assert len({id(session) for session in sessions}) == 1
    with shared.open() as later:
        assert later is not sessions[0]


def test_a_shared_session_is_closed_by_the_last_who_leaves_it_even_in_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[requests.Session] = []
    monkeypatch.setattr(requests.Session, "close", lambda session: closed.append(session))
    shared = Shared(lambda: session_that_keeps(3))
    with ExitStack() as first:
        session = first.enter_context(shared.open())
        with pytest.raises(RuntimeError, match="broken"), shared.open():
            raise RuntimeError("broken")
        assert closed == []
    assert closed == [session]


@pytest.mark.parametrize("workload", ["session-shared", "session-shared-enough"])
def test_a_shared_session_keeps_as_many_connections_as_it_has_room_for(
    fresh_server: LocalServer, workload: str
) -> None:
    found = registry.get(workload)
    assert isinstance(found, DownloadShared)
    # With a latency in which all threads have asked, on a busy machine too.
    tasks, kept = equal_requests(2 * THREADS, 64, 200), found.connections
    slow = DownloadShared("probe", tasks, fresh_server.url, connections=kept)
    with patterns.get("threading").start(slow, THREADS) as run:
        for _ in range(2):
            slow.check(run(slow.tasks))
    needed = fresh_server.stats().connections
    assert (needed > THREADS) == (kept < THREADS)


def test_what_is_shared_is_the_typical_download() -> None:
    typical = registry.get("download-typical")
    assert all(registry.get(name).tasks == typical.tasks for name in registry.names("session-*"))


def test_the_talks_pool_is_asked_how_many_processes_it_has() -> None:
    cpus = getattr(os, "process_cpu_count", os.cpu_count)()
    assert processes_of_a_pool() == cpus
    assert multiprocessing.active_children() == []
