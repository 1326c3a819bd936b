"""The talk's program, as given: how long do 20 downloads of 50 ms take, from start to end, with each pattern?

Five threads, as many requests at a time as there are URLs for asyncio (its `gather` has no bound), and a pool with a
process for each CPU. The concurrency is not equal: `test_io_bound.py` compares patterns, this one the talk's programs.
"""

import os

import pytest

from harness.questions import Measure

URLS = 20
WORKERS = {
    "sequential": 1,
    "threading": 5,
    "asyncio": URLS,
    # The default of multiprocessing.Pool, which counts the usable CPUs from Python 3.13 on.
    "multiprocessing": getattr(os, "process_cpu_count", os.cpu_count)() or 1,
}


@pytest.mark.talk
@pytest.mark.cold
@pytest.mark.benchmark(group="talk: download-talk, the talk's numbers of workers, cold")
@pytest.mark.parametrize("pattern", WORKERS)
def test_talk(measure: Measure, pattern: str) -> None:
    measure.cold(pattern, "download-talk", workers=WORKERS[pattern])
