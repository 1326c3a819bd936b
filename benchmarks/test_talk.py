"""The talk's program, as given: how long do 20 downloads of 50 ms take, from start to end, with each pattern?

Five threads, as many requests at a time as there are URLs for asyncio (its `gather` has no bound), and a pool with as
many processes as it starts by itself. The concurrency is not equal: `test_io_bound.py` compares patterns, this one the
talk's programs.
"""

import multiprocessing
from collections.abc import Callable
from functools import cache

import pytest

from harness.questions import Measure
from harness.surroundings.semaphores import lacks_semaphores

URLS = 20


@cache
def processes_of_a_pool() -> int:
    """How many processes `multiprocessing.Pool()` starts, seen from a real one. Skips where there can be none."""
    if reason := lacks_semaphores():
        pytest.skip(f"multiprocessing cannot run here: {reason}")
    before = len(multiprocessing.active_children())
    with multiprocessing.Pool() as pool:
        processes = len(multiprocessing.active_children()) - before
    pool.join()
    return processes


WORKERS: dict[str, Callable[[], int]] = {
    "sequential": lambda: 1,
    "threading": lambda: 5,
    "asyncio": lambda: URLS,
    "multiprocessing": processes_of_a_pool,  # asked when it is measured, not when it is collected
}


@pytest.mark.talk
@pytest.mark.thorough
@pytest.mark.race(times=0.25)  # three repeats decide it
@pytest.mark.benchmark(group="talk: download-talk, the talk's numbers of workers, cold")
@pytest.mark.parametrize("pattern", WORKERS)
def test_talk(measure: Measure, pattern: str) -> None:
    measure.cold(pattern, "download-talk", workers=WORKERS[pattern]())
