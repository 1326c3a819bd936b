"""Which HTTP client is fastest, and what do its limits cost? The same 200 downloads of 1 KiB, with one client for all.

Warm, with 1, 20 and 100 requests in flight. Without latency, a request costs what the client costs; with 20 ms of it,
the client mostly waits, and needs as many connections as there are requests in flight. Limits are raised where there
are requests enough to reach them.
"""

from collections.abc import Iterator

import pytest

from harness.questions import Measure, TablePlace
from workloads.clients import CLIENTS, TASKS, Client

BASELINE = "requests"
# Milliseconds of latency, and requests in flight. One at a time, all that a latency shows is the latency.
TABLES = ((0, 1), (0, 20), (0, 100), (20, 20), (20, 100))


def rows() -> Iterator[object]:
    """Each client in each table as it comes, and with limits raised; its pattern is a parameter for --patterns."""
    for latency_ms, in_flight in TABLES:
        for client in CLIENTS:
            for raised in (False, True) if in_flight >= client.limit else (False,):
                yield pytest.param(
                    client.pattern,
                    client,
                    latency_ms,
                    in_flight,
                    raised,
                    id=f"{latency_ms}ms-{in_flight}-{client.name}{'-raised' if raised else ''}",
                )


@pytest.mark.clients
@pytest.mark.on_request
@pytest.mark.race
@pytest.mark.parametrize(("pattern", "client", "latency_ms", "in_flight", "raised"), list(rows()))
def test_clients(measure: Measure, pattern: str, client: Client, latency_ms: int, in_flight: int, raised: bool) -> None:
    row = TablePlace(
        f"clients: {TASKS} downloads of 1 KiB, {latency_ms} ms, {in_flight} in flight, warm",
        contender=f"{client.name}{' (raised)' if raised else ''}",
        baseline=BASELINE,
    )
    measure.warm(pattern, client.named(latency_ms, raised), workers=in_flight, row=row)
