"""A contest of contenders whose time is scripted."""

from collections import Counter
from collections.abc import Sequence

import pytest

from harness.contest.plan import MOST_REPEATS, MOST_ROUNDS
from runfile.benchmarks import Ending
from tests.harness.contest.scripted import QUIVER, Stage, numbers, staged, wavering


class TestOrder:
    @pytest.mark.parametrize("names", ["ab", "abc", "abcd", "abcde"])
    def test_each_has_each_place_equally_often(self, names: str) -> None:
        stage = staged(**dict.fromkeys(names, 1.0))
        repeats = 2 * len(names)
        stage.hold(repeats)
        places = Counter((place, name) for n in range(repeats) for place, name in enumerate(stage.rounds(n + 1)))
        assert set(places.values()) == {2}

    @pytest.mark.parametrize("turns", [1, 2, 3, 4])
    def test_in_each_turn_of_a_repeat_each_comes_before_another_equally_often(self, turns: int) -> None:
        """The first round of a process differs from later ones, so that no turn may favour anybody."""
        for seed in range(12):
            stage = staged(**dict.fromkeys("abcd", 1.0))
            stage.hold(8, round_seconds=float(turns), seed=seed)
            for turn in range(turns):
                orders = [stage.rounds(number)[4 * turn : 4 * turn + 4] for number in range(1, 9)]
                assert all(sorted(order) == list("abcd") for order in orders)
                assert sum(order.index("a") < order.index("b") for order in orders) == 4

    def test_those_that_do_not_fit_together_are_balanced_too(self) -> None:
        for seed in range(12):
            stage = staged(**dict.fromkeys("abcd", 1.0))
            stage.hold(8, memory=2, seed=seed)
            orders = [stage.rounds(number) for number in range(1, 9)]
            for one, other in ("ab", "ac", "ad", "bc", "bd", "cd"):
                assert sum(order.index(one) < order.index(other) for order in orders) == 4

    def test_follows_from_the_seed(self) -> None:
        def order(seed: int) -> list[str]:
            stage = staged(**dict.fromkeys("abcdef", 1.0))
            stage.hold(2, seed=seed)
            return stage.diary

        assert order(5) == order(5)
        assert order(5) != order(6)

    def test_all_are_ready_before_the_first_round_and_leave_after_the_last(self) -> None:
        stage = staged(a=1.0, b=1.0)
        stage.hold(1)
        doing = [line.split()[1] for line in stage.diary]
        assert doing == ["enter", "enter", "round", "round", "leave", "has", "leave", "has"]


class TestRounds:
    @pytest.mark.parametrize(
        ("seconds", "rounds"), [((1.0, 0.5, 0.1), 2), ((9.0, 0.1, 0.1), 1), ((1e-6, 2e-6), MOST_ROUNDS)]
    )
    def test_all_make_as_many_whatever_they_take(self, seconds: Sequence[float], rounds: int) -> None:
        """Whoever made more would be ahead, as first rounds are slower."""
        stage = Stage()
        for number, one in enumerate(seconds):
            stage.add(str(number), one)
        outcome = stage.hold(2, round_seconds=1.0)
        made = {len(one.seconds) for repeats in outcome.repeats.values() for one in repeats}
        assert made == {rounds}

    def test_one_that_took_no_time_at_all_is_evidence_like_any_other(self) -> None:
        stage = Stage()
        stage.add("no time", 0.0)
        stage.add("some", 1.0)
        assert stage.hold(3, seconds=1.0).ended is Ending.DECIDED

    def test_a_repeat_keeps_its_rounds_when_it_began_and_the_yardstick(self) -> None:
        stage = Stage()
        stage.add("a", lambda repeat, number: repeat + number / 10, start_seconds=4.0)
        first, second = stage.hold(2, round_seconds=2.0).repeats["a"]
        assert (first.seconds, first.at, first.yardstick_seconds) == ((1.1, 1.2), 4.0, 0.25)
        assert second.seconds == (2.1, 2.2)
        assert second.at == pytest.approx(4 + 1.1 + 1.2 + 4)

    def test_those_that_do_not_count_are_done_again_by_all(self) -> None:
        stage = Stage()
        stage.add("a", 1.0, uncounted=[1])
        stage.add("b", 1.0)
        outcome = stage.hold(3)
        assert numbers(outcome) == {"a": [2, 3, 4], "b": [2, 3, 4]}


