"""The best partition into levels, held against all partitions there are."""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.partition import partition

LONGEST = 14


def partitions(length: int, shortest: int) -> Iterator[list[int]]:
    """All of them, each as where its levels begin and its end."""

    def after(start: int) -> Iterator[list[int]]:
        if length - start >= shortest:
            yield [length]
        for begin in range(start + shortest, length - shortest + 1):
            yield from ([begin, *rest] for rest in after(begin))

    return ([0, *rest] for rest in after(0))


def squares(values: Sequence[float]) -> float:
    """The squared deviations from the mean, added up."""
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=LONGEST), st.floats(0.1, 50), st.integers(1, 4))
def test_none_of_all_partitions_costs_less(values: list[float], penalty: float, shortest: int) -> None:
    found = partition(np.array(values), penalty, shortest)
    assert found[0] == 0
    assert found[-1] == len(values)
    if len(values) >= shortest:
        assert all(end - start >= shortest for start, end in pairwise(found))
        # Once each: a level is part of many partitions.
        of_level = {places: squares(values[slice(*places)]) for places in combinations(range(len(values) + 1), 2)}

        def cost(places: Sequence[int]) -> float:
            return sum(of_level[level] for level in pairwise(places)) + penalty * (len(places) - 2)

        least = min(map(cost, partitions(len(values), shortest)))
        assert cost(found) == pytest.approx(least, abs=1e-6)


def test_steps_are_found_where_they_are() -> None:
    noise = np.random.default_rng(7).normal(size=300)
    values = noise + np.repeat([0.0, 6.0, 3.0], 100)
    assert partition(values, penalty=20.0, shortest=4) == [0, 100, 200, 300]
    assert partition(noise, penalty=20.0, shortest=4) == [0, 300]
