"""Several races that have the baseline in common, by evidence that is made up."""

from __future__ import annotations

from harness.contest.race import Race, Standing
from harness.contest.races import Races

OPEN, LEVEL, OUT = Standing.OPEN, Standing.LEVEL, Standing.OUT
QUIVER = (1.0, 1.002, 0.999, 1.001, 0.998, 1.0015)


def raced(repeats: int, few: tuple[str, ...], many: tuple[str, ...], **seconds: float) -> Races:
    """Two races of contenders that take about so long, after so many repeats."""
    races = Races([Race(few), Race(many)])
    for number in range(repeats):
        races.add({name: value * QUIVER[(number + len(name)) % len(QUIVER)] for name, value in seconds.items()})
    return races


def test_the_baseline_is_out_when_it_is_behind_in_all_of_them() -> None:
    behind = raced(4, ("base", "a"), ("base", "bb", "ccc"), base=9.0, a=1.0, bb=1.0, ccc=1.0679)
    assert not behind.decided
    assert behind.standings == {"base": OUT, "a": OUT, "bb": LEVEL, "ccc": OPEN}
    even = raced(4, ("base", "a"), ("base", "bb", "ccc"), base=1.0, a=9.0, bb=1.0, ccc=1.07)
    assert even.standings["base"] is not OUT


def test_a_race_that_is_decided_takes_in_no_more() -> None:
    races = raced(4, ("base", "a"), ("base", "bb"), base=9.0, a=1.0, bb=8.4)
    first, second = races.races
    assert first.decided
    assert not second.decided
    races.drop("a")
    races.add({"base": 9.0, "bb": 8.4})
    assert [len(race.logs["base"]) for race in (first, second)] == [1, 5]
    assert first.standings == {"base": OUT, "a": LEVEL}


def test_one_that_has_failed_was_never_there() -> None:
    races = raced(4, ("base", "a"), ("base", "bb"), base=9.0, a=1.0, bb=8.4)
    races.forget("base")
    races.forget("bb")
    assert races.standings == {"a": OUT}
    assert races.decided