class TestRace:
    def test_goes_on_until_it_is_decided(self) -> None:
        stage = staged(a=wavering(1.0, *QUIVER), b=wavering(1.4, 1.0, 1.2, 0.9))
        outcome = stage.hold(1, seconds=1000.0)
        assert outcome.ended is Ending.DECIDED
        assert 3 <= len(outcome.repeats["a"]) < MOST_REPEATS

    def test_ends_at_once_when_it_is_decided_by_then(self) -> None:
        stage = staged(a=wavering(1.0, *QUIVER), b=1.0)
        outcome = stage.hold(5, seconds=1000.0)
        assert outcome.ended is Ending.DECIDED
        assert numbers(outcome) == {"a": [1, 2, 3, 4, 5], "b": [1, 2, 3, 4, 5]}

    def test_ends_when_its_time_is_spent(self) -> None:
        stage = staged(a=wavering(1.0, 1.0, 1.5), b=wavering(1.0, 1.5, 1.0))
        outcome = stage.hold(2, seconds=4.0)  # for each: three more repeats, which take 2.5 seconds each
        assert outcome.ended is Ending.TIME
        assert numbers(outcome)["a"] == [1, 2, 3, 4, 5]
        assert outcome.seconds == pytest.approx(5 * 2.5)

    def test_what_cannot_be_decided_ends_all_the_same(self) -> None:
        stage = staged(a=wavering(1.0, 1.0, 1.5), b=wavering(1.0, 1.5, 1.0))
        outcome = stage.hold(2, seconds=1e9)
        assert outcome.ended is Ending.TIME
        assert len(outcome.repeats["a"]) == MOST_REPEATS

    def test_one_that_is_out_leaves_and_time_goes_to_the_others(self) -> None:
        stage = staged(a=wavering(1.0, 1.0, 1.1), b=wavering(1.0, 1.1, 1.0), slow=wavering(2.5, *QUIVER))
        outcome = stage.hold(3, seconds=5.0)
        there = numbers(outcome)
        assert there["slow"] == [1, 2]
        # 15 seconds for the three, of which two take 2.1 a repeat.
        assert there["a"] == there["b"] == list(range(1, 11))

    @pytest.mark.parametrize(("fewest", "made"), [(1, 1), (2, 2), (3, 2), (9, 8)])
    def test_one_that_is_out_leaves_a_repeat_before_the_fewest_but_not_before_it_has_two(
        self, fewest: int, made: int
    ) -> None:
        stage = staged(**dict.fromkeys("abc", wavering(1.0, 1.0, 1.1)), d=wavering(1.0, 1.1, 1.0))
        stage.add("out", wavering(3.9, *QUIVER))
        there = numbers(stage.hold(fewest, seconds=1.0))
        assert len(there["out"]) == made
        assert len(there["a"]) > fewest

    @pytest.mark.parametrize(("fewest", "made"), [(1, 1), (3, 1), (4, 2), (9, 3)])
    @pytest.mark.parametrize("is_baseline", [True, False])
    def test_one_that_is_out_and_takes_most_of_the_time_leaves_after_a_third_of_the_fewest(
        self, fewest: int, made: int, is_baseline: bool
    ) -> None:
        stage = staged(a=wavering(1.0, 1.0, 1.1), b=wavering(1.0, 1.1, 1.0))
        stage.add("dear", wavering(9.0, *QUIVER), is_baseline=is_baseline)
        assert len(numbers(stage.hold(fewest, seconds=1.0))["dear"]) == made

    def test_what_all_spread_is_told_by_those_that_made_several_repeats(self) -> None:
        alone = staged(a=wavering(1.0, 1.0, 1.1), b=wavering(1.0, 1.1, 1.0)).hold(3, seconds=0.0).spread
        stage = staged(a=wavering(1.0, 1.0, 1.1), b=wavering(1.0, 1.1, 1.0), dear=wavering(9.0, *QUIVER))
        outcome = stage.hold(3, seconds=0.1)
        assert len(outcome.repeats["dear"]) == 1
        assert outcome.spread == alone

    @pytest.mark.parametrize(("away", "made"), [(2.0, 2), (1.3, 3)])
    def test_a_baseline_that_is_out_leaves_so_early_only_if_it_is_dear(self, away: float, made: int) -> None:
        stage = staged(**dict.fromkeys("abc", wavering(1.0, *QUIVER)))
        stage.add("out", wavering(away, *QUIVER), is_baseline=True)
        assert len(numbers(stage.hold(3, seconds=0.1))["out"]) == made

    def test_one_that_is_about_as_fast_makes_the_fewest(self) -> None:
        stage = staged(**dict.fromkeys("abc", wavering(1.0, *QUIVER)))
        assert all(len(made) >= 3 for made in numbers(stage.hold(3, seconds=1.0)).values())

    def test_one_of_two_does_not_leave_the_other_alone(self) -> None:
        stage = staged(a=wavering(1.0, *QUIVER), dear=9.0)
        outcome = stage.hold(4, seconds=1.0)
        assert numbers(outcome) == {"a": [1, 2, 3, 4], "dear": [1, 2, 3, 4]}

    def test_the_others_keep_their_pairs(self) -> None:
        stage = staged(a=wavering(1.0, 1.0, 1.1), b=wavering(1.0, 1.1, 1.0), slow=wavering(9.0, *QUIVER))
        repeats = stage.hold(3, seconds=5.0).repeats
        for name in ("b", "slow"):
            for one, other in zip(repeats[name], repeats["a"], strict=False):
                assert (one.number, one.yardstick_seconds) == (other.number, other.yardstick_seconds)

    @pytest.mark.parametrize(("seconds", "stays"), [(2.0, True), (6.0, False)])
    def test_the_baseline_stays_though_it_is_out_unless_it_takes_more_than_a_third(
        self, seconds: float, stays: bool
    ) -> None:
        stage = Stage()
        for number, name in enumerate("abcde"):
            stage.add(name, wavering(1.0, *((1.0, 1.1) if number % 2 else (1.1, 1.0))))
        stage.add("base", wavering(seconds, *QUIVER), is_baseline=True)
        stage.add("other", wavering(2.0, *QUIVER))
        there = numbers(stage.hold(3, seconds=6.0))
        assert len(there["a"]) > 4
        assert there["base"] == (there["a"] if stays else [1, 2])
        assert there["other"] != there["a"]

    def test_the_baseline_stays_only_while_it_takes_no_more_than_a_third_of_those_that_are_left(self) -> None:
        """Here it takes a tenth of the time of all, and half of that of itself and the close two."""
        stage = staged(a=wavering(1.0, 1.0, 1.1), b=wavering(1.0, 1.1, 1.0))
        stage.add("base", wavering(2.0, *QUIVER), is_baseline=True)
        for name in "cdefgh":
            stage.add(name, wavering(3.0, *QUIVER))
        there = numbers(stage.hold(3, seconds=2.0))
        assert there["base"] == [1, 2]
        assert len(there["a"]) > 4

    def test_when_at_most_half_are_left_they_make_more_rounds_in_a_repeat(self) -> None:
        stage = staged(a=wavering(1.0, 1.0, 1.1), b=wavering(1.0, 1.1, 1.0), c=9.0, d=9.0)
        outcome = stage.hold(3, seconds=5.0, close_rounds=3)
        made = {name: [len(one.seconds) for one in repeats] for name, repeats in outcome.repeats.items()}
        # 20 seconds for the four, of which the two take 6.3 a repeat after the first three.
        assert made == {"a": [1, 1, 1, 3, 3, 3], "b": [1, 1, 1, 3, 3, 3], "c": [1, 1], "d": [1, 1]}
        assert sorted(stage.rounds(5)) == ["a", "a", "a", "b", "b", "b"]

    @pytest.mark.parametrize("failed", [0, 2])
    def test_more_than_half_of_them_make_as_many_rounds_as_ever(self, failed: int) -> None:
        stage = staged(a=wavering(1.0, 1.0, 1.1), b=wavering(1.0, 1.1, 1.0), c=9.0)
        for number in range(failed):
            stage.add(f"failed {number}", 1.0, fails_at="enter 1")
        outcome = stage.hold(3, seconds=5.0, close_rounds=3)
        assert len(outcome.repeats["a"]) > 4
        assert {len(one.seconds) for repeats in outcome.repeats.values() for one in repeats} == {1}

    def test_without_time_it_is_no_race(self) -> None:
        stage = Stage()
        for name, seconds in (("a", 1.0), ("b", 1.0), ("c", 90.0)):
            stage.add(name, seconds)
        outcome = stage.hold(4)
        assert outcome.ended is Ending.REPEATS
        assert numbers(outcome) == {name: [1, 2, 3, 4] for name in "abc"}

    def test_one_alone_has_its_repeats(self) -> None:
        stage = staged(a=wavering(1.0, 1.0, 2.0))
        outcome = stage.hold(4, seconds=1000.0)
        assert outcome.ended is Ending.ALONE
        assert numbers(outcome) == {"a": [1, 2, 3, 4]}


