"""What more workers bring and take: speed-up and memory over the number of workers, a line for each pattern."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.report.drawing import canvas as drawing
from analysis.report.drawing.canvas import LONGEST_NAME, Datum, Layer, across_workers, layer, shown, text, tips, up
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.growth import GROWTHS, GrowthPoint, beside_few, points, with_extreme_tasks, with_most_tasks
from analysis.report.drawing.material import Material
from analysis.report.drawing.scales import scale
from analysis.report.drawing.theme import Mark, Style
from analysis.stats.units import count, factor, seconds, size
from analysis.views.summary import if_known

HEADINGS = ("workers", "pattern", "tasks", "speed-up", "median", "memory")
FEWEST_COUNTS = 3  # of workers, for a line that says something
HEIGHT = 300  # pixels


@dataclass(frozen=True)
class Height:
    """What a picture shows upwards, with the expression for the labels of that axis and the base of its logarithm."""

    of: Callable[[GrowthPoint], float | None]
    labels: str
    base: int
    is_limited: bool = False
    is_parted: bool = False  # by the number of tasks


SPEED_UP = Height(lambda point: point.speed_up, drawing.TIMES, 10, is_limited=True)
MEMORY = Height(lambda point: point.mebibytes, drawing.MEBIBYTES, 2, is_parted=True)


def figures(material: Material) -> Iterator[Figure]:
    """Two pictures for each growth that was measured with workers enough."""
    for growth in GROWTHS:
        found = points(growth, material.cases)
        if len({point.workers for point in found if not point.is_baseline}) < FEWEST_COUNTS:
            continue
        fastest = with_most_tasks(beside_few(found))
        rows = tuple(map(_row, found))
        yield Figure(
            name=f"scaling-{growth.name}-speed-up",
            title=growth.speed,
            says=_says(fastest),
            spec=_draw(fastest, material.styles, SPEED_UP),
            headings=HEADINGS,
            rows=rows,
        )
        if any(point.mebibytes for point in found):
            yield Figure(
                name=f"scaling-{growth.name}-memory",
                title=growth.memory,
                says="Peak memory above an idle interpreter, with every process. The results of the tasks are in it.",
                spec=_draw(with_extreme_tasks(beside_few(found)), material.styles, MEMORY),
                headings=HEADINGS,
                rows=rows,
            )


def _row(point: GrowthPoint) -> tuple[str, ...]:
    row = point.contender.row
    return (
        f"{point.workers:,}",
        shown(point.name),
        f"{point.tasks:,}",
        factor(point.speed_up),
        seconds(row.median_seconds),
        if_known(row.peak_bytes, size),
    )


def _says(points: Sequence[GrowthPoint]) -> str:
    best: dict[str, GrowthPoint] = {}
    for point in points:
        name = point.name
        if not point.is_baseline and point.speed_up > (best[name].speed_up if name in best else 0):
            best[name] = point
    said = ", ".join(
        f"{shown(name)} {factor(point.speed_up)} with {count(point.workers, 'worker')}" for name, point in best.items()
    )
    limit = " The dotted line is the physical limit." if any(point.limit for point in points) else ""
    return f"At most, over the baseline in tasks a second: {said}.{limit}"


def _draw(found: Sequence[GrowthPoint], styles: Mapping[str, Style], height: Height) -> dict[str, Any]:
    values = [_value(point, y) for point in found if (y := height.of(point)) is not None]
    possible = {point.workers: point.limit for point in found if height.is_limited and point.limit}
    limit = [{"x": workers, "y": y, "limit": factor(y)} for workers, y in sorted(possible.items())]
    axis = scale([one["y"] for one in (*values, *limit)], log=True, base=height.base)
    x = across_workers("x", sorted({point.workers for point in found}))
    y = up("y", axis.domain, log=axis.log, values=list(axis.ticks), labelExpr=height.labels)
    names = list(dict.fromkeys(point.name for point in found))
    told = tips(
        pattern="pattern", workers="workers", tasks="tasks", speed_up="speed-up", median="median", peak="memory"
    )
    notes = [
        layer(
            [{**one, "text": "physical limit"} for one in limit[-1:]], "text", Mark.NOTE, align="right", dx=-8, dy=-8
        ),
        layer(_ends(values) if height.is_parted else [], "text", Mark.NOTE, align="right", dx=4, dy=20),
    ]
    return drawing.specification(
        [
            layer(limit, "line", Mark.LIMIT, strokeDash=[2, 4], strokeWidth=2).encode(x=x, y=y),
            *(one.encode(x=x, y=y) for one in _lines(values, names, styles, height)),
            *(one.encode(x=x, y=y, text=text()) for one in notes),
            drawing.dots(values, names, styles).encode(x=x, y=y, tooltip=told),
        ],
        HEIGHT,
    )


def _lines(
    values: Sequence[Datum], names: Sequence[str], styles: Mapping[str, Style], height: Height
) -> Iterator[Layer]:
    """A line for each pattern, or for each pattern and number of tasks."""
    for name in names:
        own = [one for one in values if one["pattern"] == shown(name, LONGEST_NAME)]
        look: dict[str, Any] = {"color": styles[name].color, "strokeDash": list(styles[name].dash), "strokeWidth": 2.5}
        for tasks in dict.fromkeys(one["tasks"] for one in own) if height.is_parted else [None]:
            yield layer([one for one in own if tasks in (None, one["tasks"])], "line", **look)


def _ends(values: Sequence[Datum]) -> list[Datum]:
    """Where lines of different numbers of tasks end, at the lowest, with that number; none where all are alike."""
    groups = [[one for one in values if one["tasks"] == tasks] for tasks in dict.fromkeys(v["tasks"] for v in values)]
    lowest = [min(group, key=lambda one: (-one["x"], one["y"])) for group in groups]
    return (
        [{"x": one["x"], "y": one["y"], "text": f"{one['tasks']} tasks"} for one in lowest] if len(lowest) > 1 else []
    )


def _value(point: GrowthPoint, y: float) -> dict[str, Any]:
    row = point.contender.row
    return {
        "x": point.workers,
        "y": y,
        "pattern": shown(point.name, LONGEST_NAME),
        "workers": f"{point.workers:,}",
        "tasks": f"{point.tasks:,}",
        "speed_up": factor(point.speed_up),
        "median": seconds(row.median_seconds),
        "peak": if_known(row.peak_bytes, size) or "–",
    }
