"""The picture of speed-ups over time draws the pairs of a contest, in which the machine's speed cancels."""

import json
from typing import Any

import pytest
import vl_convert

from analysis.findings.summary import summarise
from analysis.report.drawing import courses
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.material import Material
from analysis.report.drawing.scales import scale
from tests.support.made_up import pictured, saved
from tests.support.made_up.pictured import JUMPS, drawn, evaluated, jumping, marks, validate


def picture(*runs: list[dict[str, Any]]) -> Figure:
    found = [pictured.run(rows, f"{number}.json") for number, rows in enumerate(runs)]
    return drawn(Material(summarise(found), found))["drift-math-primes"]


def points(figure: Figure, name: str) -> list[dict[str, Any]]:
    return [one for one in marks(figure, "point", "speed_up") if one["pattern"] == name]


def bars(figure: Figure) -> list[dict[str, Any]]:
    return marks(figure, "rect", "yardstick")


def ends(figure: Figure) -> list[dict[str, Any]]:
    return [one for one in marks(figure, "rule", "x", "color") if "pattern" not in one]


def test_speed_ups_are_flat_where_the_machines_speed_jumps() -> None:
    figure = picture(jumping())
    for name, speed_up in (("threading", "1.00×"), ("asyncio", "1.50×"), ("multiprocessing", "2.00×")):
        assert [one["speed_up"] for one in points(figure, name)] == [speed_up] * len(JUMPS)
        assert len({one["y"] for one in points(figure, name)}) == 1
    assert [one["machine"] for one in bars(figure)] == ["100 %", "100 %", "50 %", "80 %", "40 %", "100 %"]
    heights = [one["y2"] - one["y"] for one in bars(figure)]
    assert [height / heights[0] for height in heights] == pytest.approx([1 / jump for jump in JUMPS])
    assert "the machine’s speed changed by 2.50×, and the speed-ups by less than 0.1 % (" in figure.says


def test_a_speed_up_is_that_of_its_own_repeat() -> None:
    rows = jumping()
    data = rows[1]["stats"]["data"]
    data[6:8] = [seconds / 3 for seconds in data[6:8]]  # the fourth repeat of threading
    figure = picture(rows)
    assert [one["speed_up"] for one in points(figure, "threading")] == ["1.00×"] * 3 + ["3.00×"] + ["1.00×"] * 2
    assert "3.00× (threading)" in figure.says


def test_of_many_contenders_the_caption_names_the_steadiest() -> None:
    found = dict.fromkeys(("sequential", *(f"own-{number}" for number in range(9))), 0.3)
    rows = jumping(seconds=found)
    data = rows[5]["stats"]["data"]
    data[:2] = [seconds / 3 for seconds in data[:2]]
    says = picture(rows).says
    assert says.count("own-") == 4
    assert "own-4" not in says
    assert "up to 3.00× (the others)" in says


def test_the_table_has_the_numbers() -> None:
    figure = picture(jumping({"asyncio": 2}))
    assert figure.headings == (
        *("run", "repeat", "after", "speed of the machine"),
        *("threading", "asyncio", "multiprocessing"),
    )
    assert figure.rows[1] == ("1", "2", "3.00 s", "100 %", "1.00×", "1.50×", "2.00×")
    assert figure.rows[2] == ("1", "3", "4.50 s", "50 %", "1.00×", "", "2.00×")


def test_points_and_bars_are_on_one_axis() -> None:
    pair = {"sequential": 0.3, "asyncio": 0.2}
    figure = picture(jumping(seconds=pair), jumping(jumps=JUMPS[:4], seconds=pair))
    centres = [(one["x"] + one["x2"]) / 2 for one in bars(figure)]
    assert [one["x"] for one in points(figure, "asyncio")] == pytest.approx(centres)


def test_a_contender_that_dropped_out_ends_there() -> None:
    figure = picture(jumping({"asyncio": 4}))
    assert [one["when"] for one in points(figure, "asyncio")] == ["1", "2", "3", "4"]
    assert [one["x"] for one in ends(figure)] == [points(figure, "asyncio")[-1]["x"]]
    assert "A line with a bar at its end dropped out there" in figure.says


def test_who_was_there_to_the_end_has_no_end_marked() -> None:
    figure = picture(jumping())
    assert not ends(figure)
    assert "dropped out" not in figure.says


def test_without_the_baseline_there_are_no_speed_ups() -> None:
    figure = picture(jumping({"sequential": 3}))
    assert len(bars(figure)) == len(points(figure, "asyncio")) == 3
    assert not ends(figure)  # they went on
    assert "The picture ends where sequential dropped out" in figure.says