class TestMemory:
    def test_all_are_up_together_when_they_fit(self) -> None:
        stage = staged(a=1.0, b=1.0)
        stage.hold(1, memory=2)
        assert [line.split()[1] for line in stage.diary[:2]] == ["enter", "enter"]

    def test_those_that_do_not_fit_take_turns_by_repeat(self) -> None:
        stage = staged(**dict.fromkeys("abc", 1.0))
        outcome = stage.hold(3, memory=1)
        up = [line for line in stage.diary if " enter " in line or " has left " in line]
        assert [line.split()[1] for line in up] == ["enter", "has"] * 9
        assert numbers(outcome) == {"a": [1, 2, 3], "b": [1, 2, 3], "c": [1, 2, 3]}

    def test_one_that_fits_nowhere_runs_alone(self) -> None:
        stage = Stage()
        stage.add("a", 1.0, bytes=9)
        stage.add("b", 1.0)
        assert numbers(stage.hold(1, memory=2)) == {"a": [1], "b": [1]}

    def test_group_by_group_a_race_is_a_race(self) -> None:
        stage = staged(a=wavering(1.0, 1.0, 1.1), slow=wavering(2.5, *QUIVER), b=wavering(1.0, 1.1, 1.0))
        there = numbers(stage.hold(3, seconds=5.0, memory=1))
        assert there["slow"] == [1, 2]
        assert there["a"] == there["b"]
        assert len(there["a"]) > 3
