"""What does a script pay that a service does not? 20 downloads of 20 ms cold, with starting and stopping, and warm.

A plain loop starts and stops next to nothing, so that it takes --rigorous to see it.
"""

import pytest

import patterns
from harness.facts import BASELINE
from harness.questions import IO_WORKERS, Lifecycle, Measure, TablePlace


@pytest.mark.lifecycle
@pytest.mark.thorough
@pytest.mark.benchmark(min_rounds=2)
@pytest.mark.parametrize("lifecycle", ["cold", "warm"])
@pytest.mark.parametrize(
    "pattern",
    [pytest.param(name, marks=pytest.mark.long) if name == BASELINE else name for name in patterns.names()],
)
def test_lifecycle(measure: Measure, pattern: str, lifecycle: str) -> None:
    time = measure.cold if lifecycle == Lifecycle.COLD else measure.warm
    table = f"lifecycle: {pattern} on download-typical-x20, {IO_WORKERS} workers"
    row = TablePlace(table, contender=lifecycle, baseline=Lifecycle.COLD)
    time(pattern, "download-typical", workers=IO_WORKERS, tasks=20, row=row)
