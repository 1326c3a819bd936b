"""Does a race keep the rate of wrong decisions that it promises, and how soon is it decided?

    python -m tools.simulate_contests [--contests N] [--seed S]

Contests of `harness.contest.engine`, whose contenders take scripted times on a simulated clock. The noise is what was
measured on shared two-core machines: the speed switches at random between two that are a factor of 2.6 apart, which
slows down what is computing and not what is waiting; each process is a few percent faster or slower than the last one
of its kind; and rounds differ by half a percent, with spikes. There is one table for each effort
(`harness.options.effort`), and one without a limit on time:

    decided    contests in which no contender is left open
    wrong      contests that call a contender out although it is at most the margin (`harness.contest.race`) behind the
               truly fastest, or level although it is further behind: at most 5 % are promised
    keeps      contests in which the truly fastest is not out
    named      how many contenders are not out (mean), of how many
    repeats    when the contest ended (median), and the seconds that it took
    coverage   95 % intervals of the speed-up over the baseline that hold what very many repeats say: of all
               contenders, and of the one with the fewest; 93 % are wanted

The last table has the spread (one standard deviation) of speed-ups after three repeats, with the same noise and without
a race: contenders in turns, and one after the other. The same seed gives the same figures.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import fmean, median, stdev

from analysis.stats.intervals import Pair, Prior, Sample, difference
from harness.contest.engine import Outcome
from harness.contest.plan import Plan
from harness.contest.race import ERROR, FEWEST_REPEATS, MARGIN, Race, Standing
from harness.options.effort import ROUND_SECONDS, Effort, planned
from runfile.benchmarks import Ending
from tools.simulated import SCENARIOS, Scenario, Scripted, SimulatedMachine, contenders, hold

CONTESTS = 200
SEED = 20261124
# What decides how long a race goes on, as pytest.ini has it.
BUDGET_SECONDS = 0.18
# What very many repeats say: of so many contests, of so many each.
LONG_RUNS, LONG_RUN = 60, 40
NO_LIMIT = Plan(FEWEST_REPEATS, math.inf, ROUND_SECONDS)
PLANS = {f"--{effort}": planned(FEWEST_REPEATS, BUDGET_SECONDS, effort) for effort in Effort} | {
    "no limit on time": NO_LIMIT
}


def repeat_logs(outcome: Outcome, name: str) -> dict[int, float]:
    """Log seconds of a contender, by the number of the repeat."""
    return {one.number: math.log(one.mean_seconds) for one in outcome.repeats[name]}


def pair(outcome: Outcome, baseline: str, name: str) -> Pair:
    """What the speed-up of a contender comes from."""
    spread = outcome.spread
    prior = Prior(spread.variance, spread.freedom) if spread else None
    return Pair(*(Sample("the contest", repeat_logs(outcome, one), prior) for one in (baseline, name)))


def is_wrong(standing: Standing, ratio: float) -> bool:
    """Whether a decision is wrong for a contender that is truly that far behind."""
    return standing is (Standing.OUT if ratio <= MARGIN else Standing.LEVEL)


def holds(speedup: Pair, truth: float) -> bool:
    """Whether the 95 % interval of a speed-up holds it."""
    found = difference([speedup])
    interval = found.ratio() if found else None
    return interval is not None and interval.low <= math.exp(truth) <= interval.high


def long_run(scenario: Scenario, random: Random) -> dict[str, float]:
    """The log speed-up of each contender over very many repeats."""
    plan = Plan(LONG_RUN, 0.0, ROUND_SECONDS)
    outcomes = [hold(contenders(scenario, SimulatedMachine(random)), plan) for _ in range(LONG_RUNS)]
    baseline, *others = scenario.names
    return {name: fmean(fmean(pair(one, baseline, name).differences.values()) for one in outcomes) for name in others}


@dataclass
class ContestTally:
    """What the contests of a scenario have shown."""

    scenario: Scenario
    truth: dict[str, float]  # log speed-ups
    contests: int = 0
    decided: int = 0
    wrong: int = 0
    keeps: int = 0
    named: int = 0
    repeats: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    held: dict[str, list[bool]] = field(default_factory=dict)

    def add(self, outcome: Outcome, race: Race) -> None:
        found, names = dict(race.standings), self.scenario.names
        if not race.decided:
            # Nothing is claimed of the leader until all others are level with it or out.
            found[min(race.logs, key=lambda name: fmean(race.logs[name]))] = Standing.OPEN
        ratios = dict(zip(names, self.scenario.ratios, strict=True))
        self.contests += 1
        self.decided += outcome.ended is Ending.DECIDED
        self.wrong += any(is_wrong(found[name], ratios[name]) for name in names)
        self.keeps += any(found[name] is not Standing.OUT for name in names if ratios[name] == 1.0)
        self.named += sum(found[name] is not Standing.OUT for name in names)
        self.repeats.append(max(len(one) for one in outcome.repeats.values()))
        self.seconds.append(outcome.seconds)
        for name, truth in self.truth.items():
            speedup = pair(outcome, names[0], name)
            if len(speedup.differences) > 1:
                self.held.setdefault(name, []).append(holds(speedup, truth))

    @property
    def error(self) -> float:
        """The share of contests with a wrong decision."""
        return self.wrong / self.contests

    def __str__(self) -> str:
        shares = [fmean(one) for one in self.held.values()]
        coverage = f"{fmean(shares):10.1%}{min(shares):8.1%}" if shares else f"{'-':>10}{'-':>8}"
        return (
            f"{self.scenario.name:26}{self.decided / self.contests:8.1%}{self.error:8.1%}"
            f"{self.keeps / self.contests:8.1%}{self.named / self.contests:7.1f} of {len(self.scenario.ratios)}"
            f"{median(self.repeats):9.0f}{median(self.seconds):9.1f}{coverage}"
        )


def tally(scenario: Scenario, plan: Plan, truth: dict[str, float], count: int, random: Random) -> ContestTally:
    """Hold so many contests, each on a machine of its own."""
    found = ContestTally(scenario, truth)
    for _ in range(count):
        race = Race(scenario.names)
        found.add(hold(contenders(scenario, SimulatedMachine(random)), plan, race), race)
    return found


def one_after_another(those: Sequence[Scripted], plan: Plan) -> Outcome:
    """As many processes and rounds of each, in one piece."""
    return Outcome({one.name: hold([one], plan).repeats[one.name] for one in those})


def spread(scenario: Scenario, way: Callable[[Sequence[Scripted], Plan], Outcome], count: int, random: Random) -> float:
    """One standard deviation of speed-ups from contest to contest, as a share: the mean of all contenders."""
    plan = Plan(FEWEST_REPEATS, 0.0, ROUND_SECONDS)
    outcomes = [way(contenders(scenario, SimulatedMachine(random)), plan) for _ in range(count)]
    baseline, *others = scenario.names
    return fmean(stdev(fmean(pair(one, baseline, name).differences.values()) for one in outcomes) for name in others)


def main(arguments: Sequence[str]) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tools.simulate_contests")
    parser.add_argument("--contests", type=int, default=CONTESTS, help="of each scenario in each table")
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args(arguments)
    if asked.contests < 2:
        parser.error("--contests: two or more, as a spread is taken of them")
    truths = {one.name: long_run(one, Random(f"{asked.seed} long {one.name}")) for one in SCENARIOS.values()}
    print(f"{asked.contests} contests each; margin {MARGIN - 1:.0%}, error {ERROR:.0%}")
    for title, plan in PLANS.items():
        print(
            f"\n{title:26}{'decided':>8}{'wrong':>8}{'keeps':>8}{'named':>12}{'repeats':>9}{'seconds':>9}"
            f"{'coverage':>10}{'lowest':>8}"
        )
        for one in SCENARIOS.values():
            random = Random(f"{asked.seed} {title} {one.name}")
            print(tally(one, plan, truths[one.name], asked.contests, random), flush=True)
    print(f"\n{'spread of speed-ups':26}{'in turns':>10}{'one after another':>19}")
    for one in SCENARIOS.values():
        random = Random(f"{asked.seed} spread {one.name}")
        in_turns, apart = (spread(one, way, asked.contests, random) for way in (hold, one_after_another))
        print(f"{one.name:26}{in_turns:10.1%}{apart:19.1%}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
