"""Downloads from the local server: waiting for the network, with little to compute."""

from __future__ import annotations

import math
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from workloads import trust
from workloads.contract import TaskFailed, Workload, cycled, expect
from workloads.network import FAR_TLS, PLAIN, TLS, Network
from workloads.server import body_of

# The clients are imported where they are opened: a worker process then holds in memory only the one it uses, and
# `pytest --collect-only` neither.
if TYPE_CHECKING:
    import ssl

    import aiohttp
    import requests

KIB = 1024
MIB = 1024 * KIB

# Far above any latency asked for: it turns a reply that never comes into a failure instead of a hang.
TIMEOUT_SECONDS = 10.0


class Request(NamedTuple):
    """One URL to get: the server waits `latency_ms` milliseconds and answers with `size` bytes."""

    number: int
    size: int
    latency_ms: float

    @property
    def path(self) -> str:
        return f"/bytes/{self.size}?latency_ms={self.latency_ms:g}"


@dataclass(frozen=True)
class Download(Workload):
    """Get every URL and return the bodies. A task is a `Request`, a result its body."""

    name: str
    tasks: Sequence[Request] = field(repr=False)
    server_url: str = ""
    timeout_seconds: float = TIMEOUT_SECONDS
    network: Network = PLAIN
    authority: str = field(default="", repr=False)  # whom to trust over TLS, a certificate in PEM

    def at(self, server_url: str, authority: str = "") -> Self:
        return replace(self, server_url=server_url, authority=authority)

    def repeated(self, count: int) -> Self:
        tasks = tuple(task._replace(number=number) for number, task in enumerate(cycled(self.tasks, count)))
        return replace(self, name=f"{self.name}-x{count}", tasks=tasks)

    @contextmanager
    def open(self) -> Iterator[requests.Session]:
        with trust.for_requests(self.authority) as verify, new_session(verify) as session:
            yield session

    @asynccontextmanager
    async def open_async(self) -> AsyncIterator[aiohttp.ClientSession]:
        async with self.new_async_session(trust.for_aiohttp(self.authority)) as session:
            yield session

    def new_async_session(self, trusted: ssl.SSLContext | bool) -> aiohttp.ClientSession:
        """A client that trusts what aiohttp's `ssl` stands for."""
        import aiohttp

        # The pattern bounds the number of requests in flight; aiohttp's own limit of 100 would bound it again.
        connector = aiohttp.TCPConnector(limit=0, ssl=trusted)
        timeout = aiohttp.ClientTimeout(total=self.timeout_seconds)
        return aiohttp.ClientSession(connector=connector, timeout=timeout)

    def perform(self, client: requests.Session, task: Request) -> bytes:
        from requests import RequestException

        url = self.server_url + task.path
        try:
            # Of the session alone, REQUESTS_CA_BUNDLE in the environment would take the place.
            with client.get(url, timeout=self.timeout_seconds, verify=client.verify) as response:
                response.raise_for_status()
                return response.content
        except RequestException as error:
            raise TaskFailed(_failure(task, url, error)) from error

    async def perform_async(self, client: aiohttp.ClientSession, task: Request) -> bytes:
        from aiohttp import ClientError

        url = self.server_url + task.path
        try:
            async with client.get(url) as response:
                response.raise_for_status()
                return await response.read()
        except (ClientError, TimeoutError) as error:
            raise TaskFailed(_failure(task, url, error)) from error

    def check(self, results: Sequence[bytes]) -> None:
        expect(self.name, self.tasks, results, [body_of(task.size) for task in self.tasks])

    def ideal_seconds(self, workers: int, cores: int) -> float:
        return self.waiting_seconds(workers)

    def waiting_seconds(self, workers: int) -> float:
        """max(longest task, sum of latencies / workers): Graham's lower bounds on a makespan.

        A latency is what the server waits and a round trip, since a connection may be there already.

        R. L. Graham, "Bounds on multiprocessing timing anomalies", SIAM J. Appl. Math. 17 (1969), 416–429.
        """
        latencies = [(self.network.round_trip_ms + task.latency_ms) / 1000 for task in self.tasks]
        return max(max(latencies), sum(latencies) / workers)


@dataclass(frozen=True)
class OnDownload(Workload):
    """What is done with a `Download`, whose name, tasks and server it has."""

    download: Download

    @property
    def name(self) -> str:
        return self.download.name

    @property
    def tasks(self) -> Sequence[Request]:
        return self.download.tasks

    def at(self, server_url: str) -> Self:
        return replace(self, download=self.download.at(server_url))

    def waiting_seconds(self, workers: int) -> float:
        return self.download.waiting_seconds(workers)

    def open(self) -> AbstractContextManager[Any]:
        return self.download.open()

    def open_async(self) -> AbstractAsyncContextManager[Any]:
        return self.download.open_async()


def new_session(verify: str | bool) -> requests.Session:
    """A client that trusts what requests' `verify` stands for."""
    import requests

    session = requests.Session()
    session.verify = verify
    return session


def _failure(task: Request, url: str, error: Exception) -> str:
    return f"task {task.number}: GET {url}: {type(error).__name__}: {error}"


def equal_requests(count: int, size: int, latency_ms: float) -> tuple[Request, ...]:
    """As many requests of one kind, numbered."""
    return tuple(Request(number, size, latency_ms) for number in range(count))


def jittered_requests(count: int, size: int, median_ms: float, sigma: float, seed: int) -> tuple[Request, ...]:
    """Requests with log-normal latencies, the usual shape of response times: most near the median, a few far above.

    Only `random()` of a seeded generator is promised to stay the same from one Python to the next, so the
    normal deviates are made from it by the inverse of their distribution.
    """
    uniform = random.Random(seed).random
    normal = NormalDist()
    return tuple(
        Request(number, size, round(median_ms * math.exp(sigma * normal.inv_cdf(uniform())), 1))
        for number in range(count)
    )


WORKLOADS = (
    Download("download-talk", equal_requests(count=20, size=16 * KIB, latency_ms=50)),
    Download("download-talk-tls", equal_requests(count=20, size=16 * KIB, latency_ms=50), network=TLS),
    Download("download-overhead", equal_requests(count=500, size=1 * KIB, latency_ms=0)),
    Download("download-overhead-tls", equal_requests(count=500, size=1 * KIB, latency_ms=0), network=TLS),
    Download("download-typical", equal_requests(count=100, size=16 * KIB, latency_ms=20)),
    Download("download-rtt", equal_requests(count=100, size=16 * KIB, latency_ms=0), network=FAR_TLS),
    Download("download-jittered", jittered_requests(count=100, size=16 * KIB, median_ms=20, sigma=0.6, seed=2026)),
    Download("download-large", equal_requests(count=32, size=1 * MIB, latency_ms=5)),
)
