"""Holds a contest: repeats of rounds in turns, until the race is decided or its time is spent.

What a contender does in a round, and where, is not known here; a test has contenders whose time is scripted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from statistics import geometric_mean
from typing import Protocol

from harness.contest.balanced import balanced_orders
from harness.contest.plan import Plan
from harness.contest.race import Race, Rule, Standing
from harness.contest.spread import spread_of
from harness.host.yardstick import yardstick_seconds
from runfile.benchmarks import Ending, Spread

# Whoever takes more than this share of all rounds, and is out, need not make most of the fewest repeats.
DEAREST = 0.5
# Seconds that any clock tells from none.
RESOLUTION = 1e-9


class ContenderFailed(Exception):
    """A contender cannot go on. The message is a sentence that says why; the contest goes on without it."""


class ContenderUnfit(ContenderFailed):
    """A contender cannot do this work here, which is no fault."""


@dataclass(frozen=True)
class Round:
    """One round. One that does not count is done to see what it costs, and is no evidence."""

    seconds: float
    counts: bool = True


def _nothing() -> None:
    """What is ready at once, and leaves at once."""


@dataclass(frozen=True)
class Entered:
    """A contender in a repeat. All get ready, and leave, at the same time; only rounds are in turns."""

    run: Callable[[], Round]
    wait: Callable[[], None] = _nothing  # until it is ready
    leave: Callable[[], None] = _nothing  # begin to


class Contender(Protocol):
    """Somebody who does the work of a table in one way."""

    @property
    def name(self) -> str:
        """What it is called in the table."""
        ...

    @property
    def is_baseline(self) -> bool:
        """Whether the others are held against it."""
        ...

    def enter(self, repeat: int) -> AbstractContextManager[Entered]:
        """Begin to get ready for the rounds of a repeat, in fresh processes.

        Repeats are numbered from 1. It raises ContenderFailed, and so does what it gives.
        """
        ...


@dataclass(frozen=True)
class Repeat:
    """The rounds of one contender in one repeat: a process, and so one observation."""

    number: int
    at: float  # seconds since the session began
    seconds: tuple[float, ...]
    yardstick_seconds: float  # how fast the machine was just before

    @property
    def mean_seconds(self) -> float:
        """The geometric mean of its rounds: logarithms are what is compared."""
        return geometric_mean(self.seconds)


@dataclass
class Outcome:
    """What a contest has shown: the repeats of each contender, or why it has none."""

    repeats: dict[str, list[Repeat]]
    failures: dict[str, str] = field(default_factory=dict)
    unfit: dict[str, str] = field(default_factory=dict)
    ended: Ending = Ending.TIME
    seconds: float = 0.0

    @property
    def spread(self) -> Spread | None:
        """How far repeats lie apart, by all contenders that made several, in those that all of these made."""
        several = [repeats for repeats in self.repeats.values() if len(repeats) > 1]
        logs = [{one.number: math.log(one.mean_seconds) for one in repeats} for repeats in several]
        common = sorted(set[int].intersection(*map(set, logs))) if logs else []
        return spread_of([[own[number] for number in common] for own in logs])


class Contest:
    """The contenders of one table, measured in turns.

    `fits` says whether some of them can be up at the same time; those that cannot take turns by repeat. `began` is when
    the session began, on the clock of `now`. `rule` says when it is decided: it is a race unless told otherwise.
    """

    def __init__(
        self,
        contenders: Sequence[Contender],
        plan: Plan,
        seed: int,
        began: float,
        fits: Callable[[Sequence[Contender]], bool] = lambda _: True,
        now: Callable[[], float] = time.monotonic,
        yardstick: Callable[[], float] = yardstick_seconds,
        rule: Rule | None = None,
    ) -> None:
        names = [one.name for one in contenders]
        self._plan, self._fits, self._now, self._yardstick = plan, fits, now, yardstick
        self._began = self._started = began
        self._budget = plan.seconds * len(names)
        self._alone = len(names) == 1
        # One repeat decides nothing between those that are left.
        self._fewest = max(2, plan.fewest_repeats) if plan.seconds and not self._alone else plan.fewest_repeats
        self._rule: Rule = rule or Race(names)
        self._names, self._seed = names, seed
        self._orders: dict[tuple[int, int], Iterator[list[str]]] = {}  # of each group and turn in a repeat
        self._there = {one.name: one for one in contenders}  # who takes part in the next repeat
        self._took = dict.fromkeys(names, 0.0)  # seconds of each in its last repeat
        self._turns = 0  # in a repeat, as soon as it is known how long one takes
        self._times = 1  # as many
        self._outcome = Outcome({name: [] for name in names})

    def hold(self) -> Outcome:
        """Measure until it is decided, or the time is spent."""
        self._started, evidence, deadline = self._now(), 0, 0.0
        for number in count(1):
            begun = self._now()
            evidence += self._repeat(number)
            seconds = self._now() - begun
            if not self._there:
                break
            if evidence < self._fewest:
                if self._plan.seconds and len(self._there) > 2:
                    self._let_leave(evidence)
                continue
            if ending := self._ending(evidence):
                self._outcome.ended = ending
                break
            before = sum(self._took.values())
            self._let_leave(evidence)
            expected = seconds * sum(self._took.values()) / before if before else seconds
            expected += self._come_close()
            deadline = deadline or (self._started if self._plan.strict else self._now()) + self._budget
            if self._now() + expected / 2 > deadline:  # as near to it as can be
                self._outcome.ended = Ending.TIME
                break
        self._outcome.seconds = self._now() - self._started
        return self._outcome

    def _ending(self, evidence: int) -> Ending | None:
        """Why it is over after so many repeats, whatever time there is; None if it is not."""
        if self._alone:
            return Ending.ALONE
        if not self._plan.seconds:
            return Ending.REPEATS
        if self._rule.decided:
            return Ending.DECIDED
        return Ending.TIME if evidence >= self._plan.most_repeats else None

    def _repeat(self, number: int) -> bool:
        """One repeat of all that are still there. Returns whether its rounds count."""
        yardstick = self._yardstick()
        turns: dict[str, list[tuple[float, Round]]] = {}
        groups = list(enumerate(self._groups()))
        for which, group in groups if number % 2 else groups[::-1]:
            with ExitStack() as all_of_them:
                entered: dict[str, Entered] = {}
                leaving: dict[str, ExitStack] = {}
                # Not always the same first: the system places processes by the order in which they come.
                order = self._order(which, 0)
                for one in sorted(group, key=lambda one: order.index(one.name)):
                    leaving[one.name] = all_of_them.enter_context(ExitStack())
                    with self._on_the_clock(one.name, first=True):
                        entered[one.name] = leaving[one.name].enter_context(one.enter(number))
                for name, one_of_them in entered.items():
                    with self._on_the_clock(name):
                        one_of_them.wait()
                turns |= self._take_turns(entered, which, order)
                for one_of_them in entered.values():
                    one_of_them.leave()
                for name, own in leaving.items():
                    with self._on_the_clock(name):
                        own.close()
        done = {name: rounds for name, rounds in turns.items() if name in self._there}
        if not all(one.counts for rounds in done.values() for _, one in rounds):
            return False
        for name, rounds in done.items():
            seconds = tuple(max(one.seconds, RESOLUTION) for _, one in rounds)
            self._outcome.repeats[name].append(Repeat(number, rounds[0][0], seconds, yardstick))
        figures = {name: self._rule.figure(self._outcome.repeats[name][-1].seconds) for name in done}
        self._rule.add(figures, self._now() - self._started)
        return True

    def _take_turns(
        self, entered: dict[str, Entered], group: int, order: list[str]
    ) -> dict[str, list[tuple[float, Round]]]:
        """Have each do a round in each turn; when each began, and what it was."""
        done: dict[str, list[tuple[float, Round]]] = {name: [] for name in entered}
        turn = 0
        while turn < max(1, self._turns * self._times):
            for name in order if turn == 0 else self._order(group, turn):
                if name in self._there and name in entered:
                    at = self._now() - self._began
                    with self._on_the_clock(name):
                        done[name].append((at, entered[name].run()))
            turn += 1
            first = [rounds[0][1] for name, rounds in done.items() if name in self._there]
            if first and not self._turns and all(one.counts for one in first):
                self._turns = self._plan.turns([one.seconds for one in first])
        return done

    def _order(self, group: int, turn: int) -> list[str]:
        """The order of a turn. Each turn of a repeat goes through all orders on its own, one in each repeat.

        If they were taken in a row, with as many turns as orders, the same contender would be first in each repeat.
        """
        if (group, turn) not in self._orders:
            self._orders[group, turn] = islice(balanced_orders(self._names, self._seed), turn, None)
        return next(self._orders[group, turn])

    def _groups(self) -> Iterator[list[Contender]]:
        """Those that are still there, in groups that can be up together."""
        group: list[Contender] = []
        for one in self._there.values():
            if group and not self._fits([*group, one]):
                yield group
                group = []
            group.append(one)
        if group:
            yield group

    @contextmanager
    def _on_the_clock(self, name: str, *, first: bool = False) -> Iterator[None]:
        """Count the time of a contender. If it fails, go on as if it had never been there."""
        begun = self._now()
        try:
            yield
        except ContenderFailed as error:
            if name in self._there:  # of one that has failed already, its first sentence counts
                of_its_kind = self._outcome.unfit if isinstance(error, ContenderUnfit) else self._outcome.failures
                of_its_kind[name] = str(error)
            for noted in (self._outcome.repeats, self._there, self._took):
                noted.pop(name, None)
            self._rule.forget(name)
        else:
            if name in self._there:
                self._took[name] = self._now() - begun + (0.0 if first else self._took[name])

    def _let_leave(self, evidence: int) -> None:
        """Go on without those who are out, as soon as they have made enough repeats; the baseline last of them."""
        took = {name: sum(self._outcome.repeats[name][-1].seconds) for name in self._there} if evidence else {}
        for name in sorted(took, key=lambda name: self._there[name].is_baseline):
            is_out = self._rule.standings[name] is Standing.OUT
            share, of_those_left = (took[name] / sum(took[one] for one in those) for those in (took, self._there))
            if is_out and evidence >= self._least(self._there[name], share, of_those_left):
                self._rule.drop(name)
                del self._there[name], self._took[name]

    def _come_close(self) -> float:
        """Have few that are left make more rounds; how many seconds more their next repeat takes by that."""
        if self._times == self._plan.close_rounds or 2 * len(self._there) > len(self._outcome.repeats):
            return 0.0
        self._times = self._plan.close_rounds
        return (self._times - 1) * sum(sum(self._outcome.repeats[name][-1].seconds) for name in self._there)

    def _least(self, one: Contender, share: float, of_those_left: float) -> float:
        """How many repeats a contender makes though it is out, given its shares of the time that all rounds take.

        A ratio takes two, and how sure that of two is, is seen by what the others of the race spread: so all but the
        last of the fewest. That goes for one repeat too, and a third is enough of what takes most of the time. What a
        pattern gains is told over the baseline, and is known the better the longer that takes part: it does so to the
        end, unless it takes more than a third of the time of those that are left.
        """
        fewest = self._plan.fewest_repeats
        if share > DEAREST:
            return fewest / 3
        if one.is_baseline and of_those_left <= 1 / 3:
            return math.inf
        return min(fewest, max(2, fewest - 1))
