"""What the CPU-bound workloads share: a function, its inputs, and the answers known in advance."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

from workloads.contract import Workload, cycled, expect

# The cheapest of so many passes is taken as what a task costs: noise only ever adds to it.
IDEAL_PASSES = 2
# Twice what it takes to read the clock.
CLOCK_SECONDS = 1e-6


@dataclass(frozen=True)
class Computation(Workload):
    """Call `function` on each task. It must be a module's own, so that the workload can be pickled."""

    name: str
    function: Callable[[Any], object]
    tasks: Sequence[Any] = field(repr=False)
    answers: Sequence[object] = field(repr=False)

    def perform(self, client: None, task: Any) -> object:
        return self.function(task)

    async def perform_async(self, client: None, task: Any) -> object:
        """A coroutine that never awaits: this is what CPU work does to an event loop."""
        return self.function(task)

    def check(self, results: Sequence[object]) -> None:
        expect(self.name, self.tasks, results, self.answers)

    def repeated(self, count: int) -> Self:
        tasks, answers = cycled(self.tasks, count), cycled(self.answers, count)
        return replace(self, name=f"{self.name}-x{count}", tasks=tasks, answers=answers)

    def ideal_seconds(self, workers: int, cores: int) -> float:
        """max(longest task, sum of CPU seconds / processors), the CPU seconds measured once, here and now."""
        return max(max(self._costs), sum(self._costs) / min(workers, cores))

    @cached_property
    def _costs(self) -> Sequence[float]:
        return cpu_seconds(self.function, self.tasks)


def cpu_seconds(function: Callable[[Any], object], tasks: Sequence[Any]) -> tuple[float, ...]:
    """What each task costs one core, in CPU seconds of this process: the cheapest of IDEAL_PASSES passes.

    What is not told from reading the clock counts as nothing, so that the ideal stays a lower bound.
    """
    costs = (min(_cpu_seconds_once(function, task) for _ in range(IDEAL_PASSES)) for task in tasks)
    return tuple(cost if cost > CLOCK_SECONDS else 0.0 for cost in costs)


def _cpu_seconds_once(function: Callable[[Any], object], task: Any) -> float:
    before = time.process_time()
    function(task)
    return time.process_time() - before
