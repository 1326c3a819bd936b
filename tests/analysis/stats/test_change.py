"""Changes between groups of runs: how sure they are, and that they are found, and not found where there is none."""

import math
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.criteria.thresholds import Thresholds, thresholds
from analysis.findings.comparison import LEVEL
from analysis.stats.change import Change, Verdict, between, in_pairs, judge
from analysis.stats.intervals import Interval
from runfile.runs import RunError

THRESHOLD = 0.05
seconds = st.lists(st.floats(1e-6, 1e3), min_size=2, max_size=12)


def runs(rng: random.Random, number: int, centre: float = 1.0, spread: float = 0.02) -> list[float]:
    return [centre * math.exp(rng.gauss(0, spread)) for _ in range(number)]


def there(change: Change | None) -> Change:
    assert change is not None
    return change


class TestBetween:
    @given(seconds, seconds)
    def test_is_students_t_of_the_logs(self, base: list[float], candidate: list[float]) -> None:
        found = there(between(base, candidate))
        if found.spread < 1e-9:
            return
        from scipy import stats  # which takes half a second

        logs = [[math.log(value) for value in group] for group in (candidate, base)]
        expected = stats.ttest_ind(*logs).confidence_interval(0.99)
        interval = found.interval(0.99)
        assert math.log(interval.low) == pytest.approx(max(-700, expected.low), abs=1e-6)
        assert math.log(interval.high) == pytest.approx(min(700, expected.high), abs=1e-6)

    @given(seconds, seconds, st.floats(1e-3, 1e3))
    def test_the_unit_does_not_matter_and_swapping_sides_inverts(
        self, base: list[float], candidate: list[float], unit: float
    ) -> None:
        one, swapped = there(between(base, candidate)), there(between(candidate, base))
        scaled = there(between([value * unit for value in base], [value * unit for value in candidate]))
        assert scaled.log_ratio == pytest.approx(one.log_ratio, abs=1e-9)
        assert scaled.spread == pytest.approx(one.spread, abs=1e-9)
        assert swapped.log_ratio == pytest.approx(-one.log_ratio, abs=1e-12)

    def test_one_run_can_be_held_against_many_but_not_against_one(self) -> None:
        assert between([1.0], [1.1]) is None
        assert between([], [1.0, 1.0, 1.0]) is None
        found = there(between([1.0, 1.02, 0.99], [1.1]))
        assert found.freedom == 2


class TestInPairs:
    def test_what_slows_both_of_a_pair_does_not_count(self) -> None:
        rng = random.Random(1)
        drift = [math.exp(rng.gauss(0, 0.3)) for _ in range(10)]
        base = [d * value for d, value in zip(drift, runs(rng, 10), strict=True)]
        candidate = [d * value for d, value in zip(drift, runs(rng, 10, 1.1), strict=True)]
        paired, unpaired = there(in_pairs(base, candidate)), there(between(base, candidate))
        assert judge(paired.interval(LEVEL), THRESHOLD) is Verdict.REGRESSION
        assert judge(unpaired.interval(LEVEL), THRESHOLD) is Verdict.INCONCLUSIVE

    def test_a_single_pair_says_nothing(self) -> None:
        assert in_pairs([1.0], [2.0]) is None


@pytest.mark.parametrize(
    ("low", "estimate", "high", "verdict"),
    [
        (1.01, 1.10, 1.20, Verdict.REGRESSION),
        (0.99, 1.10, 1.22, Verdict.INCONCLUSIVE),
        (1.01, 1.04, 1.07, Verdict.INCONCLUSIVE),
        (1.01, 1.02, 1.03, Verdict.UNCHANGED),
        (0.96, 1.00, 1.04, Verdict.UNCHANGED),
        (0.90, 1.00, 1.11, Verdict.INCONCLUSIVE),
        (0.80, 0.90, 0.99, Verdict.IMPROVEMENT),
        (0.80, 0.90, 1.01, Verdict.INCONCLUSIVE),
        (1.0, 1.0, 1.0, Verdict.UNCHANGED),
    ],
)
def test_a_verdict_is_where_the_interval_lies(low: float, estimate: float, high: float, verdict: Verdict) -> None:
    assert judge(Interval(estimate, low, high, 10), THRESHOLD) is verdict


def rate(verdict: Verdict, slower: float, tries: int, spread: float, number: int = 10) -> float:
    """How often a change of one of eight benchmarks gets a verdict, from pairs whose ratios have that spread."""
    rng = random.Random(7)
    each = 1 - (1 - LEVEL) / 8
    hits = 0
    for _ in range(tries):
        found = there(in_pairs([1.0] * number, runs(rng, number, slower, spread)))
        hits += judge(found.interval(each), THRESHOLD) is verdict
    return hits / tries


def test_a_slowdown_of_ten_percent_is_found_in_ten_pairs() -> None:
    assert rate(Verdict.REGRESSION, 1.10, 300, spread=0.04) > 0.9


