"""Which HTTP client is fastest, and what do its limits cost? The same downloads of 1 KiB, with one client for all.

Warm, with 1, 20 and 100 requests in flight. Without latency, a request costs what the client costs. With 20 ms of it,
the client mostly waits, and has as many connections in use as there are requests in flight: there limits are raised
too, where there are requests enough to reach them.
"""

from collections.abc import Iterator

import pytest

from harness.questions import Measure, TablePlace
from workloads.clients import CLIENTS, Client, workload_name

BASELINE = "requests"

# Milliseconds of latency, and how many downloads there are with so many in flight.
TASKS = {0: {1: 500, 20: 500, 100: 500}, 20: {1: 20, 20: 200, 100: 200}}


def rows() -> Iterator[object]:
    """Each client in each table; `pattern` is a parameter for the sake of --patterns."""
    for latency_ms, tasks in TASKS.items():
        for in_flight in tasks:
            for client in CLIENTS:
                for raised in (False, True) if latency_ms and in_flight >= client.limit else (False,):
                    name = f"{client.name}{'-raised' if raised else ''}"
                    place = f"{latency_ms}ms-{in_flight}-{name}"
                    yield pytest.param(client.pattern, client, latency_ms, in_flight, raised, id=place)


@pytest.mark.clients
@pytest.mark.on_request
@pytest.mark.race
@pytest.mark.parametrize(("pattern", "client", "latency_ms", "in_flight", "raised"), list(rows()))
def test_clients(measure: Measure, pattern: str, client: Client, latency_ms: int, in_flight: int, raised: bool) -> None:
    tasks = TASKS[latency_ms][in_flight]
    row = TablePlace(
        f"clients: downloads of 1 KiB and {latency_ms} ms, {in_flight} in flight, warm",
        contender=f"{client.name}{' (raised)' if raised else ''}",
        baseline=BASELINE,
    )
    measure.warm(pattern, workload_name(client, latency_ms, raised), workers=in_flight, tasks=tasks, row=row)
