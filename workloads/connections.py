"""Downloads with a connection each, beside the same downloads over connections that are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workloads import trust
from workloads.download import KIB, Download, Request, equal_requests, new_session
from workloads.network import FAR, FAR_TLS, TLS

if TYPE_CHECKING:
    import ssl

# Every new connection takes a port that rests for a minute afterwards, and there are some 28,000 of them.
REQUESTS = equal_requests(count=100, size=KIB, latency_ms=0)
# Where each takes several round trips: two for each of 16 workers.
FEW_REQUESTS = equal_requests(count=32, size=KIB, latency_ms=0)


@dataclass(frozen=True)
class DownloadAnew(Download):
    """Get every URL with a client of its own, as `requests.get(url)` does.

    What a worker keeps is whom to trust, as a program does that has the path of a file in a constant.
    """

    def open(self) -> AbstractContextManager[str | bool]:  # type: ignore[override]
        return trust.for_requests(self.authority)

    @asynccontextmanager
    async def open_async(self) -> AsyncIterator[ssl.SSLContext | bool]:  # type: ignore[override]
        yield trust.for_aiohttp(self.authority)

    def perform(self, client: str | bool, task: Request) -> bytes:  # type: ignore[override]
        # What requests.get does, which closes the session after the one request.
        with new_session(verify=client) as session:
            return super().perform(session, task)

    async def perform_async(self, client: ssl.SSLContext | bool, task: Request) -> bytes:  # type: ignore[override]
        async with self.new_async_session(client) as session:
            return await super().perform_async(session, task)


WORKLOADS = (
    Download("connections-kept", REQUESTS),
    DownloadAnew("connections-new", REQUESTS),
    Download("connections-kept-tls", REQUESTS, network=TLS),
    DownloadAnew("connections-new-tls", REQUESTS, network=TLS),
    Download("connections-kept-rtt", FEW_REQUESTS, network=FAR),
    DownloadAnew("connections-new-rtt", FEW_REQUESTS, network=FAR),
    Download("connections-kept-tls-rtt", FEW_REQUESTS, network=FAR_TLS),
    DownloadAnew("connections-new-tls-rtt", FEW_REQUESTS, network=FAR_TLS),
)
