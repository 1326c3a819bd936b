"""The report's pictures draw what the runs say, are of valid Vega-Lite, and show foreign text as text."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import altair
import pytest
import vl_convert

from analysis.findings.machines import Agreement, Machines, machines
from analysis.findings.summary import summarise
from analysis.findings.trend import trend
from analysis.report.charts.figures import Section, figures, missing
from analysis.report.drawing import panels, theme
from analysis.report.drawing.lanes import workers
from analysis.report.drawing.material import Material
from analysis.stats.units import factor, seconds, signed, size
from runfile.digests import Reader, RunDigest
from tests import pictured, saved
from tests.pictured import drawn, marks
from tests.side_by_side import ASYNCIO_WINS, LAPTOP, SERVER, THREADING_WINS, Shelf, table

SUITE = Path(__file__).parent.parent
EVERYTHING = pictured.material(pictured.everything())
FIGURES = drawn(EVERYTHING)
PAPERS = ("#ffffff", "#0d1117")
# What a scale may be told by: names that are written in the suite, or those of patterns, as text.
HOSTILE = (
    "datum.x",
    "'];alert(1)//",
    "<script>alert(1)</script>",
    '"\\u0027\\ javascript:alert(1)',
)


def case_rows(title: str) -> dict[str, Any]:
    return {row.contender: row for one in EVERYTHING.summary.tables if one.title == title for row in one.rows}


# All of them


@pytest.mark.parametrize("name", FIGURES)
def test_a_picture_is_valid_vega_lite(name: str) -> None:
    altair.LayerChart.from_dict(FIGURES[name].spec, validate=True)
    assert vl_convert.vegalite_to_vega(FIGURES[name].spec)["marks"]


@pytest.mark.parametrize("name", FIGURES)
def test_a_picture_has_a_question_a_caption_and_a_table(name: str) -> None:
    figure = FIGURES[name]
    assert figure.title.endswith("?")
    assert figure.says.endswith(".")
    assert figure.rows
    assert all(len(row) == len(figure.headings) for row in figure.rows)


def test_every_section_but_history_and_machines_has_pictures_of_one_run() -> None:
    found = figures(EVERYTHING)
    assert [section for section in Section if not found[section]] == [Section.HISTORY, Section.MACHINES]
    assert len({figure.name for figure in FIGURES.values()}) == len(FIGURES)


def test_pictures_of_the_same_runs_are_the_same(tmp_path: Path) -> None:
    program = (
        "import json; from tests import pictured; "
        "print(json.dumps([one.spec for one in pictured.drawn(pictured.material(pictured.everything())).values()]))"
    )
    made = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=SUITE,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert made[0] == made[1]
    assert json.loads(made[0]) == json.loads(json.dumps([figure.spec for figure in FIGURES.values()]))


# Timelines


def test_a_timeline_has_a_bar_for_each_task_and_a_frame_for_each_worker() -> None:
    figure = FIGURES["timeline-download-talk"]
    bars = marks(figure, "rect", "took")
    frames = [mark for mark in marks(figure, "rect", "x2") if "took" not in mark]
    colors = {name: style.color for name, style in theme.styles(pictured.PATTERNS).items()}
    counted = {name: [one["pattern"] for one in bars].count(name) for name in pictured.PATTERNS}
    assert counted == dict.fromkeys(pictured.PATTERNS, 20)
    framed = {name: [one["color"] for one in frames].count(color) for name, color in colors.items()}
    assert framed == {"sequential": 1, "threading": 5, "asyncio": 1, "multiprocessing": 2}


def test_a_timeline_begins_with_the_baseline_and_tells_what_each_took() -> None:
    figure = FIGURES["timeline-download-talk"]
    totals = [mark["text"] for mark in marks(figure, "text", "x", "text")]
    assert totals == ["1.00 s", "200 ms · 5.00×", "51.9 ms · 19.3×", "500 ms · 2.00×"]
    assert [(row[0], *row[-2:]) for row in figure.rows] == [
        ("sequential", "1.00 s", "baseline"),
        ("threading", "200 ms", "5.00×"),
        ("asyncio", "51.9 ms", "19.3×"),
        ("multiprocessing", "500 ms", "2.00×"),
    ]


def test_beside_a_timeline_is_the_round_that_is_drawn_whatever_others_took() -> None:
    """Two rounds that are drawn as long as each other have a speed-up of 1, also where the timed ones had another."""
    rows = pictured.talk()
    for row in rows:
        row["extra_info"]["observation"] = pictured.observed(pictured.one_by_one(20))
        row["extra_info"]["observation"]["seconds"] = 1.02  # with what came after the last task
    figure = drawn(pictured.material(rows))["timeline-download-talk"]
    ends = marks(figure, "text", "x", "text")
    assert [one["text"] for one in ends] == ["1.02 s", *["1.02 s · 1.00×"] * 3]
    assert [one["x"] for one in ends] == pytest.approx([1020.0] * 4)
    assert {row[-2] for row in figure.rows} == {"1.02 s"}
    assert figure.says.count("1.02 s") == 4


def test_bars_of_a_timeline_are_where_the_tasks_were() -> None:
    bars = marks(FIGURES["timeline-download-talk"], "rect", "took")
    threads = sorted((one["x"], one["x2"]) for one in bars if one["pattern"] == "threading")
    expected = sorted((start * 1e3, end * 1e3) for _, start, end in pictured.one_by_one(20, 5))
    assert threads == [pytest.approx(one) for one in expected]


def test_tasks_that_overlap_in_one_worker_have_lanes_of_their_own() -> None:
    observation = EVERYTHING.cases[0].contenders[2].observations[0]
    (loop,) = workers(observation)
    assert loop.lanes == 20
    bars = [one for one in marks(FIGURES["timeline-download-talk"], "rect", "took") if one["pattern"] == "asyncio"]
    for one, other in combinations(bars, 2):
        assert one["y2"] <= other["y"] or other["y2"] <= one["y"]


def test_tasks_in_turns_share_a_lane() -> None:
    observation = EVERYTHING.cases[0].contenders[1].observations[0]
    assert [worker.lanes for worker in workers(observation)] == [1] * 5


def test_a_timeline_says_that_threads_hold_each_other_up_when_they_compute() -> None:
    figure = FIGURES["timeline-math-primes"]
    assert "threading 400 ms (2 threads, tasks 2.0× as long)" in figure.says
    assert "multiprocessing 200 ms (2 processes)" in figure.says
    assert [mark["text"] for mark in marks(figure, "text", "text") if "as long" in mark["text"]]


def test_ones_own_work_has_a_timeline_for_each_number_of_workers() -> None:
    rows = []
    for workers_ in (2, 16):
        rows += pictured.talk()
        for row in rows[-4:]:
            row["group"] = f"own: my-work, {workers_} workers, warm"
            row["extra_info"] |= {"question": "own", "workload": "my-{work}", "workers": workers_}
    titles = [figure.title for name, figure in drawn(pictured.material(rows)).items() if name.startswith("timeline")]
    assert titles == [f"my-{{work}} with {number} workers: who does what, and when?" for number in (2, 16)]


def test_of_several_runs_the_one_nearest_to_the_median_is_drawn() -> None:
    runs = []
    for times in (1.0, 5.0, 1.1):
        rows = pictured.talk()
        for row in rows:
            row |= saved.slower(row, times)
            seen = row["extra_info"]["observation"]
            seen["timeline"] = [(worker, start * times, end * times) for worker, start, end in seen["timeline"]]
            seen["seconds"] *= times
        runs.append(pictured.run(rows, f"{times}.json"))
    bars = marks(drawn(Material(summarise(runs), runs))["timeline-download-talk"], "rect", "took")
    assert max(one["x2"] for one in bars) == pytest.approx(1.1 * 1000)


# Speed-ups


def test_bars_and_intervals_are_the_summarys() -> None:
    figure = FIGURES["speed-up-io-bound"]
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
    limits = marks(FIGURES["speed-up-cpu-bound"], "tick", "limit")
    assert [one["x"] for one in limits] == [pytest.approx(2.0)] * 4


def test_the_winner_and_those_that_tie_are_told_by_a_sign() -> None:
    signs = {name: len(marks(FIGURES[name], "point", "shape")) for name in ("speed-up-talk", "speed-up-io-bound")}
    assert signs["speed-up-talk"] == 1
    assert signs["speed-up-io-bound"] == 2  # threading and asyncio
    assert "asyncio, threading tie (download-typical)" in FIGURES["speed-up-io-bound"].says
    assert "asyncio is fastest (download-talk)" in FIGURES["speed-up-talk"].says


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


# Workers, resources, pairs


def test_scaling_draws_each_number_of_workers() -> None:
    figure = FIGURES["scaling-io-speed-up"]
    points = marks(figure, "point", "x", "y", "pattern")
    threads = {one["x"]: one["y"] for one in points if one["pattern"] == "threading"}
    assert threads == {1: pytest.approx(1), 4: pytest.approx(4), 16: pytest.approx(16)}
    assert [one["x"] for one in points if one["pattern"] == "sequential"] == [1]
    limits = [(one["x"], one["y"]) for one in marks(figure, "line", "limit")]
    assert limits == [(1, pytest.approx(1.1)), (4, pytest.approx(4.4)), (16, pytest.approx(17.6))]


def test_memory_is_drawn_in_the_unit_of_its_axis() -> None:
    points = marks(FIGURES["scaling-io-memory"], "point", "x", "y", "pattern")
    assert {one["x"]: one["y"] for one in points if one["pattern"] == "asyncio"} == {1: 10, 4: 40, 16: 160}


def test_resources_are_those_of_the_summary() -> None:
    rows = case_rows(saved.TYPICAL)
    for name, field, words in (("cpu", "cpu_seconds", seconds), ("memory", "peak_bytes", size)):
        points = [
            one for one in marks(FIGURES[f"resources-{name}"], "point", "amount") if one["workload"] == saved.TYPICAL
        ]
        assert {one["pattern"]: one["amount"] for one in points} == {
            pattern: words(getattr(row, field)) for pattern, row in rows.items()
        }
    assert {one["pattern"]: one["x"] for one in points}["multiprocessing"] == pytest.approx(111.0)


def test_pairs_stand_beside_each_other() -> None:
    figure = FIGURES["pairs-lifecycle"]
    points = marks(figure, "point", "way")
    assert [(one["pattern"], one["x"]) for one in points if one["way"] == "cold"] == [
        (name, pytest.approx(50 * number)) for number, name in enumerate(pictured.PATTERNS, 1)
    ]
    assert {one["x"] for one in points if one["way"] == "warm"} == {40}


def test_what_starting_costs_is_what_a_round_takes_beyond_the_nap() -> None:
    figure = FIGURES["startup"]
    assert {one["pattern"]: one["x"] for one in marks(figure, "rect", "cost")} == {
        "threading": pytest.approx(1.7),
        "asyncio": pytest.approx(0.5),
        "multiprocessing": pytest.approx(45),
    }


# History and machines


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
    return Material(EVERYTHING.summary, EVERYTHING.runs, history=records, trend=trend(records))


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
    altair.LayerChart.from_dict(figure.spec, validate=True)


def test_a_long_history_has_no_more_points_than_there_is_room_for(tmp_path: Path) -> None:
    figure = drawn(with_history(history(tmp_path, 400, step_at=100)))["history"]
    points = [one for one in marks(figure, "point", "took") if one["benchmark"].startswith("test_it[asyncio")]
    assert len(points) <= panels.MOST_POINTS
    assert [one["x"] for one in marks(figure, "rule", "change")] == [99.5]


def test_a_history_of_another_machine_is_not_this_ones(tmp_path: Path) -> None:
    other = EVERYTHING.runs[0].session.machine.fingerprint[::-1]
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
    altair.LayerChart.from_dict(figure.spec, validate=True)


# What is missing


def test_what_cannot_be_drawn_is_missing_with_the_command_that_makes_it() -> None:
    found = figures(pictured.material(pictured.talk()))
    lacking = missing(found)
    assert {one.section for one in lacking} == {
        Section.SCALING,
        Section.LIFECYCLE,
        Section.HISTORY,
        Section.MACHINES,
    }
    assert all(one.command.startswith("make bench") for one in lacking)
    assert 'make bench ARGS="--rigorous -m scaling"' in [one.command for one in lacking]


def test_nothing_is_both_there_and_missing() -> None:
    lacking = missing(figures(EVERYTHING))
    assert [one.section for one in lacking] == [Section.SCALING, Section.HISTORY, Section.MACHINES]
    assert "compute" in lacking[0].shows  # the downloads are there


def test_without_observations_there_are_no_timelines_and_no_resources() -> None:
    rows = pictured.everything()
    for row in rows:
        row["extra_info"]["observation"] = None
    found = figures(pictured.material(rows))
    assert not found[Section.TIMELINES]
    assert not found[Section.RESOURCES]
    assert {Section.TIMELINES, Section.RESOURCES} <= {one.section for one in missing(found)}
    assert found[Section.COMPARISON]


# Colours


def luminance(color: str) -> float:
    """WCAG 2's relative luminance."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("style", theme.KNOWN.values(), ids=theme.KNOWN)
