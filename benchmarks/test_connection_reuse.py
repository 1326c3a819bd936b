"""What does it gain to keep a session? `requests.get` against a `Session`, a `ClientSession` a request against one.

Warm: 100 small downloads without latency, from a server on the same machine. Over a real network, where opening a
connection takes a round trip, and several with TLS, keeping it gains more.
"""

import pytest

from harness.questions import IO_WORKERS, Measure, TablePlace, every_pattern

CONTENDERS = {"connections-new": "a new one each", "connections-kept": "kept"}


@pytest.mark.connection_reuse
@pytest.mark.thorough
@pytest.mark.parametrize("workload", CONTENDERS)
@every_pattern
def test_connection_reuse(measure: Measure, pattern: str, workload: str) -> None:
    table = f"connection-reuse: {pattern} on 100 downloads of 1 KiB, {IO_WORKERS} workers, warm"
    row = TablePlace(table, contender=CONTENDERS[workload], baseline=CONTENDERS["connections-new"])
    measure.warm(pattern, workload, workers=IO_WORKERS, row=row)