def test_runs_are_apart_and_in_order() -> None:
    figure = picture(jumping(), jumping({"asyncio": 2}, jumps=(4.0, 4.0, 4.0)))
    found = points(figure, "asyncio")
    assert [one["line"] for one in found] == [0] * 6 + [1] * 2
    assert [one["x"] for one in found] == sorted(one["x"] for one in found)
    assert found[6]["x"] - found[5]["x"] > found[1]["x"] - found[0]["x"]
    assert found[6]["when"] == "1 of run 2, 2026-11-24"
    lines = [one["data"]["values"] for one in figure.spec["layer"] if one["mark"]["type"] == "line"]
    assert sorted(map(len, lines)) == [2, 3, 3, 6, 6, 6]
    assert [one["text"] for one in marks(figure, "text", "x", "text")] == ["1", "2"]
    assert bars(figure)[-1]["machine"] == "25 %"


def test_what_was_measured_in_another_contest_is_no_pair() -> None:
    rows = jumping()
    rows[2]["extra_info"]["contest"]["id"] = "another"
    figure = picture(rows)
    assert not points(figure, "asyncio")
    assert points(figure, "threading")


@pytest.mark.parametrize("rows", [jumping(jumps=(1.0,)), jumping(question="dispatch"), jumping()[1:], jumping()[:1]])
def test_where_nothing_can_be_followed_there_is_no_picture(rows: list[dict[str, Any]]) -> None:
    assert not [name for name in drawn(pictured.material(rows)) if name.startswith("drift")]


def test_ones_own_work_is_drawn_for_each_number_of_workers() -> None:
    rows = []
    for workers in (2, 16):
        rows += jumping(question="own", workload="my-work", workers=workers)
        for row in rows[-len(pictured.PATTERNS) :]:
            row["group"] = f"own: my-work, {workers} workers, warm"
    found = [figure for name, figure in drawn(pictured.material(rows)).items() if name.startswith("drift")]
    assert [figure.title for figure in found] == [
        f"my-work with {workers} workers: do the speed-ups follow the machine’s speed?" for workers in (2, 16)
    ]


def test_a_long_contest_is_drawn_from_its_end() -> None:
    figure = picture(jumping(jumps=JUMPS * 20))
    assert len(bars(figure)) == len(figure.rows) == courses.MOST_REPEATS
    assert figure.rows[-1][1] == "120"
    assert len(marks(figure, "text", "x", "text")) <= 6


def test_it_is_valid_and_drawn_whatever_the_numbers() -> None:
    for slow, fast in ((1e9, 5e-324), (5e-324, 1e9), (1e9, 1e9)):
        rows = jumping()
        for number, row in enumerate(rows):
            row["stats"] = saved.stats_of([slow if number % 2 else fast] * 12)
            for repeat in row["extra_info"]["contest"]["repeats"]:
                repeat["yardstick_seconds"] = slow if repeat["number"] % 2 else fast
        figure = picture(rows)
        validate(figure)
        assert vl_convert.vegalite_to_svg(figure.spec | {"width": 390})
        assert all(len(cell) < 500 for row in figure.rows for cell in row)


def test_foreign_names_are_values_and_nothing_else() -> None:
    hostile = ("sequential", "datum.x", "'];alert(1)//", "<b>\u202e" + "x" * 100_000)
    runs = [jumping({"datum.x": 3}, seconds=dict.fromkeys(hostile, 0.1), jumps=jumps) for jumps in (JUMPS, JUMPS[:5])]
    found = saved.parsed(*(saved.run(rows) | {"datetime": "<i>\u202e" + "y" * 100_000} for rows in runs))
    figure = drawn(Material(summarise(found), found))["drift-math-primes"]
    said = json.dumps([figure.spec, figure.title, figure.says, figure.headings, figure.rows], ensure_ascii=False)
    assert len(said) < 60_000
    assert "\u202e" not in said
    usual = picture(jumping({"asyncio": 3}), jumping(jumps=JUMPS[:5]))
    there, known = ({*evaluated(vl_convert.vegalite_to_vega(one.spec))} for one in (figure, usual))
    assert there <= known


@pytest.mark.parametrize(
    ("values", "marked"),
    [
        ([1.0, 1.9], (0, 0.5, 1.0, 1.5)),
        ([10.0, 15.0], (0, 5, 10, 15)),
        ([0.9, 0.95], (0, 0.2, 0.4, 0.6, 0.8)),
        ([1.0, 100.0], (1, 10, 100)),
    ],
)
def test_values_are_marked_at_round_places(values: list[float], marked: tuple[float, ...]) -> None:
    assert scale(values).marked == pytest.approx(marked)


def test_places_on_a_scale_are_shares_of_it() -> None:
    linear, log = scale([1.0, 2.0]), scale([1.0, 100.0])
    assert [linear.share(0), linear.share(1e9), linear.share(-1)] == [0, 1, 0]
    assert log.share(10) == pytest.approx(0.5)
    assert (log.share(0), log.share(1e9)) == (0, 1)
