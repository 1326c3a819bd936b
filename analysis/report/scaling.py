"""What more workers bring and take: speed-up and memory over the number of workers, a line for each pattern."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.report import drawing, theme
from analysis.report.drawing import LONGEST_NAME, across_workers, layer, shown, text, tips, up
from analysis.report.figure import Figure
from analysis.report.material import Case, Contender, Material
from analysis.report.scales import scale
from analysis.report.theme import Mark, Style
from analysis.runs import Facts
from analysis.units import count, factor, seconds, size

HEADINGS = ("workers", "pattern", "tasks", "speed-up", "median", "memory")
FEWEST_COUNTS = 3  # of workers, for a line that says something
HEIGHT = 300  # pixels
LEAST_MEBIBYTES = 2**-8  # a page: less is drawn as this much


@dataclass(frozen=True)
class Growth:
    """A question whose tables differ in the number of workers, and one more that has the same work."""

    name: str
    question: str
    beside: str
    speed: str
    memory: str


GROWTHS = (
    Growth(
        "io",
        "io-scaling",
        "io-bound",
        "More downloads at a time: how much faster, and until when?",
        "More downloads at a time: how much memory?",
    ),
    Growth(
        "cpu",
        "cpu-scaling",
        "cpu-bound",
        "Computing with more workers: how much faster?",
        "Computing with more workers: how much memory?",
    ),
)


@dataclass(frozen=True)
class Point:
    """A pattern with a number of workers. Speed-ups are ratios of tasks a second, as tables differ in their tasks."""

    contender: Contender
    workers: int
    speed_up: float
    limit: float | None  # the speed-up that is possible

    @property
    def mebibytes(self) -> float | None:
        peak = self.contender.row.peak_bytes
        return None if peak is None else max(LEAST_MEBIBYTES, peak / 2**20)


@dataclass(frozen=True)
class Height:
    """What a picture shows upwards, with the expression for the labels of that axis and the base of its logarithm."""

    of: Callable[[Point], float | None]
    labels: str
    base: int
    is_limited: bool = False


SPEED_UP = Height(lambda point: point.speed_up, drawing.TIMES, 10, is_limited=True)
MEMORY = Height(lambda point: point.mebibytes, drawing.MEBIBYTES, 2)


def figures(material: Material) -> Iterator[Figure]:
    """Two pictures for each growth that was measured with workers enough."""
    styles = theme.styles(material.patterns)
    for growth in GROWTHS:
        points = _points(growth, material.cases)
        if len({point.workers for point in points if not point.contender.row.is_baseline}) < FEWEST_COUNTS:
            continue
        rows = tuple(map(_row, points))
        yield Figure(
            name=f"scaling-{growth.name}-speed-up",
            title=growth.speed,
            says=_says(points),
            spec=_draw(points, styles, SPEED_UP),
            headings=HEADINGS,
            rows=rows,
        )
        if any(point.mebibytes for point in points):
            yield Figure(
                name=f"scaling-{growth.name}-memory",
                title=growth.memory,
                says="Peak memory above an idle interpreter, with every process.",
                spec=_draw(points, styles, MEMORY),
                headings=HEADINGS,
                rows=rows,
            )


def _points(growth: Growth, cases: Sequence[Case]) -> list[Point]:
    """The patterns with each number of workers, on the most tasks that they were given."""
    patterns = [case for case in cases if case.compares_patterns and case.facts.workers and case.facts.tasks]
    scaled = [case for case in patterns if case.facts.question == growth.question]
    works = {_work(case.facts) for case in scaled}
    beside = [case for case in patterns if case.facts.question == growth.beside and _work(case.facts) in works]
    most: dict[tuple[str, int], Contender] = {}
    for case in (*beside, *scaled):
        for one in case.contenders:
            # The baseline has one worker, whatever it is given.
            key = one.name, 1 if one.row.is_baseline else one.facts.workers
            if key not in most or one.facts.tasks >= most[key].facts.tasks:
                most[key] = one
    baseline = next((one for one in most.values() if one.row.is_baseline), None)
    if baseline is None:
        return []
    task_seconds = baseline.row.median_seconds / baseline.facts.tasks
    return [
        Point(
            one,
            workers,
            speed_up=task_seconds * one.facts.tasks / one.row.median_seconds,
            limit=task_seconds * one.facts.tasks / one.facts.ideal_seconds if one.facts.ideal_seconds else None,
        )
        for (_, workers), one in theme.in_order(sorted(most.items()), lambda item: item[0][0])
    ]


def _work(facts: Facts) -> tuple[str, str]:
    """What is done, whatever the number of tasks, which is part of the workload's name where it is not its own."""
    return facts.workload.removesuffix(f"-x{facts.tasks}"), facts.lifecycle


