"""The laws as a script, and the map of which pattern wins where: they are the laws that Python evaluates."""

import random
import re
from functools import cache

import numpy as np
import pytest
import vl_convert
from msgspec.structs import replace

from analysis.findings.summary import PRACTICAL, summarise
from analysis.model.laws import FUNCTIONS, LAWS, Law
from analysis.model.work import Work
from analysis.model.workers import best_of, curve
from analysis.report.advice import grid, laws_script
from analysis.report.advice.controls import NONE, example, sliders
from analysis.report.advice.known import known_works
from analysis.report.advice.regions import Regions
from analysis.report.advice.spots import COMPUTES, WAITS, spots
from analysis.report.drawing import theme
from analysis.report.drawing.material import Material
from analysis.report.figures import Section, figures, missing
from tests.support.made_up import model_runs
from tests.support.made_up.pictured import marks, validate

CORES = 2


@cache
def first_work() -> Work:
    return example(model_runs.calibration().machine)


@cache
def material() -> Material:
    runs = model_runs.parsed(1, 2)
    return Material(summarise(runs), runs)


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        *((one, "JavaScript may not read") for one in ("tasks ** 2", "tasks // 2", "tasks % 2", "tasks --2")),
        *((one, "JavaScript may not read") for one in ("tasks if cores > 1 else 1", "1_000 * tasks", "tasks # 1")),
        ("tasks if cores else 1", "else, if is no function"),
        ("tasks and cores", "and is no function"),
        ("not tasks", "not is no function"),
        ("1e3 * tasks", "e is no function"),
        ("0x10 * tasks", "x is no function"),
        ("sqrt(tasks)", "sqrt is no function"),
        ("seconds + 1", "seconds is no function"),
    ],
)
def test_a_law_that_javascript_may_read_in_another_way_is_refused(formula: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"{re.escape(f'new = {formula}: ')}.*{reason}"):
        laws_script.script((Law("new", formula, "a new one"),))


def test_every_function_of_the_laws_is_there_for_arrays() -> None:
    assert list(grid.FUNCTIONS) == list(FUNCTIONS)
    assert all(f"{law.name} = {law.formula};" in laws_script.script() for law in LAWS)


def test_the_values_of_sliders_rise_and_have_a_text_each() -> None:
    for one in sliders(3):
        assert list(one.values) == sorted(set(one.values))
        assert len(set(one.texts)) == len(one.values), one.texts
        assert one.texts[0] == (NONE if one.values[0] == 0 else "1")
    assert 3 in next(one for one in sliders(3) if one.name == "cores").values


def test_the_work_that_is_described_at_first_is_where_sliders_can_stand() -> None:
    assert all(one.values[one.place(first_work())] == getattr(first_work(), one.field) for one in sliders(CORES))


def named(patterns: list[str], latency_seconds: float, cpu_seconds: float) -> str:
    """What is named for the work of the map, by what the command says of each pattern."""
    work = replace(first_work(), latency_seconds=latency_seconds, cpu_seconds=cpu_seconds)
    calibration = model_runs.calibration()
    times = {
        one: best_of(calibration.of(one), work, curve(calibration, work, one, calibration.machine.memory_bytes)).seconds
        for one in patterns
    }
    return next(one for one in patterns if times[one] < PRACTICAL * min(times.values()))


def test_the_map_names_what_the_command_would() -> None:
    rng = random.Random(1)
    patterns = list(model_runs.PATTERNS)
    found = Regions(model_runs.calibration(), patterns, [], theme.styles(patterns))
    xs, ys = ([rng.choice(edges[:-1]) for _ in range(12)] for edges in (found.xs / 1000, found.ys / 1000))
    winners = found.grid.winners(np.array(xs), np.array(ys))
    for row, y in enumerate(ys):
        for column, x in enumerate(xs):
            assert patterns[int(winners[row, column])] == named(patterns, x, y)


def test_regions_cover_the_map_once_and_have_their_names_in_them() -> None:
    (found, blocking) = figures(material())[Section.ADVICE]
    for figure in (found, blocking):
        validate(figure)
        assert vl_convert.vegalite_to_vega(figure.spec)["marks"]
        areas = marks(figure, "rect", "x2")
        covered = sum(np.log(one["x2"] / one["x"]) * np.log(one["y2"] / one["y"]) for one in areas)
        whole = np.prod([np.log(high / low) for low, high in (WAITS.domain, COMPUTES.domain)])
        assert covered == pytest.approx(whole, rel=1e-2)
        names = [one for one in marks(figure, "text", "x") if "workload" not in one]
        assert {one["text"] for one in names} <= {one["pattern"] for one in areas}
        assert len(names) >= 2
        for one in names:
            (around,) = [
                area["pattern"]
                for area in areas
                if area["x"] <= one["x"] < area["x2"] and area["y"] <= one["y"] < area["y2"]
            ]
            assert around == one["text"]
    assert {one["pattern"] for one in marks(blocking, "rect", "x2")} <= model_runs.BLOCKING


def test_measured_workloads_are_where_they_wait_and_compute() -> None:
    works = {one.name: one for one in known_works(material(), model_runs.calibration())}
    assert "nothing" not in works
    assert (works["download-typical"].latency_seconds, works["download-typical"].cpu_seconds) == (0.02, 0)
    assert works["math-primes"].latency_seconds == 0
    assert works["math-primes"].cpu_seconds == pytest.approx(0.023, rel=0.05)
    assert works["mixed"].latency_seconds == pytest.approx(0.021, rel=0.05)
    assert works["mixed"].cpu_seconds == pytest.approx(0.0043, rel=0.1)
    found = spots(list(works.values()))
    assert not any(one.covers(other) for number, one in enumerate(found) for other in found[:number])


def test_the_table_of_the_map_has_what_was_measured_beside_what_is_predicted() -> None:
    found = figures(material())[Section.ADVICE][0]
    rows = {row[1]: row for row in found.rows}
    assert rows["math-primes"][-2:] == ("asyncio-processes", "asyncio-processes")
    assert all(f"{row[0]} {row[1]}" in found.says for row in found.rows)


def test_without_a_whole_run_advice_is_missing_with_the_command_that_makes_it() -> None:
    runs = model_runs.parsed(1)
    part = [one for one in runs[0].benchmarks if one.facts.question != "startup"]
    runs = [replace(runs[0], benchmarks=tuple(part))]
    found = figures(Material(summarise(runs), runs))
    assert not found[Section.ADVICE]
    assert [one.command for one in missing(found) if one.section is Section.ADVICE] == ["make bench"]
