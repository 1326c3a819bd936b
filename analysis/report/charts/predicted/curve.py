"""The time that some work is predicted to take, over the number of workers: a line for each pattern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.findings.advice import Advice, Option
from analysis.report.drawing import canvas as drawing
from analysis.report.drawing import theme
from analysis.report.drawing.canvas import LONGEST_NAME, Datum, across_workers, layer, shown, tips, up
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.scales import scale
from analysis.report.drawing.theme import Style
from analysis.stats.units import seconds
from analysis.views import advice as view

HEADINGS = ("pattern", "workers", "time")
HEIGHT = 360  # pixels


def figure(found: Advice) -> Figure:
    """The picture, with a point where each pattern is at its best."""
    options = theme.in_order(found.options, lambda one: one.pattern)
    chosen = f"{view.name(found)}: {view.line(found)}"
    return Figure(
        name="advice-curve",
        title="How long does it take, with how many workers?",
        says=f"Predicted for {view.work_of(found)}. {chosen}. A point is where a pattern is at its best.",
        spec=_draw(options, theme.styles(one.pattern for one in options)),
        headings=HEADINGS,
        rows=tuple(
            (shown(one.pattern), f"{point.workers:,}", seconds(point.seconds)) for one in options for point in one.curve
        ),
    )


def _draw(options: Sequence[Option], styles: Mapping[str, Style]) -> dict[str, Any]:
    lines = {one.pattern: _values(one) for one in options}
    best = [value for one in options for value in lines[one.pattern] if value["x"] == one.best.workers]
    axis = scale([value["y"] for values in lines.values() for value in values], log=True)
    x = across_workers("x", _powers(max(one.most for one in options)))
    y = up("y", axis.domain, log=axis.log, values=list(axis.ticks), labelExpr=drawing.MILLISECONDS)
    names = [one.pattern for one in options]
    return drawing.specification(
        [
            *(
                layer(
                    values,
                    "line",
                    color=styles[name].color,
                    strokeDash=list(styles[name].dash),
                    strokeWidth=2.5,
                ).encode(x=x, y=y)
                for name, values in lines.items()
            ),
            layer(best, "point", filled=True, size=110, opacity=1).encode(
                x=x,
                y=y,
                tooltip=tips(pattern="pattern", workers="workers", time="time"),
                **drawing.by_pattern(names, styles),
            ),
        ],
        HEIGHT,
    )


def _powers(most: int) -> list[int]:
    """The powers of two up to the first that is no less than a number, and two at least, so that an axis has ends."""
    return [2**power for power in range(max(2, (most - 1).bit_length() + 1))]


def _values(option: Option) -> list[Datum]:
    return [
        {
            "x": point.workers,
            "y": point.seconds * 1000,
            "pattern": shown(option.pattern, LONGEST_NAME),
            "workers": f"{point.workers:,}",
            "time": seconds(point.seconds),
        }
        for point in option.curve
    ]
