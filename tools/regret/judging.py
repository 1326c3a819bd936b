"""By how much a choice is slower than the best of all cells of some work.

Speed changes while cells are measured, so that they are compared within a pass alone. And of many cells that are about
as fast, the one that was measured as fastest owes that to luck in part. So the best is picked by all passes but one,
and compared with in that one, for each pass in turn (cross-validation: M. Stone, J. R. Statist. Soc. B 36 (1974),
111–147). The regret is the geometric mean over the passes. A choice that is as fast as the best has a regret of 1 on
average, which may come out as a little less; and where the pick is not truly the best, it is too small by as much as
these differ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean, stdev

from tools.regret.record import FIRST_PASS, Cell
from tools.regret.rules import Configuration


@dataclass(frozen=True)
class Regret:
    """How many times as long a choice takes as the best."""

    ratio: float  # infinite if it fails
    error: float | None = None  # the standard error of its logarithm, where there are passes to tell it from
    is_floor: bool = False  # it takes longer than that, and was not measured
    is_between: bool = False  # by the numbers of workers that are next to it


@dataclass(frozen=True)
class Judge:
    """Compares the cells of some work."""

    cells: Sequence[Cell]

    @cached_property
    def logs(self) -> Mapping[Configuration, Mapping[int, float]]:
        """Log seconds of each cell that was measured, by the number of the pass."""
        return {
            cell.choice: {number: math.log(seconds) for number, seconds in cell.passes.items()}
            for cell in self.cells
            if cell.rounds and not cell.failure
        }

    @cached_property
    def passes(self) -> set[int]:
        """The numbers of all passes."""
        return {number for logs in self.logs.values() for number in logs}

    @cached_property
    def finalists(self) -> list[Configuration]:
        """Those that took part in all passes."""
        return [choice for choice, logs in self.logs.items() if logs.keys() == self.passes]

    def best(self, without: int | None = None) -> Configuration:
        """The fastest by all passes, or by all but one if there are others."""
        used = self.passes - {without} or self.passes
        return min(self.finalists, key=lambda choice: fmean(self.logs[choice][number] for number in used))

    @property
    def best_seconds(self) -> float:
        return math.exp(fmean(self.logs[self.best()].values()))

    def regret(self, choice: Configuration) -> Regret:
        """That of any choice, of a number of workers too that was not measured with its pattern, but others were."""
        cells = {cell.choice: cell for cell in self.cells}
        return self._of_cell(cells[choice]) if choice in cells else self._between(choice)

    def _of_cell(self, cell: Cell) -> Regret:
        if cell.failure:
            return Regret(math.inf)
        if not cell.rounds:
            return Regret(max(1.0, cell.floor_seconds / self.best_seconds), is_floor=True)
        logs = self.logs[cell.choice]
        # The first pass is not in turns: it counts for who has no other.
        numbers = logs.keys() - {FIRST_PASS} or logs.keys()
        ratios = [logs[number] - self.logs[self.best(without=number)][number] for number in numbers]
        error = stdev(ratios) / math.sqrt(len(ratios)) if len(ratios) > 1 else None
        return Regret(math.exp(fmean(ratios)), error)

    def _between(self, choice: Configuration) -> Regret:
        """On a line between its neighbours, in logarithms; that of the only neighbour where there is but one."""
        own = [cell for cell in self.cells if cell.pattern == choice.pattern]
        below = max((cell for cell in own if cell.workers < choice.workers), key=lambda one: one.workers, default=None)
        above = min((cell for cell in own if cell.workers > choice.workers), key=lambda one: one.workers, default=None)
        if below is None or above is None:
            only = below or above
            assert only, f"{choice.pattern} has no cell"
            found = self._of_cell(only)
            return Regret(found.ratio, found.error, found.is_floor, is_between=True)
        low, high = self._of_cell(below), self._of_cell(above)
        share = math.log(choice.workers / below.workers) / math.log(above.workers / below.workers)
        ratio = math.exp((1 - share) * math.log(low.ratio) + share * math.log(high.ratio))
        return Regret(ratio, is_floor=low.is_floor or high.is_floor, is_between=True)
