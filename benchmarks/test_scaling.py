"""How many workers are enough, and how do time, memory and the slowest tasks grow with workers and with tasks?

Warm. `test_workers` compares numbers of workers of one pattern, in turns and until it is decided which are within
`ENOUGH` of the best: on the work of the answers that come first, of the patterns that they name, and --rigorous of
all. The others compare patterns, --rigorous: downloads of `download-typical`'s kind with 1 to 1,024 workers and 100 to
10,000 tasks; and primes with 1 to twice as many workers as there are usable cores. `sequential`, which has one worker
whatever it is given, is in the first table of each.
"""

import pytest

import patterns
from harness.questions import IO_WORKERS, Measure, TablePlace, usable_cores

# Enough tasks to keep the workers busy. 100 of 20 ms take one worker two seconds, and 10,000 take sixteen of them
# thirteen.
IO_SCALES = {1: [100], 4: [100], 16: [100, 1_000], 64: [100, 1_000, 10_000], 256: [10_000], 1_024: [10_000]}
CPU_SCALES = sorted({1, usable_cores(), 2 * usable_cores()})
# How many times as long as the best number of workers takes what is as good.
ENOUGH = 1.05
CORES = usable_cores()
# By workload: the number of workers that it has elsewhere, and those that are compared, up to all tasks at once or
# twice as many as cores.
USUAL = {"download-typical": IO_WORKERS, "math-primes": CORES, "mixed": IO_WORKERS}
COMPARED = {
    "download-typical": (IO_WORKERS, 32, 64, 100),
    "math-primes": sorted({max(1, CORES // 2), CORES, 2 * CORES}),
    "mixed": (IO_WORKERS, 32, 50),
}
# What the answers mostly name; and processes that download, as an example of workers that are dear. A hundred of them
# take a second to start.
NAMED = {
    "download-typical": ("asyncio", "asyncio-uvloop", "threading", "multiprocessing"),
    "math-primes": ("asyncio-processes", "multiprocessing"),
    "mixed": ("asyncio-processes",),
}
DEAR = {("multiprocessing", 100)}


def is_brief(pattern: str, workload: str, workers: int) -> bool:
    """Whether it is measured without --rigorous."""
    return pattern in NAMED[workload] and (pattern, workers) not in DEAR


def is_measured(pattern: str, workers: int) -> bool:
    return pattern != "sequential" or workers == 1


@pytest.mark.scaling
@pytest.mark.thorough
@pytest.mark.race(margin=ENOUGH)
@pytest.mark.parametrize(
    ("pattern", "workload", "workers"),
    [
        pytest.param(*case, marks=[] if is_brief(*case) else [pytest.mark.long])
        for workload, numbers in COMPARED.items()
        for pattern in patterns.names()
        for workers in numbers
        if pattern != "sequential" and (case := (pattern, workload, workers))
    ],
)
def test_workers(measure: Measure, pattern: str, workload: str, workers: int) -> None:
    row = TablePlace(f"workers: {pattern} on {workload}, warm", f"{workers}", baseline=f"{USUAL[workload]}")
    measure.warm(pattern, workload, workers=workers, row=row)


@pytest.mark.scaling
@pytest.mark.long
@pytest.mark.parametrize(
    ("pattern", "workers", "tasks"),
    [
        (pattern, workers, tasks)
        for workers, counts in IO_SCALES.items()
        for tasks in counts
        for pattern in patterns.names()
        if is_measured(pattern, workers)
    ],
)
def test_io_scaling(measure: Measure, pattern: str, workers: int, tasks: int) -> None:
    measure.warm(pattern, "download-typical", workers=workers, tasks=tasks)


@pytest.mark.scaling
@pytest.mark.long
@pytest.mark.parametrize(
    ("pattern", "workers"),
    [(pattern, workers) for workers in CPU_SCALES for pattern in patterns.names() if is_measured(pattern, workers)],
)
def test_cpu_scaling(measure: Measure, pattern: str, workers: int) -> None:
    measure.warm(pattern, "math-primes", workers=workers)
