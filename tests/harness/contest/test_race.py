"""When a race is decided, alone or with others that have its baseline, by evidence that is made up."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contest.race import MARGIN, SPEEDS, Race, Standing, quantile, share_of_error
from harness.contest.races import Races

OPEN, LEVEL, OUT = Standing.OPEN, Standing.LEVEL, Standing.OUT
# Nothing is exactly alike in two repeats.
QUIVER = (1.0, 1.002, 0.999, 1.001, 0.998, 1.0015)


def raced(repeats: int, **seconds: float) -> Race:
    """A race of contenders that take about so long, after so many repeats."""
    race = Race(list(seconds))
    for number in range(repeats):
        race.add({name: value * QUIVER[(number + len(name)) % len(QUIVER)] for name, value in seconds.items()})
    return race


@given(st.integers(1, 60), st.floats(1e-9, 0.5))
def test_the_quantile_is_students(freedom: int, error: float) -> None:
    """By its distribution, of which it is the inverse: scipy.stats has both, and takes half a second to import."""
    from scipy.special import stdtr

    assert stdtr(freedom, -quantile(freedom, error)) == pytest.approx(error, rel=1e-6)


def test_nothing_is_known_before_the_first_repeat_and_one_alone_has_won() -> None:
    assert Race(["a", "bb"]).standings == {"a": OPEN, "bb": OPEN}
    assert not Race(["a", "bb"]).decided
    race = raced(1, a=1.0)
    assert race.standings == {"a": LEVEL}
    assert race.decided


def test_one_repeat_decides_only_what_no_change_of_speed_explains() -> None:
    far = MARGIN * SPEEDS[1]
    assert raced(1, a=1.0, bb=1.02).standings["bb"] is OPEN
    assert raced(1, a=1.0, bb=far * 0.98).standings["bb"] is OPEN
    assert raced(1, a=1.0, bb=far * 1.02).standings["bb"] is OUT


@pytest.mark.parametrize(("away", "standing"), [(1.0, OPEN), (1.4, OPEN), (2.0, OUT)])
def test_two_repeats_decide_only_what_is_far_behind_however_little_they_spread(away: float, standing: Standing) -> None:
    assert raced(2, a=1.0, bb=away, ccc=1.0).standings["bb"] is standing


def test_two_repeats_that_disagree_decide_nothing() -> None:
    race = Race(["a", "b"])
    race.add({"a": 1.0, "b": 30.0})
    race.add({"a": 1.0, "b": 1.2})
    assert race.standings["b"] is OPEN


@pytest.mark.parametrize(("nearest", "standing"), [(0.98, OPEN), (1.02, OUT)])
def test_who_is_far_behind_in_each_of_two_repeats_is_out_however_much_they_spread(
    nearest: float, standing: Standing
) -> None:
    race = Race(["a", "b"])
    race.add({"a": 1.0, "b": 30.0})
    race.add({"a": 1.0, "b": nearest * MARGIN * SPEEDS[2]})
    assert race.standings["b"] is standing


@pytest.mark.parametrize(
    ("seconds", "standing"), [(1.0, LEVEL), (0.998 * MARGIN, OPEN), (1.002 * MARGIN, OPEN), (1.1 * MARGIN, OUT)]
)
def test_out_is_beyond_the_margin_and_level_within_it(seconds: float, standing: Standing) -> None:
    race = raced(4, a=1.0, bb=seconds)
    assert race.standings["bb"] is standing
    assert race.decided == (standing is not OPEN)


def test_evidence_that_spreads_decides_nothing() -> None:
    race = Race(["a", "b"])
    for factor in (0.5, 2.0, 1.0, 0.6):
        race.add({"a": 1.0, "b": 1.3 * factor})
    assert race.standings["b"] is OPEN


def test_what_all_share_in_a_repeat_is_no_noise() -> None:
    race = Race(["a", "bb"])
    for number, speed in enumerate((1.0, 2.5, 1.3, 2.0)):
        race.add({"a": speed * QUIVER[number], "bb": 1.2 * speed})
    assert race.standings["bb"] is OUT


def test_more_contenders_need_more_evidence() -> None:
    """Each of the comparisons of a look spends an equal part of the error that the look may spend."""

    def least_that_is_out(others: int) -> float:
        more = {"c" * number: 9.0 for number in range(3, 3 + others)}
        steps = (MARGIN + step / 2000 for step in range(1, 200))
        return next(ratio for ratio in steps if raced(4, a=1.0, bb=ratio, **more).standings["bb"] is OUT)

    assert least_that_is_out(4) < least_that_is_out(40)


def test_the_error_that_all_looks_spend_is_what_is_allowed() -> None:
    assert 0.99 < sum(share_of_error(repeats) for repeats in range(3, 100_000)) <= 1


def test_dropping_keeps_the_standing_and_needs_no_more_evidence() -> None:
    race = raced(3, a=1.0, bb=1.5)
    race.drop("bb")
    race.add({"a": 1.0})
    assert race.standings == {"a": LEVEL, "bb": OUT}
    assert race.decided


def test_what_is_forgotten_was_never_there() -> None:
    race = raced(3, a=1.0, bb=0.5, ccc=1.0)
    assert race.standings["a"] is OUT
    race.forget("bb")
    race.add({"a": 1.0, "ccc": 1.001})
    assert race.standings == {"a": LEVEL, "ccc": LEVEL}
    race.forget("bb")  # a second time changes nothing
    assert "bb" not in race.standings


def test_the_fastest_may_change() -> None:
    race = Race(["a", "b"])
    race.add({"a": 1.0, "b": 5.0})
    assert race.standings == {"a": LEVEL, "b": OUT}
    race.add({"a": 1.0, "b": 0.1})
    assert race.standings == {"a": OPEN, "b": OPEN}


@given(st.floats(1e-6, 1e6), st.floats(1.0, 3.0), st.integers(1, 8))
def test_units_make_no_difference(unit: float, ratio: float, repeats: int) -> None:
    assert raced(repeats, a=unit, bb=unit * ratio).standings == raced(repeats, a=1.0, bb=ratio).standings


@given(st.lists(st.lists(st.floats(0.01, 100), min_size=3, max_size=3), min_size=1, max_size=8))
def test_the_fastest_on_average_is_never_out(repeats: list[list[float]]) -> None:
    race = Race(["a", "b", "c"])
    for row in repeats:
        race.add(dict(zip("abc", row, strict=True)))
    fastest = min(race.logs, key=lambda name: sum(race.logs[name]))
    assert race.standings[fastest] is not OUT


def test_level_is_level_with_everyone_who_may_be_the_fastest() -> None:
    """Not only with whoever looks fastest: that may be by chance, where another one spreads."""
    race = Race(["steady", "same", "wild"])
    for number, factor in enumerate((0.6, 1.5, 0.9, 1.3)):
        race.add({"steady": QUIVER[number], "same": QUIVER[number + 1], "wild": factor})
    assert race.standings == {"steady": OPEN, "same": OPEN, "wild": OPEN}


def test_of_equals_a_certain_one_is_hardly_ever_called_out() -> None:
    """Two hundred races of four equals, each looked at after each of twelve repeats: one in twenty may be wrong."""
    rng, wrong = random.Random(1), 0
    for _ in range(200):
        race = Race(["a", "b", "c", "d"], margin=1.0)
        for _ in range(12):
            race.add({name: math.exp(rng.gauss(0, 0.1)) for name in race.logs})
            if race.standings["a"] is OUT:
                wrong += 1
                break
    assert wrong / 200 < 0.05


def raced_together(repeats: int, few: tuple[str, ...], many: tuple[str, ...], **seconds: float) -> Races:
    """Two races of contenders that take about so long, after so many repeats."""
    races = Races([Race(few), Race(many)])
    for number in range(repeats):
        races.add({name: value * QUIVER[(number + len(name)) % len(QUIVER)] for name, value in seconds.items()})
    return races


def test_the_baseline_is_out_when_it_is_behind_in_all_of_them() -> None:
    behind = raced_together(4, ("base", "a"), ("base", "bb", "ccc"), base=9.0, a=1.0, bb=1.0, ccc=1.0679)
    assert not behind.decided
    assert behind.standings == {"base": OUT, "a": OUT, "bb": LEVEL, "ccc": OPEN}
    even = raced_together(4, ("base", "a"), ("base", "bb", "ccc"), base=1.0, a=9.0, bb=1.0, ccc=1.07)
    assert even.standings["base"] is not OUT


def test_a_race_that_is_decided_takes_in_no_more() -> None:
    races = raced_together(4, ("base", "a"), ("base", "bb"), base=9.0, a=1.0, bb=8.4)
    first, second = races.races
    assert first.decided
    assert not second.decided
    races.drop("a")
    races.add({"base": 9.0, "bb": 8.4})
    assert [len(race.logs["base"]) for race in (first, second)] == [1, 5]
    assert first.standings == {"base": OUT, "a": LEVEL}


def test_one_that_has_failed_was_never_there() -> None:
    races = raced_together(4, ("base", "a"), ("base", "bb"), base=9.0, a=1.0, bb=8.4)
    races.forget("base")
    races.forget("bb")
    assert races.standings == {"a": OUT}
    assert races.decided
