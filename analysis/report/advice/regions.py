"""A map: which pattern wins for what a task waits and what it computes, with the workloads that were measured on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.findings.summary import PRACTICAL
from analysis.model.costs import Calibration
from analysis.report.advice.controls import example, round_text
from analysis.report.advice.curve import basis
from analysis.report.advice.grid import Grid
from analysis.report.advice.known import known_works
from analysis.report.advice.spots import COMPUTES, HEIGHT, MILLISECOND, POINT, WAITS, WIDTH, Spot, spots
from analysis.report.drawing import canvas as drawing
from analysis.report.drawing import theme
from analysis.report.drawing.canvas import LONGEST_NAME, Datum, along, layer, shown, text, tips, up
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.material import Material
from analysis.report.drawing.theme import Mark, Style
from analysis.stats.units import BYTES, count, percent, seconds

HEADINGS = ("point", "workload", "waits", "computes", "named here", "measured fastest")
# Cells. A row is as many whole pixels high, so that no seam is seen between two.
COLUMNS, ROWS, ROW = 96, 80, 4
# In pixels: a letter of a name, and half of its height.
LETTER, LINE = 7, 10
TINT = 0.3


def figures(material: Material) -> Iterator[Figure]:
    """A map of all patterns, and one of those that take blocking code, where the runs tell what the machine costs."""
    if calibration := basis(material):
        known = spots(list(known_works(material, calibration)))
        ordered = theme.in_order(calibration.patterns, lambda one: one.pattern)
        blocking = [one.pattern for one in ordered if one.blocking]
        everyone = Regions(calibration, [one.pattern for one in ordered], known, material.styles)
        yield _figure("map", "Which pattern for which tasks?", everyone)
        if 1 < len(blocking) < len(ordered):
            some = Regions(calibration, blocking, known, material.styles)
            yield _figure("map-blocking", "Which one where all code is blocking?", some)


@dataclass(frozen=True)
class Regions:
    """The regions in which one of some patterns is named, and the points that are drawn on them."""

    calibration: Calibration
    patterns: Sequence[str]
    spots: Sequence[Spot]
    styles: Mapping[str, Style]

    @cached_property
    def grid(self) -> Grid:
        return Grid(self.calibration, example(self.calibration.machine), self.patterns)

    @cached_property
    def winners(self) -> NDArray[np.intp]:
        """The place of the pattern that is named in each cell, from below and from the left."""
        xs, ys = (np.sqrt(edges[:-1] * edges[1:]) for edges in (self.xs, self.ys))
        return self.grid.winners(xs * MILLISECOND, ys * MILLISECOND)

    @cached_property
    def xs(self) -> NDArray[np.float64]:
        """Where columns begin and end, in milliseconds."""
        return np.geomspace(*WAITS.domain, COLUMNS + 1)

    @cached_property
    def ys(self) -> NDArray[np.float64]:
        return np.geomspace(*COMPUTES.domain, ROWS + 1)

    def at(self, spot: Spot) -> str:
        """The pattern that is named in the cell of a point."""
        row = min(ROWS - 1, int(COMPUTES.share(spot.y) * ROWS))
        column = min(COLUMNS - 1, int(WAITS.share(spot.x) * COLUMNS))
        return self.patterns[int(self.winners[row, column])]

    def areas(self) -> Iterator[Datum]:
        """Rectangles of cells that name the same: rows that are alike in one, and in these the cells side by side."""
        bottom = 0
        for cells, alike in groupby(self.winners.tolist()):
            top, left = bottom + len(list(alike)), 0
            for winner, run in groupby(cells):
                right = left + len(list(run))
                x, x2, y, y2 = (float(f"{one:.4g}") for one in (*self.xs[[left, right]], *self.ys[[bottom, top]]))
                yield {"x": x, "x2": x2, "y": y, "y2": y2, "pattern": self.patterns[winner]}
                left = right
            bottom = top

    def names(self) -> Iterator[Datum]:
        """The name of each region that has room for it, where there is the most."""
        from scipy.ndimage import distance_transform_edt  # here, as it takes a while to import

        free = self._free()
        for place, pattern in enumerate(self.patterns):
            name = shown(pattern, LONGEST_NAME)
            # In halves of the name, so that it has room where the distance to what is not free is 1.
            cell = ROW / LINE, WIDTH / COLUMNS / (len(name) * LETTER / 2)
            room = distance_transform_edt(np.pad((self.winners == place) & free, 1), sampling=cell)[1:-1, 1:-1]
            row, column = np.unravel_index(np.argmax(room), room.shape)
            if room[row, column] >= 1:
                yield {"x": float(self.xs[column]), "y": float(self.ys[row]), "text": name}

    def _free(self) -> NDArray[np.bool_]:
        """The cells that no point covers."""
        columns, rows = np.arange(COLUMNS) * WIDTH / COLUMNS, np.arange(ROWS) * ROW
        free = np.ones((ROWS, COLUMNS), dtype=bool)
        for spot in self.spots:
            x, y = spot.pixels
            free &= (abs(columns - x) > POINT) | (abs(rows - y) > POINT)[:, None]
        return free


def _figure(name: str, title: str, regions: Regions) -> Figure:
    work = regions.grid.work
    says = (
        f"Predicted for {count(work.tasks, 'request')} of {round_text(work.size_bytes, BYTES)} and "
        f"{count(work.cores, 'core')}, each pattern with its best number of workers. Of those within "
        f"{percent(PRACTICAL - 1)} of each other, the first is named of {', '.join(map(shown, regions.patterns))}."
    )
    key = ", ".join(f"{spot.number} {shown(spot.work.name)}" for spot in regions.spots)
    return Figure(
        name=name,
        title=title,
        says=f"{says} The points are workloads that were measured: {key}." if key else says,
        spec=_draw(regions),
        headings=HEADINGS,
        rows=tuple(_row(spot, regions) for spot in regions.spots),
    )


def _row(spot: Spot, regions: Regions) -> tuple[str, ...]:
    work = spot.work
    fastest = next((row.contender for row in work.case.table.rows if row.contender in regions.patterns), "")
    return (
        str(spot.number),
        shown(work.name),
        seconds(work.latency_seconds),
        seconds(work.cpu_seconds),
        shown(regions.at(spot)),
        fastest and shown(fastest),
    )


def _draw(regions: Regions) -> dict[str, Any]:
    marks: dict[str, Any] = {"labelExpr": drawing.MILLISECONDS, "grid": False}
    x = along("x", WAITS.domain, log=WAITS.log, values=list(WAITS.ticks), title="wait for a reply, each", **marks)
    y = up("y", COMPUTES.domain, log=COMPUTES.log, values=list(COMPUTES.ticks), title="CPU time, each", **marks)
    areas = [{**one, "pattern": shown(one["pattern"], LONGEST_NAME)} for one in regions.areas()]
    seen = [pattern for place, pattern in enumerate(regions.patterns) if place in regions.winners]
    colors = drawing.by_pattern(seen, regions.styles)["color"]
    points = [_point(spot, regions) for spot in regions.spots]
    offset = {"xOffset": {"expr": "datum.right"}, "yOffset": {"expr": "-datum.above"}}
    told = tips(workload="workload", waits="waits", computes="computes", pattern="named here")
    layers = [
        layer(areas, "rect", opacity=TINT).encode(
            x=x, x2="x2", y=y, y2="y2", tooltip=tips(pattern="pattern"), color=colors
        ),
        layer(list(regions.names()), "text", Mark.NAME).encode(x=x, y=y, text=text()),
        layer(points, "point", Mark.SPOT, **offset).encode(x=x, y=y, tooltip=told),
        layer(points, "text", Mark.NUMBER, **offset).encode(x=x, y=y, text=text()),
    ]
    return drawing.specification(layers, HEIGHT)


def _point(spot: Spot, regions: Regions) -> Datum:
    return {
        "x": spot.x,
        "y": spot.y,
        "right": spot.right,
        "above": spot.above,
        "text": str(spot.number),
        "workload": shown(spot.work.name),
        "waits": seconds(spot.work.latency_seconds),
        "computes": seconds(spot.work.cpu_seconds),
        "pattern": shown(regions.at(spot)),
    }