def test_no_change_is_no_regression_however_wide_the_noise() -> None:
    for spread in (0.005, 0.02, 0.05, 0.2):
        assert rate(Verdict.REGRESSION, 1.0, 1000, spread) <= 0.003


class TestEvidence:
    @given(st.floats(-0.3, 0.3), st.floats(0.001, 0.3), st.booleans())
    def test_that_many_runs_would_decide_and_one_fewer_would_not(
        self, change: float, spread: float, pairs: bool
    ) -> None:
        def verdict(number: int) -> Verdict:
            share, freedom = (1 / number, number - 1) if pairs else (2 / number, 2 * number - 2)
            return judge(Change(change, spread, freedom, share, number, pairs).interval(LEVEL), THRESHOLD)

        needed = Change(change, spread, 9, 0.1, 10, pairs).runs_needed(THRESHOLD, LEVEL)
        if needed is None:
            assert verdict(1000) is Verdict.INCONCLUSIVE
            return
        assert verdict(needed) is not Verdict.INCONCLUSIVE
        if needed > 2:
            assert verdict(needed - 1) is Verdict.INCONCLUSIVE


class TestThresholds:
    @staticmethod
    def read(folder: Path, given: str | None = None, toml: Path | None = None) -> Thresholds:
        return thresholds(given, toml, folder)

    def test_five_percent_unless_set(self, tmp_path: Path) -> None:
        assert self.read(tmp_path).of("test_x") == 0.05
        assert self.read(tmp_path, "7.5%").of("test_x") == 0.075

    def test_per_benchmark_in_pytest_ini(self, tmp_path: Path) -> None:
        lines = "[pytest]\nregression_threshold =\n    4\n    *[asyncio-download-large] 10%\n    test_talk[*] 3\n"
        (tmp_path / "pytest.ini").write_text(lines)
        found = self.read(tmp_path)
        names = ("test_x", "test_io_bound[asyncio-download-large]", "test_talk[threading]", "test_io_bound[a]")
        assert [found.of(name) for name in names] == [0.04, 0.1, 0.03, 0.04]
        assert self.read(tmp_path, "8").of("test_talk[threading]") == 0.03

    def test_per_benchmark_in_a_table(self, tmp_path: Path) -> None:
        table = '[tool.three_patterns.thresholds]\ndefault = 4\n"*large*" = 10.5\n'
        (tmp_path / "pyproject.toml").write_text(table)
        (tmp_path / "pytest.ini").write_text("[pytest]\nregression_threshold = 9\n")
        assert self.read(tmp_path) == Thresholds(0.04, {"*large*": 0.105})
        other = tmp_path / "other.toml"
        other.write_text(table.replace("4", "6"))
        assert self.read(tmp_path, toml=other).default == 0.06

    @pytest.mark.parametrize("value", ["-3", "abc", "0", "nan", "inf", "", "5 %%", "1e9"])
    def test_what_is_none_is_named_with_its_place(self, tmp_path: Path, value: str) -> None:
        with pytest.raises(RunError, match=r"\(--threshold\) is not a threshold: give percent above 0, such as 5"):
            self.read(tmp_path, value)
        (tmp_path / "pytest.ini").write_text(f"[pytest]\nregression_threshold = *x* {value}\n")
        if value not in ("", "5 %%"):
            with pytest.raises(RunError, match=r"pytest.ini, regression_threshold\) is not a threshold"):
                self.read(tmp_path)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("[tool.three_patterns]\nthresholds = 5\n", "tool.three_patterns.thresholds in .* is not a table"),
            (
                "[tool.three_patterns.thresholds]\ndefault = true\n",
                "True .*pyproject.toml, default.* is not a threshold",
            ),
            ("[tool.three_patterns.thresholds]\nx = [1]\n", "is not a threshold"),
            ("[tool", "pyproject.toml cannot be read"),
        ],
    )
    def test_tables_that_are_none(self, tmp_path: Path, text: str, words: str) -> None:
        (tmp_path / "pyproject.toml").write_text(text)
        with pytest.raises(RunError, match=words):
            self.read(tmp_path)

    def test_a_file_that_is_named_has_to_be_there_and_hold_a_table(self, tmp_path: Path) -> None:
        with pytest.raises(RunError, match=r"none\.toml cannot be read"):
            self.read(tmp_path, toml=tmp_path / "none.toml")
        (tmp_path / "x.toml").write_text("a = 1\n")
        with pytest.raises(RunError, match=r"x.toml has no table \[tool.three_patterns.thresholds\]"):
            self.read(tmp_path, toml=tmp_path / "x.toml")


def test_outliers_in_one_group_widen_the_interval_rather_than_raise_an_alarm() -> None:
    quiet: Sequence[float] = runs(random.Random(1), 20, spread=0.005)
    found = there(between(quiet[:15], [*quiet[15:18], 1.3, 1.4]))
    of_a_hundred_benchmarks = 1 - (1 - LEVEL) / 100
    assert judge(found.interval(of_a_hundred_benchmarks), THRESHOLD) is Verdict.INCONCLUSIVE
