"""Work as a description has it: a download of so much after so much latency, then computing with the GIL or without."""

from __future__ import annotations

import hashlib
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, median
from typing import TYPE_CHECKING

from msgspec import Struct

from workloads.contract import expect
from workloads.download import Download, OnDownload, Request
from workloads.server import body_of

if TYPE_CHECKING:
    import aiohttp
    import requests

Result = tuple[bytes, int, bytes]

# How much of each is timed to see how fast the machine is just now.
PROBE_STEPS, PROBE_HASHES = 20_000, 5_000
FEWEST_PASSES, MOST_PASSES, PASSES_SECONDS = 5, 25, 0.1


class Amount(Struct, frozen=True):
    """How much a task computes: so many steps in Python, and so many rounds of hashing."""

    steps: int
    hashes: int


class Cpu(Struct, frozen=True):
    """CPU seconds of a task, with the GIL held and released."""

    held: float
    released: float

    @property
    def whole(self) -> float:
        return self.held + self.released

    @property
    def gil_free(self) -> float:
        """The share in which the GIL is released."""
        return self.released / self.whole if self.whole else 0.0


def compute(amount: Amount) -> tuple[int, bytes]:
    """Steps in Python hold the GIL; OpenSSL's PBKDF2 of SHA-256 releases it once, however many rounds it does."""
    number = 0
    for step in range(amount.steps):
        number = (number * 31 + step) & 0xFFFF
    return number, hashlib.pbkdf2_hmac("sha256", b"work", b"salt", amount.hashes) if amount.hashes else b""


def amount_for(held: float, released: float) -> Amount:
    """How much a task has to compute to take so many CPU seconds, at the speed that the machine has now."""
    probe = cpu_alone(Amount(PROBE_STEPS, PROBE_HASHES))
    return Amount(round(held / probe.held * PROBE_STEPS), round(released / probe.released * PROBE_HASHES))


def cpu_alone(amount: Amount) -> Cpu:
    """What a task costs with nothing beside it: the median of several."""
    return Cpu(
        held=_median_seconds(lambda: compute(Amount(amount.steps, 0))) if amount.steps else 0.0,
        released=_median_seconds(lambda: compute(Amount(0, amount.hashes))) if amount.hashes else 0.0,
    )


def _median_seconds(do: Callable[[], object]) -> float:
    found: list[float] = []
    while len(found) < FEWEST_PASSES or (sum(found) < PASSES_SECONDS and len(found) < MOST_PASSES):
        started = time.thread_time()
        do()
        found.append(time.thread_time() - started)
    return median(found)


@dataclass(frozen=True)
class Emulated(OnDownload):
    """Get every URL of a `Download`, and compute. A task is a `Request`, a result its body and what was computed."""

    amount: Amount

    def perform(self, client: requests.Session, task: Request) -> Result:
        return self.download.perform(client, task), *compute(self.amount)

    async def perform_async(self, client: aiohttp.ClientSession, task: Request) -> Result:
        return await self.download.perform_async(client, task), *compute(self.amount)

    def check(self, results: Sequence[Result]) -> None:
        computed = compute(self.amount)
        expect(self.name, self.tasks, results, [(body_of(task.size), *computed) for task in self.tasks])


def emulated(
    name: str, tasks: int, latency_seconds: float, spread: float, size_bytes: int, steps: int, hashes: int, seed: int
) -> Emulated:
    """So many tasks; `spread` is the standard deviation of the logarithm of their latencies, the mean is as given.

    Unequal latencies are evenly spaced quantiles of the log-normal distribution, in an order that follows from the
    seed: few tasks, too, are then as unequal as they are said to be.
    """
    normal, uniform = NormalDist(), random.Random(seed).random
    latencies = [math.exp(spread * normal.inv_cdf((number + 0.5) / tasks)) for number in range(tasks)]
    scale = 1000 * latency_seconds * tasks / sum(latencies)
    in_order = [latency for _, latency in sorted((uniform(), latency) for latency in latencies)]
    requests = (Request(number, size_bytes, round(scale * one, 2)) for number, one in enumerate(in_order))
    return Emulated(Download(name, tuple(requests)), Amount(steps, hashes))
