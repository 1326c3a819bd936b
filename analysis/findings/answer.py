"""Which one to choose? For each kind of work the patterns, by how much, how sure, and what changes the choice.

A kind has one table or several, and their evidence is pooled: how many times as long as the fastest a contender takes
is the geometric mean over the tables. Named are those that take at most `AS_FAST` times as long, and up to `PRACTICAL`
those that are not surely slower. What is named for all never hides that tables differ: who is surely behind in one
table and surely as fast as any in another is not named, and each table that surely differs from what is named is a
change.

Different numbers of workers are different choices.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from statistics import fmean, median

from msgspec import Struct

from analysis.criteria.categories import NO_CHOICE, OWN, Category, kinds_of
from analysis.findings.evidence.tables import TableEvidence, asked_in
from analysis.findings.evidence.workers import WorkerCounts, worker_counts
from analysis.findings.summary import PRACTICAL, Findings, Summary
from analysis.stats.intervals import Estimate, Interval, pooled, repeats_needed
from analysis.stats.ranking import ranked
from runfile.runs import Run

# Up to it, other things than speed decide: what a team knows, what its libraries can do.
AS_FAST = 1.03
# Surely further behind than this in one table, and as fast as any in another: then the tables differ. Just beyond
# `PRACTICAL` they do not, as many runs would tell them apart where one does not, and answer otherwise.
FAR = 1.15


class Position(StrEnum):
    """Where a contender is beside the fastest, by the 95 % interval of how many times as long it takes.

    A race between contenders is over when nothing is open, so that an answer is decided when the race was.
    """

    TIED = "tied"  # all of it below `PRACTICAL`
    BEHIND = "behind"  # all of it above 1, and not tied
    OPEN = "open"


class Confidence(StrEnum):
    """How sure a choice is."""

    CONCLUSIVE = "conclusive"  # every contender is tied or behind
    OPEN = "open"  # some contender is neither, or the machine was not the benchmarks' own


class Candidate(Struct, frozen=True):
    """A contender beside the fastest one, in a table or over several. Of the fastest itself `slowness` is exactly 1."""

    contender: str
    position: Position
    slowness: Interval  # how many times as long as the fastest it takes
    speed_up: Interval | None  # over the baseline; None without one, and for the baseline itself
    repeats: int  # the fewest in a table
    repeats_needed: int | None  # about how many would decide what is open; None where that is not known
    peak_bytes: float | None  # above the idle interpreter, the median over the tables
    flags: tuple[str, ...]

    @property
    def is_near(self) -> bool:
        """Whether it is as fast as the fastest, by its estimate; or nearly so, and not surely slower."""
        return self.slowness.estimate <= (AS_FAST if self.slowness.is_above_one else PRACTICAL)


class TableAnswer(Struct, frozen=True):
    """What one table says: its candidates, the fastest first."""

    title: str
    called: str  # what it is, in words
    question: str
    workload: str  # empty where each candidate has its own
    candidates: tuple[Candidate, ...]

    @property
    def near(self) -> tuple[Candidate, ...]:
        return tuple(one for one in self.candidates if one.is_near)

    @property
    def far(self) -> set[str]:
        """Who is surely behind, by so much that a table with it chooses otherwise."""
        return {one.contender for one in self.candidates if one.slowness.low > FAR}

    @property
    def best(self) -> set[str]:
        """Who is surely as fast as any."""
        fastest, *others = self.candidates
        tied = {one.contender for one in others if one.position is Position.TIED and one.is_near}
        unbeaten = all(one.slowness.low > 1 / PRACTICAL for one in others)
        return tied | ({fastest.contender} if unbeaten else set())


class Choice(Struct, frozen=True):
    """The answer for a kind of work and a number of workers."""

    kind: str
    headline: str
    workers: int
    baseline: str | None  # what patterns are compared with, if it may be chosen as well
    chosen: tuple[str, ...]
    gains_nothing: bool  # it is shown that no pattern is faster than the baseline
    confidence: Confidence
    candidates: tuple[Candidate, ...]  # over all the tables that decided, the fastest first
    outcomes: tuple[TableAnswer, ...]  # these tables
    changes: tuple[TableAnswer, ...]  # those that differ
    runs: int  # that have what is chosen
    seconds: float  # that the deciding tables took to be measured
    contender: str  # what is chosen, such as "pattern"
    order: tuple[tuple[str, ...], ...] = ()  # where one is asked for: each of a group is surely faster than those after
    is_disturbed: bool = False  # whether others took part of the machine in half of what was measured of it, or more
    enough: tuple[WorkerCounts, ...] = ()  # how many workers are enough for what is named, where that was measured
    file: str = ""  # of one's own work, if that is what it is about

    @property
    def open(self) -> tuple[Candidate, ...]:
        return tuple(one for one in self.candidates if one.position is Position.OPEN)

    @property
    def named(self) -> tuple[Candidate, ...]:
        return tuple(one for one in self.candidates if one.contender in self.chosen)


class Answer(Findings, frozen=True):
    """The choices, those that come first before the others."""

    choices: tuple[Choice, ...]
    compared: tuple[str, ...] = ()  # what the runs compare that is no choice between patterns
    differences: tuple[str, ...] = ()  # sentences on what was not the same in all runs

    @property
    def headlines(self) -> tuple[Choice, ...]:
        return tuple(choice for choice in self.choices if choice.headline)

    @property
    def others(self) -> tuple[Choice, ...]:
        return tuple(choice for choice in self.choices if not choice.headline)


@dataclass(frozen=True)
class _Context:
    """What runs say besides their tables of patterns: numbers of workers, and the file of each work of one's own."""

    counted: Sequence[WorkerCounts]
    files: Mapping[str, str]


