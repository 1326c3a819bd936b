"""A timeline of the report has each task where it was, in a frame for each worker."""

from itertools import combinations

import pytest

from analysis.findings.summary import summarise
from analysis.report.drawing import theme
from analysis.report.drawing.lanes import workers
from analysis.report.drawing.material import Material
from tests.support.made_up import pictured, saved
from tests.support.made_up.pictured import all_figures, drawn, marks, whole


def test_a_timeline_has_a_bar_for_each_task_and_a_frame_for_each_worker() -> None:
    figure = all_figures()["timeline-download-talk"]
    bars = marks(figure, "rect", "took")
    frames = [mark for mark in marks(figure, "rect", "x2") if "took" not in mark]
    colors = {name: style.color for name, style in theme.styles(pictured.PATTERNS).items()}
    counted = {name: [one["pattern"] for one in bars].count(name) for name in pictured.PATTERNS}
    assert counted == dict.fromkeys(pictured.PATTERNS, 20)
    framed = {name: [one["color"] for one in frames].count(color) for name, color in colors.items()}
    assert framed == {"sequential": 1, "threading": 5, "asyncio": 1, "multiprocessing": 2}


def test_a_timeline_begins_with_the_baseline_and_tells_what_each_took() -> None:
    figure = all_figures()["timeline-download-talk"]
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
    bars = marks(all_figures()["timeline-download-talk"], "rect", "took")
    threads = sorted((one["x"], one["x2"]) for one in bars if one["pattern"] == "threading")
    expected = sorted((start * 1e3, end * 1e3) for _, start, end in pictured.one_by_one(20, 5))
    assert threads == [pytest.approx(one) for one in expected]


def test_tasks_that_overlap_in_one_worker_have_lanes_of_their_own_and_those_in_turns_share_one() -> None:
    observation = whole().cases[0].contenders[2].observations[0]
    (loop,) = workers(observation)
    assert loop.lanes == 20
    bars = [
        one for one in marks(all_figures()["timeline-download-talk"], "rect", "took") if one["pattern"] == "asyncio"
    ]
    for one, other in combinations(bars, 2):
        assert one["y2"] <= other["y"] or other["y2"] <= one["y"]
    observation = whole().cases[0].contenders[1].observations[0]
    assert [worker.lanes for worker in workers(observation)] == [1] * 5


def test_a_timeline_says_that_threads_hold_each_other_up_when_they_compute() -> None:
    figure = all_figures()["timeline-math-primes"]
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
