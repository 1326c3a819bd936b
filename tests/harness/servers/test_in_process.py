"""The server in the process of its clients: it answers as the suite's own does, and counts."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

import patterns
from harness.servers.in_process import InProcessServer
from harness.servers.server import LocalServer
from tests.support.processes import threads_besides
from workloads import registry
from workloads.contract import made_ready
from workloads.server import body_of


@pytest.mark.parametrize("threaded", [False, True])
def test_answers_and_counts(threaded: bool) -> None:
    with InProcessServer(threaded=threaded) as server:
        with ThreadPoolExecutor(4) as clients:
            url = f"{server.url}/bytes/1000?latency_ms={500 if threaded else 20}"
            answers = list(clients.map(lambda _: requests.get(url, timeout=10).content, range(4)))
        stats = server.stats()
    assert answers == [body_of(1000)] * 4
    assert stats.requests == 4
    assert stats.in_flight == 0
    assert (stats.most_in_flight > 1) == threaded
    assert stats.cpu_seconds > 0


def test_what_it_has_said_stays_as_it_was_and_nothing_is_left_of_it() -> None:
    with InProcessServer(threaded=True) as server:
        before = server.stats()
        requests.get(f"{server.url}/bytes/1", timeout=10)
        assert (before.requests, server.stats().requests) == (0, 1)
    threads = threading.enumerate()
    with InProcessServer(threaded=False) as server:
        url = server.url
    assert threads_besides(threads) == []
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_a_new_connection_each_or_one_that_is_kept(fresh_server: LocalServer) -> None:
    for pattern in ("sequential", "threading", "asyncio"):
        for name, connections in (("connections-new", 100), ("connections-kept", 1)):
            before = fresh_server.stats().connections
            work = made_ready(registry.get(name), 0, fresh_server.address)
            with patterns.get(pattern).start(work, 1) as run:
                work.check(run(work.tasks))
            assert fresh_server.stats().connections - before == connections, (pattern, name)
