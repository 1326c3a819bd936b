"""The report's pictures draw what the runs say, are of valid Vega-Lite, and say what is missing."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import vl_convert

from analysis.findings.machines import Agreement, Machines, machines
from analysis.findings.summary import summarise
from analysis.findings.trend import trend
from analysis.report.drawing import panels
from analysis.report.drawing.material import Material
from analysis.report.figures import Section, figures, missing
from analysis.stats.units import factor, seconds, signed, size
from runfile.digests import Reader, RunDigest
from tests.support.made_up import pictured, saved
from tests.support.made_up.pictured import all_figures, drawn, marks, validate, whole
from tests.support.made_up.side_by_side import ASYNCIO_WINS, LAPTOP, SERVER, THREADING_WINS, Shelf, table
from tests.support.processes import run

# What one run has nothing for.
SEVERAL = (Section.HISTORY, Section.MACHINES)


def case_rows(title: str) -> dict[str, Any]:
    return {row.contender: row for one in whole().summary.tables if one.title == title for row in one.rows}


def test_a_picture_is_valid_vega_lite_and_has_a_question_a_caption_and_a_table() -> None:
    for name, figure in all_figures().items():
        validate(figure)
        assert vl_convert.vegalite_to_vega(figure.spec)["marks"], name
    for name, figure in all_figures().items():
        assert figure.title.endswith("?"), name
        assert figure.says.endswith("."), name
        assert figure.rows, name
        assert all(len(row) == len(figure.headings) for row in figure.rows), name


def test_every_section_has_pictures_of_one_run_but_those_that_need_a_whole_one_or_several() -> None:
    found = figures(whole())
    assert [section for section in Section if not found[section]] == [Section.ADVICE, *SEVERAL]
    assert len({figure.name for figure in all_figures().values()}) == len(all_figures())


def test_pictures_of_the_same_runs_are_the_same() -> None:
    """In a process with other hashes too."""
    program = (
        "import json; from tests.support.made_up import pictured; "
        "print(json.dumps([one.spec for one in pictured.drawn(pictured.material(pictured.everything())).values()]))"
    )
    there = run(sys.executable, "-c", program, env={"PYTHONHASHSEED": "1"}).stdout
    assert there == json.dumps([figure.spec for figure in all_figures().values()]) + "\n"


def test_bars_and_intervals_are_the_summarys() -> None:
    figure = all_figures()["speed-up-io-bound"]
    rows = case_rows(saved.TYPICAL)
    assert {one["pattern"]: one["x"] for one in marks(figure, "rect", "speed_up")} == {
        name: row.speed_up.estimate for name, row in rows.items()
    }
    assert sorted((one["x"], one["x2"]) for one in marks(figure, "rule", "x2")) == sorted(
        (row.speed_up.low, row.speed_up.high) for row in rows.values() if not row.is_baseline
    )
    assert {row[1]: row[2] for row in figure.rows} == {
        name: factor(row.speed_up.estimate) for name, row in rows.items()
    }


def test_the_physical_limit_is_where_the_baselines_time_over_the_ideal_one_is() -> None:
    limits = marks(all_figures()["speed-up-cpu-bound"], "tick", "limit")
    assert [one["x"] for one in limits] == [pytest.approx(2.0)] * 4


def test_the_winner_and_those_that_tie_are_told_by_a_sign() -> None:
    signs = {name: len(marks(all_figures()[name], "point", "shape")) for name in ("speed-up-talk", "speed-up-io-bound")}
    assert signs["speed-up-talk"] == 1
    assert signs["speed-up-io-bound"] == 2  # threading and asyncio
    assert "asyncio, threading tie (download-typical)" in all_figures()["speed-up-io-bound"].says
    assert "asyncio is fastest (download-talk)" in all_figures()["speed-up-talk"].says


def test_flags_are_beneath_the_bars_that_they_are_about() -> None:
    rows = pictured.downloads()
    rows[3]["extra_info"]["flags"] = [saved.flag("noisy", 0.2)]
    for row in rows:
        row["extra_info"]["flags"] = [*row["extra_info"]["flags"], saved.flag("server-bound", 0.6)]
    figure = drawn(pictured.material(rows))["speed-up-io-bound"]
    notes = [mark["text"] for mark in marks(figure, "text", "text")]
    assert "noisy: multiprocessing" in notes
    assert "server-bound: all" in notes


def test_a_question_that_nobody_knew_has_a_picture_too() -> None:
    rows = pictured.table("sorting: a list", {"sequential": (1.0, None), "heap": (0.5, None)}, question="sorting")
    assert drawn(pictured.material(rows))["speed-up-sorting"].title == "sorting: how much faster than the baseline?"


def test_scaling_draws_each_number_of_workers() -> None:
    figure = all_figures()["scaling-io-speed-up"]
    points = marks(figure, "point", "x", "y", "pattern")
    threads = {one["x"]: one["y"] for one in points if one["pattern"] == "threading"}
    assert threads == {1: pytest.approx(1), 4: pytest.approx(4), 16: pytest.approx(16)}
    assert [one["x"] for one in points if one["pattern"] == "sequential"] == [1]
    limits = [(one["x"], one["y"]) for one in marks(figure, "line", "limit")]
    assert limits == [(1, pytest.approx(1.1)), (4, pytest.approx(4.4)), (16, pytest.approx(17.6))]


def test_numbers_of_workers_of_one_pattern_are_drawn_over_the_baseline_of_the_work_beside_it() -> None:
    points = marks(all_figures()["scaling-cpu-speed-up"], "point", "x", "y", "pattern")
    processes = {one["x"]: one["y"] for one in points if one["pattern"] == "multiprocessing"}
    assert processes == pytest.approx({1: 1, 2: 2, 4: 2 / 1.1}, rel=0.02)
    assert [one["x"] for one in points if one["pattern"] == "sequential"] == [1]
    assert [one["x"] for one in points if one["pattern"] == "threading"] == [2]
    limits = {one["x"]: one["y"] for one in marks(all_figures()["scaling-cpu-speed-up"], "line", "limit")}
    assert limits == pytest.approx({1: 2, 2: 2, 4: 2}, rel=0.02)
    memory = marks(all_figures()["scaling-cpu-memory"], "point", "x", "y", "pattern")
    assert {one["x"]: one["y"] for one in memory if one["pattern"] == "multiprocessing"} == {1: 5, 2: 10, 4: 20}


def test_a_baseline_that_is_far_from_all_others_is_in_the_table_alone() -> None:
    rows = [*pictured.downloads(), *pictured.growing(workload="download-typical", numbers=(16, 32, 64), tasks=100)]
    figure = drawn(pictured.material(rows))["scaling-io-speed-up"]
    assert {one["x"] for one in marks(figure, "point", "x")} == {16, 32, 64}
    assert {one["x"] for one in marks(figure, "line", "limit", "x")} == {16, 32, 64}
    assert figure.rows[0][:2] == ("1", "sequential")


def test_memory_is_drawn_in_the_unit_of_its_axis() -> None:
    points = marks(all_figures()["scaling-io-memory"], "point", "x", "y", "pattern")
    assert {one["x"]: one["y"] for one in points if one["pattern"] == "asyncio"} == {1: 10, 4: 40, 16: 160}


def test_resources_are_those_of_the_summary() -> None:
    rows = case_rows(saved.TYPICAL)
    for name, field, words in (("cpu", "cpu_seconds", seconds), ("memory", "peak_bytes", size)):
        points = [
            one
            for one in marks(all_figures()[f"resources-{name}"], "point", "amount")
            if one["workload"] == saved.TYPICAL
        ]
        assert {one["pattern"]: one["amount"] for one in points} == {
            pattern: words(getattr(row, field)) for pattern, row in rows.items()
        }
    assert {one["pattern"]: one["x"] for one in points}["multiprocessing"] == pytest.approx(111.0)


def test_pairs_stand_beside_each_other() -> None:
    figure = all_figures()["pairs-lifecycle"]
    points = marks(figure, "point", "way")
    assert [(one["pattern"], one["x"]) for one in points if one["way"] == "cold"] == [
        (name, pytest.approx(50 * number)) for number, name in enumerate(pictured.PATTERNS, 1)
    ]
    assert {one["x"] for one in points if one["way"] == "warm"} == {40}


def test_sessions_over_tls_and_over_http_are_under_a_heading_each() -> None:
    figure = all_figures()["pairs-connection-reuse"]
    assert {heading["text"] for heading in marks(figure, "text", "text")} > {
        "100 downloads over TLS",
        "100 downloads over http",
    }
    assert [(row[0], row[1]) for row in figure.rows[:4]] == [
        (name, f"{way}, 100 downloads over TLS") for name in pictured.PATTERNS[:2] for way in ("a new one each", "kept")
    ]
    assert {row[1] for row in figure.rows[4:]} == {
        f"{way}, 100 downloads over http" for way in ("a new one each", "kept")
    }


def test_what_starting_costs_is_what_a_round_takes_beyond_the_nap() -> None:
    figure = all_figures()["startup"]
    assert {one["pattern"]: one["x"] for one in marks(figure, "rect", "cost")} == {
        "threading": pytest.approx(1.7),
        "asyncio": pytest.approx(0.5),
        "multiprocessing": pytest.approx(45),
    }


def history(folder: Path, runs: int, step_at: int) -> list[RunDigest]:
    """Runs of the talk's program, in which asyncio becomes a quarter slower."""
    for number in range(runs):
        rows = pictured.talk()
        for row in rows:
            slower = 1.25 if number >= step_at and row["params"]["pattern"] == "asyncio" else 1.0
            row |= saved.slower(row, slower * (1 + (number * 7 % 11) / 1000))
        made = saved.run(rows)
        made["datetime"] = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)).isoformat()
        made["commit_info"] = {"id": f"{number:040x}", "time": None, "dirty": False, "branch": "main"}
        saved.save(folder / f"machine/{number:04}_run.json", made)
    return Reader().read_all(sorted(folder.rglob("*.json")))[0]


