"""What the CPU-bound workloads share: a function, its inputs, and the answers known in advance."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from workloads.contract import expect

# The cheapest of so many passes is taken as what a task costs: noise only ever adds to it.
IDEAL_PASSES = 3


@dataclass(frozen=True)
class Computation:
    """Call `function` on each task. It must be a module's own, so that the workload can be pickled."""

    name: str
    function: Callable[[Any], object]
    tasks: Sequence[Any] = field(repr=False)
    answers: Sequence[object] = field(repr=False)

    @contextmanager
    def open(self) -> Iterator[None]:
        yield None

    @asynccontextmanager
    async def open_async(self) -> AsyncIterator[None]:
        yield None

    def perform(self, client: None, task: Any) -> object:
        return self.function(task)

    async def perform_async(self, client: None, task: Any) -> object:
        """A coroutine that never awaits: this is what CPU work does to an event loop."""
        return self.function(task)

    def check(self, results: Sequence[object]) -> None:
        expect(self.name, self.tasks, results, self.answers)

    def ideal_seconds(self, workers: int, cores: int) -> float:
        """max(longest task, sum of CPU seconds / processors), the CPU seconds measured once, here and now."""
        costs = cpu_seconds(self.function, tuple(self.tasks))
        return max(max(costs), sum(costs) / min(workers, cores))


@cache
def cpu_seconds(function: Callable[[Any], object], tasks: tuple[Any, ...]) -> tuple[float, ...]:
    """What each task costs one core, in CPU seconds of this process: the cheapest of IDEAL_PASSES passes."""
    return tuple(min(_cpu_seconds_once(function, task) for _ in range(IDEAL_PASSES)) for task in tasks)


def _cpu_seconds_once(function: Callable[[Any], object], task: Any) -> float:
    before = time.process_time()
    function(task)
    return time.process_time() - before
