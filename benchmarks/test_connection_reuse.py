"""What does it gain to keep a session? `requests.get` against a `Session`, a `ClientSession` a request against one.

Warm: 100 small downloads without latency, from a server on the same machine, over http and over TLS, as the talk's are.
Over a real network, where opening a connection takes a round trip, and TLS another, keeping it gains more.
"""

import pytest

import patterns
from harness.questions import IO_WORKERS, TALK_PATTERNS, Measure, TablePlace

NEW, KEPT = "a new one each", "kept"
# Of each: what is done with connections, and over what.
WORKLOADS = {
    "connections-new": (NEW, "http"),
    "connections-kept": (KEPT, "http"),
    "connections-new-tls": (NEW, "TLS"),
    "connections-kept-tls": (KEPT, "TLS"),
}


def in_every_run(pattern: str, workload: str) -> bool:
    """Whether it tells of the talk's claim: over TLS it is judged, and one over http is to compare with."""
    return pattern in TALK_PATTERNS and ("tls" in workload or pattern == "sequential")


@pytest.mark.connection_reuse
@pytest.mark.thorough
@pytest.mark.parametrize(
    ("pattern", "workload"),
    [
        pytest.param(pattern, workload, marks=() if in_every_run(pattern, workload) else pytest.mark.long)
        for pattern in patterns.names()
        for workload in WORKLOADS
    ],
)
def test_connection_reuse(measure: Measure, pattern: str, workload: str) -> None:
    contender, over = WORKLOADS[workload]
    table = f"connection-reuse: {pattern} on 100 downloads of 1 KiB over {over}, {IO_WORKERS} workers, warm"
    measure.warm(pattern, workload, workers=IO_WORKERS, row=TablePlace(table, contender, baseline=NEW))
