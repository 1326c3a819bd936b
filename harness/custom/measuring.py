"""What tasks take when they are done one at a time: time, CPU time, and how much of that without the GIL."""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from math import log
from statistics import fmean, median, pstdev
from typing import Any

from harness.custom.gil import watched_gil
from runfile.trial import TriedVersion
from workloads.contract import Workload

# Tasks that take no longer than this in all are done again and again, for so long at least.
SHORT_SECONDS = 1.0
AGAIN_SECONDS = 0.4
FEWEST_PASSES = 2
# Very short ones often enough in a pass that reading the clocks of the CPU time does not count.
PASS_SECONDS = 0.005
# And some are done for so long while the GIL is watched.
WATCHED_SECONDS = 0.2
# No task takes less than reading the clock.
CLOCK_SECONDS = 1e-7


@dataclass
class Pass:
    """Tasks that were done one after the other: what came of them, and what they took."""

    results: list[Any] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # of each
    thread_seconds: float = 0.0  # CPU time of all, in the thread that did them
    process_seconds: float = 0.0  # in all threads
    children_seconds: float = 0.0  # in processes that they started and waited for

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Note down the CPU time that is spent meanwhile."""
        before = _spent()
        yield
        now = _spent()
        self.thread_seconds, self.process_seconds, self.children_seconds = (
            later - earlier for earlier, later in zip(before, now, strict=True)
        )

    @contextmanager
    def single(self) -> Iterator[None]:
        """Note down a task that is done meanwhile, of which there is only this one."""
        with self.spending():
            began = time.perf_counter()
            yield
            self.seconds.append(time.perf_counter() - began)


def _spent() -> tuple[float, float, float]:
    """CPU time so far of this thread, of this process, and of the processes that it has waited for."""
    times = os.times()
    return time.thread_time(), time.process_time(), times.children_user + times.children_system


# Does tasks one after the other.
Performer = Callable[[Sequence[Any]], Pass]


@contextmanager
def blocking(workload: Workload) -> Iterator[Performer]:
    """What does tasks with the blocking version."""
    with workload.open() as client:

        def perform(tasks: Sequence[Any]) -> Pass:
            done = Pass()
            with done.spending():
                for task in tasks:
                    began = time.perf_counter()
                    done.results.append(workload.perform(client, task))
                    done.seconds.append(time.perf_counter() - began)
            return done

        yield perform


@contextmanager
def awaitable(workload: Workload) -> Iterator[Performer]:
    """What does tasks with the awaitable version, on a loop that runs only meanwhile."""
    with asyncio.Runner() as runner:
        clients = AsyncExitStack()
        client = runner.run(clients.enter_async_context(workload.open_async()))

        async def perform(tasks: Sequence[Any]) -> Pass:
            done = Pass()
            with done.spending():
                for task in tasks:
                    began = time.perf_counter()
                    done.results.append(await workload.perform_async(client, task))
                    done.seconds.append(time.perf_counter() - began)
            return done

        try:
            yield lambda tasks: runner.run(perform(tasks))
        finally:
            runner.run(clients.aclose())


def measured(
    first: Sequence[Pass], tasks: Sequence[Any], perform: Performer, judge: Callable[[Sequence[Any]], None]
) -> TriedVersion:
    """What tasks take that have been done once already, each in a pass of its own: these are `first`.

    `judge` is called with the results of every further pass, since a time without right results is worth nothing.
    """

    def judged(some: Sequence[Any]) -> Pass:
        done = perform(some)
        judge(done.results)
        done.results.clear()
        return done

    if sum(one.seconds[0] for one in first) > SHORT_SECONDS:
        passes = [*first[1:]] or [*first]  # the very first one connects, and imports
        times = [one.seconds[0] for one in passes]
    else:
        once = sum(judged(tasks).seconds)
        many = [*tasks] * max(1, int(PASS_SECONDS / once))
        passes = [*_for_seconds(AGAIN_SECONDS, FEWEST_PASSES, lambda: judged(many))]
        times = [median(several) for several in zip(*(one.seconds for one in passes), strict=True)]
    done = sum(len(one.seconds) for one in passes)
    return TriedVersion(
        tried=len(tasks),
        seconds=fmean(times),
        median_seconds=median(times),
        longest_seconds=max(times),
        deviation=pstdev(times),
        spread=pstdev(log(max(CLOCK_SECONDS, one)) for one in times),
        thread_seconds=sum(one.thread_seconds for one in passes) / done,
        others_seconds=max(0.0, sum(one.process_seconds - one.thread_seconds for one in passes) / done),
        children_seconds=sum(one.children_seconds for one in passes) / done,
        gil_free=_gil_free(perform, judge, tasks, fmean(times)),
    )


def _for_seconds(seconds: float, fewest: int, perform: Callable[[], Pass]) -> Iterator[Pass]:
    """Passes until they have taken so long together, and so many at least."""
    began = time.monotonic()
    while fewest > 0 or time.monotonic() < began + seconds:
        yield perform()
        fewest -= 1


def _gil_free(
    perform: Performer, judge: Callable[[Sequence[Any]], None], tasks: Sequence[Any], task_seconds: float
) -> float | None:
    """The share of its CPU time that the thread spends without the GIL; None if it cannot be told."""
    some = tasks[: max(1, int(WATCHED_SECONDS / task_seconds))]
    with watched_gil() as watch:
        passes = [*_for_seconds(WATCHED_SECONDS, 1, lambda: perform(some))]
    for one in passes:
        judge(one.results)
    return watch.free_share


def connecting() -> list[object]:
    """The addresses in a network to which this process connects from now on: empty as long as there are none."""
    found: list[object] = []

    def notice(event: str, arguments: tuple[object, ...]) -> None:
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            found.append(arguments[1])

    sys.addaudithook(notice)
    return found


def pickled_bytes(values: Sequence[Any]) -> int:
    """The size of values when pickled, on average; 0 if they cannot be."""
    try:
        return round(fmean(len(pickle.dumps(value)) for value in values))
    except Exception:  # whatever they raise, the trial has told it
        return 0
