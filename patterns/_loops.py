"""What patterns with event loops share: what runs on one, and how work is dealt out to several."""

from asyncio import Runner
from collections.abc import Awaitable, Sequence
from typing import Any

from workloads.contract import usable_cores


def results_of(runner: Runner, performing: Awaitable[list[Any]]) -> list[Any]:
    """What an awaitable gives, of which the runner itself does not learn.

    Before 3.11.8 and 3.12.2 a runner makes a repr of what a coroutine returns, which takes as long as many a download
    where that is megabytes: https://github.com/python/cpython/issues/112559.
    """
    results: list[Any] = []

    async def collect() -> None:
        results.extend(await performing)

    runner.run(collect())
    return results


def shares_of(workers: int) -> list[int]:
    """How many tasks each loop may have in flight: there is one for each usable core, if there are as many workers."""
    loops = min(workers, usable_cores())
    return [len(range(number, workers, loops)) for number in range(loops)]


def dealt(tasks: Sequence[Any], loops: int) -> list[Sequence[Any]]:
    """The tasks of each loop."""
    return [tasks[number::loops] for number in range(loops)]


def collected(parts: Sequence[Sequence[Any]]) -> list[Any]:
    """The results of all loops in the order of the tasks that were dealt out."""
    results: list[Any] = [None] * sum(map(len, parts))
    for number, part in enumerate(parts):
        results[number :: len(parts)] = part
    return results