def test_a_patterns_colour_is_seen_on_white_and_on_near_black(style: theme.Style) -> None:
    assert all(contrast(style.color, paper) >= 3 for paper in PAPERS)


def test_text_is_seen_on_its_paper() -> None:
    assert all(contrast(look.ink, look.paper) >= 7 for look in (theme.LIGHT, theme.DARK))


@pytest.mark.parametrize("names", [[*theme.KNOWN], [f"own-{number}" for number in range(8)], ["dask", "a", "b", "c"]])
def test_patterns_differ_in_colour_and_in_shape_whoever_knows_them(names: list[str]) -> None:
    found = theme.styles([*names, *pictured.PATTERNS])
    assert set(found) == {*names, *pictured.PATTERNS}
    assert len({style.color for style in found.values()}) == len(found)
    assert len({style.shape for style in found.values()}) == len(found)


def test_a_pattern_keeps_its_colour_whatever_else_is_measured() -> None:
    alone = theme.styles(["gevent"])["gevent"]
    assert theme.styles([*pictured.PATTERNS, "gevent"])["gevent"] == alone
    assert theme.styles(["sequential"])["asyncio"] == theme.styles(pictured.PATTERNS)["asyncio"]


def test_more_patterns_than_styles_are_drawn_nevertheless() -> None:
    names = [f"own-{number}" for number in range(20)]
    assert set(theme.styles(names)) >= set(names)