@dataclass(frozen=True)
class _Decision:
    """What is chosen, and the tables that it is pooled over."""

    chosen: tuple[str, ...]
    tables: Sequence[TableEvidence]
    candidates: tuple[Candidate, ...]


def answer(summary: Summary, runs: Sequence[Run]) -> Answer:
    """What runs and their summary answer."""
    asked = asked_in(summary, runs)
    files = {one.facts.workload: file for run in runs if (file := run.session.run.workload) for one in run.benchmarks}
    context = _Context(worker_counts(summary, runs), files)
    kinds = kinds_of([one.facts for one in asked])
    questions = dict.fromkeys(one.facts.question for run in runs for one in run.benchmarks)
    return Answer(
        runs=summary.runs,
        machine=summary.machine,
        start_method=summary.start_method,
        packages=summary.packages,
        choices=tuple(choice for kind in kinds for choice in _choices(kind, asked, context)),
        compared=tuple(NO_CHOICE[question] for question in questions if question in NO_CHOICE),
        differences=summary.differences,
    )


def _choices(kind: Category, asked: Sequence[TableEvidence], context: _Context) -> Iterable[Choice]:
    """A choice for each number of workers; what is beside the tables of a kind belongs to the first of them."""
    tables = [named for glob in kind.tables for one in asked if (named := one.matching(glob, kind.baseline_competes))]
    beside = [named for glob in kind.beside for one in asked if (named := one.matching(glob, kind.baseline_competes))]
    numbers = list(dict.fromkeys(one.facts.workers for one in tables))
    by_workers = groupby(
        sorted(tables, key=lambda one: numbers.index(one.facts.workers)), lambda one: one.facts.workers
    )
    for number, (workers, group) in enumerate(by_workers):
        yield _choice(kind, workers, list(group), beside if number == 0 else [], context)


def _choice(
    kind: Category,
    workers: int,
    tables: Sequence[TableEvidence],
    beside: Sequence[TableEvidence],
    context: _Context,
) -> Choice:
    decision = _decide(tables)
    candidates, baseline = decision.candidates, decision.tables[0].baseline
    gains = [one.speed_up for one in candidates if one.speed_up]
    chosen = decision.chosen
    # Turns cancel what slows down all alike, and not that a busy system prefers one process to another.
    disturbed = [one for table in decision.tables for one in table.disturbed(chosen)]
    is_disturbed = 2 * sum(disturbed) >= len(disturbed)
    is_open = any(one.position is Position.OPEN for one in candidates) or candidates[0].repeats < 2 or is_disturbed
    workloads = {table.facts.workload for table in decision.tables}
    differing = [outcome for one in (*tables, *beside) if _differs(outcome := _outcome(one), chosen)]
    return Choice(
        kind=kind.name,
        headline=kind.headline,
        workers=workers,
        baseline=baseline,
        chosen=chosen,
        gains_nothing=baseline in chosen and all(gain.high < PRACTICAL for gain in gains),
        confidence=Confidence.OPEN if is_open else Confidence.CONCLUSIVE,
        candidates=candidates,
        outcomes=tuple(map(_outcome, decision.tables)),
        changes=tuple(differing),
        runs=min(one.slowness.runs for one in candidates if one.contender in chosen),
        seconds=sum(one.seconds for one in decision.tables),
        is_disturbed=is_disturbed,
        enough=tuple(
            one for name in chosen for one in context.counted if one.pattern == name and one.workload in workloads
        ),
        file=context.files.get(tables[0].facts.workload, "") if tables[0].facts.question == OWN else "",
        contender=kind.contender,
        order=_order(candidates, decision.tables) if kind.is_ordered else (),
    )


