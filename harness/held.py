"""A contest that has been held, as a table sees it, and what makes its rows doubtful."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TypeVar

import patterns
from harness import flags
from harness.contest.engine import Outcome, Repeat
from harness.facts import BASELINE
from harness.host import cpu
from harness.host.machine import usable_cores
from harness.measure import Entrant
from harness.stands.contender import StandContender
from runfile.benchmarks import ContestRecord, Ending, Flag, RepeatRecord

T = TypeVar("T")


@dataclass(frozen=True)
class Held:
    """A contest that has been held, the rows of a table that are of it, and what the cores did meanwhile."""

    identity: str
    rows: tuple[str, ...]
    contenders: dict[str, StandContender]
    outcome: Outcome
    share: cpu.CpuShare

    def spread_of(self, contender: str) -> float:
        """How far the repeats of a contender lie apart beside those of the others."""
        took = {
            name: {repeat.number: repeat.mean_seconds for repeat in repeats}
            for name, repeats in self.outcome.repeats.items()
        }
        own = took.pop(contender)
        return flags.spread_beside(own, list(took.values()))

    def record_of(self, contender: str) -> ContestRecord:
        """What is saved of the contest with a contender."""
        return ContestRecord(
            id=self.identity,
            rows=sum(name in self.outcome.repeats for name in self.rows),
            repeats=recorded(self.outcome.repeats[contender]),
            spread=self.outcome.spread,
            ended=self.outcome.ended,
            seconds=self.outcome.seconds,
        )

    def table(self, names: Mapping[str, str], is_decided: bool) -> Held:
        """One of several tables of the contest: the names that its rows had there, and whether it was decided."""
        whole = self.outcome

        def own(found: Mapping[str, T]) -> dict[str, T]:
            return {row: found[name] for row, name in names.items() if name in found}

        outcome = replace(
            whole,
            repeats=own(whole.repeats),
            failures=own(whole.failures),
            unfit=own(whole.unfit),
            ended=Ending.DECIDED if whole.ended is Ending.TIME and is_decided else whole.ended,
        )
        return replace(self, rows=tuple(names), contenders=own(self.contenders), outcome=outcome)


def rounds_of(repeats: Sequence[Repeat]) -> tuple[float, ...]:
    """The seconds of all rounds."""
    return tuple(seconds for repeat in repeats for seconds in repeat.seconds)


def recorded(repeats: Sequence[Repeat]) -> tuple[RepeatRecord, ...]:
    """What is saved of repeats, besides their rounds."""
    return tuple(RepeatRecord(one.number, one.at, len(one.seconds), one.yardstick_seconds) for one in repeats)


def flags_of(entry: Entrant, held: Held, busy: float | None, connections: int) -> list[Flag | None]:
    """What makes a row doubtful.

    `busy` is how many cores it kept busy, if known, and `connections` how many the client of one's own work has at
    most, 0 if it does not say.
    """
    one = held.contenders[entry.facts.contender]
    served, seen = one.served, one.observation
    found = [flags.noisy(held.spread_of(entry.facts.contender), held.share)]
    if (repetition := one.repetition).faster:
        each = median(repetition.first_seconds) / entry.facts.tasks
        found.append(flags.cached(median(repetition.faster), each))
    if ideal := entry.facts.ideal_seconds:
        found.append(flags.beyond_ideal(ideal / median(rounds_of(held.outcome.repeats[entry.facts.contender]))))
    if entry.facts.pattern == BASELINE and seen and not entry.job.server:
        found.append(flags.already_parallel(seen.cpu_seconds, seen.seconds))
    if entry.job.file and connections:
        in_flight = patterns.get(entry.facts.pattern).in_flight(min(entry.facts.workers, entry.facts.tasks))
        found.append(flags.client_limited(connections, in_flight))
    if entry.server and busy is not None:
        found.append(flags.cpu_saturated(busy, usable_cores()))
    if served.seconds:
        found.append(flags.shares_the_server(served.cores) if entry.job.server else flags.server_bound(served.cores))
    return found
