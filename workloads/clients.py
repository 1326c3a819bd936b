"""The same downloads with each HTTP client, within its limits as they come and within raised ones.

Threads share a `requests.Session` or an `httpx.Client`, coroutines an `aiohttp.ClientSession` or an
`httpx.AsyncClient`. What is raised is how many connections the client opens, or keeps while nobody uses them. Timeouts
are the client's own; `requests` has none, and gets that of `Download`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from workloads.contract import TaskFailed
from workloads.download import KIB, Download, OnDownload, Request, _failure, equal_requests
from workloads.session import AS_IT_COMES, Shared, shared_session

if TYPE_CHECKING:
    import aiohttp
    import httpx
    import requests

# Without any, a request costs what the client costs; with it, the client waits, on as many connections as are in use.
LATENCIES_MS = (0, 20)
# More connections than any benchmark has requests in flight.
ENOUGH = 1_000
# The versions that are known to take what is asked of them here; optional, so that it is in no list that is installed.
HTTPX = "httpx>=0.28,<1"
# A thread may close a connection that another one has been given and has not used yet: encode/httpcore, issue 1110.
CLOSED = (
    "; a client that threads share closes connections above max_keepalive_connections, also those that a thread is "
    "about to use (encode/httpcore 1110): raise it"
)


@dataclass(frozen=True)
class ClientDownload(OnDownload):
    """Get every URL of a `Download` with one client for all workers. `raised` says whether its limits are."""

    raised: bool = False

    def repeated(self, count: int) -> Self:
        return replace(self, download=self.download.repeated(count))

    def check(self, results: Sequence[bytes]) -> None:
        self.download.check(results)

    def ideal_seconds(self, workers: int, cores: int) -> float:
        return self.download.ideal_seconds(workers, cores)


@dataclass(frozen=True)
class Requests(ClientDownload):
    """`requests`: a session keeps 10 connections that nobody uses, and opens as many as it is asked for."""

    def open(self) -> AbstractContextManager[requests.Session]:
        return shared_session(ENOUGH if self.raised else AS_IT_COMES).open()

    def perform(self, client: requests.Session, task: Request) -> bytes:
        return self.download.perform(client, task)


@dataclass(frozen=True)
class Aiohttp(ClientDownload):
    """aiohttp: a session opens 100 connections, and keeps them all."""

    @asynccontextmanager
    async def open_async(self) -> AsyncIterator[aiohttp.ClientSession]:
        import aiohttp

        connector = aiohttp.TCPConnector(limit=0) if self.raised else None
        async with aiohttp.ClientSession(connector=connector) as session:
            yield session

    async def perform_async(self, client: aiohttp.ClientSession, task: Request) -> bytes:
        return await self.download.perform_async(client, task)


@dataclass(frozen=True)
class _OfHttpx(ClientDownload):
    """httpx: a client opens 100 connections, and keeps 20; HTTP/2 is off unless asked for."""

    def unavailable(self) -> str | None:
        return lacks_httpx()

    @contextmanager
    def prepare(self) -> Iterator[None]:
        # This imports it before a process is looked at, as the others are: what it takes is then of the requests alone.
        if reason := lacks_httpx():
            raise TaskFailed(reason)
        yield


@dataclass(frozen=True)
class Httpx(_OfHttpx):
    """httpx with threads."""

    def open(self) -> AbstractContextManager[httpx.Client]:
        return _shared_httpx(self.raised).open()

    def perform(self, client: httpx.Client, task: Request) -> bytes:
        import httpx

        url = self.download.server_url + task.path
        try:
            return client.get(url).raise_for_status().content
        except (httpx.ReadError, httpx.ReadTimeout, httpx.WriteError) as error:
            raise TaskFailed(_failure(task, url, error) + ("" if self.raised else CLOSED)) from error
        except httpx.HTTPError as error:
            raise TaskFailed(_failure(task, url, error)) from error


@dataclass(frozen=True)
class HttpxAsync(_OfHttpx):
    """httpx with coroutines."""

    def open_async(self) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        import httpx

        return httpx.AsyncClient(**_httpx_options(self.raised))

    async def perform_async(self, client: httpx.AsyncClient, task: Request) -> bytes:
        import httpx

        url = self.download.server_url + task.path
        try:
            return (await client.get(url)).raise_for_status().content
        except httpx.HTTPError as error:
            raise TaskFailed(_failure(task, url, error)) from error


@cache
def lacks_httpx() -> str | None:
    """None, or why httpx cannot be measured here, with the remedy."""
    from packaging.requirements import Requirement

    remedy = f"`pip install '{HTTPX}'`"
    try:
        import httpcore  # noqa: F401  # which httpx itself imports as late as it can
        import httpx
    except Exception as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name in ("httpx", "httpcore")
        return f"httpx is not installed: {remedy}" if missing else f"httpx does not import ({error}): {remedy}"
    if not Requirement(HTTPX).specifier.contains(httpx.__version__):
        return f"httpx {httpx.__version__} is installed, which is not measured: {remedy}"
    return None


def _httpx_options(raised: bool) -> dict[str, Any]:
    """How a client is made. It reads the environment's proxies and certificates once, and would go through a proxy."""
    import httpx

    return {"trust_env": False, **({"limits": httpx.Limits()} if raised else {})}


@cache
def _shared_httpx(raised: bool) -> Shared[httpx.Client]:
    import httpx

    return Shared(lambda: httpx.Client(**_httpx_options(raised)))


@dataclass(frozen=True)
class Client:
    """A client that is measured: the pattern that shares it, and how many connections it opens, or keeps, at most."""

    name: str
    pattern: str
    limit: int
    workload: Callable[[Download, bool], ClientDownload]


CLIENTS = (
    Client("requests", "threading", 10, Requests),
    Client("httpx", "threading", 20, Httpx),
    Client("aiohttp", "asyncio", 100, Aiohttp),
    Client("httpx-async", "asyncio", 20, HttpxAsync),
)


def workload_name(client: Client, latency_ms: int, raised: bool) -> str:
    """What the downloads of a client are called."""
    return f"clients-{client.name}-{latency_ms}ms{'-raised' if raised else ''}"


WORKLOADS = tuple(
    client.workload(
        Download(workload_name(client, latency, raised), equal_requests(count=200, size=KIB, latency_ms=latency)),
        raised,
    )
    for latency in LATENCIES_MS
    for client in CLIENTS
    for raised in (False, True)
    if latency or not raised
)
