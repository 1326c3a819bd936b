"""The summary: who wins, what is told with it, and how it looks."""

from typing import Any

import pytest

from analysis.findings.summary import Summary, SummaryTable, TableVerdict, summarise
from analysis.views.summary import document, judge
from runfile.runs import RunError
from tests.support.made_up import saved
from tests.support.shown import as_text, check_golden

LOAD = {"name": "load", "value": 0.4, "sentence": "other programs kept 0.4 cores busy: close them"}


def summary_of(*runs: dict[str, Any]) -> Summary:
    return summarise(saved.parsed(*runs))


def table_of(*runs: list[dict[str, Any]]) -> SummaryTable:
    (table,) = summary_of(*(saved.run(benchmarks) for benchmarks in runs)).tables
    return table


def verdict_of(*runs: list[dict[str, Any]]) -> TableVerdict:
    verdict = table_of(*runs).verdict
    assert verdict is not None
    return verdict


def scaled(run: int, **medians: float) -> list[dict[str, Any]]:
    """Benchmarks with these medians, on a machine whose speed differs from run to run."""
    speed = 1 + run / 50
    return [saved.benchmark(name, [s * speed * 0.999, s * speed, s * speed * 1.001]) for name, s in medians.items()]


def test_rows_come_from_the_fastest_and_tables_in_the_order_of_the_file() -> None:
    tables = summary_of(saved.plausible(1)).tables
    assert [table.title for table in tables] == [saved.TYPICAL, saved.PRIMES]
    assert [row.contender for row in tables[0].rows] == ["asyncio", "threading", "multiprocessing", "sequential"]


def test_figures_are_medians_over_runs_of_medians_over_rounds() -> None:
    runs = [[saved.benchmark("sequential", [s, s * 9, s * 0.1], ideal_seconds=0.5)] for s in (1.0, 3.0, 2.0)]
    (row,) = table_of(*runs).rows
    assert row.median_seconds == 2.0
    assert row.ideal_fraction == 0.25
    assert row.runs == 3


def test_a_speed_up_is_a_ratio_within_a_run() -> None:
    table = table_of(*[scaled(run, sequential=2.0, asyncio=0.5) for run in range(5)])
    asyncio, sequential = table.rows
    assert asyncio.speed_up is not None
    assert asyncio.speed_up.estimate == pytest.approx(4)
    assert asyncio.speed_up.high - asyncio.speed_up.low < 1e-6  # though the machine's speed went up by 8 %
    assert sequential.is_baseline
    assert sequential.speed_up is not None
    assert (sequential.speed_up.low, sequential.speed_up.estimate, sequential.speed_up.high) == (1, 1, 1)


def test_without_a_baseline_there_is_no_speed_up_and_without_an_ideal_no_percentage() -> None:
    for ideal in (None, 0.0):
        (row,) = table_of([saved.benchmark("asyncio", [1.0], ideal_seconds=ideal)]).rows
        assert row.speed_up is None
        assert row.ideal_fraction is None
        assert (row.cpu_seconds, row.peak_bytes, row.p99_seconds) == (None, None, None)


def test_a_flag_is_shown_when_half_of_the_runs_raise_it() -> None:
    def runs(*raised: bool) -> list[list[dict[str, Any]]]:
        return [
            [saved.benchmark("asyncio", [1.0 + n], flags=[saved.flag("noisy", 0.2 + n)] if one else [])]
            for n, one in enumerate(raised)
        ]

    assert table_of(*runs(True, False)).rows[0].flags == ("noisy",)
    assert table_of(*runs(True, False, False)).rows[0].flags == ()


def test_two_benchmarks_that_would_be_one_row_are_refused() -> None:
    with pytest.raises(RunError, match=r"run 1: .* are both 'asyncio' in 'io-bound"):
        table_of([saved.benchmark("asyncio", [1.0]), saved.benchmark("asyncio", [2.0])])


def test_the_fastest_wins_when_every_other_takes_longer_for_sure() -> None:
    verdict = verdict_of(*[scaled(run, sequential=4.0, threading=1.1, asyncio=1.0) for run in range(5)])
    assert (verdict.fastest, verdict.is_win) == ("asyncio", True)
    (runner_up,) = verdict.rivals
    assert runner_up.contender == "threading"
    assert runner_up.ratio is not None
    assert runner_up.ratio.estimate == pytest.approx(1.1)


def test_a_tie_names_those_that_cannot_be_told_from_the_fastest() -> None:
    verdict = verdict_of(
        *(
            scaled(n, sequential=9.0, asyncio=1.0, threading=1.01 + off, multiprocessing=1.02 - off)
            for n, off in enumerate((0.05, -0.05, 0.05, -0.05, 0.05))
        )
    )
    assert not verdict.is_win
    names = {verdict.fastest, *(rival.contender for rival in verdict.rivals)}
    assert names == {"asyncio", "threading", "multiprocessing"}


