"""The best partition into levels, held against all partitions there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.partition import partition

LONGEST = 14


def partitions(length: int, shortest: int) -> Iterator[list[int]]:
    """All of them, each as where its levels begin and its end."""

    def after(start: int) -> Iterator[list[int]]:
        if length - start >= shortest:
            yield [length]
        for begin in range(start + shortest, length - shortest + 1):
            yield from ([begin, *rest] for rest in after(begin))

    return ([0, *rest] for rest in after(0))


def cost(values: Sequence[float], places: Sequence[int], penalty: float) -> float:
    levels = [np.array(values[start:end]) for start, end in pairwise(places)]
    return float(sum(((level - level.mean()) ** 2).sum() for level in levels)) + penalty * (len(levels) - 1)


@settings(deadline=None)  # there are thousands of them
@given(
    st.lists(st.floats(-10, 10), min_size=1, max_size=LONGEST),
    st.floats(0.1, 50),
    st.integers(1, 4),
)
def test_none_of_all_partitions_costs_less(values: list[float], penalty: float, shortest: int) -> None:
    found = partition(np.array(values), penalty, shortest)
    assert found[0] == 0
    assert found[-1] == len(values)
    if len(values) >= shortest:
        assert all(end - start >= shortest for start, end in pairwise(found))
        least = min(cost(values, places, penalty) for places in partitions(len(values), shortest))
        assert cost(values, found, penalty) == pytest.approx(least, abs=1e-6)


def test_steps_are_found_where_they_are() -> None:
    noise = np.random.default_rng(7).normal(size=300)
    values = noise + np.repeat([0.0, 6.0, 3.0], 100)
    assert partition(values, penalty=20.0, shortest=4) == [0, 100, 200, 300]
    assert partition(noise, penalty=20.0, shortest=4) == [0, 300]
