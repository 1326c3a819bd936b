"""A panel for each benchmark over the same runs: its points, the levels it had, and where it went from one to another.

A point is a run's median round, or several runs' where there are many: their median, with the least and the most.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from analysis.findings.trend import ChangePoint
from analysis.report.drawing import canvas as drawing
from analysis.report.drawing.canvas import Datum, Layer, along, down, layer, raw, shown, text, tips, written
from analysis.report.drawing.theme import Mark
from analysis.stats.units import seconds, signed, signed_bounds
from runfile.digests import RunDigest

MOST_POINTS = 120  # of a panel: more could not be told apart on a page
# A panel shows a range of so much at least, as a ratio: noise is not to look like a change.
LEAST_RANGE = 1.1
LONGEST_DIFFERENCES = 200

# In pixels.
HEADER, STEP, PANEL, BETWEEN = 24, 18, 64, 16
BOUNDS = 66  # to the left of a panel, for what its top and bottom stand for
FOOT = 8
# The area of a point, where there are few and where there are many.
FEW, LARGE, SMALL = 200, 60, 24


@dataclass(frozen=True)
class ChangePanel:
    """A benchmark: its runs by their place among all that were made alike, from the oldest, and its steps."""

    benchmark: str
    called: str
    runs: Sequence[tuple[int, RunDigest]]
    steps: Sequence[ChangePoint]
    color: str

    def seconds(self) -> list[float]:
        return [run.seconds[self.benchmark] for _, run in self.runs]

    @property
    def header(self) -> float:
        """Its height: the name, and beneath it the size of a step."""
        return HEADER + (STEP if self.steps else 0)

    def place(self, step: ChangePoint) -> int:
        """Where the first run after a step is."""
        return next(place for place, run in self.runs if str(run.path) == step.first_after.file)


@dataclass(frozen=True)
class Space:
    """Where a panel is: its top in pixels, and the logarithms that its bottom and its top stand for."""

    top: float
    low: float
    high: float

    @classmethod
    def of(cls, panel: ChangePanel, top: float) -> Space:
        logs = [math.log(value) for value in panel.seconds()]
        centre, half = (max(logs) + min(logs)) / 2, max(max(logs) - min(logs), math.log(LEAST_RANGE)) / 2
        return cls(top, centre - half, centre + half)

    @property
    def bottom(self) -> float:
        return self.top + PANEL

    def y(self, value: float) -> float:
        share = (math.log(value) - self.low) / (self.high - self.low)
        return round(self.bottom - share * PANEL, 2)


def draw(panels: Sequence[ChangePanel], datetimes: Sequence[str]) -> dict[str, Any]:
    """The panels over all runs, of which the dates and times are given."""
    runs = len(datetimes)
    placed: list[tuple[ChangePanel, Space]] = []
    foot = 0.0
    for panel in panels:
        placed.append((panel, Space.of(panel, foot + panel.header)))
        foot = placed[-1][1].bottom + BETWEEN
    x = along("x", (-0.5, runs - 0.5), left=BOUNDS, right=FOOT)
    layers = [
        *_frames(placed),
        *_clouds([point for panel, space in placed for point in _points(panel, space, runs)], x),
        layer(
            [level for panel, space in placed for level in _levels(panel, space)], "rule", Mark.INTERVAL, strokeWidth=2
        ).encode(x=x, x2="x2", y=down("y")),
        *_cliffs([step for panel, space in placed for step in _steps(panel, space, runs)], x),
        _at_end([{"x": -0.5, "y": foot, "text": day(datetimes[0])}], Mark.NOTE, "left", x),
        _at_end([{"x": runs - 0.5, "y": foot, "text": day(datetimes[-1])}], Mark.NOTE, "right", x),
    ]
    return drawing.specification(layers, foot + FOOT)


def day(datetime: str) -> str:
    """The day of a date and time, as a saved run has it."""
    return shown(datetime[:10])


def _frames(placed: Sequence[tuple[ChangePanel, Space]]) -> Iterator[Layer]:
    """The name of each panel, its floor, and what its top and bottom stand for."""
    ends = [(space.top + 6, space.high) for _, space in placed] + [(space.bottom - 6, space.low) for _, space in placed]
    yield written(
        [{"y": space.top - panel.header + HEADER / 2, "text": shown(panel.called)} for panel, space in placed],
        Mark.NAME,
        limit="width",
    )
    yield written([{"y": y, "text": seconds(math.exp(log))} for y, log in ends], Mark.NOTE, limit=f"{BOUNDS}")
    yield layer([{"y": space.bottom} for _, space in placed], "rule", Mark.BASE).encode(y=down("y"))


def _clouds(points: Sequence[Datum], x: Any) -> Iterator[Layer]:
    told = tips(benchmark="benchmark", runs="run", took="median round", spread="from, to", commit="commit")
    spread = [one for one in points if one["y2"] != one["y3"]]
    color = raw(color="color")
    yield layer(spread, "rule", strokeWidth=2, opacity=0.35).encode(x=x, y=down("y2"), y2="y3", **color)
    yield layer(points, "point", filled=True, size=LARGE if len(points) < FEW else SMALL, opacity=0.9).encode(
        x=x, y=down("y"), tooltip=told, **color
    )


def _points(panel: ChangePanel, space: Space, runs: int) -> Iterator[Datum]:
    """A point for each run, or for as many neighbours as it takes to have no more than there is room for."""
    together = math.ceil(runs / MOST_POINTS)
    neighbours: dict[int, list[tuple[int, RunDigest]]] = {}
    for place, run in panel.runs:
        neighbours.setdefault(place // together, []).append((place, run))
    for found in neighbours.values():
        took = [run.seconds[panel.benchmark] for _, run in found]
        (first, oldest), (last, newest) = found[0], found[-1]
        yield {
            "x": (first + last) / 2,
            "y": space.y(median(took)),
            "y2": space.y(max(took)),
            "y3": space.y(min(took)),
            "color": panel.color,
            "benchmark": shown(panel.called),
            "runs": _called(oldest) if first == last else f"{_called(oldest)} to {_called(newest)}",
            "took": seconds(median(took)),
            "spread": f"{seconds(min(took))}, {seconds(max(took))}",
            "commit": shown(newest.commit.short),
        }


def _called(run: RunDigest) -> str:
    return f"{run.number} of {day(run.datetime)}" if run.number else day(run.datetime)


def _levels(panel: ChangePanel, space: Space) -> Iterator[Datum]:
    if panel.steps:
        places = [panel.place(step) for step in panel.steps]
        levels = [panel.steps[0].before_seconds, *(step.after_seconds for step in panel.steps)]
        starts, ends = [panel.runs[0][0], *places], [*places, panel.runs[-1][0] + 1]
        for level, start, end in zip(levels, starts, ends, strict=True):
            yield {"x": start - 0.5, "x2": end - 0.5, "y": space.y(level)}


def _steps(panel: ChangePanel, space: Space, runs: int) -> Iterator[Datum]:
    """A line at each step; what the largest was is written beside it."""
    largest = max(panel.steps, key=lambda step: abs(math.log(step.change.estimate)), default=None)
    for step in panel.steps:
        place, change = panel.place(step), signed(step.change.estimate)
        yield {
            "x": place - 0.5,
            "y": space.top,
            "y2": space.bottom,
            "text": f"{change} at {shown(step.first_after.commit)}" if step is largest else "",
            "side": "left" if place < runs / 2 else "right",
            "change": change,
            "interval": signed_bounds(step.change),
            "commit": shown(step.first_after.commit),
            "date": day(step.first_after.datetime),
            "differs": shown("; ".join(step.differences) or "nothing that is known", LONGEST_DIFFERENCES),
        }


def _cliffs(steps: Sequence[Datum], x: Any) -> Iterator[Layer]:
    told = tips(change="change", interval="95 % interval", commit="commit", date="date", differs="differs")
    line = layer(steps, "rule", Mark.LIMIT, strokeDash=[3, 3], strokeWidth=1.5)
    yield line.encode(x=x, y=down("y"), y2="y2", tooltip=told)
    for side in ("left", "right"):
        yield _at_end([one for one in steps if one["side"] == side], Mark.VALUE, side, x, baseline="bottom")


def _at_end(texts: Sequence[Datum], style: str, side: str, x: Any, **look: Any) -> Layer:
    """Texts that begin, or end, where they are."""
    apart = 4 if side == "left" else -4
    return layer(texts, "text", style, align=side, dx=apart, **look).encode(x=x, y=down("y"), text=text())
