"""A description of work: all that the laws need to know of it. Durations are in seconds, sizes in bytes."""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Meta, Struct

LONGEST_SECONDS = 3600.0
MOST_TASKS = 10_000_000
LARGEST_BYTES = 2**30
MOST_CORES = 1024
WIDEST_SPREAD = 2.0
# Of the normal distribution with mean 0 and standard deviation 1.
NORMAL_P95 = 1.645

Seconds = Annotated[float, Meta(ge=0, le=LONGEST_SECONDS)]


class Work(Struct, frozen=True, forbid_unknown_fields=True):
    """Tasks that each wait, compute and transfer, and the cores there are for them."""

    tasks: Annotated[int, Meta(ge=1, le=MOST_TASKS)]
    cores: Annotated[int, Meta(ge=1, le=MOST_CORES)]
    latency_seconds: Seconds = 0.0  # that a task waits, on average
    spread: Annotated[float, Meta(ge=0, le=WIDEST_SPREAD)] = 0.0  # the standard deviation of the logarithm of that
    cpu_seconds: Seconds = 0.0  # that a task computes, besides what its request costs
    gil_free: Annotated[float, Meta(ge=0, le=1)] = 0.0  # the share of it in which the GIL is not held
    size_bytes: Annotated[int, Meta(ge=0, le=LARGEST_BYTES)] = 0  # that a task gets, and gives back
    requests: bool = True  # whether a task makes a request, or only computes
    is_warm: bool = False  # whether the workers are there already, as in a service
    is_local: bool = False  # whether the server computes on these cores too, as in the suite's own benchmarks

    @property
    def p95_seconds(self) -> float:
        """The latency that 95 of 100 are below. Latencies are taken to be log-normal."""
        return self.latency_seconds * math.exp(self.spread * (NORMAL_P95 - self.spread / 2))


def spread_of(mean_seconds: float, p95_seconds: float) -> float | None:
    """The spread of latencies with that mean, of which 95 of 100 are below the other figure; None if there is none.

    It is the smaller solution of the formula for `p95_seconds`, which there is from 1 to 3.87 times the mean.
    """
    if not 0 < mean_seconds <= p95_seconds:
        return None
    room = NORMAL_P95**2 - 2 * math.log(p95_seconds / mean_seconds)
    return NORMAL_P95 - math.sqrt(room) if room >= 0 else None