def with_history(records: list[RunDigest]) -> Material:
    return Material(whole().summary, whole().runs, history=records, trend=trend(records))


def test_history_shows_where_a_benchmark_changed(tmp_path: Path) -> None:
    records = history(tmp_path, 24, step_at=12)
    material = with_history(records)
    assert material.trend
    (found,) = material.trend.groups[0].changed
    figure = drawn(material)["history"]
    change = signed(found.steps[0].change.estimate)
    assert [(one["x"], one["change"]) for one in marks(figure, "rule", "change")] == [(11.5, change)]
    points = [one for one in marks(figure, "point", "took") if one["benchmark"].startswith("test_it[asyncio")]
    assert [one["x"] for one in points] == list(range(24))
    assert points[0]["took"] == seconds(
        records[0].seconds[next(name for name in records[0].seconds if "asyncio" in name)]
    )
    low, high = sorted({one["y"] for one in marks(figure, "rule", "x", "x2")})
    assert max(one["y"] for one in points[12:]) < (low + high) / 2 < min(one["y"] for one in points[:12])
    assert any(change in row for row in figure.rows)
    validate(figure)


def test_a_long_history_has_no_more_points_than_there_is_room_for(tmp_path: Path) -> None:
    figure = drawn(with_history(history(tmp_path, 400, step_at=100)))["history"]
    points = [one for one in marks(figure, "point", "took") if one["benchmark"].startswith("test_it[asyncio")]
    assert len(points) <= panels.MOST_POINTS
    assert [one["x"] for one in marks(figure, "rule", "change")] == [99.5]


