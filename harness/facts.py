"""What a benchmark says of itself, and what the benchmarks of a session share."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum

# The program that one starts from, which speed-ups are over.
BASELINE = "sequential"


# Equal concurrency for every pattern on I/O; on CPU-bound work there is a worker for each usable core.
IO_WORKERS = 16


class Lifecycle(StrEnum):
    """What a round covers."""

    COLD = "cold"  # start, run and stop: what a script pays
    WARM = "warm"  # run on workers that are up: what a service pays


@dataclass(frozen=True)
class Case:
    """What is measured."""

    pattern: str
    workload: str
    workers: int
    tasks: int  # 0: as many as the workload has
    lifecycle: Lifecycle


@dataclass(frozen=True)
class TablePlace:
    """Where a benchmark stands in the tables: which one, what it is called there, and which row speed-ups are over."""

    table: str
    contender: str
    baseline: str


@dataclass
class MeasuringSession:
    """What the benchmarks of a session share."""

    limit_seconds: float
    observing: bool
    seed: int
    disable_gc: bool = False
    workload_file: str = ""
    workload_digest: str = ""  # of what is in that file
    expected_file: str = ""  # what its plain loop returned, where it has no check
    connections: int = 0  # how many the async client of that work has at most; 0 if it does not say
    unsuited: dict[str, str] = field(default_factory=dict)  # patterns that its trial found unfit for it, and why
    benchmarks: int = 1  # how many were selected
    began: float = field(default_factory=time.monotonic)
    intruders: dict[str, str] = field(default_factory=dict)  # what has got into the stands
