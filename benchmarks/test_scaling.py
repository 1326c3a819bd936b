"""How many workers are enough, and how do time, memory and the slowest tasks grow with workers and with tasks?

Warm. `test_workers` compares numbers of workers of one pattern, in turns, until it is decided which of them are within
`ENOUGH` of the best: on the work of the answers that come first, and of the patterns that they mostly name; --rigorous
of all patterns.

The others compare patterns: downloads of `download-typical`'s kind with 1 to 1,024 workers and 100 to 10,000 tasks, and
primes with 1 to twice as many workers as there are usable cores. All but one of these tables take --rigorous.
`sequential`, which has one worker whatever it is given, is in the first of each.
"""

import pytest

import patterns
from harness.questions import IO_WORKERS, Measure, TablePlace, usable_cores

CORES = usable_cores()
# How many times as long as with the best number of workers is as good.
ENOUGH = 1.05
# By workload: the number of workers that it has elsewhere, and those that are compared, up to all tasks at once or to
# twice as many as cores.
USUAL = {"download-typical": IO_WORKERS, "math-primes": CORES, "mixed": IO_WORKERS}
COMPARED = {
    "download-typical": [IO_WORKERS, 32, 64, 100],
    "math-primes": sorted({max(1, CORES // 2), CORES, 2 * CORES}),
    "mixed": [IO_WORKERS, 32, 50],
}
# The patterns that the answers mostly name.
NAMED = {
    "download-typical": ["asyncio", "asyncio-uvloop", "threading"],
    "math-primes": ["asyncio-processes", "multiprocessing"],
    "mixed": ["asyncio-processes"],
}

# Enough tasks to keep the workers busy. 100 of 20 ms take one worker two seconds, and 10,000 take sixteen of them
# thirteen.
IO_SCALES = {1: [100], 4: [100], 16: [100, 1_000], 64: [100, 1_000, 10_000], 256: [10_000], 1_024: [10_000]}
QUICK = [(64, 100)]
CPU_SCALES = sorted({1, CORES, 2 * CORES})


def called(workers: int) -> str:
    return f"{workers} worker{'s' if workers > 1 else ''}"


def is_measured(pattern: str, workers: int) -> bool:
    return pattern != "sequential" or workers == 1


@pytest.mark.scaling
@pytest.mark.thorough
@pytest.mark.race(margin=ENOUGH)
@pytest.mark.parametrize(
    ("pattern", "workload", "workers"),
    [
        pytest.param(pattern, workload, workers, marks=[] if pattern in NAMED[workload] else [pytest.mark.long])
        for workload, numbers in COMPARED.items()
        for pattern in patterns.names()
        for workers in numbers
        if pattern != "sequential"
    ],
)
def test_workers(measure: Measure, pattern: str, workload: str, workers: int) -> None:
    row = TablePlace(f"workers: {pattern} on {workload}, warm", called(workers), baseline=called(USUAL[workload]))
    measure.warm(pattern, workload, workers=workers, row=row)


@pytest.mark.scaling
@pytest.mark.thorough
@pytest.mark.benchmark(min_rounds=2)
@pytest.mark.parametrize(
    ("pattern", "workers", "tasks"),
    [
        pytest.param(pattern, workers, tasks, marks=[] if (workers, tasks) in QUICK else [pytest.mark.long])
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
