"""What a claim is, what is shown for and against it, and what comes of that: what the views and the report read."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from analysis.findings.summary import Findings
from analysis.stats.intervals import Interval


class Stance(StrEnum):
    """What a piece of evidence says of a claim."""

    FOR = "for"
    AGAINST = "against"
    UNDECIDED = "undecided"  # it may be either, as far as the runs tell
    NOTHING = "nothing"  # it is not judged, and shown for comparison


class ClaimVerdict(StrEnum):
    """What all evidence together says of a claim."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    DEPENDS = "depends"
    NOT_DECIDED = "not decided"


class Unit(StrEnum):
    """What a figure counts."""

    TIMES = "times"  # a ratio
    SECONDS = "seconds"
    BYTES = "bytes"
    CPUS = "CPUs"  # CPU seconds per second
    PER_CPU = "workers per usable CPU"


class Range(Struct, frozen=True):
    """The figures that speak for a claim; None where there is no bound."""

    low: float | None = None
    high: float | None = None

    def holds(self, figure: float) -> bool:
        return (self.low is None or figure >= self.low) and (self.high is None or figure <= self.high)

    def judge(self, found: Interval) -> Stance:
        """For, if the whole interval is in the range; against, if the whole interval is outside of it."""
        if self.holds(found.low) and self.holds(found.high):
            return Stance.FOR
        if (self.low is not None and found.high < self.low) or (self.high is not None and found.low > self.high):
            return Stance.AGAINST
        return Stance.UNDECIDED


class Evidence(Struct, frozen=True):
    """One figure, and what it says of a claim."""

    measure: str  # what the figure is, such as "threading's time ÷ asyncio's"
    where: str  # what it was measured on, and so what a verdict may depend on: "on download-talk", "for a thread"
    says: Stance
    figure: Interval | None  # None where the runs lack what it takes
    unit: Unit
    speaks_for: Range | None  # None where it is not judged
    beside: str  # where the figure is over the fastest of several, which one that is
    questions: tuple[str, ...]  # those whose benchmarks it rests on, if they can tell on that machine
    benchmarks: tuple[str, ...]  # these, by name, as in the runs
    missing: tuple[str, ...]  # what the runs lack, in words
    flags: tuple[str, ...]  # those of its benchmarks, raised in at least half of the runs
    runs_needed: int | None  # about how many would decide it; None where it is decided, or a hundred would not

    @property
    def leans(self) -> Stance:
        """What it would say with an interval that reaches half as far: five to one, where the whole is nineteen."""
        if self.figure is None or self.speaks_for is None:
            return Stance.NOTHING
        centre = self.figure.estimate
        low, high = ((bound + centre) / 2 for bound in (self.figure.low, self.figure.high))
        return self.speaks_for.judge(Interval(centre, low, high, self.figure.runs))


class ClaimResult(Struct, frozen=True):
    """A claim with its verdict."""

    name: str  # fit for a file, and for the id of an element
    words: str  # the talk's
    asks: str  # what is measured, and from where on it counts
    verdict: ClaimVerdict
    axis: str  # what the verdict depends on, if it does
    evidence: tuple[Evidence, ...]
    note: str  # what has to be known to read it; "" if nothing
    more_runs: int  # about how many would decide it; 0 where it is decided, or they would not help
    command: str  # what makes them, or the benchmarks that are missing; "" where nothing would decide it

    def that(self, says: Stance) -> list[Evidence]:
        return [one for one in self.evidence if one.says is says]

    @property
    def missing(self) -> tuple[str, ...]:
        """What the runs lack to judge it, in words."""
        asked = [one for one in self.evidence if one.speaks_for] or self.evidence
        return tuple(dict.fromkeys(what for one in asked for what in one.missing))


class Claims(Findings, frozen=True):
    """All claims, in the order of the talk, and what they were judged by."""

    claims: tuple[ClaimResult, ...]
    differences: tuple[str, ...]  # sentences on what was not the same in all runs
