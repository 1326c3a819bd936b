"""Which pattern computes fastest, with a worker for each usable core?

Warm: the workers are up before the clock starts. `math-hashing` releases the GIL, the other workloads hold it.
"""

import pytest

from harness.questions import Measure, every_pattern, every_workload, usable_cores


@pytest.mark.cpu_bound
@pytest.mark.race(times=3, close_rounds=3)  # rounds of a process differ as much as those of several
@every_workload("math-*", thorough=["math-mandelbrot", "math-fibonacci", "math-hashing"])
@every_pattern
def test_cpu_bound(measure: Measure, pattern: str, workload: str) -> None:
    measure.warm(pattern, workload, workers=usable_cores())
