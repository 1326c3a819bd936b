"""Quantities as a reader writes them: with their units, as the suite itself shows them, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.cli.quantities import CORES, DURATION, MEMORY, SHARE, SIZE, TASKS, Kind, quantity, whole
from analysis.model.work import LARGEST_BYTES, LONGEST_SECONDS, MOST_TASKS, Work, spread_of
from analysis.stats.units import percent, seconds, size
from runfile.runs import RunError

KINDS = (DURATION, SIZE, MEMORY, SHARE, TASKS, CORES)


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        (DURATION, "300ms", 0.3),
        (DURATION, "4 ms", 0.004),
        (DURATION, "1.5s", 1.5),
        (DURATION, "250us", 0.00025),
        (DURATION, "250µs", 0.00025),  # the sign for micro
        (DURATION, "250\u03bcs", 0.00025),  # the Greek letter
        (DURATION, "2min", 120),
        (DURATION, "1,500 ms", 1.5),
        (DURATION, "0", 0),
        *((SIZE, text, found) for text, found in (("800B", 800), ("20KiB", 20480), ("1MB", 10**6), ("3 kB", 3000))),
        (SIZE, "1.5 MiB", 1572864),
        *((SHARE, text, found) for text, found in (("0.2", 0.2), ("20%", 0.2), ("0.5 %", 0.005), ("1", 1), ("0", 0))),
        *((TASKS, text, found) for text, found in (("2000", 2000), ("2,000", 2000), ("10,000,000", 10**7), (" 1 ", 1))),
    ],
)
def test_a_quantity_is_understood(kind: Kind, text: str, found: float) -> None:
    assert quantity("--option", text, kind) == pytest.approx(found)


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        (DURATION, "300", "'300' has no unit: write it like 300ms, in ns, us, ms, s or min"),
        (DURATION, "2m", "'2m' has a unit that is not known: write it like 300ms"),
        (DURATION, "3 Parsec", "has a unit that is not known"),
        (DURATION, "-3ms", "'-3ms' is not a duration: write it like 300ms"),
        (DURATION, "nan", "is not a duration"),
        (DURATION, "inf s", "is not a duration"),
        (DURATION, "1,5s", "'1,5s' is not a duration"),
        (DURATION, "1e3ms", "is not a duration"),
        (DURATION, "", "'' is not a duration"),
        (DURATION, "٣ms", "is not a duration"),
        (DURATION, "61min", "is more than 3,600 s, the most that is predicted: give less"),
        (DURATION, "9" * 400 + "s", "is more than 3,600 s"),
        (SIZE, "20", "has no unit: write it like 20KiB, in B, KiB, MiB, GiB"),
        (SIZE, "20Kb", "has a unit that is not known"),
        (SIZE, "2GiB", "is more than 1.00 GiB"),
        (MEMORY, "0", "is less than 1 B: write it like 512MiB"),
        (SHARE, "20", "is more than 100 %, the most that is predicted"),
        (SHARE, "half", "is not a share: write it like 0.2 or 20%"),
        (TASKS, "0", "is less than 1"),
        (TASKS, "2.5", "'2.5' is not whole: write it like 2000"),
        (TASKS, "2000 tasks", "has a unit that is not known: write it like 2000"),
        (CORES, "1025", "is more than 1,024"),
    ],
)
def test_what_is_no_quantity_of_its_kind_is_refused_in_a_sentence(kind: Kind, text: str, problem: str) -> None:
    with pytest.raises(RunError) as raised:
        whole("--option", text, kind)
    sentence = str(raised.value)
    assert sentence.startswith("--option '")
    assert problem in sentence
    assert len(sentence) < 160


@given(st.floats(1e-9, LONGEST_SECONDS))
def test_a_duration_is_understood_as_the_suite_shows_it(value: float) -> None:
    assert quantity("--cpu", seconds(value), DURATION) == pytest.approx(value, rel=0.006)


@given(st.integers(0, LARGEST_BYTES))
def test_a_size_is_understood_as_the_suite_shows_it(value: int) -> None:
    assert whole("--bytes", size(value), SIZE) == pytest.approx(value, rel=0.006)


@given(st.floats(0.01, 1))
def test_a_share_is_understood_as_the_suite_shows_it(value: float) -> None:
    assert quantity("--gil-free", percent(value), SHARE) == pytest.approx(value, rel=0.06)


@given(st.integers(1, MOST_TASKS))
def test_a_number_is_understood_with_its_thousands_parted_or_not(value: int) -> None:
    assert whole("--tasks", f"{value:,}", TASKS) == whole("--tasks", str(value), TASKS) == value


@given(st.sampled_from(KINDS), st.text("0123456789.,-+ %eEnainfmsµuKMGiB\n"))
def test_whatever_is_given_is_within_bounds_or_refused(kind: Kind, text: str) -> None:
    try:
        value = whole("--option", text, kind) if kind in (SIZE, MEMORY, TASKS, CORES) else quantity("", text, kind)
    except RunError:
        return
    assert kind.least <= value <= kind.most


@given(st.floats(1e-4, LONGEST_SECONDS), st.floats(1, 3.86))
def test_a_spread_gives_the_percentile_that_it_is_of(mean: float, ratio: float) -> None:
    spread = spread_of(mean, ratio * mean)
    assert spread is not None
    work = Work(tasks=1, cores=1, latency_seconds=mean, spread=spread)
    assert work.p95_seconds == pytest.approx(ratio * mean, rel=1e-6)


@pytest.mark.parametrize(("mean", "p95"), [(0.3, 0.2), (0.3, 1.2), (0.0, 0.1), (0.0, 0.0)])
def test_no_spread_is_made_of_what_is_no_percentile(mean: float, p95: float) -> None:
    assert spread_of(mean, p95) is None
