"""What does it cost to note down who does each task, and when?

    python -m tools.recording_cost

Runs a thousand tasks that do nothing with each pattern in one process, noted down and not, in turns, and prints the
difference for a task. `harness/stands/contender.py` takes it to be a microsecond.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from statistics import median
from typing import Any

import patterns
from harness.stands.timed_workload import Recorded
from patterns import Run
from workloads import registry

ROUNDS = 30
IN_ONE_PROCESS = ("sequential", "asyncio")


def seconds(run: Run, tasks: Sequence[Any]) -> float:
    """How long a run of the tasks takes."""
    started = time.perf_counter()
    run(tasks)
    return time.perf_counter() - started


def main() -> None:
    """Print a line for each pattern."""
    workload: Any = registry.get("nothing")
    for name in IN_ONE_PROCESS:
        pattern = patterns.get(name)
        with pattern.start(workload, 1) as plain, pattern.start(Recorded(workload), 1) as recorded:
            pairs = [[seconds(run, workload.tasks) for run in (plain, recorded)] for _ in range(ROUNDS)]
        cost = median(after - before for before, after in pairs) / len(workload.tasks)
        print(f"{name:12} {cost * 1e6:.2f} µs a task")


if __name__ == "__main__":
    main()
