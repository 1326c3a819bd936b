"""Turns are balanced, for any number of contenders, and follow from the seed."""

from collections import Counter
from itertools import combinations, islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contest.balanced import balanced_orders, williams


@pytest.mark.parametrize("count", range(1, 10))
def test_each_stands_in_each_place_and_after_and_before_each_other_equally_often(count: int) -> None:
    rows = williams(count)
    assert len(rows) == (count if count % 2 == 0 else 2 * count)
    assert all(sorted(row) == list(range(count)) for row in rows)
    stood = Counter((place, treatment) for row in rows for place, treatment in enumerate(row))
    assert set(stood.values()) == {len(rows) // count}
    assert len(stood) == count * count
    followed = Counter(pair for row in rows for pair in pairwise(row))
    assert len(followed) == count * (count - 1)
    assert set(followed.values()) <= {len(rows) // count}
    # Of any two each comes first equally often: what is left is balanced, too, when some take no further part.
    for one, other in combinations(range(count), 2):
        assert sum(row.index(one) < row.index(other) for row in rows) == len(rows) / 2


@given(st.sets(st.text(min_size=1), min_size=1, max_size=6), st.integers())
def test_orders_follow_from_the_seed_and_the_names_alone(names: set[str], seed: int) -> None:
    first = list(islice(balanced_orders(sorted(names), seed), 20))
    assert first == list(islice(balanced_orders(sorted(names, reverse=True), seed), 20))
    assert all(sorted(order) == sorted(names) for order in first)


def test_another_seed_gives_another_order() -> None:
    names = "abcdef"
    firsts = {tuple(next(balanced_orders(names, seed))) for seed in range(20)}
    assert len(firsts) > 10
