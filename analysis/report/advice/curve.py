"""Time over the number of workers, a line for each pattern.

The page's script replaces the data of the layers, which it finds by their names, when other work is described.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.findings.advice import WORKERS, Advice, Point, best_of, curve
from analysis.model.costs import Calibration
from analysis.model.work import Work
from analysis.report.drawing import canvas as drawing
from analysis.report.drawing import theme
from analysis.report.drawing.canvas import LONGEST_NAME, Datum, across_workers, layer, raw, shown, tips
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.theme import Style
from analysis.stats.units import seconds
from analysis.views import advice as view

NAME = "advice-curve"
LINES, BEST = "lines", "best"
HEADINGS = ("pattern", "workers", "time")
# In pixels: all of it, and the labels of the vertical axis, which do not move it when they change.
HEIGHT, LABELS = 320, 56
MILLISECOND = 1e-3
WORKER_TICKS = [2**power for power in range(WORKERS[-1].bit_length())]
# The times that are labelled, by how many times the longest is the shortest: Vega would draw a line for each digit.
MANY, FEW = (",".join(f"{digit}e{power}" for power in range(-4, 10) for digit in digits) for digits in ("1235", "13"))
TIME_TICKS = f"domain('y')[1] > 20 * domain('y')[0] ? [{FEW}] : [{MANY}]"


def figure(found: Advice) -> Figure:
    """The picture of some advice."""
    options = theme.in_order(found.options, lambda one: one.pattern)
    answer = f"{view.name(found)}: {view.line(found)}"
    return Figure(
        name=NAME,
        title="How long does it take, with how many workers?",
        says=f"Predicted for {view.work_of(found)}. {answer}. A point is where a pattern is at its best.",
        spec=specification({one.pattern: one.curve for one in options}),
        headings=HEADINGS,
        rows=tuple(
            (shown(one.pattern), f"{point.workers:,}", seconds(point.seconds)) for one in options for point in one.curve
        ),
    )


def predicted(calibration: Calibration, work: Work) -> dict[str, tuple[Point, ...]]:
    """The curves of all patterns that there is the memory for."""
    memory = calibration.machine.memory_bytes
    curves = {one.pattern: curve(calibration, work, one.pattern, memory) for one in calibration.patterns}
    return {pattern: found for pattern, found in curves.items() if found}


def specification(curves: Mapping[str, Sequence[Point]]) -> dict[str, Any]:
    """The picture of the curves of some patterns, with a point where each is at its best."""
    import altair as alt

    names = theme.in_order(curves, str)
    styles = theme.styles(names)
    x = across_workers("x", WORKER_TICKS)
    y = alt.Y(
        "y",
        type="quantitative",
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(
            values=alt.ExprRef(TIME_TICKS),
            labelExpr=drawing.MILLISECONDS,
            title=None,
            domain=False,
            ticks=False,
            minExtent=LABELS,
            maxExtent=LABELS,
        ),
    )
    lines = [datum for name in names for datum in _data(name, curves[name], styles[name])]
    best = [datum for name in names for datum in _data(name, [best_of(curves[name])], styles[name])]
    layers = {
        LINES: layer(lines, "line", strokeWidth=2.5).encode(
            x=x, y=y, **raw(color="color"), strokeDash=alt.StrokeDash("dash", type="nominal", scale=None)
        ),
        BEST: layer(best, "point", filled=True, size=110, opacity=1).encode(
            x=x,
            y=y,
            tooltip=tips(pattern="pattern", workers="workers", took="predicted"),
            **drawing.by_pattern(names, styles),
        ),
    }
    spec = drawing.specification(list(layers.values()), HEIGHT)
    for drawn, name in zip(spec["layer"], layers, strict=True):
        drawn["data"]["name"] = name
    return spec


def _data(pattern: str, points: Sequence[Point], style: Style) -> list[Datum]:
    """Points of a pattern, as the page's script makes them too."""
    return [
        {
            "pattern": shown(pattern, LONGEST_NAME),
            "color": style.color,
            "dash": list(style.dash),
            "x": point.workers,
            "y": point.seconds / MILLISECOND,
            "workers": f"{point.workers:,}",
            "took": seconds(point.seconds),
        }
        for point in points
    ]
