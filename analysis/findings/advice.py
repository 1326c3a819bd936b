"""Which pattern to choose for work that was never measured, and how many workers: what the laws say, and how sure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from analysis.criteria.comparable import check_alike
from analysis.findings.summary import PRACTICAL
from analysis.model.calibration import calibrate
from analysis.model.costs import Calibration
from analysis.model.laws import quantities
from analysis.model.prediction import Prediction, known_of, predict
from analysis.model.work import LARGEST_BYTES, LONGEST_SECONDS, MOST_CORES, MOST_TASKS, Work
from analysis.stats.units import size
from runfile.runs import Run, RunError

# Numbers of workers that are looked at: about six for each tenfold.
WORKERS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
# The smallest number of workers that takes at most so many times as long as the best is enough.
ENOUGH = 1.05


class Point(Struct, frozen=True):
    """A number of workers, and the time it is predicted to take."""

    workers: int
    seconds: float


class Option(Struct, frozen=True):
    """A pattern with the number of workers that is best for it."""

    best: Prediction
    slowness: float  # how many times as long it takes as the first of all
    fewest: int  # workers that take at most `ENOUGH` times as long as the best number
    curve: tuple[Point, ...]

    @property
    def pattern(self) -> str:
        return self.best.pattern


class Quantity(StrEnum):
    """What of the work may change the answer."""

    LATENCY = "latency_seconds"
    CPU = "cpu_seconds"
    TASKS = "tasks"
    SIZE = "size_bytes"
    CORES = "cores"


WHOLE = {Quantity.TASKS, Quantity.SIZE, Quantity.CORES}


class Switch(Struct, frozen=True):
    """From which value of a quantity on another pattern is faster by more than is named together."""

    quantity: Quantity
    is_above: bool
    value: float
    pattern: str


class Excluded(Struct, frozen=True):
    """A pattern that is not considered, with the reason in a few words."""

    pattern: str
    reason: str


class Advice(Struct, frozen=True):
    """What to choose, from the fastest; the first is advised."""

    work: Work
    calibration: Calibration
    memory_bytes: int
    options: tuple[Option, ...]
    switches: tuple[Switch, ...]
    excluded: tuple[Excluded, ...]

    @property
    def named(self) -> tuple[Option, ...]:
        """The first, and those that are as fast in practice."""
        return tuple(one for one in self.options if one.slowness < PRACTICAL)


def calibrated(runs: Sequence[Run]) -> Calibration:
    """What the machine of some runs costs. Raises RunError when they are not alike, or do not tell enough."""
    check_alike(runs)
    return calibrate(runs)


def advise(
    calibration: Calibration, work: Work, memory_bytes: int | None = None, blocking_only: bool = False
) -> Advice:
    """What to choose for some work. Raises RunError when there is not the memory for any pattern."""
    memory = memory_bytes if memory_bytes is not None else calibration.machine.memory_bytes
    patterns = [one.pattern for one in calibration.patterns if one.blocking or not blocking_only]
    excluded = [
        Excluded(one.pattern, "takes coroutines") for one in calibration.patterns if one.pattern not in patterns
    ]
    curves = {pattern: curve(calibration, work, pattern, memory) for pattern in patterns}
    excluded += [Excluded(pattern, f"needs more than {size(memory)}") for pattern, found in curves.items() if not found]
    best = {pattern: min(found, key=lambda point: point.seconds) for pattern, found in curves.items() if found}
    if not best:
        least = min(predict(work, pattern, 1, calibration).peak_bytes for pattern in patterns)
        raise RunError(f"no pattern does this work in {size(memory)}, as it takes {size(least)}: raise --memory")
    first = min(point.seconds for point in best.values())
    options = [
        Option(
            best=predict(work, pattern, point.workers, calibration),
            slowness=point.seconds / first,
            fewest=next(one.workers for one in curves[pattern] if one.seconds <= ENOUGH * point.seconds),
            curve=curves[pattern],
        )
        for pattern, point in sorted(best.items(), key=lambda item: item[1].seconds)
    ]
    chosen = [one.pattern for one in options if one.slowness < PRACTICAL]
    return Advice(
        work=work,
        calibration=calibration,
        memory_bytes=memory,
        options=tuple(options),
        switches=tuple(_switches(_WhatIf(calibration, work, memory, list(best), chosen))),
        excluded=tuple(excluded),
    )


def curve(calibration: Calibration, work: Work, pattern: str, memory_bytes: int) -> tuple[Point, ...]:
    """The time over the number of workers, for those numbers that there is the memory for."""
    costs = calibration.of(pattern)
    found = []
    for workers in [1] if costs.is_baseline else numbers(work):
        given = quantities(known_of(work, costs, workers, calibration))
        if given["peak_bytes"] <= memory_bytes:
            found.append(Point(workers, given["seconds"]))
    return tuple(found)


def numbers(work: Work) -> list[int]:
    """The numbers of workers that are looked at: no more than tasks, and as many as cores and tasks too."""
    more = {one for one in (work.cores, work.tasks) if one <= WORKERS[-1]}
    return sorted(one for one in {*WORKERS, *more} if one <= work.tasks)


# How far from what was said a switch is looked for, to both sides, and in how many steps.
FURTHEST = 1000.0
STEPS = 24
HALVINGS = 10
LEAST = {Quantity.LATENCY: 1e-4, Quantity.CPU: 1e-5, Quantity.TASKS: 1.0, Quantity.SIZE: 64.0, Quantity.CORES: 1.0}
MOST = {
    Quantity.LATENCY: LONGEST_SECONDS,
    Quantity.CPU: LONGEST_SECONDS,
    Quantity.TASKS: float(MOST_TASKS),
    Quantity.SIZE: float(LARGEST_BYTES),
    Quantity.CORES: float(MOST_CORES),
}


@dataclass(frozen=True)
class _WhatIf:
    """Work of which one quantity changes, and whether what was chosen is then still as fast as any."""

    calibration: Calibration
    work: Work
    memory_bytes: int
    patterns: Sequence[str]
    chosen: Sequence[str]

    def better(self, quantity: Quantity, value: float) -> str | None:
        """The fastest pattern, if none that was chosen is as fast in practice; else None."""
        exact = round(value) if quantity in WHOLE else value
        work = replace(self.work, **{quantity: exact})
        times = {
            pattern: min(
                (point.seconds for point in curve(self.calibration, work, pattern, self.memory_bytes)), default=math.inf
            )
            for pattern in self.patterns
        }
        fastest = min(times, key=times.__getitem__)
        return fastest if min(times[one] for one in self.chosen) >= PRACTICAL * times[fastest] else None

    def switch(self, quantity: Quantity, upwards: bool) -> Switch | None:
        """The nearest value to one side at which another pattern is better, or None if there is none."""
        value = max(float(getattr(self.work, quantity)), LEAST[quantity])
        end = min(value * FURTHEST, MOST[quantity]) if upwards else max(value / FURTHEST, LEAST[quantity])
        if value == end:
            return None
        same = value
        for step in range(1, STEPS + 1):
            other = value * (end / value) ** (step / STEPS)
            if pattern := self.better(quantity, other):
                return self._between(quantity, same, other, pattern)
            same = other
        return None

    def _between(self, quantity: Quantity, same: float, other: float, pattern: str) -> Switch:
        """The same, to a few percent."""
        for _ in range(HALVINGS):
            middle = math.sqrt(same * other)
            if found := self.better(quantity, middle):
                other, pattern = middle, found
            else:
                same = middle
        return Switch(quantity, other > float(getattr(self.work, quantity)), other, pattern)


def _switches(what_if: _WhatIf) -> Iterator[Switch]:
    for quantity in Quantity:
        for upwards in (False, True):
            if found := what_if.switch(quantity, upwards):
                yield found
