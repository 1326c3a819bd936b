"""Rules of thumb that the advice is compared with: each names a pattern and a number of workers for some work."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from analysis.model.work import Work

# aiohttp lets so many connections be open at a time unless told otherwise (`TCPConnector(limit=100)`).
ASYNCIO_AT_ONCE = 100
THREADS = 16
# More threads than that are not started, whatever the formula says.
MOST_THREADS = 1024


class Configuration(NamedTuple):
    """A pattern, and how many workers."""

    pattern: str
    workers: int

    def __str__(self) -> str:
        return f"{self.pattern} × {self.workers}"


def _talk(work: Work) -> Configuration:
    """ "Choose Multiprocessing when what you want to do CPU-bound tasks not IO-bound tasks. Asyncio is when you want to
    do IO-bound tasks", and "Asyncio wins" over threading.

    Multiprocessing is a `Pool()`, which has a process for each core; asyncio is all requests at once through one
    `aiohttp.ClientSession`. Work is taken to be CPU-bound if a task computes for longer than it waits.
    """
    if work.cpu_seconds > work.latency_seconds:
        return Configuration("multiprocessing", work.cores)
    return _asyncio(work)


def _asyncio(work: Work) -> Configuration:
    return Configuration("asyncio", min(ASYNCIO_AT_ONCE, work.tasks))


def _goetz(work: Work) -> Configuration:
    """Threads = cores × utilization × (1 + wait / compute), with the cores to be used in full.

    B. Goetz et al., Java Concurrency in Practice (2006), §8.2.
    """
    most = min(MOST_THREADS, work.tasks)
    if not work.cpu_seconds:
        return Configuration("threading", most if work.latency_seconds else min(work.cores, most))
    return Configuration("threading", min(most, round(work.cores * (1 + work.latency_seconds / work.cpu_seconds))))


RULES: dict[str, Callable[[Work], Configuration]] = {
    "the talk's rule": _talk,
    "always asyncio, 100 at once": _asyncio,
    "always 16 threads": lambda work: Configuration("threading", min(THREADS, work.tasks)),
    "Goetz' formula": _goetz,
    "sequential": lambda _: Configuration("sequential", 1),
}
