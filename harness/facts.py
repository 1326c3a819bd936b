"""What a benchmark says of itself, and what the benchmarks of a session share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from harness.effort import Rounds
from harness.machine import SCHEMA
from harness.observation import Observation
from harness.observed import Job

# The program that one starts from, which speed-ups are over.
BASELINE = "sequential"

# Does the tasks it is given, and returns their results.
Program = Callable[[Sequence[Any]], list[Any]]


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
class Row:
    """Where a benchmark stands in the tables: which one, what it is called there, and which row speed-ups are over."""

    table: str
    contender: str
    baseline: str


@dataclass(frozen=True)
class Facts:
    """What a saved benchmark says of its work under `extra_info`. Durations are in seconds."""

    question: str
    pattern: str
    workload: str
    workers: int
    tasks: int
    lifecycle: Lifecycle
    contender: str
    baseline: str
    ideal_seconds: float | None
    schema: int = SCHEMA


@dataclass(frozen=True)
class SeamCost:
    """A program through the seam beside the same program written out plainly."""

    benchmark: str
    pairs: int
    ratio: float


@dataclass
class Session:
    """What the benchmarks of a session share."""

    rounds: Rounds
    limit_seconds: float
    observing: bool
    workload_file: str = ""
    seam_costs: list[SeamCost] = field(default_factory=list)
    observations: dict[Job, Observation] = field(default_factory=dict)
    stuck: str = ""  # the benchmark that ran out of time, whose threads may go on
