"""Time over the number of workers, a line for each pattern: of the work that is described at first.

The page's script replaces the data of the layers, which it finds by their names, when other work is described.
"""

from __future__ import annotations

from typing import Any

from analysis.findings.advice import WORKERS, curve
from analysis.model.costs import Calibration
from analysis.model.work import Work
from analysis.report.drawing import canvas as drawing
from analysis.report.drawing import theme
from analysis.report.drawing.canvas import LONGEST_NAME, Datum, across_workers, layer, raw, shown, tips
from analysis.report.drawing.theme import Style
from analysis.stats.units import seconds

NAME = "advice-curve"
LINES, BEST = "lines", "best"
# In pixels: all of it, and the labels of the vertical axis, which do not move it when they change.
HEIGHT, LABELS = 320, 56
MILLISECOND = 1e-3
WORKER_TICKS = [2**power for power in range(WORKERS[-1].bit_length())]
# The times that are labelled, by how many times the longest is the shortest: Vega would draw a line for each digit.
MANY, FEW = (",".join(f"{digit}e{power}" for power in range(-4, 10) for digit in digits) for digits in ("1235", "13"))
TIME_TICKS = f"domain('y')[1] > 20 * domain('y')[0] ? [{FEW}] : [{MANY}]"


def specification(calibration: Calibration, work: Work) -> dict[str, Any]:
    """The picture, with a point where a pattern is at its best."""
    import altair as alt

    names = theme.in_order([one.pattern for one in calibration.patterns], str)
    styles = theme.styles(names)
    curves = [found for name in names if (found := _line(calibration, work, name, styles[name]))]
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
    layers = {
        LINES: layer([point for one in curves for point in one], "line", strokeWidth=2.5).encode(
            x=x, y=y, **raw(color="color"), strokeDash=alt.StrokeDash("dash", type="nominal", scale=None)
        ),
        BEST: layer(
            [min(one, key=lambda point: point["y"]) for one in curves], "point", filled=True, size=110, opacity=1
        ).encode(
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


def _line(calibration: Calibration, work: Work, pattern: str, style: Style) -> list[Datum]:
    """The points of a pattern, as the page's script makes them too."""
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
        for point in curve(calibration, work, pattern, calibration.machine.memory_bytes)
    ]
