"""How advice is shown: the sentences, the table, the machine's costs, and the curve."""

from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
import vl_convert
from msgspec.structs import replace

from analysis.documents import markdown
from analysis.documents.document import Table
from analysis.findings.advice import Advice, Quantity, Switch, advise
from analysis.model.costs import FIGURES
from analysis.model.work import Work, spread_of
from analysis.report.advice.curve import BEST, LINES, figure
from analysis.report.images import write_image
from analysis.stats.units import seconds
from analysis.views import advice as view
from analysis.views import costs
from runfile.runs import RunError
from tests.support.made_up.model_runs import PATTERNS, calibration
from tests.support.made_up.pictured import validate
from tests.support.shown import as_text

BOTH = Work(tasks=2000, cores=8, latency_seconds=0.3, cpu_seconds=0.004, size_bytes=20480)


@cache
def found(work: Work = BOTH, memory_bytes: int | None = None, blocking_only: bool = False) -> Advice:
    return advise(calibration(), work, memory_bytes, blocking_only)


def shown(advice: Advice, *elsewhere: str, width: int = 200) -> str:
    return as_text(view.document(advice, elsewhere), width)


def test_it_begins_with_the_runs_and_the_machine_that_it_is_of() -> None:
    first, second = shown(found()).splitlines()[:3:2]
    assert first.startswith(
        "by 2 runs, the newest of 2026-11-24, on 1a2b3c4d (AMD EPYC 7B13, 2 usable cores, 24.0 GiB)"
    )
    assert first.endswith("CPython 3.11.7")
    assert second == (
        "2,000 tasks, each an HTTP request for 20 KiB that is answered after 300 ms, then 4 ms of computing; 8 cores, "
        "24 GiB; the workers are started for it"
    )


@pytest.mark.parametrize(
    ("work", "each"),
    [
        (Work(tasks=1, cores=1, cpu_seconds=0.02, requests=False), "1 task, 20 ms of computing; 1 core"),
        (
            Work(tasks=2, cores=1, cpu_seconds=0.02, gil_free=0.5, requests=False, is_warm=True),
            "20 ms of computing, 50 % of it without the GIL; 1 core, 24 GiB; the workers are up",
        ),
        (Work(tasks=2, cores=2, is_local=True), "each an HTTP request by a server on the same cores; 2 cores"),
        (
            Work(tasks=2, cores=2, latency_seconds=0.3, spread=spread_of(0.3, 0.9) or 0),
            "answered after 300 ms on average, 95 of 100 within 900 ms",
        ),
    ],
)
def test_work_is_said_as_it_was_understood(work: Work, each: str) -> None:
    assert each in view.work_of(found(work))


@pytest.mark.parametrize(("size_bytes", "is_said"), [(2**20, True), (2**14, False)])
def test_results_that_are_long_to_send_are_told(size_bytes: int, is_said: bool) -> None:
    text = shown(found(Work(tasks=9, cores=2, cpu_seconds=0.001, requests=False, size_bytes=size_bytes)))
    assert ("warning: large results: a task and its result are 1 MiB, and" in text) is is_said


def test_what_is_chosen_stands_with_its_figures_and_who_is_next() -> None:
    advice = found()
    best, following = advice.options[0].best, advice.options[1]
    text = shown(advice)
    time = seconds(best.seconds.estimate)
    assert f"{best.pattern} with {best.workers:,} workers: {time} (" in text
    assert (
        f"next: {following.pattern} with {following.best.workers:,} workers, {following.slowness:.2f}× as long" in text
    )


def test_it_says_how_few_workers_are_enough() -> None:
    advice = found()
    best, *rest = advice.options
    fewer = replace(advice, options=(replace(best, fewest=3), *rest))
    assert "3 workers would take no more than 5 % longer" in shown(fewer)
    same = replace(advice, options=(replace(best, fewest=best.best.workers), *rest))
    assert "would take no more" not in shown(same)
    both = replace(fewer, chosen=(best.pattern, rest[0].pattern))
    others = f"{rest[0].fewest} workers of {rest[0].pattern}"
    assert f"3 workers of {best.pattern} or {others} would take no more than 5 % longer" in shown(both)


def test_those_as_fast_in_practice_are_named_together() -> None:
    advice = found(Work(tasks=500, cores=2, cpu_seconds=0.01, gil_free=1.0, requests=False))
    assert len(advice.chosen) > 1
    *others, last = advice.chosen
    assert f"{', '.join(others)} or {last} with 2 workers: " in shown(advice)
    assert "the same within 7 %" in shown(advice)


def test_where_no_pattern_gains_the_plain_loop_is_named() -> None:
    advice = found(Work(tasks=1, cores=2, latency_seconds=0.1))
    text = shown(advice)
    assert f"\nsequential: {seconds(advice.options[0].best.seconds.estimate)} (" in text
    assert "nothing is faster by 7 % or more" in text


