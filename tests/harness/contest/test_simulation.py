"""Races keep the rate of wrong decisions that they promise: in small, what tools/simulate_contests.py prints."""

from random import Random

import pytest

from harness.contest.plan import Plan
from harness.contest.race import ERROR
from tools import simulate_contests as simulation
from tools.simulated import SCENARIOS, SLOWDOWN, SimulatedMachine, hold

DEFAULT = simulation.PLANS["--default"]


def tally(name: str, plan: Plan, contests: int) -> simulation.ContestTally:
    """What the contests of a scenario show, coverage aside."""
    return simulation.tally(SCENARIOS[name], plan, {}, contests, Random(1))


@pytest.mark.parametrize("noise", ["waiting", "computing"])
@pytest.mark.parametrize("ratios", ["equal", "at the margin"])
def test_wrong_decisions_are_as_rare_as_promised(ratios: str, noise: str) -> None:
    assert tally(f"{ratios}, {noise}", DEFAULT, 60).error <= ERROR
    assert tally(f"{ratios}, {noise}", simulation.NO_LIMIT, 20).error <= ERROR


def test_clear_contests_are_decided_for_the_fastest() -> None:
    found = tally("clear", simulation.NO_LIMIT, 30)
    assert found.decided >= 28
    assert found.keeps == 30
    assert found.wrong == 0


def test_equal_contenders_are_level_when_their_processes_hardly_differ() -> None:
    found = tally("equal, waiting", simulation.NO_LIMIT, 20)
    assert found.decided >= 15
    assert found.named == 6 * 20


def test_intervals_hold_the_truth_in_spite_of_stopping_and_dropping() -> None:
    scenario = SCENARIOS["equal, waiting"]
    found = simulation.tally(scenario, simulation.NO_LIMIT, dict.fromkeys(scenario.names[1:], 0.0), 20, Random(2))
    held = [one for each in found.held.values() for one in each]
    assert len(held) == 5 * 20
    assert sum(held) / len(held) >= 0.88  # those of a contest share its baseline: they miss together


def test_speedups_of_computing_spread_less_when_contenders_take_turns() -> None:
    scenario = SCENARIOS["equal, computing"]
    in_turns = simulation.spread(scenario, hold, 60, Random(3))
    assert in_turns < simulation.spread(scenario, simulation.one_after_another, 60, Random(3)) / 2


def test_a_machine_slows_down_what_is_computing_and_not_what_is_waiting() -> None:
    machine = SimulatedMachine(Random(4))
    assert machine.spend(3.0, computing=0.0) == pytest.approx(3.0)
    # In the long run, half of the time passes at each speed.
    assert machine.spend(10_000.0, computing=1.0) == pytest.approx(20_000.0 / (1 + 1 / SLOWDOWN), rel=0.1)


def test_the_same_seed_prints_the_same(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(simulation, "PLANS", {"--default": DEFAULT})
    monkeypatch.setattr(simulation, "SCENARIOS", {"clear": SCENARIOS["clear"]})
    monkeypatch.setattr(simulation, "LONG_RUNS", 2)
    printed = []
    for _ in range(2):
        simulation.main(["--contests", "5", "--seed", "7"])
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert "5 contests each; margin 7%" in printed[0]
