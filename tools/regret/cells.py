"""Which patterns are measured with how many workers, and how fast each could be at best."""

from __future__ import annotations

from collections.abc import Iterator

import patterns
from analysis.model.work import Work
from harness.facts import BASELINE
from harness.host.cpu import has_gil
from patterns import Pattern
from tools.regret.rules import Configuration

THREADS = (8, 32, 128)
IN_FLIGHT = (16, 128, 1024)
PROCESSES = (2, 8, 32)
# Where there are too few tasks for these: all of them, or so many times fewer.
PARTS = (1, 2, 4)


def grid(work: Work) -> Iterator[Configuration]:
    """Every default pattern that can run here, with some numbers of workers, none above that of the tasks."""
    for name in patterns.names():
        pattern = patterns.get(name)
        if pattern.by_default and not pattern.unavailable():
            yield from (Configuration(name, workers) for workers in _numbers(pattern, work.tasks))


def _numbers(pattern: Pattern, tasks: int) -> list[int]:
    if pattern.name == BASELINE:
        return [1]
    wanted = IN_FLIGHT if not pattern.blocking else PROCESSES if pattern.pickles else THREADS
    found = {min(one, tasks) for one in wanted}
    return sorted(found if len(found) == len(wanted) else {max(1, tasks // part) for part in PARTS})


def floor_seconds(work: Work, choice: Configuration) -> float:
    """The larger of two bounds: no worker is ever idle, and no core that may compute is.

    R. L. Graham, "Bounds on multiprocessing timing anomalies", SIAM J. Appl. Math. 17 (1969), 416–429.
    """
    pattern, workers = patterns.get(choice.pattern), min(choice.workers, work.tasks)
    computing = work.tasks * work.cpu_seconds
    waiting = work.tasks * work.latency_seconds / workers
    is_one_loop = not pattern.blocking and not pattern.pickles and has_gil()
    cores = 1 if is_one_loop else min(workers, work.cores)
    floor = max(waiting, computing / cores)
    if pattern.blocking and not pattern.pickles and has_gil():
        floor = max(floor, computing * (1 - work.gil_free))
    return floor
