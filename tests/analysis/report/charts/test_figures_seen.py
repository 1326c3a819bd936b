"""What is seen of the report's pictures: colours on any paper, and foreign text as text."""

import json
import math
from collections.abc import Iterator
from itertools import cycle
from typing import Any
from xml.etree import ElementTree

import pytest
import vl_convert

from analysis.report.drawing import theme
from analysis.report.drawing.material import Material
from tests.support.made_up import pictured, saved
from tests.support.made_up.pictured import all_figures, drawn, evaluated

PAPERS = ("#ffffff", "#0d1117")
# What a scale may be told by: names that are written in the suite, or those of patterns, as text.
HOSTILE = ("datum.x", "'];alert(1)//", "<script>alert(1)</script>", '"\\u0027\\ javascript:alert(1)')


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
    for figure, look in zip(all_figures().values(), cycle((theme.LIGHT, theme.DARK)), strict=False):
        assert "currentColor" in vl_convert.vegalite_to_svg(figure.spec | {"width": 600})
        svg = vl_convert.vegalite_to_svg({**figure.spec, "config": theme.config(look), "width": 600})
        assert "currentColor" not in svg
        assert look.ink in svg


def hostile() -> Material:
    rows = pictured.everything(HOSTILE)
    for row in rows:
        row["extra_info"]["workload"] += HOSTILE[2]
        row["group"] += HOSTILE[1]
    return pictured.material(rows)


def test_foreign_text_is_no_part_of_what_vega_evaluates() -> None:
    usual = [vl_convert.vegalite_to_vega(figure.spec) for figure in all_figures().values()]
    known = {one for spec in usual for one in evaluated(spec)}
    material = hostile()
    found = drawn(material)
    for figure in found.values():
        for expression in evaluated(vl_convert.vegalite_to_vega(figure.spec)):
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


def test_long_text_makes_no_large_picture_and_what_turns_it_around_is_left_out() -> None:
    rows = pictured.everything(tuple(f"{name}{'x' * 100_000}" for name in pictured.PATTERNS))
    for figure in drawn(pictured.material(rows)).values():
        assert len(json.dumps(figure.spec)) < 60_000
        assert all(len(cell) < 500 for row in figure.rows for cell in row)
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
