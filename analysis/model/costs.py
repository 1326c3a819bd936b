"""What a machine costs: a few figures for each pattern. Durations are in seconds, sizes in bytes."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import fields

from analysis.model.work import Work
from runfile.runs import Machine


class CostFigure(Struct, frozen=True):
    """A figure, and how far its 95 % interval reaches to both sides; None where a single repeat tells nothing of it."""

    value: float
    reach: float | None = None


class PatternCosts(Struct, frozen=True):
    """What a pattern costs on a machine, with the client that it is measured with.

    A lane serves one task at a time: the one thread that runs Python where there is a GIL, a loop, a process.
    """

    pattern: str
    is_baseline: bool  # it has one worker
    blocking: bool  # it takes blocking code; what does not is a loop, of which there is at most one for each core
    chunked: bool  # a worker takes a quarter of its share of tasks at a time
    request: CostFigure  # of a lane, for a small request, when there is always another one
    waking: CostFigure  # how many times that it is where the worker waited before
    crowding: CostFigure  # by how much that grows with each e-fold of tasks in flight beyond 16
    request_cpu: CostFigure  # CPU time of a small request, of all processes
    byte: CostFigure  # of a lane, for each byte of a body
    idle: CostFigure  # what a wait takes beyond the latency
    task: CostFigure  # of a lane, for a task that makes no request
    python_share: CostFigure  # what a further core adds to its Python: 0 where a GIL is held, about 1 for processes
    free_share: CostFigure  # what a further core adds to what releases the GIL
    first: CostFigure  # starting and stopping one worker
    further: CostFigure  # each beyond it
    connect: CostFigure  # and a connection for each
    first_bytes: CostFigure  # memory of one worker
    further_bytes: CostFigure  # of each beyond it
    client_bytes: CostFigure  # and of a client for each


class Calibration(Struct, frozen=True):
    """What a machine costs, by runs of it."""

    sources: tuple[str, ...]
    datetime: str  # of the newest
    machine: Machine
    core_share: CostFigure  # what a further core adds when all are busy
    served: CostFigure  # CPU time of the local server for a request
    late: CostFigure  # what it adds to a latency
    patterns: tuple[PatternCosts, ...]

    @property
    def shared(self) -> dict[str, float]:
        """What the laws are given of the machine."""
        return {name: getattr(self, name).value for name in SHARED}

    def of(self, pattern: str) -> PatternCosts:
        return next(one for one in self.patterns if one.pattern == pattern)


# The figures of a pattern, by their names in the laws.
FIGURES = tuple(field.name for field in fields(PatternCosts) if field.type is CostFigure)


# And those of the machine.
SHARED = ("core_share", "served", "late")


def given(work: Work, costs: PatternCosts, workers: int, shared: Mapping[str, float]) -> dict[str, float]:
    """What the laws are given for some work with a pattern and so many workers on a machine."""
    return {
        "tasks": float(work.tasks),
        "cores": float(work.cores),
        "latency": work.latency_seconds,
        "spread": work.spread,
        "compute": work.cpu_seconds,
        "gil_free": work.gil_free,
        "size": float(work.size_bytes),
        "requests": float(work.requests),
        "cold": float(not work.is_warm),
        "local": float(work.is_local),
        "workers": 1.0 if costs.is_baseline else float(workers),
        "looped": float(not costs.blocking),
        "chunked": float(costs.chunked),
        **{name: getattr(costs, name).value for name in FIGURES},
        **shared,
    }
