"""What does it cost to share state? Words counted in one dict, in the ways that lose no update, a worker for each core.

Warm: 16,000 words in 8 tasks. Each update under a lock, through a queue to one owner, or merged when a task ends; and
in place, which needs neither, in a plain loop and on one event loop. Without a lock threads would lose updates, and
what loses some is not measured: each round is checked.
"""

import pytest

from harness.questions import Measure, TablePlace, usable_cores

ROWS = {
    ("sequential", "counting-in-place"): "sequential: in place",
    ("asyncio", "counting-in-place"): "asyncio: in place",
    ("asyncio", "counting-coroutines-lock"): "asyncio: lock",
    ("asyncio", "counting-coroutines-queue"): "asyncio: queue",
    ("threading", "counting-threads-lock"): "threading: lock",
    ("threading", "counting-threads-queue"): "threading: queue",
    ("threading", "counting-threads-merged"): "threading: merged",
    ("multiprocessing", "counting-processes-lock"): "multiprocessing: lock",
    ("multiprocessing", "counting-processes-queue"): "multiprocessing: queue",
    ("multiprocessing", "counting-processes-merged"): "multiprocessing: merged",
}


@pytest.mark.shared_state
@pytest.mark.thorough
@pytest.mark.benchmark(min_rounds=2)
@pytest.mark.parametrize(("pattern", "workload"), ROWS)
def test_shared_state(measure: Measure, pattern: str, workload: str) -> None:
    table = f"shared-state: 16,000 words counted in one dict, {usable_cores()} workers, warm"
    row = TablePlace(table, contender=ROWS[pattern, workload], baseline="sequential: in place")
    measure.warm(pattern, workload, workers=usable_cores(), row=row)
