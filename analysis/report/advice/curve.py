"""Time over the number of workers, a line for each pattern.

The page's script replaces the data of the layers, which it finds by their names, when other work is described.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.findings.advice import Advice
from analysis.model.costs import Calibration
from analysis.model.work import Work
from analysis.model.workers import WORKERS, Point, best_of, curve
from analysis.report.advice.controls import example
from analysis.report.drawing import canvas as drawing
from analysis.report.drawing import theme
from analysis.report.drawing.canvas import LONGEST_NAME, Datum, across_workers, layer, raw, shown, tips
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.material import Material
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


@dataclass(frozen=True)
class Curve:
    """The points of a pattern, and the one that is its best."""

    pattern: str
    points: Sequence[Point]
    best: Point


def basis(material: Material) -> Calibration | None:
    """What the machine costs, if by it the work that is described at first takes some time, and fits the memory."""
    if (calibration := material.calibration) is None:
        return None
    times = [point.seconds for line in predicted(calibration, example(calibration.machine)) for point in line.points]
    return calibration if times and min(times) > 0 else None


def figure(found: Advice) -> Figure:
    """The picture of some advice."""
    options = theme.in_order(found.options, lambda one: one.pattern)
    answer = f"{view.name(found)}: {view.line(found)}"
    return Figure(
        name=NAME,
        title="How long does it take, with how many workers?",
        says=f"Predicted for {view.work_of(found)}. {answer}. A point is where a pattern is at its best.",
        spec=specification(
            [Curve(one.pattern, one.curve, one.point) for one in options], theme.styles(one.pattern for one in options)
        ),
        headings=HEADINGS,
        rows=tuple(
            (shown(one.pattern), f"{point.workers:,}", seconds(point.seconds)) for one in options for point in one.curve
        ),
    )


def predicted(calibration: Calibration, work: Work) -> list[Curve]:
    """The lines of all patterns that there is the memory for."""
    lines = []
    for costs in calibration.patterns:
        if points := curve(calibration, work, costs.pattern, calibration.machine.memory_bytes):
            lines.append(Curve(costs.pattern, points, best_of(costs, work, points)))
    return theme.in_order(lines, lambda one: one.pattern)


def specification(lines: Sequence[Curve], styles: Mapping[str, Style], later: Sequence[str] = ()) -> dict[str, Any]:
    """The picture of some lines, with a point where each is at its best; `later` other patterns may have one too."""
    import altair as alt

    names = theme.in_order({*later, *(one.pattern for one in lines)}, str)
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
    drawn = [_datum(one, point, styles[one.pattern]) for one in lines for point in one.points]
    best = [_datum(one, one.best, styles[one.pattern]) for one in lines]
    layers = {
        LINES: layer(drawn, "line", strokeWidth=2.5).encode(
            x=x, y=y, **raw(color="color"), strokeDash=alt.StrokeDash("dash", type="nominal", scale=None)
        ),
        BEST: drawing.dots(best, names, styles, 110).encode(
            x=x, y=y, tooltip=tips(pattern="pattern", workers="workers", took="predicted")
        ),
    }
    spec = drawing.specification(list(layers.values()), HEIGHT)
    for made, name in zip(spec["layer"], layers, strict=True):
        made["data"]["name"] = name
    return spec


def _datum(line: Curve, point: Point, style: Style) -> Datum:
    """A point of a pattern, as the page's script makes it too."""
    return {
        "pattern": shown(line.pattern, LONGEST_NAME),
        "color": style.color,
        "dash": list(style.dash),
        "x": point.workers,
        "y": point.seconds / MILLISECOND,
        "workers": f"{point.workers:,}",
        "took": seconds(point.seconds),
    }
