"""What has changed for good over a long history, and what is only noise."""

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.changepoints import FEWEST_RUNS, SHORTEST, find_steps
from tests.support.commands import printed, refused
from tests.support.made_up import saved
from tests.support.made_up.histories import history, slower
from tools import trend_power

seeds = st.integers(0, 2**32 - 1)


def noise(seed: int, runs: int, deviation: float = 0.02) -> list[float]:
    rng = random.Random(seed)
    return [rng.gauss(math.log(0.15), deviation) for _ in range(runs)]


def places(logs: list[float]) -> list[int]:
    return [step.at for step in find_steps(logs)]


@pytest.mark.parametrize(("deviation", "share"), [(0.012, 0.97), (0.02, 0.95), (0.025, 0.88)])
def test_a_step_of_five_percent_is_found_ten_runs_later(deviation: float, share: float) -> None:
    found, held = trend_power.found(deviation, 0.05, before=90, series=100)
    assert found >= share
    assert held >= 0.9


@pytest.mark.parametrize("kind", trend_power.KINDS)
@pytest.mark.parametrize("runs", [10, 20, 100])
def test_hardly_any_flat_history_is_given_a_step(kind: str, runs: int) -> None:
    # Of 200, one is expected at most; five or more would then be seen once in 270 times.
    assert trend_power.false_alarms(trend_power.KINDS[kind], runs, 200) <= 4 / 200


