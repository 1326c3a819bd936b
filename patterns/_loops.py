"""What the patterns with several event loops share: how workers and tasks are dealt out to them."""

from collections.abc import Sequence
from typing import Any

from workloads.contract import usable_cores


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
