"""Which pattern is fastest on one's own work? Only there with `--workload my_work.py`.

Warm, with a worker for each usable core and with as many as for I/O, or as many as `--workers` says. `sequential`,
which has one worker whatever it is given, is measured once, and stands in each table.
"""

import pytest

from harness.custom.workload import own_cases
from harness.questions import IO_WORKERS, Measure, every_pattern, usable_cores


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize(("workload", "workers"), own_cases(metafunc.config, (usable_cores(), IO_WORKERS)))


@pytest.mark.own
@pytest.mark.race(times=5)  # the only table of its answer
@pytest.mark.shared_baseline
@every_pattern
def test_own(measure: Measure, pattern: str, workload: str, workers: int) -> None:
    measure.warm(pattern, workload, workers=workers)