def test_the_program_prints_its_tables(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(trend_power, "RUNS_BEFORE", (30,))
    monkeypatch.setattr(trend_power, "STEPS", (0.2,))
    monkeypatch.setattr(trend_power, "LENGTHS", (10,))
    monkeypatch.setattr(trend_power, "QUICK", (5, 5))
    trend_power.main(["--quick"])
    out = capsys.readouterr().out
    assert "20% after 30 runs" in out
    assert "outliers" in out


@given(seeds, st.integers(8, 52))
def test_a_large_step_is_placed_at_its_run(seed: int, at: int) -> None:
    logs = [log + (number >= at) * math.log(2) for number, log in enumerate(noise(seed, 60, 0.01))]
    (step,) = (step for step in find_steps(logs) if step.at == at)
    assert step.size == pytest.approx(math.log(2), abs=0.05)


@pytest.mark.parametrize("number", [1, 2])
def test_one_or_two_slow_runs_are_no_step(number: int) -> None:
    found = 0
    for seed in range(200):
        logs = noise(seed, 60)
        first = random.Random(seed).randrange(61 - number)
        logs[first : first + number] = [log + 0.3 for log in logs[first : first + number]]
        found += bool(find_steps(logs))
    # One in 400 is, as without any, and with two that happen to lie beside a third, one in 120.
    assert found <= 5


def test_steps_up_and_down_are_told_apart() -> None:
    levels = [0.0] * 30 + [0.1] * 30 + [0.04] * 30
    found = find_steps([level + log for level, log in zip(levels, noise(1, 90, 0.012), strict=True)])
    assert [abs(step.at - at) <= 1 for step, at in zip(found, (30, 60), strict=True)] == [True, True]
    assert [step.size > 0 for step in found] == [True, False]


@given(seeds, st.floats(1e-9, 1e9))
def test_another_unit_of_time_moves_no_step(seed: int, unit: float) -> None:
    logs = [log + (number >= 40) * 0.1 for number, log in enumerate(noise(seed, 60))]
    assert places([log + math.log(unit) for log in logs]) == places(logs)


@given(seeds)
def test_backwards_the_steps_are_mirrored(seed: int) -> None:
    logs = [log + (number >= 40) * 0.1 for number, log in enumerate(noise(seed, 60))]
    there, back = find_steps(logs), find_steps(logs[::-1])
    assert [60 - step.at for step in reversed(back)] == [step.at for step in there]
    assert [-step.size for step in reversed(back)] == pytest.approx([step.size for step in there])


@given(st.floats(-700, 21), st.integers(0, 200))
def test_what_never_changes_has_no_step(log: float, runs: int) -> None:
    assert find_steps([log] * runs) == []


@given(st.lists(st.one_of(st.floats(-745, 21), st.sampled_from([-745.0, 0.0, 21.0])), max_size=60))
def test_any_series_has_steps_in_order_that_reach_from_one_to_the_next(logs: list[float]) -> None:
    found = find_steps(logs)
    ends = [0, *(step.at for step in found), len(logs)]
    assert [(step.start, step.at, step.end) for step in found] == list(zip(ends, ends[1:], ends[2:], strict=False))
    assert all(min(step.at - step.start, step.end - step.at) >= SHORTEST for step in found)
    assert all(step.low <= step.size <= step.high and abs(step.size) >= 0.005 for step in found)


def test_a_change_that_does_not_matter_is_not_told() -> None:
    assert find_steps([0.0] * 20 + [1e-9] * 20) == []


def trend(storage: Path, *arguments: str, columns: int = 100) -> str:
    return printed("trend", *arguments, "--storage", storage, columns=columns)


def test_a_step_is_told_with_its_size_its_run_and_the_run_before(tmp_path: Path) -> None:
    storage = history(tmp_path, 40, change=slower("asyncio", 31, 1.2))
    (group,) = json.loads(trend(storage, "--format", "json"))["trend"]["groups"]
    assert (group["runs"], group["unchanged"], group["too_short"]) == (40, 7, 0)
    (series,) = group["changed"]
    (step,) = series["steps"]
    assert "asyncio" in series["benchmark"]
    assert step["verdict"] == "regression"
    assert step["change"]["low"] < step["change"]["estimate"] < step["change"]["high"]
    assert step["change"]["estimate"] == pytest.approx(1.2, abs=0.05)
    assert (step["last_before"]["number"], step["first_after"]["number"]) == ("0030", "0031")
    assert (step["first_after"]["commit"], step["first_after"]["datetime"][:10]) == ("0000031", "2026-10-02")
    assert (step["runs_before"], step["runs_after"]) == (30, 10)
    text = trend(storage)
    assert "✗ test_it[asyncio-io-bound" in text
    assert "0030→0031 0000031 2026-10-02" in " ".join(text.split())
    assert "1 benchmark changed, 7 did not" in text


def test_the_largest_change_comes_first_and_improvements_get_a_star(tmp_path: Path) -> None:
    def change(number: int, run: dict[str, Any]) -> None:
        slower("asyncio", 31, 1.2)(number, run)
        slower("threading", 16, 0.5)(number, run)

    text = trend(history(tmp_path, 40, change=change))
    assert 0 < text.index("★ test_it[threading") < text.index("✗ test_it[asyncio")


def test_a_flat_history_has_no_step(tmp_path: Path) -> None:
    assert "0 benchmarks changed, 8 did not" in trend(history(tmp_path, 30))


def test_runs_are_in_the_order_of_time_rather_than_of_numbers(tmp_path: Path) -> None:
    history(tmp_path, 40, change=slower("asyncio", 31, 1.2))
    for file in sorted((tmp_path / "fox").iterdir()):
        file.rename(file.with_name(f"{100 - int(file.name[:4]):04}_run.json"))
    assert "0070→0069" in trend(tmp_path)


def test_unlike_runs_are_never_one_series(tmp_path: Path) -> None:
    def other(number: int, run: dict[str, Any]) -> None:
        slower("asyncio", 1, 1.5)(number, run)
        run["machine_info"]["three_patterns"]["machine"]["fingerprint"] = "99999999"

    def fast(number: int, run: dict[str, Any]) -> None:
        slower("asyncio", 1, 2.0)(number, run)
        run["machine_info"]["three_patterns"]["run"]["effort"] = "fast"

    history(tmp_path, 20)
    history(tmp_path, 15, first=21, change=other)
    history(tmp_path, 4, first=41, change=fast)
    text = trend(tmp_path, columns=200)
    assert "20 runs on 1a2b3c4d, CPython 3.11.7, effort default" in text
    assert "15 runs on 99999999" in text
    assert "4 runs on 1a2b3c4d, CPython 3.11.7, effort fast" in text
    assert text.count("0 benchmarks changed, 8 did not") == 2
    assert "8 with fewer than 10 runs of the same work, too few to tell" in text


def test_other_work_under_the_same_name_is_another_series(tmp_path: Path) -> None:
    def change(number: int, run: dict[str, Any]) -> None:
        slower("asyncio", 21, 3.0)(number, run)
        slower("asyncio", 31, 1.3)(number, run)
        for one in run["benchmarks"]:
            if one["name"].startswith(f"test_it[asyncio-{saved.TYPICAL}") and number > 20:
                one["extra_info"]["tasks"] = 300

    text = trend(history(tmp_path, 40, change=change))
    assert "warm] (tasks 300)" in text
    assert "0030→0031" in text
    assert "0020→0021" not in text


def test_a_benchmark_that_is_not_in_all_runs_has_a_series_of_those_it_is_in(tmp_path: Path) -> None:
    def change(number: int, run: dict[str, Any]) -> None:
        slower("asyncio", 31, 1.3)(number, run)
        if number % 5 == 0:
            del run["benchmarks"][2]

    assert "0029→0031" in trend(history(tmp_path, 45, change=change))


def test_what_else_differed_is_told_beneath_a_step(tmp_path: Path) -> None:
    def change(number: int, run: dict[str, Any]) -> None:
        slower("asyncio", 31, 1.2)(number, run)
        if number > 30:
            run["machine_info"]["three_patterns"]["packages"]["aiohttp"] = "3.15.0"

    storage = history(tmp_path, 40, change=change)
    assert "differs: aiohttp: 3.14.5 → 3.15.0" in trend(storage)
    assert "aiohttp: 3.14.5 → 3.15.0 |" in trend(storage, "--format", "markdown")


def test_markdown_is_a_table_for_each_group(tmp_path: Path) -> None:
    text = trend(history(tmp_path, 40, change=slower("asyncio", 31, 1.2)), "--format", "markdown")
    assert text.startswith("## The three patterns: trend\n\n### 40 runs on 1a2b3c4d")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len({row.count(" | ") for row in rows[::2]}) == 1
    assert rows[2].startswith("| **test\\_it[asyncio")


def test_no_line_of_figures_is_wider_than_the_terminal(tmp_path: Path) -> None:
    text = trend(history(tmp_path, 40, change=slower("asyncio", 31, 1.2)), columns=80)
    assert max(map(len, text.splitlines())) <= 80


def test_too_few_runs_get_a_sentence_and_exit_code_2(tmp_path: Path) -> None:
    history(tmp_path, FEWEST_RUNS - 1)
    assert refused("trend", "--storage", tmp_path) == (
        "Error: there are 9 runs of one machine and effort on 1a2b3c4d, and a trend needs 10: "
        "make more with `make bench RUNS=10` on a machine that is left alone, or name more runs"
    )


def test_runs_without_common_work_get_a_sentence(tmp_path: Path) -> None:
    def change(number: int, run: dict[str, Any]) -> None:
        for one in run["benchmarks"]:
            one["extra_info"]["tasks"] = number

    history(tmp_path, 12, change=change)
    said = refused("trend", "--storage", tmp_path)
    assert "no benchmark is in 10 of the 12 runs on 1a2b3c4d with the same work, as a trend needs" in said
