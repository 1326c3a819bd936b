"""How numbers read."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats import units
from analysis.stats.intervals import Interval

SCALE = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1, "B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def read(text: str) -> float:
    number, unit = text.split()
    return float(number.replace(",", "")) * SCALE[unit]


@given(st.floats(1e-9, 1e6))
def test_a_duration_reads_back_within_its_three_digits(value: float) -> None:
    number, unit = units.seconds(value).split()
    assert read(units.seconds(value)) == pytest.approx(value, rel=0.0051)
    assert unit == "s" or float(number) < 1000


@given(st.integers(0, 2**50))
def test_a_size_reads_back_within_its_three_digits(value: int) -> None:
    assert read(units.size(value)) == pytest.approx(value, rel=0.0051)


@given(st.lists(st.floats(1e-9, 1e4), min_size=2))
def test_longer_durations_never_read_shorter(values: list[float]) -> None:
    shown = [read(units.seconds(value)) for value in sorted(values)]
    assert all(a <= b * (1 + 1e-9) for a, b in pairwise(shown))


def test_numbers_read_as_people_write_them() -> None:
    assert [units.seconds(one) for one in (0, 44e-6, 0.15, 2.214, 0.9996, 1234)] == [
        "0 s", "44.0 µs", "150 ms", "2.21 s", "1.00 s", "1,230 s"
    ]  # fmt: skip
    assert [units.size(one) for one in (0, 812, 1023, 2**20, 24.1 * 2**20, 2**40)] == [
        "0 B", "812 B", "1023 B", "1.00 MiB", "24.1 MiB", "1.00 TiB"
    ]  # fmt: skip
    assert [units.percent(one) for one in (0, 0.0042, 0.056, 0.952, 1)] == ["0 %", "0.42 %", "5.6 %", "95 %", "100 %"]
    assert [units.factor(one) for one in (0.9534, 1.07, 17.63, 1240)] == ["0.953×", "1.07×", "17.6×", "1,240×"]


def test_a_bound_shows_on_which_side_of_one_it_is() -> None:
    assert units.ratio(Interval(1.07, 1.03, 1.11, 5)) == "1.07× [1.03–1.11]"
    assert units.ratio(Interval(1.012, 1.002, 1.022, 5)) == "1.01× [1.002–1.022]"
    assert units.ratio(Interval(1.0, 1.0, 1.0, 5)) == "1.00× [1.00–1.00]"
    assert units.ratio(Interval(2.0, 1e-9, 4e12, 1)) == "2.00× [0.00–4e+12]"
