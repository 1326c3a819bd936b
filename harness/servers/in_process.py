"""pytest-httpserver in the process of its clients: what most test suites have at hand, and how wrong it makes a result.

It answers the same URLs as `workloads.server`. Without threads it answers one request at a time.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Self

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from harness.host.environment import LOOPBACK
from workloads.server import ServerStats, body_of, parse_request


class InProcessServer:
    """A server that shares the GIL with whoever asks it."""

    def __init__(self, *, threaded: bool) -> None:
        self._stats = ServerStats(server="pytest-httpserver", loop="threads" if threaded else "none", pid=os.getpid())
        self._lock = Lock()
        self._server = HTTPServer(host=LOOPBACK, port=0, threaded=threaded)
        self._server.expect_request(re.compile("^/bytes/")).respond_with_handler(self._answer)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.clear()
        self._server.stop()

    @property
    def url(self) -> str:
        return self._server.url_for("").rstrip("/")

    def stats(self) -> ServerStats:
        """What it has done so far; its CPU time is that of the process, for there is no telling them apart."""
        self._server.clear_log()
        return replace(self._stats, cpu_seconds=time.process_time())

    def _answer(self, request: Request) -> Response:
        with self._lock:
            self._stats.requests += 1
            self._stats.in_flight += 1
            self._stats.most_in_flight = max(self._stats.most_in_flight, self._stats.in_flight)
        size, latency = parse_request(request.path, request.query_string.decode())
        time.sleep(latency)
        with self._lock:
            self._stats.in_flight -= 1
        return Response(body_of(size), content_type="text/plain")


# What each kind is called in a job.
KINDS: dict[str, Callable[[], InProcessServer]] = {
    "in-process": partial(InProcessServer, threaded=False),
    "in-process-threaded": partial(InProcessServer, threaded=True),
}