def test_a_history_of_another_machine_is_not_this_ones(tmp_path: Path) -> None:
    other = whole().runs[0].session.machine.fingerprint[::-1]
    runs = [pictured.run(pictured.everything(), machine=saved.machine(other))]
    found = Material(summarise(runs), runs, history=history(tmp_path, 12, step_at=6))
    assert "history" not in drawn(found)


def two_machines(folder: Path, *medians: dict[str, float]) -> Machines:
    shelf = Shelf(folder)
    for machine, found in zip((LAPTOP, SERVER), medians, strict=True):
        shelf.add(machine, table(found))
    return machines([Reader().read_all([path])[0] for path in shelf.saved], folder)


def test_machines_show_where_the_choice_changes(tmp_path: Path) -> None:
    found = two_machines(tmp_path, ASYNCIO_WINS, THREADING_WINS)
    assert found.contests[0].agreement is Agreement.CHANGES
    figure = drawn(pictured.material(pictured.everything(), machines=found))["machines"]
    assert [(row[1], row[-1]) for row in figure.rows] == [("laptop", "asyncio"), ("server", "threading")]
    points = {(one["machine"], one["pattern"]): one["x"] for one in marks(figure, "point", "machine")}
    assert points["laptop", "asyncio"] == pytest.approx(16)
    assert points["server", "threading"] == pytest.approx(16)
    assert "changes in 1" in figure.says
    validate(figure)


def test_what_cannot_be_drawn_is_missing_with_the_command_that_makes_it() -> None:
    found = figures(pictured.material(pictured.talk()))
    lacking = missing(found)
    assert {one.section for one in lacking} == {
        Section.COMPARISON,
        Section.ADVICE,
        Section.SCALING,
        Section.LIFECYCLE,
        *SEVERAL,
    }
    assert all(one.command.startswith("make bench") for one in lacking)


def test_nothing_is_both_there_and_missing() -> None:
    lacking = missing(figures(whole()))
    assert [one.section for one in lacking] == [Section.ADVICE, *SEVERAL]


def test_without_observations_there_are_no_timelines_and_no_resources() -> None:
    rows = pictured.everything()
    for row in rows:
        row["extra_info"]["observation"] = None
    found = figures(pictured.material(rows))
    assert not found[Section.TIMELINES]
    assert not found[Section.RESOURCES]
    assert {Section.TIMELINES, Section.RESOURCES} <= {one.section for one in missing(found)}
    assert found[Section.COMPARISON]
