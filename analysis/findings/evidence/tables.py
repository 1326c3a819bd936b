"""The tables of runs that compare what one may choose, and what each of them tells for an answer."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.criteria.categories import CLIENTS, Glob
from analysis.findings.summary import OverRuns, Summary, SummaryRow, SummaryTable, by_table, log_ratio_of
from analysis.stats.intervals import Estimate
from runfile.benchmarks import BenchmarkInfo
from runfile.runs import Run


@dataclass(frozen=True)
class TableEvidence:
    """A table that compares patterns, or clients, and the benchmarks behind it; by its name for a kind of work, if any.

    Unless the baseline competes, it is left out.
    """

    table: SummaryTable
    facts: BenchmarkInfo
    benchmarks: dict[str, OverRuns]
    called: str = ""
    baseline_competes: bool = True

    @property
    def title(self) -> str:
        return self.table.title

    @property
    def workload(self) -> str:
        """The workload of all its rows; empty where each has its own."""
        first, *others = {one.facts.workload for found in self.benchmarks.values() for one in found.values()}
        return "" if others else first

    @property
    def contenders(self) -> list[str]:
        return [row.contender for row in self.table.rows if self.baseline_competes or not row.is_baseline]

    @property
    def baseline(self) -> str | None:
        """What the patterns are compared with, if it competes."""
        return self.facts.baseline if self.facts.baseline in self.contenders else None

    @property
    def runs(self) -> int:
        return max(row.runs for row in self.table.rows)

    @property
    def seconds(self) -> float:
        """How long it took to measure: all of its contests in all runs."""
        contests = {
            (run, one.facts.contest.id): one.facts.contest.seconds
            for benchmark in self.benchmarks.values()
            for run, one in benchmark.items()
        }
        return sum(contests.values())

    def row(self, contender: str) -> SummaryRow:
        return next(row for row in self.table.rows if row.contender == contender)

    def repeats(self, contender: str) -> int:
        """How many a contender has in all runs; 0 if it is not there."""
        return self.row(contender).repeats if contender in self.contenders else 0

    def disturbed(self, contenders: Collection[str]) -> list[bool]:
        """Of each benchmark of some contenders, whether others took part of the machine meanwhile."""
        runs = [self.benchmarks[name] for name in self.contenders if name in contenders]
        return [one.facts.is_disturbed for over_runs in runs for one in over_runs.values()]

    def log_ratio(self, above: str, below: str) -> Estimate:
        """The log of how many times as long one takes as another."""
        return log_ratio(self.row(above), self.row(below), self.benchmarks)

    def matching(self, glob: Glob, baseline_competes: bool) -> TableEvidence | None:
        """The same by the name it has for a kind of work; None if it is none of it, or leaves nothing to choose."""
        if not glob.has(self.facts):
            return None
        found = replace(self, called=glob.name(self.facts, self.title), baseline_competes=baseline_competes)
        return found if len(found.contenders) > 1 else None


def log_ratio(above: SummaryRow, below: SummaryRow, benchmarks: Mapping[str, OverRuns]) -> Estimate:
    """The log of how many times as long one row takes as another. If no run has both, nobody knows how sure it is."""
    if found := log_ratio_of(benchmarks[above.contender], benchmarks[below.contender]):
        return found
    return Estimate(math.log(above.median_seconds) - math.log(below.median_seconds), None, 0.0, 0, 0)


def asked_in(summary: Summary, runs: Sequence[Run]) -> list[TableEvidence]:
    """The tables whose contenders are patterns, or clients, in the order of the summary."""
    benchmarks, asked = by_table(runs), []
    for table in summary.tables:
        facts = [next(iter(one.values())).facts for one in benchmarks[table.title].values()]
        is_choice = facts[0].question == CLIENTS or all(one.contender == one.pattern for one in facts)
        if table.verdict and is_choice:
            asked.append(TableEvidence(table, facts[0], benchmarks[table.title]))
    return asked
