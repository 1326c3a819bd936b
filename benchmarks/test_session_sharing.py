"""What does it cost or gain to share one session among threads? `requests` does not promise that it may be shared.

Warm: 100 downloads of 20 ms, every answer checked. A session as it comes keeps 10 connections that nobody uses, so that
16 threads open 6 anew in each round; with a larger pool they open none.
"""

import pytest

from harness.questions import IO_WORKERS, Measure, TablePlace

CONTENDERS = {
    "download-typical": "one each",
    "session-shared": "one for all",
    "session-shared-enough": "one for all, with a larger pool",
}


@pytest.mark.session_sharing
@pytest.mark.thorough
@pytest.mark.parametrize("workload", CONTENDERS)
@pytest.mark.parametrize("pattern", ["threading"])
def test_session_sharing(measure: Measure, pattern: str, workload: str) -> None:
    table = f"session-sharing: {pattern} on download-typical, {IO_WORKERS} workers, warm"
    row = TablePlace(table, contender=CONTENDERS[workload], baseline=CONTENDERS["download-typical"])
    measure.warm(pattern, workload, workers=IO_WORKERS, row=row)
