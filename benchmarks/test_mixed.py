"""Which pattern is fastest when each task first waits for a download and then computes?

Warm, and with as many workers as for the downloads alone.
"""

import pytest

from harness.questions import IO_WORKERS, Measure, every_pattern, every_workload


@pytest.mark.mixed
@pytest.mark.race(times=9, close_rounds=3)  # the only table of its answer, and its rounds differ most
@every_workload("mixed*")
@every_pattern
def test_mixed(measure: Measure, pattern: str, workload: str) -> None:
    measure.warm(pattern, workload, workers=IO_WORKERS)
