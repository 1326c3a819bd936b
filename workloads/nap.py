"""Sleeping: tasks that cost nothing and keep a worker from taking another, so that as many workers have to start."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from workloads.contract import Workload, expect

NAP_SECONDS = 0.010


@dataclass(frozen=True)
class Nap(Workload):
    """Sleep a little. A task is its number, and so is the result."""

    name: str
    tasks: Sequence[int] = field(repr=False)

    def repeated(self, count: int) -> Self:
        return replace(self, name=f"{self.name}-x{count}", tasks=tuple(range(count)))

    def perform(self, client: None, task: int) -> int:
        time.sleep(NAP_SECONDS)
        return task

    async def perform_async(self, client: None, task: int) -> int:
        # A nap is not over before its time: uvloop's timers tick in milliseconds, and go off up to one too soon.
        ends = time.perf_counter() + NAP_SECONDS
        while (left := ends - time.perf_counter()) > 0:  # noqa: ASYNC110 - it is time that is waited for
            await asyncio.sleep(left)
        return task

    def check(self, results: Sequence[int]) -> None:
        expect(self.name, self.tasks, results, range(len(self.tasks)))

    def ideal_seconds(self, workers: int, cores: int) -> float:
        return self.waiting_seconds(workers)

    def waiting_seconds(self, workers: int) -> float:
        """ceil(tasks / workers) naps: all are of one length."""
        return -(-len(self.tasks) // workers) * NAP_SECONDS


WORKLOADS = (Nap("nap", tasks=tuple(range(16))),)
