"""Contenders whose time is scripted, and a contest that they are in: no clock runs, and nothing waits."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from harness.contest.engine import Contender, ContenderFailed, Contest, Entered, Outcome, Round
from harness.contest.plan import Plan

# What a round takes, given the number of the repeat and that of the round in it, both from 1.
Script = Callable[[int, int], float]
# Nothing is exactly alike in two repeats.
QUIVER = (1.0, 1.002, 0.999, 1.001, 0.998)


@dataclass
class Clock:
    """Stands still until somebody takes time."""

    now: float = 1000.0


@dataclass
class Scripted:
    """Takes as long as its script says. Fails at places such as "enter 2", "round 2.1" or "leave 2"."""

    name: str
    script: Script
    clock: Clock
    diary: list[str]  # what all contenders of a contest do, in turn
    fails_at: str = ""  # with commas between them
    error: BaseException | None = None
    start_seconds: float = 0.0
    uncounted: Sequence[int] = ()  # repeats whose rounds are no evidence
    is_baseline: bool = False
    bytes: int = 1
    up: bool = False
    repeat: int = 0

    @contextmanager
    def enter(self, repeat: int) -> Iterator[Entered]:
        self.repeat += 1
        assert repeat == self.repeat
        self._do(f"enter {self.repeat}", self.start_seconds)
        self.up = True
        rounds = 0

        def run() -> Round:
            nonlocal rounds
            assert self.up
            rounds += 1
            seconds = self.script(self.repeat, rounds)
            self._do(f"round {self.repeat}.{rounds}", seconds)
            return Round(seconds, self.repeat not in self.uncounted)

        try:
            yield Entered(run)
            self._do(f"leave {self.repeat}", 0.0)
        finally:
            self.up = False
            self.diary.append(f"{self.name} has left {self.repeat}")

    def _do(self, what: str, seconds: float) -> None:
        self.diary.append(f"{self.name} {what}")
        self.clock.now += seconds
        if what in self.fails_at.split(","):
            raise self.error or ContenderFailed(f"{what} broke")


@dataclass
class Stage:
    """The contenders of a contest, and what they have done."""

    clock: Clock = field(default_factory=Clock)
    diary: list[str] = field(default_factory=list)
    contenders: list[Scripted] = field(default_factory=list)

    def add(self, name: str, script: Script | float, **more: Any) -> Scripted:
        takes = script if callable(script) else lambda *_: script
        one = Scripted(name, takes, self.clock, self.diary, **more)
        self.contenders.append(one)
        return one

    def hold(
        self,
        repeats: int = 3,
        seconds: float = 0.0,
        round_seconds: float = 0.0,
        seed: int = 1,
        memory: float = math.inf,
        close_rounds: int = 1,
    ) -> Outcome:
        def fits(some: Sequence[Contender]) -> bool:
            return sum(one.bytes for one in some if isinstance(one, Scripted)) <= memory

        plan = Plan(repeats, seconds, round_seconds, close_rounds=close_rounds)
        began = self.clock.now
        return Contest(self.contenders, plan, seed, began, fits, lambda: self.clock.now, lambda: 0.25).hold()

    def rounds(self, repeat: int) -> list[str]:
        """Who did the rounds of a repeat, in turn."""
        return [line.split()[0] for line in self.diary if f" round {repeat}." in line]


def staged(**takes: Script | float) -> Stage:
    stage = Stage()
    for name, script in takes.items():
        stage.add(name, script)
    return stage


def wavering(seconds: float, *factors: float) -> Script:
    """A contender that takes so many times its seconds, one repeat after another."""
    return lambda repeat, _: seconds * factors[(repeat - 1) % len(factors)]


def numbers(outcome: Outcome) -> dict[str, list[int]]:
    """The repeats that each contender has been in."""
    return {name: [one.number for one in repeats] for name, repeats in outcome.repeats.items()}
