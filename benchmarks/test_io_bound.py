"""Which pattern downloads fastest, with the same number of requests in flight?

Warm: workers, loop and connections are up before the clock starts.
"""

import pytest

from harness.questions import IO_WORKERS, Measure, every_pattern, every_workload

LONG = ("download-overhead-tls", "download-rtt", "download-talk-tls")


@pytest.mark.io_bound
@pytest.mark.race(times=0.55)  # what waits hardly varies
@every_workload("download-*", thorough=["download-large", "download-overhead"], long=LONG)
@every_pattern
def test_io_bound(measure: Measure, pattern: str, workload: str) -> None:
    measure.warm(pattern, workload, workers=IO_WORKERS)