def _row(point: Point) -> tuple[str, ...]:
    row = point.contender.row
    return (
        f"{point.workers:,}",
        shown(point.contender.name),
        f"{point.contender.facts.tasks:,}",
        factor(point.speed_up),
        seconds(row.median_seconds),
        "" if row.peak_bytes is None else size(row.peak_bytes),
    )


def _says(points: Sequence[Point]) -> str:
    best: dict[str, Point] = {}
    for point in points:
        name = point.contender.name
        if not point.contender.row.is_baseline and point.speed_up > (best[name].speed_up if name in best else 0):
            best[name] = point
    said = ", ".join(
        f"{shown(name)} {factor(point.speed_up)} with {count(point.workers, 'worker')}" for name, point in best.items()
    )
    return f"At most, over the baseline in tasks a second: {said}. The dashed line is the physical limit."


def _draw(
    points: Sequence[Point],
    styles: Mapping[str, Style],
    height: Height,
) -> dict[str, Any]:
    values = [_value(point, y) for point in points if (y := height.of(point)) is not None]
    possible = {point.workers: point.limit for point in points if height.is_limited and point.limit}
    line = [{"x": workers, "y": limit, "limit": factor(limit)} for workers, limit in sorted(possible.items())]
    axis = scale([one["y"] for one in (*values, *line)], log=True, base=height.base)
    x = across_workers("x", sorted({point.workers for point in points}))
    y = up("y", axis.domain, log=axis.log, values=list(axis.ticks), labelExpr=height.labels)
    names = list(dict.fromkeys(point.contender.name for point in points))
    told = tips(
        pattern="pattern", workers="workers", tasks="tasks", speed_up="speed-up", median="median", peak="memory"
    )
    lines = [
        layer(
            [one for one in values if one["pattern"] == shown(name, LONGEST_NAME)],
            "line",
            strokeWidth=2.5,
            strokeDash=list(styles[name].dash),
            color=styles[name].color,
        ).encode(x=x, y=y)
        for name in names
    ]
    return drawing.specification(
        [
            layer(line, "line", Mark.LIMIT, strokeDash=[2, 4], strokeWidth=2).encode(x=x, y=y),
            layer(
                [{**one, "text": "physical limit"} for one in line[-1:]], "text", Mark.NOTE, align="right", dx=-8, dy=-8
            ).encode(x=x, y=y, text=text()),
            *lines,
            layer(values, "point", filled=True, size=90, opacity=1).encode(
                x=x, y=y, tooltip=told, **drawing.by_pattern(names, styles)
            ),
        ],
        HEIGHT,
    )


def _value(point: Point, y: float) -> dict[str, Any]:
    row = point.contender.row
    return {
        "x": point.workers,
        "y": y,
        "pattern": shown(point.contender.name, LONGEST_NAME),
        "workers": f"{point.workers:,}",
        "tasks": f"{point.contender.facts.tasks:,}",
        "speed_up": factor(point.speed_up),
        "median": seconds(row.median_seconds),
        "peak": "–" if row.peak_bytes is None else size(row.peak_bytes),
    }