def test_a_page_decides_the_colours_of_text_and_an_image_has_its_own() -> None:
    for figure in FIGURES.values():
        assert "currentColor" in vl_convert.vegalite_to_svg(figure.spec | {"width": 600})
        for look in (theme.LIGHT, theme.DARK):
            svg = vl_convert.vegalite_to_svg(theme.dressed(figure.spec, look) | {"width": 600})
            assert "currentColor" not in svg
            assert look.ink in svg


# Whose text it is, nobody knows


def hostile() -> Material:
    rows = pictured.everything(HOSTILE)
    for row in rows:
        row["extra_info"]["workload"] += HOSTILE[2]
        row["group"] += HOSTILE[1]
    return pictured.material(rows)


def expressions(found: Any, key: str = "") -> Iterator[str]:
    """All that Vega evaluates in a specification."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from expressions(value, name)
    elif isinstance(found, list):
        for value in found:
            yield from expressions(value, key)
    elif isinstance(found, str) and key in {"signal", "expr", "test", "update", "init", "on", "events", "calculate"}:
        yield found


def test_foreign_text_is_no_part_of_what_vega_evaluates() -> None:
    usual = [vl_convert.vegalite_to_vega(figure.spec) for figure in FIGURES.values()]
    known = {one for spec in usual for one in expressions(spec)}
    material = hostile()
    found = drawn(material)
    for figure in found.values():
        for expression in expressions(vl_convert.vegalite_to_vega(figure.spec)):
            assert "alert" not in expression
            assert expression in known or not any(name in expression for name in HOSTILE)
    assert found


def test_foreign_text_is_shown_as_text() -> None:
    written = set()
    for figure in drawn(hostile()).values():
        svg = vl_convert.vegalite_to_svg(figure.spec | {"width": 900})
        root = ElementTree.fromstring(svg)  # noqa: S314 - entities are not ours to declare
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags <= {"svg", "g", "path", "rect", "text", "line", "defs", "clipPath", "circle"}
        assert not [name for element in root.iter() for name in element.attrib if name.lower().startswith("on")]
        written |= {element.text for element in root.iter() if element.tag.endswith("text")}
    for name in HOSTILE:
        assert any(text and text.startswith(name[:15]) for text in written), name


def test_a_megabyte_of_text_makes_no_large_picture() -> None:
    rows = pictured.everything(tuple(f"{name}{'x' * 1_000_000}" for name in pictured.PATTERNS))
    for figure in drawn(pictured.material(rows)).values():
        assert len(json.dumps(figure.spec)) < 60_000
        assert all(len(cell) < 500 for row in figure.rows for cell in row)


def test_names_that_turn_text_around_are_shown_without_that() -> None:
    names = ("sequential", "a\u202eb", "asyncio", "multiprocessing")
    for figure in drawn(pictured.material(pictured.everything(names))).values():
        assert "\\u202e" not in json.dumps([figure.spec, figure.title, figure.says, figure.rows])


def test_names_of_pictures_are_fit_for_files_and_differ() -> None:
    rows = [
        *pictured.table("a", {"sequential": (1.0, None), "asyncio": (0.5, None)}, question="../é"),
        *pictured.table("b", {"sequential": (1.0, None), "asyncio": (0.5, None)}, question="/../"),
    ]
    names = [name for name in drawn(pictured.material(rows)) if name.startswith("speed-up")]
    assert names == ["speed-up-other", "speed-up-other-2"]


@pytest.mark.parametrize(("slow", "fast"), [(1e9, 1e-9), (5e-324, 5e-324)])
def test_extreme_times_are_drawn(slow: float, fast: float) -> None:
    rows = pictured.everything()
    for number, row in enumerate(rows):
        row["stats"] = saved.stats_of([slow if number % 2 else fast] * 3)
        if observation := row["extra_info"]["observation"]:
            observation["timeline"] = observation["timeline"] and [(0, -1e18, 1e18), (1, 5.0, 2.0)]
            observation["peak_bytes"] = -1
    for figure in drawn(pictured.material(rows)).values():
        assert not [value for value in numbers(figure.spec) if not math.isfinite(value)], figure.name
        assert vl_convert.vegalite_to_svg(figure.spec | {"width": 600})


def numbers(found: Any) -> Iterator[float]:
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, list | tuple):
        for value in found:
            yield from numbers(value)
    elif isinstance(found, float):
        yield found


def test_a_run_without_tasks_or_workers_is_drawn() -> None:
    rows = pictured.everything()
    for row in rows:
        row["extra_info"] |= {"tasks": 0, "workers": 0}
    assert drawn(pictured.material(rows))
