"""A contest in which contenders fail, wherever that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contest.engine import ContenderUnfit
from runfile.benchmarks import Ending
from tests.harness.contest.scripted import QUIVER, Stage, numbers, staged, wavering

PLACES = ["enter 1", "round 1.1", "leave 1", "enter 2", "round 2.1", "leave 2"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("memory", [1, 3])
def test_costs_only_who_fails(place: str, memory: int) -> None:
    stage = staged(a=1.0)
    stage.add("broken", 1.0, fails_at=place)
    stage.add("b", 1.0)
    outcome = stage.hold(3, memory=memory)
    assert outcome.failures == {"broken": f"{place} broke"}
    assert numbers(outcome) == {"a": [1, 2, 3], "b": [1, 2, 3]}
    assert not any(one.up for one in stage.contenders)
    number = int(place.split()[1][0])
    assert not [line for line in stage.diary if line.startswith(f"broken enter {number + 1}")]


def test_one_that_is_unfit_has_not_failed() -> None:
    stage = staged(a=1.0)
    stage.add("b", 1.0, fails_at="enter 1", error=ContenderUnfit("too few threads"))
    outcome = stage.hold(2)
    assert (outcome.failures, outcome.unfit) == ({}, {"b": "too few threads"})
    assert numbers(outcome) == {"a": [1, 2]}


@pytest.mark.parametrize("place", PLACES)
def test_of_all_ends_the_contest(place: str) -> None:
    stage = Stage()
    stage.add("a", 1.0, fails_at=place)
    stage.add("b", 1.0, fails_at=place)
    outcome = stage.hold(3, seconds=100.0)
    assert outcome.repeats == {}
    assert set(outcome.failures) == {"a", "b"}


def test_the_first_sentence_counts() -> None:
    """A process that has failed in a round can hardly be asked to stop."""
    stage = Stage()
    stage.add("a", 1.0, fails_at="round 1.1,leave 1")
    stage.add("b", 1.0)
    assert stage.hold(1).failures == {"a": "round 1.1 broke"}


def test_of_the_fastest_gives_the_others_another_to_be_held_against() -> None:
    stage = staged(a=wavering(1.0, *QUIVER), b=1.0)
    stage.add("broken", 0.1, fails_at="round 4.1")
    outcome = stage.hold(6, seconds=100.0)
    assert outcome.ended is Ending.DECIDED
    assert numbers(outcome) == {"a": [*range(1, 7)], "b": [*range(1, 7)]}


@given(
    st.lists(st.sampled_from(["", *PLACES, "round 1.2", "round 3.1"]), min_size=1, max_size=5),
    st.integers(1, 5),
    st.integers(0, 99),
)
def test_whoever_fails_wherever(places: list[str], memory: int, seed: int) -> None:
    stage = Stage()
    for number, place in enumerate(places):
        stage.add(f"c{number}", 0.6, fails_at=place)
    outcome = stage.hold(3, round_seconds=1.0, memory=memory, seed=seed)
    sound = {f"c{number}" for number, place in enumerate(places) if not place}
    assert outcome.repeats.keys() == sound
    assert outcome.failures.keys() == {one.name for one in stage.contenders} - sound
    assert all(numbers(outcome)[name] == [1, 2, 3] for name in sound)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError("a fault of the engine's user")])
@pytest.mark.parametrize("place", PLACES)
def test_of_another_kind_ends_everything_and_leaves_nobody_up(place: str, error: BaseException) -> None:
    stage = staged(a=1.0)
    stage.add("b", 1.0, fails_at=place, error=error)
    stage.add("c", 1.0)
    with pytest.raises(type(error) if isinstance(error, Exception) else KeyboardInterrupt):
        stage.hold(3, memory=2)
    assert not any(one.up for one in stage.contenders)
    entered, left = (sum(word in line for line in stage.diary) for word in (" enter ", " has left "))
    assert entered - left == (1 if place.startswith("enter") else 0)  # who failed to enter was never in