def _decide(tables: Sequence[TableEvidence]) -> _Decision:
    """What is chosen for all tables; or for the first and those that agree with it, if that is nothing."""
    outcomes = list(map(_outcome, tables))
    mixed = {name for one in outcomes for name in one.far} & {name for one in outcomes for name in one.best}
    candidates = _candidates(tables)
    if chosen := tuple(one.contender for one in candidates if one.is_near and one.contender not in mixed):
        return _Decision(chosen, tables, candidates)
    first = {one.contender for one in outcomes[0].near}
    agreeing = [table for table, outcome in zip(tables, outcomes, strict=True) if not first & outcome.far]
    candidates = _candidates(agreeing)
    return _Decision(tuple(one.contender for one in candidates if one.is_near), agreeing, candidates)


def _differs(outcome: TableAnswer, chosen: Sequence[str]) -> bool:
    return bool(outcome.far & set(chosen) or outcome.best - set(chosen))


def _outcome(table: TableEvidence) -> TableAnswer:
    return TableAnswer(table.title, table.called, table.facts.question, table.workload, candidates=_candidates([table]))


def _candidates(tables: Sequence[TableEvidence]) -> tuple[Candidate, ...]:
    """The contenders of tables, the fastest first; each table counts the same."""
    names = dict.fromkeys(name for table in tables for name in table.contenders)
    # Whoever is in most tables, and in most repeats there, has most in common with the others.
    reference = max(names, key=lambda name: sum(one.repeats(name) for one in tables))
    ahead = {name: _pooled(name, reference, tables) for name in names}
    fastest = min(names, key=lambda name: ahead[name].value)
    found = [_candidate(name, fastest, tables) for name in names]
    return tuple(sorted(found, key=lambda one: (one.slowness.estimate, one.contender != fastest)))


def _candidate(name: str, fastest: str, tables: Sequence[TableEvidence]) -> Candidate:
    own = [table for table in tables if name in table.contenders]
    repeats, baseline = min(table.repeats(name) for table in own), own[0].baseline
    behind = _pooled(name, fastest, tables)
    slowness = behind.ratio() if name != fastest else Interval(1.0, 1.0, 1.0, behind.runs, repeats)
    position = _position(slowness)
    peaks = [peak for table in own if (peak := table.row(name).peak_bytes) is not None]
    return Candidate(
        contender=name,
        position=position,
        slowness=slowness,
        speed_up=_pooled(baseline, name, tables).ratio() if baseline and name != baseline else None,
        repeats=repeats,
        repeats_needed=_needed(behind) if position is Position.OPEN else None,
        peak_bytes=median(peaks) if peaks else None,
        flags=tuple(dict.fromkeys(flag for table in own for flag in table.row(name).flags)),
    )


def _position(slowness: Interval) -> Position:
    if slowness.high < PRACTICAL:
        return Position.TIED
    return Position.BEHIND if slowness.is_above_one else Position.OPEN


def _needed(behind: Estimate) -> int | None:
    """About how many repeats would show that it is behind, or that it is tied, whichever comes first."""
    limits = [repeats_needed(behind, 1.0) if behind.value > 0 else None]
    limits += [repeats_needed(behind, PRACTICAL)] if behind.value < math.log(PRACTICAL) else []
    return min((number for number in limits if number is not None), default=None)


def _order(candidates: Sequence[Candidate], tables: Sequence[TableEvidence]) -> tuple[tuple[str, ...], ...]:
    return ranked([one.contender for one in candidates], lambda above, below: _pooled(above, below, tables))


def _pooled(above: str, below: str, tables: Sequence[TableEvidence]) -> Estimate:
    """The log of how many times as long one takes as another, over the tables that have both.

    Where no table has both, it is by way of what each takes on average, and nobody knows how sure that is.
    """
    both = [one.log_ratio(above, below) for one in tables if {above, below} <= set(one.contenders)]
    if both:
        return pooled(both)
    times = [
        [math.log(one.row(name).median_seconds) for one in tables if name in one.contenders] for name in (above, below)
    ]
    return Estimate(fmean(times[0]) - fmean(times[1]), None, 0.0, 0, 0)
