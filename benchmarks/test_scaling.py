"""How do time, memory and the slowest tasks grow with the number of workers, and with the number of tasks?

Warm. Downloads of `download-typical`'s kind with 1 to 1,024 workers and 100 to 10,000 tasks, of which the long ones
take --rigorous; and primes with 1 to twice as many workers as there are usable cores. Each table is one scale, and
holds the patterns; `sequential`, which has one worker whatever it is given, is in the first of each.
"""

import pytest

import patterns
from harness.questions import Measure, usable_cores

# Enough tasks to keep the workers busy. 100 of 20 ms take one worker two seconds, and 10,000 take sixteen of them
# thirteen.
IO_SCALES = {1: [100], 4: [100], 16: [100, 1_000], 64: [100, 1_000, 10_000], 256: [10_000], 1_024: [10_000]}
QUICK = [(64, 100)]
CPU_SCALES = sorted({1, usable_cores(), 2 * usable_cores()})


def is_measured(pattern: str, workers: int) -> bool:
    return pattern != "sequential" or workers == 1


@pytest.mark.scaling
@pytest.mark.thorough
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
@pytest.mark.thorough
@pytest.mark.parametrize(
    ("pattern", "workers"),
    [(pattern, workers) for workers in CPU_SCALES for pattern in patterns.names() if is_measured(pattern, workers)],
)
def test_cpu_scaling(measure: Measure, pattern: str, workers: int) -> None:
    measure.warm(pattern, "math-primes", workers=workers)