def test_contenders_that_no_run_has_both_of_are_not_told_apart() -> None:
    verdict = verdict_of(scaled(0, asyncio=1.0), scaled(1, threading=5.0))
    assert not verdict.is_win
    assert verdict.rivals[0].ratio is None


def test_all_intervals_of_a_table_hold_together() -> None:
    names = ("sequential", "threading", "asyncio", "multiprocessing")

    def verdict_beside(others: int) -> TableVerdict:
        noise = (1.0, 1.03, 0.97, 1.02, 0.98)
        behind = [saved.benchmark(name, [1.05 * one for one in noise]) for name in names[:others]]
        return verdict_of([saved.benchmark("fastest", [1.0] * 5), *behind])

    assert verdict_beside(1).is_win
    assert not verdict_beside(4).is_win


def test_one_repeat_wins_nothing_however_far_the_others_are_behind() -> None:
    verdict = verdict_of([saved.benchmark("sequential", [9.0]), saved.benchmark("asyncio", [1.0])])
    assert (verdict.fastest, verdict.is_win, verdict.is_one_repeat) == ("asyncio", False, True)
    assert judge(verdict) == "not decided, by one repeat: asyncio is 9.00× [2.57–31.50] as fast as sequential"


def test_who_dropped_out_in_a_slow_moment_is_where_its_ratios_put_it() -> None:
    def rows(*names: str) -> list[str]:
        made = {"asyncio": [5.0, 5.1, 1.0, 1.02], "threading": [5.5, 5.6], "processes": [7.0, 7.1, 1.4, 1.41]}
        return [row.contender for row in table_of([saved.benchmark(name, made[name]) for name in names]).rows]

    assert rows("processes", "threading", "asyncio") == ["asyncio", "threading", "processes"]


def test_a_tie_of_what_is_the_same_in_practice_says_so() -> None:
    close = [saved.benchmark("asyncio", [1.0, 1.01, 1.0]), saved.benchmark("threading", [1.01, 1.0, 1.01])]
    verdict = verdict_of(close)
    assert verdict.is_close
    assert judge(verdict).startswith("tie, less than 7 % between asyncio and threading: 1.00× [0.9")


def test_one_contender_alone_does_not_win() -> None:
    assert table_of(scaled(0, asyncio=1.0)).verdict is None


def test_a_flag_is_told_once_by_its_worst() -> None:
    noisy, bound = summary_of(saved.plausible(1), saved.plausible(3)).flags
    assert (noisy.name, noisy.rows, noisy.contender, noisy.value) == ("noisy", 2, "threading", 0.24)
    assert "24%" in noisy.sentence
    assert (bound.name, bound.rows) == ("server-bound", 1)


def test_a_condition_is_told_once_with_the_number_of_runs_that_met_it() -> None:
    busier = {**LOAD, "value": 1.5, "sentence": "other programs kept 1.5 cores busy: close them"}
    governor = {"name": "governor", "value": "powersave", "sentence": "the CPU governor is powersave"}
    runs = [saved.plausible(n, conditions=c) for n, c in enumerate(([], [LOAD], [busier, governor]))]
    load, other = summary_of(*runs).conditions
    assert (load.name, load.runs, load.sentence) == ("load", 2, busier["sentence"])
    assert (other.name, other.runs) == ("governor", 1)


def test_other_versions_or_ways_to_run_are_told() -> None:
    older = saved.plausible(2, packages={"requests": "2.34.2", "aiohttp": "3.13.0"}, start_method="spawn")
    differences = summary_of(saved.plausible(1), older).differences
    assert [one.partition(",")[0] for one in differences] == [
        "the runs differ in start method (fork",
        "the runs differ in aiohttp (3.14.5",
    ]


def five_runs() -> Summary:
    return summary_of(*(saved.plausible(number, conditions=[LOAD] if number > 2 else []) for number in range(1, 6)))


def test_it_is_shown_as_it_was_looked_at() -> None:
    check_golden("summary", document(five_runs()), five_runs())


def test_numbers_stay_whole_on_a_narrow_terminal_and_names_stand_above_them() -> None:
    name = "asyncio with uvloop and 1,024 workers at a time"
    found = summary_of(saved.run([*saved.plausible(1)["benchmarks"], saved.benchmark(name, [0.0123, 0.0124])]))
    shown = as_text(document(found), 40)
    assert "6.20 MiB  24.3 ms\n" in shown
    assert f"\n★ {name}\n" in shown


def test_columns_that_nobody_has_anything_in_are_left_out() -> None:
    found = summary_of(saved.run([saved.benchmark("asyncio", [1.0], ideal_seconds=None)]))
    shown = as_text(document(found), 80)
    assert "median" in shown
    assert not any(heading in shown for heading in ("p99", "speed-up", "ideal", "flags"))


def test_colour_is_for_terminals() -> None:
    shown = document(summary_of(saved.plausible(1)))
    assert "\x1b[" not in as_text(shown, 80)
    assert "\x1b[1;32m★" in as_text(shown, 80, force_terminal=True, color_system="standard")
