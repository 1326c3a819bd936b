"""What does it cost to have workers at all? Starting and stopping 1 and 16 of them, and handing them tasks.

Cold, with a nap of 10 ms for each worker, so that every one of them has to start: what a round takes above 10 ms is
the price of starting and stopping. (`sequential` starts nothing and takes its naps one after the other.) Warm, on
`nothing`: a thousand tasks without any work, so that 1,000 ÷ the median is how many tasks a second a pattern can
hand out.
"""

import pytest

from harness.questions import IO_WORKERS, Measure, every_pattern


@pytest.mark.startup
@pytest.mark.thorough
@pytest.mark.benchmark(min_rounds=2)
@pytest.mark.parametrize("workers", [1, IO_WORKERS])
@every_pattern
def test_startup(measure: Measure, pattern: str, workers: int) -> None:
    measure.cold(pattern, "nap", workers=workers, tasks=workers)


@pytest.mark.startup
@pytest.mark.thorough
@pytest.mark.benchmark(min_rounds=2)
@every_pattern
def test_dispatch(measure: Measure, pattern: str) -> None:
    measure.warm(pattern, "nothing", workers=IO_WORKERS)
