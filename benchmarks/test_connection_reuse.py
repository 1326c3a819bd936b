"""What does it gain to keep a session? `requests.get` against a `Session`, a `ClientSession` a request against one.

Warm: small downloads without latency, over http and over TLS, as the talk's are. From a server on the same machine,
where to open a connection takes next to nothing, and from one that is a round trip of 20 ms away: opening a connection
takes a round trip there, and TLS another.
"""

import pytest

import patterns
from harness.questions import IO_WORKERS, TALK_PATTERNS, Measure, TablePlace
from workloads import registry

NEW, KEPT = "a new one each", "kept"
# Of each: what is done with connections, and over what.
WORKLOADS = {
    "connections-new": (NEW, "http"),
    "connections-kept": (KEPT, "http"),
    "connections-new-tls": (NEW, "TLS"),
    "connections-kept-tls": (KEPT, "TLS"),
    "connections-new-rtt": (NEW, "http, 20 ms away"),
    "connections-kept-rtt": (KEPT, "http, 20 ms away"),
    "connections-new-tls-rtt": (NEW, "TLS, 20 ms away"),
    "connections-kept-tls-rtt": (KEPT, "TLS, 20 ms away"),
}


def in_every_run(pattern: str, workload: str) -> bool:
    """Whether it tells of the talk's claim: over TLS it is judged, and one over http is to compare with."""
    if pattern not in TALK_PATTERNS or "rtt" in workload:
        return False
    return "tls" in workload or pattern == "sequential"


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
    tasks = len(registry.get(workload).tasks)
    table = f"connection-reuse: {pattern} on {tasks} downloads of 1 KiB over {over}, {IO_WORKERS} workers, warm"
    measure.warm(pattern, workload, workers=IO_WORKERS, row=TablePlace(table, contender, baseline=NEW))
