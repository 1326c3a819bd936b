"""Which pattern to choose for work that was never measured, and how many workers: what the laws say, and how sure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from analysis.criteria.comparable import check_alike
from analysis.findings.summary import PRACTICAL
from analysis.model.calibration import HASHING, PRIMES, SOLVED, calibrate
from analysis.model.costs import Calibration
from analysis.model.laws import quantities
from analysis.model.prediction import Prediction, known_of, predict
from analysis.model.work import Work
from analysis.model.workers import ENOUGH, Point, best_of, counts, curve
from analysis.stats.units import size
from runfile.runs import Run, RunError

NEEDED = {(one.question, one.workload, one.lifecycle) for one in (*(source for _, source in SOLVED), PRIMES, HASHING)}


class Option(Struct, frozen=True):
    """A pattern with the number of workers that is best for it."""

    best: Prediction
    slowness: float  # how many times as long it takes as the fastest of all
    fewest: int  # workers that take at most `ENOUGH` times as long as the best number
    is_limited: bool  # whether there are tasks for more workers than there is memory for
    curve: tuple[Point, ...]

    @property
    def pattern(self) -> str:
        return self.best.pattern

    @property
    def point(self) -> Point:
        """Where it is on the curve."""
        return next(one for one in self.curve if one.workers == self.best.workers)

    @property
    def most(self) -> int:
        """The most workers that were looked at."""
        return self.curve[-1].workers


class Quantity(StrEnum):
    """What of the work may change the answer."""

    LATENCY = "latency_seconds"
    CPU = "cpu_seconds"
    GIL_FREE = "gil_free"
    TASKS = "tasks"
    SIZE = "size_bytes"
    CORES = "cores"


class Switch(Struct, frozen=True):
    """From which value of a quantity on something else is advised, of which this pattern is the fastest."""

    quantity: Quantity
    is_above: bool
    value: float
    pattern: str
    distance: float  # how many times as much or as little that is as what was said


class Excluded(Struct, frozen=True):
    """A pattern that is not considered, with the reason in a few words."""

    pattern: str
    reason: str


class Advice(Struct, frozen=True):
    """What to choose. The first option is advised; the others follow from the fastest."""

    work: Work
    calibration: Calibration
    memory_bytes: int
    options: tuple[Option, ...]
    chosen: tuple[str, ...]  # the first, and those that are as fast in practice; a baseline alone if nothing is faster
    switches: tuple[Switch, ...]  # the nearest first
    excluded: tuple[Excluded, ...]

    @property
    def named(self) -> tuple[Option, ...]:
        """The options that are chosen."""
        return self.options[: len(self.chosen)]


def calibrated(runs: Sequence[Run]) -> Calibration:
    """What the machine of some runs costs, by those of them that are whole.

    Raises RunError when they are not alike, or damaged, or none tells enough.
    """
    check_alike(runs)
    for run in runs:
        if empty := next((one.name for one in run.benchmarks if not one.facts.tasks or not one.facts.workers), None):
            raise RunError(f"{run.source} is damaged: {empty} had no tasks or no workers; leave the file out")
    # The others are of one question, or were made with --fast.
    whole = [
        run
        for run in runs
        if {(one.facts.question, one.facts.workload, one.facts.lifecycle) for one in run.benchmarks} >= NEEDED
    ]
    return calibrate(whole or runs)


def advise(
    calibration: Calibration,
    work: Work,
    memory_bytes: int | None = None,
    blocking_only: bool = False,
    unsuited: Mapping[str, str] | None = None,
) -> Advice:
    """What to choose for some work; `unsuited` are patterns that cannot do it, each with the reason.

    Raises RunError when there is no pattern for it, or not the memory for any, and when the calibration is of one core
    and the work has more.
    """
    if work.cores > 1 and calibration.machine.usable_cores < 2:
        raise RunError("the runs are of one core, which tells nothing of more: name runs of two or more, or --cores 1")
    memory = memory_bytes if memory_bytes is not None else calibration.machine.memory_bytes
    coroutines = {one.pattern: "takes coroutines" for one in calibration.patterns if blocking_only and not one.blocking}
    reasons = {**coroutines, **(unsuited or {})}
    patterns = [one.pattern for one in calibration.patterns if one.pattern not in reasons]
    if not patterns:
        raise RunError(f"no pattern that was calibrated can do this work: {'; '.join(map(': '.join, reasons.items()))}")
    what_if = _WhatIf(calibration, memory, patterns)
    curves = what_if.curves(work)
    if not curves:
        known = (known_of(work, calibration.of(pattern), 1, calibration) for pattern in patterns)
        least = min(quantities(one)["peak_bytes"] for one in known)
        raise RunError(
            f"this work with all its results does not fit in {size(memory)}, as it takes {size(least)}: describe a "
            "part of it, with fewer --tasks, or give more --memory"
        )
    best = {pattern: best_of(calibration.of(pattern), work, found) for pattern, found in curves.items()}
    first = min(point.seconds for point in best.values())
    if not first:
        raise RunError("by these runs the work takes no time at all, which cannot be: name other runs, or more work")
    chosen = what_if.chosen(work)
    options = [
        Option(
            best=predict(work, pattern, point.workers, calibration),
            slowness=point.seconds / first,
            fewest=next(one.workers for one in curves[pattern] if one.seconds <= ENOUGH * point.seconds),
            is_limited=len(curves[pattern]) < len(counts(calibration, work, pattern)),
            curve=curves[pattern],
        )
        for pattern, point in sorted(best.items(), key=lambda item: (item[0] not in chosen, item[1].seconds))
    ]
    reasons = {one.pattern: reasons[one.pattern] for one in calibration.patterns if one.pattern in reasons}
    reasons |= {pattern: f"needs more than {size(memory)}" for pattern in patterns if pattern not in curves}
    return Advice(
        work=work,
        calibration=calibration,
        memory_bytes=memory,
        options=tuple(options),
        chosen=tuple(chosen),
        switches=tuple(sorted(_switches(what_if, work, chosen), key=lambda one: one.distance)),
        excluded=tuple(Excluded(pattern, reason) for pattern, reason in reasons.items()),
    )


@dataclass(frozen=True)
class _WhatIf:
    """What is chosen for one work and for another, with the same machine, memory and patterns."""

    calibration: Calibration
    memory_bytes: int
    patterns: Sequence[str]

    def curves(self, work: Work) -> dict[str, tuple[Point, ...]]:
        """The curve of each pattern that there is the memory for."""
        curves = {one: curve(self.calibration, work, one, self.memory_bytes) for one in self.patterns}
        return {pattern: found for pattern, found in curves.items() if found}

    def chosen(self, work: Work) -> list[str]:
        """The fastest, and those that are as fast in practice; a baseline alone if nothing is faster."""
        times = {
            pattern: best_of(self.calibration.of(pattern), work, found).seconds
            for pattern, found in self.curves(work).items()
        }
        least = min(times.values(), default=0.0)
        near = sorted((one for one in times if times[one] < PRACTICAL * least), key=times.__getitem__)
        return [one for one in near if self.calibration.of(one).is_baseline] or near


# Between which values a switch is looked for, in what steps, and how much further from what was said than that.
RANGES = {
    Quantity.LATENCY: (1e-4, 10.0),
    Quantity.CPU: (1e-5, 10.0),
    Quantity.GIL_FREE: (0.01, 1.0),
    Quantity.TASKS: (1.0, 1e6),
    Quantity.SIZE: (64.0, 2.0**26),
    Quantity.CORES: (1.0, 256.0),
}
WHOLE = {Quantity.TASKS, Quantity.SIZE, Quantity.CORES}
STEP = 1.5
FURTHEST = 100.0
CLOSE = 1.01


def _switches(what_if: _WhatIf, work: Work, chosen: Sequence[str]) -> Iterator[Switch]:
    """For each quantity, the nearest value to each side at which nothing that was chosen is chosen any more."""
    for quantity in Quantity:
        if quantity is Quantity.SIZE and not work.requests:
            continue
        if quantity is Quantity.LATENCY and not (work.requests or work.latency_seconds):
            continue
        if quantity is Quantity.GIL_FREE and not work.cpu_seconds:
            continue
        search = _Search(what_if, work, chosen, quantity)
        yield from filter(None, map(search.nearest, search.ends()))


@dataclass(frozen=True)
class _Search:
    """The search for a value of a quantity at which something else is chosen."""

    what_if: _WhatIf
    work: Work
    chosen: Sequence[str]
    quantity: Quantity

    @property
    def said(self) -> float:
        return float(getattr(self.work, self.quantity))

    def ends(self) -> Iterator[float]:
        """How far to look to both sides."""
        low, high = RANGES[self.quantity]
        if self.said > low:
            yield max(low, self.said / FURTHEST)
        if self.said < high:
            yield min(high, self.said * FURTHEST) if self.said > low else high

    def nearest(self, end: float) -> Switch | None:
        """The nearest value on the way to an end at which something else is chosen, or None if there is none."""
        start = same = max(self.said, RANGES[self.quantity][0])
        steps = math.ceil(abs(math.log(end / start)) / math.log(STEP))
        for step in range(1, steps + 1):
            value = start * (end / start) ** (step / steps)
            if self.instead(value):
                at = self.exact(self.narrowed(same, value))
                return Switch(self.quantity, end > start, at, self.instead(at), max(at / start, start / at))
            same = value
        return None

    def narrowed(self, same: float, other: float) -> float:
        """Where between two values something else is chosen first, to less than a percent."""
        while max(same / other, other / same) > CLOSE:
            middle = math.sqrt(same * other)
            if self.instead(middle):
                other = middle
            else:
                same = middle
        return other

    def instead(self, value: float) -> str:
        """The fastest of what is chosen there, or nothing if what was chosen is among it."""
        work = replace(self.work, **{self.quantity: self.exact(value)})
        other = self.what_if.chosen(work)
        return "" if not other or set(other) & set(self.chosen) else other[0]

    def exact(self, value: float) -> float:
        return round(value) if self.quantity in WHOLE else value
