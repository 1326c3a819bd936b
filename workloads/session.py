"""`download-typical`'s downloads through one session for all workers of a process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Generic, TypeVar

from workloads.download import KIB, Download, equal_requests

if TYPE_CHECKING:
    import requests

T = TypeVar("T")

REQUESTS = equal_requests(count=100, size=16 * KIB, latency_ms=20)
# So many connections that nobody uses are kept by a `requests.Session` as it comes; it closes what is more.
AS_IT_COMES = 10
# More than there are workers.
ENOUGH = 100


class Shared(Generic[T]):
    """What is there from the first who opens it to the last who leaves it, for all threads of a process."""

    def __init__(self, opening: Callable[[], AbstractContextManager[T]]) -> None:
        self._opening = opening
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._users = 0

    @contextmanager
    def open(self) -> Iterator[T]:
        with self._lock:
            if not self._users:
                self._shared = self._stack.enter_context(self._opening())
            self._users += 1
        try:
            yield self._shared
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._stack.close()


def session_that_keeps(connections: int) -> requests.Session:
    """A session that keeps so many connections that nobody uses."""
    import requests
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=connections))
    return session


@cache
def shared_session(connections: int) -> Shared[requests.Session]:
    """The one of this process."""
    return Shared(lambda: session_that_keeps(connections))


@dataclass(frozen=True)
class DownloadShared(Download):
    """All workers of a process get their URLs through one session, which keeps so many connections.

    Coroutines share one with any `Download`, and processes can share none.
    """

    connections: int = AS_IT_COMES

    @contextmanager
    def open(self) -> Iterator[requests.Session]:
        with shared_session(self.connections).open() as session:
            yield session


WORKLOADS = (
    DownloadShared("session-shared", REQUESTS),
    DownloadShared("session-shared-enough", REQUESTS, connections=ENOUGH),
)