def test_every_option_has_a_row_on_a_terminal_of_80_columns() -> None:
    text = shown(found(), width=80)
    rows = [line for line in text.splitlines() if line.startswith(PATTERNS)]
    assert {line.split()[0] for line in rows if "×" in line} >= set(PATTERNS)
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("quantity", "is_above", "value", "sentence"),
    [
        (Quantity.CPU, True, 0.00912, "above 9.1 ms of computing a task: X"),
        (Quantity.LATENCY, False, 0.0021, "below 2.1 ms of latency: X"),
        (Quantity.SIZE, True, 3 * 1024, "above 3 KiB a request: X"),
        (Quantity.GIL_FREE, True, 0.4, "with more than 40 % of the computing without the GIL: X"),
        (Quantity.GIL_FREE, False, 0.4, "with less than 40 % of the computing without the GIL: X"),
        (Quantity.TASKS, True, 2, "from 2 tasks on: X"),
        (Quantity.TASKS, False, 12_345, "with 12,345 tasks or fewer: X"),
        (Quantity.CORES, False, 1, "with 1 core: X"),
        (Quantity.CORES, True, 44, "from 44 cores on: X"),
    ],
)
def test_a_switch_is_a_sentence(quantity: Quantity, is_above: bool, value: float, sentence: str) -> None:
    assert view.switch(Switch(quantity, is_above, value, "X", 2.0)) == sentence


def test_what_is_left_out_is_said_with_its_reason() -> None:
    text = shown(found(memory_bytes=80 * 2**20, blocking_only=True))
    assert "asyncio: takes coroutines" in text
    assert "multiprocessing with more than " in text
    assert "workers: needs more than 80 MiB" in text
    assert view.EXCLUDED not in shown(found())


def test_it_says_what_speaks_against_it() -> None:
    text = shown(found(replace(BOTH, spread=1.2)), "usable cores: 2 there, 4 here")
    assert "note: another machine or Python: not the same here as where the runs were made: usable cores: 2" in text
    assert "note: 8 cores: measured on 2: what more of them add is extrapolated by Amdahl's law" in text
    assert "warning: very unequal latencies: 95 of 100 within 3.50× the mean" in text
    assert "Caveats" not in shown(found(replace(BOTH, cores=2)))


def test_it_ends_with_what_it_is_and_how_to_check_it_and_is_markdown_too() -> None:
    last = shown(found()).splitlines()[-1]
    assert last == "predicted, not measured; to measure your own tasks: `make bench WORKLOAD=FILE`"
    advice = found()
    text = markdown.render(view.document(advice))
    assert text.startswith("## Which one for this work?\n\n*by 2 runs")
    assert f"| **{advice.chosen[0]}** | {advice.options[0].best.workers:,} | " in text


def test_the_costs_have_a_column_for_each_figure_and_a_row_for_each_pattern() -> None:
    text = as_text(costs.document(calibration()), 80)
    assert sum(line.startswith("multiprocessing ") for line in text.splitlines()) >= len(costs.GROUPS)
    assert "cores that a further one adds when all are busy: 0.87 ± " in text
    assert max(map(len, text.splitlines())) <= 80
    rows = markdown.render(costs.document(calibration())).partition(costs.MEMORY)[2].splitlines()
    assert "| asyncio-processes | 4.70 MiB | 229 KiB | 648 KiB |" in rows


def test_no_cost_of_further_workers_is_shown_of_a_pattern_that_has_one() -> None:
    rows = markdown.render(costs.document(calibration())).partition(costs.MEMORY)[2].splitlines()
    (row,) = (line for line in rows if line.startswith("| sequential"))
    assert row.split("|")[3].strip() == ""
    assert row.split("|")[4].strip() != ""


def test_every_figure_of_the_laws_is_shown() -> None:
    shown = [
        column.heading
        for block in costs.document(calibration()).blocks
        if isinstance(block, Table)
        for column in block.columns
    ]
    assert len(shown) == len(FIGURES) + 1


def test_the_curve_has_a_line_for_each_pattern_and_a_point_at_its_best() -> None:
    advice = found()
    drawn = figure(advice)
    validate(drawn)
    assert vl_convert.vegalite_to_vega(drawn.spec)["marks"]
    data = {layer["data"]["name"]: layer["data"]["values"] for layer in drawn.spec["layer"]}
    points = {(one.pattern, point.workers, point.seconds / 1e-3) for one in advice.options for point in one.curve}
    assert {(one["pattern"], one["x"], one["y"]) for one in data[LINES]} == points
    assert {(one["pattern"], one["x"]) for one in data[BEST]} == {
        (one.pattern, one.best.workers) for one in advice.options
    }
    assert len(drawn.rows) == len(points)


@pytest.mark.parametrize("tasks", [1, 2, 2000])
@pytest.mark.parametrize("name", ["curve.svg", "curve.PNG"])
def test_the_curve_is_written_as_its_name_says(tmp_path: Path, name: str, tasks: int) -> None:
    file = tmp_path / name
    write_image(figure(found(replace(BOTH, tasks=tasks))), file, "--curve")
    if file.suffix == ".svg":
        texts = [one.text for one in ElementTree.fromstring(file.read_text(encoding="utf-8")).iter() if one.text]  # noqa: S314
        assert "How long does it take, with how many workers?" in texts
        assert "NaN" not in file.read_text(encoding="utf-8")
    else:
        assert file.read_bytes().startswith(b"\x89PNG")
    assert [*tmp_path.iterdir()] == [file]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("curve.pdf", r"curve\.pdf is not the name of a picture: name a file that ends in .svg or .png with --curve"),
        ("folder.svg", r"folder\.svg is a folder: name a file with --curve"),
        ("none/curve.svg", r"cannot be written \(No such file or directory\): name another place with --curve"),
    ],
)
def test_a_place_for_no_curve_is_refused(tmp_path: Path, name: str, problem: str) -> None:
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(RunError, match=problem):
        write_image(figure(found()), tmp_path / name, "--curve")
    assert [one.name for one in tmp_path.iterdir()] == ["folder.svg"]
