"""Downloads with a connection each, beside the same downloads over connections that are kept, and over shared ones."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from workloads.download import KIB, Download, Request, equal_requests

if TYPE_CHECKING:
    import aiohttp
    import requests

# Every new connection takes a port that rests for a minute afterwards, and there are some 28,000 of them.
REQUESTS = equal_requests(count=100, size=KIB, latency_ms=0)
# So many connections that nobody uses are kept by a `requests.Session` as it comes; it closes what is more.
AS_IT_COMES = 10
# More than there are workers.
ENOUGH = 100


@dataclass(frozen=True)
class DownloadAnew(Download):
    """Get every URL with a client of its own, as `requests.get(url)` does."""

    @contextmanager
    def open(self) -> Iterator[None]:  # type: ignore[override]
        yield None

    @asynccontextmanager
    async def open_async(self) -> AsyncIterator[None]:  # type: ignore[override]
        yield None

    def perform(self, client: requests.Session | None, task: Request) -> bytes:
        # What requests.get does, which closes the session after the one request.
        with super().open() as session:
            return super().perform(session, task)

    async def perform_async(self, client: aiohttp.ClientSession | None, task: Request) -> bytes:
        async with super().open_async() as session:
            return await super().perform_async(session, task)


@dataclass(frozen=True)
class DownloadShared(Download):
    """All workers of a process get their URLs through one session, which keeps so many connections.

    Coroutines share one session with any `Download`, and processes can share none.
    """

    connections: int = AS_IT_COMES

    @contextmanager
    def open(self) -> Iterator[requests.Session]:
        with _shared(self.connections).open() as session:
            yield session


class SharedSession:
    """A session that is there from the first who opens it to the last who leaves it."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._lock = threading.Lock()
        self._session: requests.Session | None = None
        self._users = 0

    @contextmanager
    def open(self) -> Iterator[requests.Session]:
        session = self._enter()
        try:
            yield session
        finally:
            self._leave()

    def _enter(self) -> requests.Session:
        import requests
        from requests.adapters import HTTPAdapter

        with self._lock:
            if self._session is None:
                self._session = requests.Session()
                self._session.mount("http://", HTTPAdapter(pool_maxsize=self._connections))
            self._users += 1
            return self._session

    def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._session is not None and not self._users:
                self._session.close()
                self._session = None


@cache
def _shared(connections: int) -> SharedSession:
    """The one of this process."""
    return SharedSession(connections)


WORKLOADS = (
    Download("connections-kept", REQUESTS),
    DownloadAnew("connections-new", REQUESTS),
    DownloadShared("connections-shared", REQUESTS),
    DownloadShared("connections-shared-enough", REQUESTS, connections=ENOUGH),
)
