"""The speed-ups of a table in each repeat, over all runs, and how fast the machine was in each.

Where the baseline took no part in a repeat there are none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from analysis.report.drawing.canvas import shown
from analysis.report.drawing.theme import in_order
from runfile.runs import Run, own_tables

MOST_REPEATS = 60  # the newest: more could not be told apart on a phone
LARGEST_LOG = 700.0  # exp() of more overflows


@dataclass(frozen=True)
class Moment:
    """A repeat in which the baseline took part, and the speed-ups over it, by contender."""

    run: int  # from 1, the oldest
    date: str
    repeat: int
    at: float  # seconds since the run began
    yardstick_seconds: float
    speed_ups: Mapping[str, float]


@dataclass(frozen=True)
class Course:
    """What is drawn of a table: its repeats in order of time, and what the baseline is called.

    `is_cut` says whether a contest went on without the baseline.
    """

    baseline: str
    moments: Sequence[Moment]
    is_cut: bool

    @cached_property
    def runs(self) -> list[int]:
        return list(dict.fromkeys(one.run for one in self.moments))

    @cached_property
    def names(self) -> list[str]:
        return in_order({name for one in self.moments for name in one.speed_ups}, str)

    def of(self, name: str) -> list[float]:
        return [one.speed_ups[name] for one in self.moments if name in one.speed_ups]

    def lines(self, name: str) -> Iterator[list[int]]:
        """The places of a contender's repeats among all, those of a run together."""
        for run in self.runs:
            if places := [at for at, one in enumerate(self.moments) if one.run == run and name in one.speed_ups]:
                yield places

    def ends_early(self, place: int) -> bool:
        """Whether the run went on after that repeat."""
        return place + 1 < len(self.moments) and self.moments[place + 1].run == self.moments[place].run

    def spread(self, name: str) -> float:
        """The largest speed-up of a contender over its smallest."""
        found = self.of(name)
        return ratio(max(found), min(found))

    def machine_speed(self, moment: Moment) -> float:
        """How fast the machine was, as a share of its fastest."""
        return ratio(self._fastest_seconds, moment.yardstick_seconds)

    @cached_property
    def _fastest_seconds(self) -> float:
        return min(one.yardstick_seconds for one in self.moments)


def course_of(title: str, runs: Sequence[Run]) -> Course:
    """The repeats of a table in runs that are in order of time: pairs of one contest only."""
    moments: list[Moment] = []
    name, is_cut = "", False
    for number, run in enumerate(runs, 1):
        rows = {one.facts.contender: one for one in dict(own_tables(run)).get(title, ())}
        baseline = next((one for one in rows.values() if one.facts.contender == one.facts.baseline), None)
        if baseline is None:
            continue
        name, contest, took = baseline.facts.contender, baseline.facts.contest, baseline.repeats
        others = {
            other: one.repeats
            for other, one in rows.items()
            if one is not baseline and one.facts.contest.id == contest.id
        }
        is_cut |= any(max(repeats) > max(took) for repeats in others.values())
        for repeat in contest.repeats:
            here = {
                other: ratio(took[repeat.number], repeats[repeat.number])
                for other, repeats in others.items()
                if repeat.number in repeats
            }
            if here:
                moments.append(
                    Moment(number, shown(run.datetime[:10]), repeat.number, repeat.at, repeat.yardstick_seconds, here)
                )
    return Course(name, moments[-MOST_REPEATS:], is_cut)


def ratio(above: float, below: float) -> float:
    """The ratio of two times, which may be of any size."""
    return math.exp(max(-LARGEST_LOG, min(LARGEST_LOG, math.log(above) - math.log(below))))
