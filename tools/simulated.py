"""Contenders whose time is scripted, on a simulated machine with the noise that was measured on real ones.

They are held by the contest's real engine (`harness.contest.engine`), as `tools.simulate_contests` and the tests do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from harness.contest.engine import Contest, Entered, Outcome, Round
from harness.contest.plan import Plan
from harness.contest.race import MARGIN, Race
from harness.stands.stand import WARM_UP_SECONDS

# The yardstick's times lie between 2.0 and 5.2 ms within a run, and change within seconds.
YARDSTICK_SECONDS = 0.002
SLOWDOWN = 5.2 / 2.0
SECONDS_AT_A_SPEED = 10.0
ROUND_DEVIATION = 0.005
SPIKES, SPIKE = 0.01, 0.1  # how often a round has one, and the share of its time that it adds on average
START_SECONDS = 0.05  # of a process, before it warms up


@dataclass(frozen=True)
class Scenario:
    """Contenders by how many times as long as the fastest each takes; the first is the baseline."""

    name: str
    ratios: tuple[float, ...]
    deviation: float  # of the processes of a contender, as a share of its time
    computing: float  # the share of its time at full speed that is not waiting
    seconds: float = 0.15  # of a round of the fastest
    fastest_deviation: float | None = None  # of the processes of the fastest, where it is another

    @property
    def names(self) -> list[str]:
        return [f"{number}: {ratio:g}" for number, ratio in enumerate(self.ratios)]


AT_MARGIN = (2.0, 1.0, MARGIN, MARGIN, MARGIN + 1e-4, MARGIN + 1e-4)
NEAR_MARGIN = (2.0, 1.0, 1.03, 1.03, 1.08, 1.08)
_ALL = (
    Scenario("waiting", (14.0, 1.0, 1.0, 1.02, 1.04, 1.12, 1.17), 0.009, 0.02),
    Scenario("small requests", (6.0, 6.5, 1.0, 1.15, 3.0, 3.5), 0.07, 0.9, 0.1),
    Scenario("computing", (1.8, 1.8, 1.8, 1.8, 1.0, 1.03), 0.06, 1.0),
    Scenario("mixed", (4.5, 1.28, 1.3, 1.4, 1.0, 1.05), 0.04, 0.5),
    Scenario("clear", (6.0, 1.0, 1.5, 2.0, 2.0, 3.0), 0.06, 1.0),
    Scenario("equal, waiting", (1.0,) * 6, 0.009, 0.02),
    Scenario("equal, computing", (1.0,) * 6, 0.06, 1.0),
    Scenario("at the margin, waiting", AT_MARGIN, 0.009, 0.02),
    Scenario("at the margin, computing", AT_MARGIN, 0.06, 1.0),
    Scenario("at it, a noisy fastest", AT_MARGIN, 0.009, 0.02, fastest_deviation=0.07),
    Scenario("near it, waiting", NEAR_MARGIN, 0.009, 0.02),
    Scenario("near it, computing", NEAR_MARGIN, 0.06, 1.0),
)
SCENARIOS = {one.name: one for one in _ALL}


class SimulatedMachine:
    """A clock, and a speed that switches at random."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.now = 0.0
        self._slow = random.random() < 0.5
        self._until = self._switch()

    def _switch(self) -> float:
        return self.now + self.random.expovariate(1 / SECONDS_AT_A_SPEED)

    def spend(self, seconds: float, computing: float) -> float:
        """Do what takes so many seconds at full speed, a share of it computing. Returns how long it took."""
        started = self.now
        while True:
            pace = 1 + computing * (SLOWDOWN - 1) if self._slow else 1.0
            if self.now + seconds * pace <= self._until:
                self.now += seconds * pace
                return self.now - started
            seconds -= (self._until - self.now) / pace
            self.now, self._slow = self._until, not self._slow
            self._until = self._switch()


@dataclass
class Scripted:
    """A contender whose rounds take what a scenario says, and noise."""

    name: str
    is_baseline: bool
    seconds: float
    deviation: float
    scenario: Scenario
    machine: SimulatedMachine

    @contextmanager
    def enter(self, repeat: int) -> Iterator[Entered]:
        """A process of its own, warm."""
        machine, computing = self.machine, self.scenario.computing
        seconds = self.seconds * math.exp(machine.random.gauss(0, self.deviation))
        machine.spend(START_SECONDS, 1.0)
        machine.spend(min(seconds, WARM_UP_SECONDS), computing)
        yield Entered(lambda: Round(machine.spend(seconds * round_noise(machine.random), computing)))


def round_noise(random: Random) -> float:
    """The factor by which a round takes longer than another."""
    spike = random.expovariate(1 / SPIKE) if random.random() < SPIKES else 0.0
    return math.exp(random.gauss(0, ROUND_DEVIATION)) + spike


def contenders(scenario: Scenario, machine: SimulatedMachine) -> list[Scripted]:
    """All of a scenario. The ratios are those of the geometric means of their times at both speeds."""
    unit = scenario.seconds / math.sqrt(1 + scenario.computing * (SLOWDOWN - 1))
    those = []
    for number, (name, ratio) in enumerate(zip(scenario.names, scenario.ratios, strict=True)):
        own = scenario.fastest_deviation if ratio == 1.0 else None
        deviation = scenario.deviation if own is None else own
        those.append(Scripted(name, number == 0, unit * ratio, deviation, scenario, machine))
    return those


def hold(those: Sequence[Scripted], plan: Plan, race: Race | None = None) -> Outcome:
    """Hold a contest on the machine that they share."""
    machine = those[0].machine
    return Contest(
        those,
        plan,
        seed=machine.random.getrandbits(32),
        began=machine.now,
        now=lambda: machine.now,
        yardstick=lambda: machine.spend(YARDSTICK_SECONDS, 1.0),
        rule=race,
    ).hold()
