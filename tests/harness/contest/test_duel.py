"""When a contest of two is over, with contenders whose time is scripted: no real clock."""

import math
import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.change import Verdict, in_pairs, judge
from harness.contest.duel import ERROR, FEWEST_PAIRS, Duel
from harness.contest.engine import Contest, Outcome
from harness.contest.plan import Plan
from runfile.benchmarks import Ending
from tests.harness.contest.scripted import Clock, Script, Stage, wavering

THRESHOLD = 0.05
START_SECONDS = 0.05


def duel(
    slower: float, spread: float = 0.0, seconds: float = 10.0, fails: int = 0, round_seconds: float = 0.1
) -> tuple[Outcome, Duel, list[str]]:
    """A base of 0.1 s and a candidate that takes so many times as long, for so many seconds at most; who did rounds."""
    stage, rng = Stage(Clock(0.0)), random.Random(3)
    for name, takes in (("base", 0.1), ("candidate", 0.1 * slower)):
        processes = [math.exp(rng.gauss(0, spread)) for _ in range(1000)]
        fails_at = f"round {fails}.1" if name == "candidate" else ""
        stage.add(name, wavering(takes, *processes), start_seconds=START_SECONDS, fails_at=fails_at)
    rule = Duel("base", "candidate", THRESHOLD, seconds)
    plan = Plan(FEWEST_PAIRS, seconds / 2, round_seconds, 1000, strict=True)
    contest = Contest(stage.contenders, plan, 1, 0.0, now=lambda: stage.clock.now, yardstick=lambda: 0.005, rule=rule)
    outcome = contest.hold()
    return outcome, rule, [line.split()[0] for line in stage.diary if " round " in line]


def test_what_differs_plainly_is_over_after_five_pairs() -> None:
    for slower in (1.5, 0.5, 1.0):
        outcome, _, _ = duel(slower, spread=0.001)
        assert outcome.ended is Ending.DECIDED
        assert [len(repeats) for repeats in outcome.repeats.values()] == [FEWEST_PAIRS] * 2


def test_a_process_counts_by_its_fastest_round() -> None:
    stage, rng = Stage(Clock(0.0)), random.Random(3)

    def disturbed(fastest: float) -> Script:
        return lambda _, number: fastest if number == 3 else fastest * rng.uniform(1.1, 9)

    for name, fastest in (("base", 0.1), ("candidate", 0.12)):
        stage.add(name, disturbed(fastest))
    rule = Duel("base", "candidate", THRESHOLD, 1000.0)
    plan = Plan(FEWEST_PAIRS, 500.0, 2.0, 1000, strict=True)
    Contest(stage.contenders, plan, 1, 0.0, now=lambda: stage.clock.now, yardstick=lambda: 0.005, rule=rule).hold()
    assert rule.logs == [pytest.approx(math.log(1.2))] * FEWEST_PAIRS


def test_what_is_about_the_threshold_goes_on_until_its_time_is_spent() -> None:
    outcome, rule, _ = duel(1.05, spread=0.1, seconds=10.0)
    assert outcome.ended is Ending.TIME
    assert not rule.decided
    assert 8.0 < outcome.seconds < 10.5  # a pair may take a little longer than those before it


def test_five_pairs_are_made_however_little_time_there_is() -> None:
    outcome, _, _ = duel(1.05, spread=0.1, seconds=0.1)
    assert outcome.ended is Ending.TIME
    assert {len(repeats) for repeats in outcome.repeats.values()} == {FEWEST_PAIRS}


def test_each_goes_first_as_often_as_the_other() -> None:
    _, _, rounds = duel(1.05, spread=0.1)
    firsts = rounds[::2]
    assert abs(firsts.count("base") - firsts.count("candidate")) <= 1


def test_short_rounds_are_several_in_a_process() -> None:
    outcome, _, rounds = duel(1.0, round_seconds=0.4)
    assert {len(one.seconds) for one in outcome.repeats["base"]} == {4}
    assert not any(one == other for one, other in zip(rounds[::2], rounds[1::2], strict=True))


@pytest.mark.parametrize("fails", [1, 4])
def test_when_one_fails_it_is_over(fails: int) -> None:
    outcome, _, _ = duel(1.5, spread=0.3, seconds=1000.0, fails=fails)
    assert outcome.failures == {"candidate": f"round {fails}.1 broke"}
    assert len(outcome.repeats["base"]) <= FEWEST_PAIRS


SECONDS = 40.0


def looked_at(ratios: Iterable[float], error: float = ERROR, threshold: float = THRESHOLD) -> Duel:
    """A duel after so many pairs, or those that decide it, each of which takes a second."""
    rule = Duel("base", "candidate", threshold, SECONDS, error)
    for elapsed, ratio in enumerate(ratios, start=1):
        rule.add({"base": 1.0, "candidate": ratio}, elapsed)
        if rule.decided:
            break
    return rule


def verdict_of(rule: Duel) -> Verdict:
    """What `ab` tells of it, as it is read without the harness: at the level that is saved."""
    change = in_pairs([1.0] * len(rule.logs), [math.exp(log) for log in rule.logs])
    assert change
    return judge(change.interval(rule.level), rule.threshold)


@given(st.lists(st.floats(0.5, 2.0), min_size=5, max_size=40), st.floats(0.01, 0.5))
def test_what_is_over_has_a_verdict(ratios: list[float], threshold: float) -> None:
    """The rule is written twice, as saved runs are read without the harness."""
    rule = looked_at(ratios, threshold=threshold)
    if rule.decided:
        assert verdict_of(rule) is not Verdict.INCONCLUSIVE


@given(st.lists(st.floats(0.5, 2.0), min_size=5, max_size=60))
def test_all_looks_together_spend_what_is_allowed(ratios: list[float]) -> None:
    rule, looks = Duel("base", "candidate", THRESHOLD, SECONDS), 0.0
    for elapsed, ratio in enumerate(ratios, start=1):
        rule.add({"base": 1.0, "candidate": ratio}, elapsed)
        looks += rule._newest
        if rule.decided:
            break
    last = 1 - rule.level
    assert rule._has_verdict or looks - rule._newest + last == pytest.approx(ERROR)
    assert looks <= ERROR / 2
    assert last > 0


def test_looking_again_and_again_raises_no_more_false_alarms_than_allowed() -> None:
    """However often it is looked at, the last time when the time is spent; the threshold is left out of it."""
    rng, tries = random.Random(3), 400
    rules = [looked_at((math.exp(rng.gauss(0, 0.07)) for _ in range(40)), threshold=1e-9) for _ in range(tries)]
    assert sum(verdict_of(rule) is not Verdict.INCONCLUSIVE for rule in rules) / tries <= ERROR


def test_a_slowdown_of_ten_percent_is_found_in_time() -> None:
    """As much as pairs of short downloads spread in a bad hour, with two benchmarks in the comparison."""
    rng, tries = random.Random(5), 100
    rules = [looked_at((1.1 * math.exp(rng.gauss(0, 0.11)) for _ in range(30)), ERROR / 2) for _ in range(tries)]
    assert sum(verdict_of(rule) is Verdict.REGRESSION for rule in rules) >= 0.9 * tries
