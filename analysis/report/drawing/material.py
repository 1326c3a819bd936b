"""What a report is made of: the runs, what they say together, and the history and other machines if there are any."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from analysis.findings.advice import calibrated
from analysis.findings.machines import Machines, SharedTable
from analysis.findings.summary import Summary, SummaryRow, SummaryTable
from analysis.findings.trend import Trend
from analysis.model.costs import Calibration
from analysis.report.drawing.canvas import shown
from analysis.report.drawing.theme import Style, in_order, styles
from analysis.stats.units import count
from runfile.benchmarks import BenchmarkInfo, Observation
from runfile.digests import RunDigest
from runfile.runs import Run, RunError, own_tables

T = TypeVar("T")
ANY = ""  # workload


@dataclass(frozen=True)
class DrawnContender:
    """A row of a table: what the runs say of it, what was noted in the newest of them, and what was observed in each.

    `benchmark` is its full name, by which a history knows it.
    """

    row: SummaryRow
    benchmark: str
    facts: BenchmarkInfo
    observations: tuple[Observation, ...]

    @property
    def name(self) -> str:
        return self.row.contender


def baseline_first(things: Sequence[T], contender: Callable[[T], DrawnContender]) -> list[T]:
    """Things in the order of their patterns, after the baseline."""
    ordered = in_order(things, lambda one: contender(one).name)
    return sorted(ordered, key=lambda one: not contender(one).row.is_baseline)


@dataclass(frozen=True)
class DrawnCase:
    """A table, and its contenders in the order in which the runs hold them."""

    table: SummaryTable
    contenders: tuple[DrawnContender, ...]

    @property
    def title(self) -> str:
        return self.table.title

    @property
    def facts(self) -> BenchmarkInfo:
        return self.contenders[0].facts

    @property
    def compares_patterns(self) -> bool:
        """Whether its contenders are patterns, rather than, say, one pattern cold and warm."""
        return all(one.name == one.facts.pattern for one in self.contenders)


def asked(cases: Sequence[DrawnCase], questions: Sequence[tuple[str, str, str]]) -> Iterator[tuple[DrawnCase, str]]:
    """The tables of patterns that have a question and a workload, or any, and what is asked of them."""
    for question, workload, words in questions:
        for case in cases:
            facts = case.facts
            if case.compares_patterns and facts.question == question and workload in (facts.workload, ANY):
                names = {"workload": shown(facts.workload), "workers": count(facts.workers, "worker")}
                yield case, words.format(tasks=f"{facts.tasks:,}", **names)


@dataclass(frozen=True)
class Material:
    """What a report is made of. `summary` is of `runs`; `trend` is of `history`, where that is long enough."""

    summary: Summary
    runs: Sequence[Run]
    history: Sequence[RunDigest] = ()
    trend: Trend | None = None
    machines: Machines | None = None

    @cached_property
    def cases(self) -> tuple[DrawnCase, ...]:
        """The tables of the summary, with what the runs know besides."""
        found: dict[str, dict[str, DrawnContender]] = {}
        rows = {(table.title, row.contender): row for table in self.summary.tables for row in table.rows}
        for run in self.runs:
            for title, benchmarks in own_tables(run):
                contenders = found.setdefault(title, {})
                for one in benchmarks:
                    name = one.facts.contender
                    seen = contenders[name].observations if name in contenders else ()
                    new = (one.facts.observation,) if one.facts.observation else ()
                    contenders[name] = DrawnContender(rows[title, name], one.fullname, one.facts, (*seen, *new))
        return tuple(DrawnCase(table, tuple(found[table.title].values())) for table in self.summary.tables)

    @cached_property
    def calibration(self) -> Calibration | None:
        """What the machine costs, where the runs tell enough."""
        try:
            return calibrated(self.runs)
        except RunError:
            return None

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """The names of all patterns that any picture may show."""
        elsewhere = [row.contender for contest in self.contests for row in contest.rows]
        return tuple(dict.fromkeys([*self._own_patterns, *elsewhere]))

    @cached_property
    def styles(self) -> dict[str, Style]:
        """How each of these is drawn, in all pictures."""
        return styles(self.patterns)

    @cached_property
    def contests(self) -> tuple[SharedTable, ...]:
        """The tables of several machines that compare patterns, rather than, say, cold and warm."""
        contests = self.machines.contests if self.machines else ()
        return tuple(one for one in contests if any(row.contender in self._own_patterns for row in one.rows))

    @cached_property
    def _own_patterns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.facts.pattern for case in self.cases for one in case.contenders))
