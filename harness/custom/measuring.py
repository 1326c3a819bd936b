"""What tasks take when they are done one at a time: time, CPU time, and how much of that without the GIL."""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from math import log
from statistics import fmean, median, pstdev
from typing import Any

from harness.custom.gil import watched_gil
from harness.host.cpu import queued_seconds
from runfile.trial import Bare, TriedVersion
from workloads.contract import Workload

# Tasks that take no longer than this in all are done again, and for so long at least.
SHORT_SECONDS = 1.0
AGAIN_SECONDS = 0.4
FEW = 4
# Very short ones often enough in a pass that reading the clocks of the CPU time does not count.
PASS_SECONDS = 0.005
# And some are done for so long while the GIL is watched.
WATCHED_SECONDS = 0.2
# No task takes less than reading the clock.
CLOCK_SECONDS = 1e-7


@dataclass
class Pass:
    """Tasks that were done one after the other: what came of them, and what all of them took, in seconds."""

    results: list[Any] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # each task
    elapsed: float = 0.0  # all of them, and what was between them
    thread: float = 0.0  # CPU time of the thread that did them
    others: float = 0.0  # of other threads meanwhile
    children: float = 0.0  # of processes that they started and waited for
    queued: float = 0.0  # in which the thread had no core

    @property
    def computed(self) -> float:
        return self.thread + self.others + self.children

    @property
    def waited(self) -> float:
        return max(0.0, self.elapsed - self.computed - self.queued)

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Note down what is spent meanwhile."""
        before = _spent()
        yield
        now = _spent()
        self.elapsed, self.thread, process, self.children, self.queued = (
            later - earlier for earlier, later in zip(before, now, strict=True)
        )
        self.others = max(0.0, process - self.thread)

    @contextmanager
    def single(self) -> Iterator[None]:
        """Note down what the only task takes, which is done meanwhile."""
        with self.spending():
            began = time.perf_counter()
            yield
            self.seconds.append(time.perf_counter() - began)


def _spent() -> tuple[float, float, float, float, float]:
    """The time; CPU time of this thread, of this process, and of processes it has waited for, so far; the queueing."""
    times = os.times()
    children = times.children_user + times.children_system
    return time.perf_counter(), time.thread_time(), time.process_time(), children, queued_seconds()


# Does tasks one after the other.
Performer = Callable[[Sequence[Any]], Pass]
Opened = Callable[[Workload], AbstractContextManager[Performer]]


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

        async def connect() -> Any:
            return await clients.enter_async_context(workload.open_async())

        async def perform(tasks: Sequence[Any]) -> Pass:
            done = Pass()
            with done.spending():
                for task in tasks:
                    began = time.perf_counter()
                    done.results.append(await workload.perform_async(client, task))
                    done.seconds.append(time.perf_counter() - began)
            return done

        client = runner.run(connect())
        try:
            yield lambda tasks: runner.run(perform(tasks))
        finally:
            runner.run(clients.aclose())


@dataclass(frozen=True)
class Doing:
    """Tasks, what does them, and what judges each time whether that was done right."""

    tasks: Sequence[Any]
    perform: Performer
    judge: Callable[[Sequence[Any]], None]

    def __call__(self, some: Sequence[Any]) -> Pass:
        done = self.perform(some)
        self.judge(done.results)
        done.results.clear()
        return done


def measured(
    first: Sequence[Pass], doing: Doing, bare: Doing | None = None, latency_seconds: float | None = None
) -> TriedVersion:
    """What tasks take that have been done once already, each in a pass of its own: these are `first`.

    In turns with them comes what is bare, if there is anything, with such a latency if that is known.
    """
    bares: list[Pass] = []

    def once_more(tasks: Sequence[Any]) -> Pass:
        if bare:
            bares.append(bare(bare.tasks[: len(tasks)]))
        return doing(tasks)

    if bare:
        bare(bare.tasks[:1])  # which connects
    once = sum(one.seconds[0] for one in first)
    if once > SHORT_SECONDS:
        passes = [*first[1:]] or [*first]  # the very first one connects, and imports
        times = [one.seconds[0] for one in passes]
        bares += _for_seconds(AGAIN_SECONDS, lambda: bare(bare.tasks[:FEW])) if bare else []
    else:
        doing(doing.tasks[:1])
        many = [*doing.tasks] * max(1, int(PASS_SECONDS / once))
        passes = [*_for_seconds(AGAIN_SECONDS, lambda: once_more(many))]
        times = [median(several) for several in zip(*(one.seconds for one in passes), strict=True)]
    done = sum(len(one.seconds) for one in passes)
    return TriedVersion(
        tried=len(doing.tasks),
        seconds=fmean(times),
        median_seconds=median(times),
        longest_seconds=max(times),
        deviation=pstdev(times),
        spread=pstdev(log(max(CLOCK_SECONDS, one)) for one in times),
        waited_seconds=sum(one.waited for one in passes) / done,
        queued_seconds=sum(one.queued for one in passes) / done,
        thread_seconds=sum(one.thread for one in passes) / done,
        others_seconds=sum(one.others for one in passes) / done,
        children_seconds=sum(one.children for one in passes) / done,
        gil_free=_gil_free(doing, fmean(times)),
        bare=_bare(bares, latency_seconds),
    )


def _bare(passes: Sequence[Pass], latency_seconds: float | None) -> Bare | None:
    done = sum(len(one.seconds) for one in passes)
    if not done:
        return None
    waited = sum(one.waited for one in passes) / done
    return Bare(
        latency_seconds=waited if latency_seconds is None else latency_seconds,
        waited_seconds=waited,
        cpu_seconds=sum(one.computed for one in passes) / done,
    )


def _for_seconds(seconds: float, perform: Callable[[], Pass]) -> Iterator[Pass]:
    """Passes until they have taken so long together, and one at least."""
    began = time.monotonic()
    yield perform()
    while time.monotonic() < began + seconds:
        yield perform()


def _gil_free(doing: Doing, task_seconds: float) -> float | None:
    """The share of its CPU time that the thread spends without the GIL; None if it cannot be told."""
    some = doing.tasks[: max(1, int(WATCHED_SECONDS / task_seconds))]
    with watched_gil() as watch:
        passes = [*_for_seconds(WATCHED_SECONDS, lambda: doing.perform(some))]
    for one in passes:
        doing.judge(one.results)
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
