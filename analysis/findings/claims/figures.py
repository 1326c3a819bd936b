"""The figures that claims are judged by, each with its interval: of times over repeats, of what is observed over runs.

All are had within a run, from benchmarks which that run has, and only then put together over runs: ratios as
logarithms, since a ratio and its inverse must be equally far from 1, and amounts as they are.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.findings.claims.gathered import CPUS, TIME, Bench, Cost, Gathered
from analysis.findings.claims.model import Unit
from analysis.stats.intervals import WORST_CHANGE, Interval, interval, mean_and_reach, pooled
from runfile.runs import Machine

# Sixteen naps, or downloads at a time, beside one.
MANY = 16
MORE = MANY - 1


@dataclass(frozen=True)
class FigureFound:
    """A figure of some runs, the benchmarks that it comes from, and which of several patterns it is beside, if any."""

    figure: Interval | None
    benches: Sequence[Bench]
    beside: str = ""


@dataclass(frozen=True)
class ClaimFigure(ABC):
    """A figure of runs: what some benchmarks cost, or how that compares with what others do."""

    cost: Cost
    above: Sequence[Bench]
    below: Sequence[Bench] = ()

    @property
    def unit(self) -> Unit:
        return self.cost.unit

    @property
    def benches(self) -> Sequence[Bench]:
        """The benchmarks that it may come from."""
        return [*self.above, *self.below]

    def asks_of(self, machine: Machine) -> str:
        """What a machine lacks that is to tell it, in words; "" if nothing."""
        return "a machine with two usable CPUs" if self.cost is CPUS and machine.usable_cores < 2 else ""

    def missing(self, runs: Gathered) -> list[str]:
        """What the runs lack for it, in words."""
        return [what for bench in self.benches if (what := runs.lacks(bench, self.cost))]

    @abstractmethod
    def find(self, runs: Gathered) -> FigureFound:
        """The figure. Asked only of runs that lack nothing for it."""


class TimeRatio(ClaimFigure):
    """How many times as long one benchmark takes as another; of several, the fastest is meant."""

    unit = Unit.TIMES

    def find(self, runs: Gathered) -> FigureFound:
        above, below = runs.fastest(self.above), runs.fastest(self.below)
        beside = [one.pattern for one, of in ((above, self.above), (below, self.below)) if len(of) > 1]
        ratio = runs.log_ratio(above, below)
        return FigureFound(ratio.ratio() if ratio else None, [above, below], " and ".join(beside))


class MeanTimeRatio(ClaimFigure):
    """The geometric mean of the ratios of two patterns on several workloads, of which each has a benchmark."""

    unit = Unit.TIMES

    def find(self, runs: Gathered) -> FigureFound:
        ratios = [runs.log_ratio(above, below) for above, below in zip(self.above, self.below, strict=True)]
        known = [ratio for ratio in ratios if ratio]
        return FigureFound(pooled(known).ratio() if len(known) == len(ratios) else None, self.benches)


class CostRatio(ClaimFigure):
    """How many times as much of something one benchmark takes as another."""

    unit = Unit.TIMES

    def find(self, runs: Gathered) -> FigureFound:
        above, below = (runs.costs(bench, self.cost) for bench in self.benches)
        both = [run for run in above if run in below and above[run] > 0 < below[run]]
        logs = [math.log(above[run]) - math.log(below[run]) for run in both]
        shares = [self.cost.spread(cost[run]) / cost[run] for run in both for cost in (above, below)]
        guess = math.hypot(*shares) / math.sqrt(len(both)) if both else 0.0
        return FigureFound(interval(*mean_and_reach(logs, guess), len(logs)) if logs else None, self.benches)


class Each(ClaimFigure):
    """What one more worker costs: the difference of many and one, divided by how many more there are."""

    def find(self, runs: Gathered) -> FigureFound:
        if self.cost is TIME:
            return FigureFound(self._seconds(runs), self.benches)
        many, few = (runs.costs(bench, self.cost) for bench in self.benches)
        both = [run for run in many if run in few]
        spreads = (math.hypot(self.cost.spread(many[run]), self.cost.spread(few[run])) for run in both)
        guess = max(spreads, default=0.0) / MORE
        return FigureFound(_amount([(many[run] - few[run]) / MORE for run in both], guess), self.benches)

    def _seconds(self, runs: Gathered) -> Interval | None:
        found = runs.seconds_more(*self.benches)
        if not found:
            return None
        reach = found.reach()
        if reach is None:  # a single repeat of both, which the machine's speed may have changed between
            both = (runs.costs(bench, TIME) for bench in self.benches)
            reach = (WORST_CHANGE - 1) * sum(max(one.values()) for one in both)
        centre, low, high = (bound / MORE for bound in (found.value, found.value - reach, found.value + reach))
        return Interval(centre, low, high, found.runs, found.repeats)


class CostAmount(ClaimFigure):
    """How much of something a benchmark has, for each usable CPU if that is what is counted."""

    def find(self, runs: Gathered) -> FigureFound:
        cpus = max(1, runs.machine.usable_cores) if self.unit is Unit.PER_CPU else 1
        values = [value / cpus for bench in self.benches for value in runs.costs(bench, self.cost).values()]
        return FigureFound(_amount(values, self.cost.spread(max(values))), self.benches)


def _amount(values: Sequence[float], guess: float) -> Interval | None:
    if not values:
        return None
    centre, reach = mean_and_reach(values, guess)
    return Interval(centre, centre - reach, centre + reach, len(values))
