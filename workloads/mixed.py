"""A download, then some parsing of it in Python: I/O and CPU in one task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from workloads.computation import cpu_seconds
from workloads.contract import expect
from workloads.download import KIB, Download, OnDownload, Request, equal_requests
from workloads.server import LINE_BYTES, body_of

if TYPE_CHECKING:
    import aiohttp
    import requests


def sum_of_lines(text: bytes) -> int:
    """The sum of the decimal numbers in a body, one a line, read digit by digit as a hand-written parser would."""
    total = number = 0
    for character in text:
        if character == 10:  # a newline
            total += number
            number = 0
        else:
            number = number * 10 + character - 48  # the digit 0
    return total


@cache
def parsing_seconds(sizes: tuple[int, ...]) -> tuple[float, ...]:
    """What `sum_of_lines` costs one core for bodies of these sizes, in CPU seconds, measured once for each size."""
    unlike = sorted(set(sizes))
    costs = dict(zip(unlike, cpu_seconds(sum_of_lines, [body_of(size) for size in unlike]), strict=True))
    return tuple(costs[size] for size in sizes)


@dataclass(frozen=True)
class DownloadAndParse(OnDownload):
    """Get every URL of a `Download` and sum the numbers in its body. A task is a `Request`, a result the sum."""

    def perform(self, client: requests.Session, task: Request) -> int:
        return sum_of_lines(self.download.perform(client, task))

    async def perform_async(self, client: aiohttp.ClientSession, task: Request) -> int:
        return sum_of_lines(await self.download.perform_async(client, task))

    def check(self, results: Sequence[int]) -> None:
        # A body of k lines holds the numbers from 0 to k - 1.
        lines = [task.size // LINE_BYTES for task in self.tasks]
        expect(self.name, self.tasks, results, [count * (count - 1) // 2 for count in lines])

    def ideal_seconds(self, workers: int, cores: int) -> float:
        """The largest of three bounds: no worker is ever idle, no core is ever idle, and the longest task.

        The cores have nothing to parse until the quickest download is in, hence the shortest latency in the second.
        """
        latencies = [task.latency_ms / 1000 for task in self.tasks]
        parsings = parsing_seconds(tuple(task.size for task in self.tasks))
        return max(
            (sum(latencies) + sum(parsings)) / workers,
            min(latencies) + sum(parsings) / min(workers, cores),
            max(latency + seconds for latency, seconds in zip(latencies, parsings, strict=True)),
        )


WORKLOADS = (DownloadAndParse(Download("mixed", equal_requests(count=50, size=96 * KIB, latency_ms=20))),)
