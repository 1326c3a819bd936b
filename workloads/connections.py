"""Downloads with a connection each, beside the same downloads over connections that are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workloads.download import KIB, Download, Request, equal_requests

if TYPE_CHECKING:
    import aiohttp
    import requests

# Every new connection takes a port that rests for a minute afterwards, and there are some 28,000 of them.
REQUESTS = equal_requests(count=100, size=KIB, latency_ms=0)


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


WORKLOADS = (
    Download("connections-kept", REQUESTS),
    DownloadAnew("connections-new", REQUESTS),
)
