"""Which one to choose? For each kind of work the pattern, by how much, how sure, and what changes the choice.

A kind of work is a line in `KINDS`. Its tables are those of a question whose workloads match a glob; a table that no
kind has becomes a kind of its own, so that a workload nobody knows gets an answer too.

What is chosen in a table are the contenders that practically tie: those within `PRACTICAL` of the fastest, and those
that cannot be told from it. What is chosen for a kind is what is chosen in all of its tables; where a table has more,
or something else, that is what changes the choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from math import inf
from statistics import fmean

from msgspec import Struct

from analysis.runs import Facts, Run
from analysis.statistics import ENOUGH_RUNS, Interval
from analysis.summary import Row, Summary, Table

# Below it, other things than speed decide: what a team knows, what its libraries can do.
PRACTICAL = 1.05


@dataclass(frozen=True)
class Glob:
    """The tables of a question on the workloads that match; `called` is what they are called, for who knows neither."""

    question: str
    workload: str
    called: str = ""

    def has(self, facts: Facts) -> bool:
        return facts.question == self.question and fnmatchcase(facts.workload, self.workload)


@dataclass(frozen=True)
class Kind:
    """A kind of work. `tables` decide what is chosen, the first before the others; `beside` may change it."""

    name: str
    tables: tuple[Glob, ...]
    beside: tuple[Glob, ...] = ()
    baseline_competes: bool = True  # it does not where it leaves out what is asked about
    headline: str = ""  # what it is called among the few answers that come first; empty if it is not one of them


KINDS = (
    Kind(
        "waiting for the network",
        (
            Glob("io-bound", "download-typical", "downloads of 20 ms"),
            Glob("io-bound", "download-jittered", "downloads that take unequally long"),
            Glob("io-bound", "download-talk", "downloads of 50 ms"),
        ),
        (
            Glob("talk", "download-talk", "the talk’s own program, with 5 threads or all at once"),
            Glob("io-scaling", "download-typical-*", "{workers} at a time instead of 16"),
        ),
        headline="waiting",
    ),
    Kind(
        "computing in Python",
        (
            Glob("cpu-bound", "math-primes", "primes"),
            Glob("cpu-bound", "math-mandelbrot", "the Mandelbrot set"),
            Glob("cpu-bound", "math-fibonacci", "Fibonacci numbers"),
        ),
        headline="computing",
    ),
    Kind("a download, then computing", (Glob("mixed", "mixed*"),), headline="both"),
    Kind("computing in C that releases the GIL", (Glob("cpu-bound", "math-hashing"),)),
    Kind("many small requests, where the network is free", (Glob("io-bound", "download-overhead"),)),
    Kind("moving large bodies", (Glob("io-bound", "download-large"),)),
    Kind("starting and stopping workers", (Glob("startup", "nap-x??*"),), baseline_competes=False),
    Kind("handing out tasks", (Glob("dispatch", "*"),), baseline_competes=False),
)
# One's own work is what one came for: its kinds are named after its workloads, and come first.
OWN = "own"
# Other tables compare something else than patterns, or patterns under conditions that are no choice.
NO_CHOICE = {"startup", "server-bias", "lifecycle", "connection-reuse", "overhead", "io-scaling", "cpu-scaling", "talk"}


class Sureness(StrEnum):
    """How sure a choice is."""

    SURE = "sure"  # the intervals of enough runs tell the chosen from all others
    OPEN = "open"  # among the chosen are some that are not within `PRACTICAL`, and yet not told apart
    GUESS = "guess"  # fewer runs than it takes to know how runs differ


class Standing(Struct, frozen=True):
    """A contender in a table: how many times as long as the fastest it takes, with an interval where one is known."""

    contender: str
    slowness: float
    interval: Interval | None
    is_decided: bool  # whether it can be told from the fastest
    speed_up: Interval | None  # over the baseline
    flags: tuple[str, ...]

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

    def slowness(self, contender: str) -> float:
        """How many times as long as the fastest it takes; infinite where it is not measured."""
        return next((one.slowness for one in self.all if one.contender == contender), inf)


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


def answer(summary: Summary, runs: Iterable[Run]) -> Answer:
    """What runs and their summary answer."""
    facts = {one.table: one.facts for run in runs for one in run.benchmarks if one.facts.contender == one.facts.pattern}
    asked = [(table, facts[table.title]) for table in summary.tables if table.verdict and table.title in facts]
    kinds = [*_own_kinds(asked), *KINDS]
    known = [glob for kind in kinds for glob in (*kind.tables, *kind.beside)]
    strangers = [one for _, one in asked if one.question not in NO_CHOICE and not any(glob.has(one) for glob in known)]
    kinds += _unique(Kind(one.workload, (Glob(one.question, one.workload),)) for one in strangers)
    choices = (_choice(kind, asked) for kind in kinds)
    return Answer(tuple(choice for choice in choices if choice))


def _own_kinds(asked: Sequence[tuple[Table, Facts]]) -> list[Kind]:
    own = [one for _, one in asked if one.question == OWN]
    return _unique(Kind(one.workload, (Glob(OWN, one.workload),), headline=one.workload) for one in own)


def _unique(kinds: Iterable[Kind]) -> list[Kind]:
    return list(dict.fromkeys(kinds))


def _choice(kind: Kind, asked: Sequence[tuple[Table, Facts]]) -> Choice | None:
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
    own = [one for outcome in outcomes for one in outcome.chosen if one.contender in chosen]
    return Sureness.OPEN if any(one.is_open for one in own) else Sureness.SURE


def _flags(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    near = [one for outcome in outcomes for one in (*outcome.chosen, *outcome.others[:1])]
    return tuple(dict.fromkeys(flag for one in near for flag in one.flags))


def _outcomes(glob: Glob, asked: Sequence[tuple[Table, Facts]], baseline_competes: bool) -> list[Outcome]:
    found = [_outcome(table, facts, glob, baseline_competes) for table, facts in asked if glob.has(facts)]
    return [outcome for outcome in found if outcome]


def _outcome(table: Table, facts: Facts, glob: Glob, baseline_competes: bool) -> Outcome | None:
    rows = [row for row in table.rows if baseline_competes or not row.is_baseline]
    if len(rows) < 2:
        return None
    standings = [_standing(row, rows[0], table) for row in rows]
    near = [one for one in standings if one.slowness <= PRACTICAL or not one.is_decided]
    return Outcome(
        title=table.title,
        called=glob.called.format(workers=f"{facts.workers:,}") or _without_question(table.title),
        baseline=facts.baseline,
        runs=max(row.runs for row in rows),
        chosen=tuple(near),
        others=tuple(one for one in standings if one not in near),
    )


def _without_question(title: str) -> str:
    question, _, rest = title.partition(": ")
    return rest.removesuffix(", warm") if rest else question


def _standing(row: Row, fastest: Row, table: Table) -> Standing:
    """Beside the fastest of those that compete; a verdict knows the interval for the nearest ones."""
    verdict = table.verdict
    slowness, interval, is_decided = _ratio(row, fastest), None, True
    if verdict and verdict.fastest == fastest.contender:
        for rival in verdict.rivals:
            if rival.contender == row.contender:
                interval, is_decided = rival.ratio, rival.ratio is not None and rival.ratio.is_above_one
                slowness = interval.estimate if interval else slowness
    else:
        is_decided = _are_apart(row.speed_up, fastest.speed_up)
    return Standing(
        contender=row.contender,
        slowness=1.0 if row is fastest else slowness,
        interval=interval,
        is_decided=row is fastest or is_decided,
        speed_up=None if row.is_baseline else row.speed_up,
        flags=row.flags,
    )


def _are_apart(one: Interval | None, other: Interval | None) -> bool:
    return one is not None and other is not None and (one.high < other.low or other.high < one.low)


def _ratio(row: Row, fastest: Row) -> float:
    if row.speed_up and fastest.speed_up and row.speed_up.estimate:
        return fastest.speed_up.estimate / row.speed_up.estimate
    return row.median_seconds / fastest.median_seconds
