"""What a request costs the client and the server, and how soon the cores are used up.

    python -m tools.request_cost .benchmarks/FOLDER

Of `download-overhead`, whose requests wait for nothing: CPU time per request of the client (with all its processes) and
of the server, both from saved runs; what a request takes at least when one client process does it all, or the cores are
shared by everybody, whichever is more; and what it did take. Medians over the runs, in microseconds.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median
from typing import NamedTuple

from runfile.runs import Run, RunError
from tools.command import command, runs_named

QUESTION, WORKLOAD = "io-bound", "download-overhead"


class RequestCost(NamedTuple):
    """Of one request, in seconds."""

    client: float
    server: float
    shared: float  # both, over all usable cores
    took: float


def costs_in(run: Run) -> Iterator[tuple[str, RequestCost]]:
    """What a run says of each pattern."""
    for one in run.benchmarks:
        facts = one.facts
        if (facts.question, facts.workload) != (QUESTION, WORKLOAD):
            continue
        if facts.observation is None or facts.server_cores is None:
            continue
        took = median(one.seconds) / facts.tasks
        client = facts.observation.cpu_seconds / facts.tasks
        server = facts.server_cores * took
        yield facts.pattern, RequestCost(client, server, (client + server) / run.session.machine.usable_cores, took)


def costs(runs: Sequence[Run]) -> dict[str, RequestCost]:
    """Medians over the runs, from the quickest pattern."""
    found: dict[str, list[RequestCost]] = defaultdict(list)
    for run in runs:
        for pattern, cost in costs_in(run):
            found[pattern].append(cost)
    medians = {pattern: RequestCost(*map(median, zip(*all_of_it, strict=True))) for pattern, all_of_it in found.items()}
    return dict(sorted(medians.items(), key=lambda item: item[1].took))


@command
def main(arguments: Sequence[str]) -> None:
    """Print what requests cost by the runs named on the command line."""
    runs = runs_named(arguments)
    found = costs(runs)
    if not found:
        raise RunError(f"none of these runs has observed {WORKLOAD}: make one with `make bench`")
    cores = runs[-1].session.machine.usable_cores
    width = max(map(len, found))
    print(f"{len(runs)} runs, {cores} usable cores; µs a request")
    print(f"{'':<{width}}  client  server  both ÷ {cores}   took")
    for pattern, cost in found.items():
        client, server, shared, took = (value * 1e6 for value in cost)
        print(f"{pattern:<{width}}  {client:6.0f}  {server:6.0f}  {shared:8.0f}  {took:5.0f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
