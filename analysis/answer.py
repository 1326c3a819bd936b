"""Which one to choose? For each kind of work the pattern, by how much, how sure, and what changes the choice.

What is chosen in a table are the contenders that practically tie: those within `PRACTICAL` of the fastest, and those
that cannot be told from it. What is chosen for a kind is what is chosen in all of its tables; where a table has more,
or something else, that is what changes the choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

from msgspec import Struct

from analysis.kinds import Glob, Kind, kinds_of
from analysis.runs import Facts, Run, own_tables
from analysis.statistics import ENOUGH_RUNS, Interval
from analysis.summary import OverRuns, Row, Summary, Table, ratio_of

# Below it, other things than speed decide: what a team knows, what its libraries can do.
PRACTICAL = 1.05


class Sureness(StrEnum):
    """How sure a choice is."""

    SURE = "sure"  # the intervals of enough runs tell the chosen from all others
    OPEN = "open"  # among the chosen are some that are not within `PRACTICAL`, and yet not told apart
    GUESS = "guess"  # fewer runs than it takes to know how runs differ


class Standing(Struct, frozen=True):
    """A contender in a table. `interval` is how many times as long as the fastest it takes, if any run has both."""

    contender: str
    slowness: float  # the same in a figure: 1 for the fastest
    interval: Interval | None
    speed_up: Interval | None  # over the baseline
    flags: tuple[str, ...]

    @property
    def is_decided(self) -> bool:
        """Whether it can be told from the fastest."""
        return self.interval is not None and self.interval.is_above_one

    @property
    def is_open(self) -> bool:
        """Whether it may be far from the fastest, or as fast."""
        return not self.is_decided and self.slowness > PRACTICAL


class Outcome(Struct, frozen=True):
    """What a table says: the chosen, the fastest first, and the others."""

    title: str
    called: str  # what it is, in words
    baseline: str
    runs: int
    chosen: tuple[Standing, ...]
    others: tuple[Standing, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.contender for one in self.chosen)

    @property
    def all(self) -> tuple[Standing, ...]:
        return (*self.chosen, *self.others)

    def has(self, contender: str) -> bool:
        return any(one.contender == contender for one in self.all)

    def slowness(self, contender: str) -> float:
        """How many times as long as the fastest a contender takes that is there."""
        return next(one.slowness for one in self.all if one.contender == contender)


class Choice(Struct, frozen=True):
    """The answer for a kind of work. `outcomes` decided it, the first of them most; `changes` are where it differs."""

    kind: str
    headline: str
    chosen: tuple[str, ...]
    sureness: Sureness
    runs: int
    flags: tuple[str, ...]  # those of the chosen, and of the next best
    outcomes: tuple[Outcome, ...]
    changes: tuple[Outcome, ...]


class Answer(Struct, frozen=True):
    """The choices, those that come first before the others."""

    choices: tuple[Choice, ...]

    @property
    def headlines(self) -> tuple[Choice, ...]:
        return tuple(choice for choice in self.choices if choice.headline)

    @property
    def others(self) -> tuple[Choice, ...]:
        return tuple(choice for choice in self.choices if not choice.headline)


@dataclass(frozen=True)
class _Asked:
    """A table that compares patterns, and the benchmarks behind it."""

    table: Table
    facts: Facts
    benchmarks: dict[str, OverRuns]


def answer(summary: Summary, runs: Sequence[Run]) -> Answer:
    """What runs and their summary answer."""
    benchmarks: dict[str, dict[str, OverRuns]] = {}
    for number, run in enumerate(runs):
        for title, found in own_tables(run):
            for one in found:
                benchmarks.setdefault(title, {}).setdefault(one.facts.contender, {})[number] = one
    asked = []
    for table in summary.tables:
        facts = [next(iter(one.values())).facts for one in benchmarks[table.title].values()]
        if table.verdict and all(one.contender == one.pattern for one in facts):
            asked.append(_Asked(table, facts[0], benchmarks[table.title]))
    choices = (_choice(kind, asked) for kind in kinds_of([one.facts for one in asked]))
    return Answer(tuple(choice for choice in choices if choice))


def _choice(kind: Kind, asked: Sequence[_Asked]) -> Choice | None:
    outcomes = [outcome for glob in kind.tables for outcome in _outcomes(glob, asked, kind.baseline_competes)]
    if not outcomes:
        return None
    common = set(outcomes[0].names).intersection(*(outcome.names for outcome in outcomes)) or set(outcomes[0].names)
    deciding = [outcome for outcome in outcomes if common <= set(outcome.names)]
    chosen = tuple(sorted(common, key=lambda name: fmean(outcome.slowness(name) for outcome in deciding)))
    beside = [outcome for glob in kind.beside for outcome in _outcomes(glob, asked, kind.baseline_competes)]
    runs = min(outcome.runs for outcome in deciding)
    return Choice(
        kind=kind.name,
        headline=kind.headline,
        chosen=chosen,
        sureness=_sureness(deciding, chosen, runs),
        runs=runs,
        flags=_flags(deciding),
        outcomes=tuple(deciding),
        changes=tuple(one for one in (*outcomes, *beside) if set(one.names) != set(chosen)),
    )


def _sureness(outcomes: Sequence[Outcome], chosen: Sequence[str], runs: int) -> Sureness:
    if runs < ENOUGH_RUNS:
        return Sureness.GUESS
    own = [one for outcome in outcomes for one in outcome.chosen[1:] if one.contender in chosen]
    return Sureness.OPEN if any(one.is_open for one in own) else Sureness.SURE


def _flags(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    near = [one for outcome in outcomes for one in (*outcome.chosen, *outcome.others[:1])]
    return tuple(dict.fromkeys(flag for one in near for flag in one.flags))


def _outcomes(glob: Glob, asked: Sequence[_Asked], baseline_competes: bool) -> list[Outcome]:
    found = [_outcome(one, glob, baseline_competes) for one in asked if glob.has(one.facts)]
    return [outcome for outcome in found if outcome]


def _outcome(asked: _Asked, glob: Glob, baseline_competes: bool) -> Outcome | None:
    rows = [row for row in asked.table.rows if baseline_competes or not row.is_baseline]
    if len(rows) < 2:
        return None
    fastest, *others = rows
    first = Standing(fastest.contender, 1.0, None, _speed_up(fastest), fastest.flags)
    rest = sorted((_behind(row, fastest, asked) for row in others), key=lambda one: one.slowness)
    near = [one for one in rest if one.slowness <= PRACTICAL or not one.is_decided]
    return Outcome(
        title=asked.table.title,
        called=glob.name(asked.facts, asked.table.title),
        baseline=asked.facts.baseline,
        runs=max(row.runs for row in rows),
        chosen=(first, *near),
        others=tuple(one for one in rest if one not in near),
    )


def _behind(row: Row, fastest: Row, asked: _Asked) -> Standing:
    interval = ratio_of(asked.benchmarks[row.contender], asked.benchmarks[fastest.contender])
    slowness = interval.estimate if interval else row.median_seconds / fastest.median_seconds
    return Standing(row.contender, slowness, interval, _speed_up(row), row.flags)


def _speed_up(row: Row) -> Interval | None:
    return None if row.is_baseline else row.speed_up
