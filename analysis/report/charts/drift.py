"""Does the machine's speed change the speed-ups? A point for each repeat, and under it how fast the machine was then.

A speed-up is of one repeat: the baseline's time in it, divided by the contender's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from analysis.report.drawing import canvas as drawing
from analysis.report.drawing import theme
from analysis.report.drawing.canvas import (
    LONGEST_NAME,
    Datum,
    Layer,
    along,
    at_left,
    down,
    layer,
    raw,
    shown,
    tips,
    written,
)
from analysis.report.drawing.courses import Course, Moment, course_of
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.material import ANY, Material, asked
from analysis.report.drawing.scales import Scale, scale
from analysis.report.drawing.theme import Mark
from analysis.stats.units import factor, percent, seconds

# Question and workload of the tables that are drawn, and what is asked of them.
ASKED = (
    ("io-bound", "download-typical", "{workload}: do the speed-ups follow the machine’s speed?"),
    ("cpu-bound", "math-primes", "{workload}: do the speed-ups follow the machine’s speed?"),
    ("mixed", ANY, "{workload}: do the speed-ups follow the machine’s speed?"),
    ("own", ANY, "{workload} with {workers}: do the speed-ups follow the machine’s speed?"),
)
FEWEST_REPEATS = 2
MOST_TOLD = 5  # contenders in the caption
MOST_LABELS = 6  # under the picture
MANY = 24  # points of a line, from which on they are small
LEAST = 0.001  # a smaller change is as good as none
SAYS_MORE = 2.0  # times: from there on a change is given as a factor

# In pixels.
PANEL, BETWEEN, STRIP, FOOT, LABEL = 150, 30, 40, 26, 17
FLOOR = PANEL + BETWEEN + STRIP
LEFT, RIGHT = 56, 12
LINE = 14  # of text
CAP = 7  # half of what marks where a line ends early
# In repeats: from one run to the next, the bar of one, and from a contender to the next, who would often cover each
# other, and from the first to the last of them at most.
APART, BAR, NEXT, MOST_NEXT = 0.8, 0.86, 0.04, 0.5


def figures(material: Material) -> Iterator[Figure]:
    """A picture for each table that is asked about, if its contest had more than one repeat."""
    for case, title in asked(material.cases, ASKED):
        course = course_of(case.title, material.runs)
        if len(course.moments) >= FEWEST_REPEATS:
            yield Figure(
                name=f"drift-{drawing.slug(case.facts.workload)}",
                title=title,
                says=_says(course),
                spec=_draw(course, material.styles),
                headings=("run", "repeat", "after", "speed of the machine", *map(shown, course.names)),
                rows=tuple(_row(course, moment) for moment in course.moments),
            )


def _row(course: Course, moment: Moment) -> tuple[str, ...]:
    return (
        f"{moment.run:,}",
        f"{moment.repeat:,}",
        seconds(moment.at),
        percent(course.machine_speed(moment)),
        *(factor(moment.speed_ups[name]) if name in moment.speed_ups else "" for name in course.names),
    )


def _says(course: Course) -> str:
    spreads = {name: course.spread(name) for name in course.names if len(course.of(name)) > 1}
    told = sorted(spreads, key=lambda name: spreads[name])
    told = told if len(told) <= MOST_TOLD else told[: MOST_TOLD - 1]
    changed = [f"{_change(spreads[name])} ({shown(name)})" for name in told]
    if rest := [spread for name, spread in spreads.items() if name not in told]:
        changed.append(f"up to {_change(max(rest))} (the others)")
    machine = factor(1 / min(map(course.machine_speed, course.moments)))
    said = [
        f"Each point is one repeat: the time of {shown(course.baseline)} divided by that of the pattern in the same "
        "repeat, with the speed of the machine just before it underneath.",
        f"From lowest to highest, the machine’s speed changed by {machine}"
        + (f", and the speed-ups by {', '.join(changed)}." if changed else "."),
    ]
    return " ".join([*said, *_ended(course)])


def _change(times: float) -> str:
    if times >= SAYS_MORE:
        return factor(times)
    return percent(times - 1) if times - 1 >= LEAST else f"less than {percent(LEAST)}"


def _ended(course: Course) -> Iterator[str]:
    """What is not there, and why."""
    if any(course.ends_early(places[-1]) for name in course.names for places in course.lines(name)):
        yield "A line with a bar at its end dropped out there, because it was surely behind."
    if course.is_cut:
        what = "A run ends" if len(course.runs) > 1 else "The picture ends"
        yield f"{what} where {shown(course.baseline)} dropped out: what came later has no time to compare with."


@dataclass(frozen=True)
class Places:
    """Where things are: repeats along, in the unit of the axis, and speed-ups and shares in pixels from the top."""

    along: Sequence[float]
    axis: Scale

    @classmethod
    def of(cls, course: Course) -> Places:
        values = [value for one in course.moments for value in one.speed_ups.values()]
        runs = course.runs
        return cls(
            [at + APART * runs.index(one.run) for at, one in enumerate(course.moments)],
            scale(values),
        )

    @property
    def domain(self) -> tuple[float, float]:
        return self.along[0] - 0.5, self.along[-1] + 0.5

    def at(self, place: int, number: int, of: int) -> float:
        """Where one of several contenders is in a repeat."""
        return self.along[place] + (number - (of - 1) / 2) * min(NEXT, MOST_NEXT / of)

    def speed_up(self, value: float) -> float:
        return round(PANEL * (1 - self.axis.share(value)), 2)

    def share(self, value: float) -> float:
        return round(FLOOR - STRIP * value, 2)


def _draw(course: Course, styles: Mapping[str, theme.Style]) -> dict[str, Any]:
    places = Places.of(course)
    x = along("x", places.domain, left=LEFT, right=RIGHT)
    points = {name: list(_points(course, places, name)) for name in course.names}
    told = tips(pattern="pattern", speed_up="speed-up", when="repeat", after="after", machine="speed of the machine")
    size = 80 if len(course.moments) < MANY else 36
    layers = [
        *_frame(places),
        _between_runs(course, places, x),
        *(one.encode(x=x, y=down("y")) for one in _lines(points, styles)),
        _caps(course, places, styles, x),
        drawing.dots([point for own in points.values() for point in own], course.names, styles, size).encode(
            x=x, y=down("y"), tooltip=told
        ),
        _strip(course, places, x),
        *_labels(course, places, x),
    ]
    return drawing.specification(layers, FLOOR + FOOT)


def _frame(places: Places) -> Iterator[Layer]:
    """What the heights stand for."""
    low, high = places.axis.domain
    equal = places.speed_up(1.0)
    base = [{"y": equal, "text": "1×"}] if low <= 1 <= high else []
    heights = [(tick, places.speed_up(tick)) for tick in places.axis.marked if tick]
    ticks = [{"y": y, "text": f"{tick:,.6g}×"} for tick, y in heights if not base or abs(y - equal) >= LINE]
    shares = [{"y": places.share(value), "text": percent(value)} for value in (0.0, 1.0)]
    lines = layer([*ticks, *shares], "rule", Mark.BASE, opacity=0.12)
    yield lines.encode(x=at_left(LEFT), x2=_right(), y=down("y"))
    yield layer(base, "rule", Mark.BASE).encode(x=at_left(LEFT), x2=_right(), y=down("y"))
    yield written([*base, *ticks, *shares], Mark.NOTE, limit=f"{LEFT - 4}")
    yield written(
        [{"y": PANEL + BETWEEN - 10, "text": "speed of the machine, of its fastest"}],
        Mark.NOTE,
        left=LEFT,
        limit=f"width - {LEFT}",
    )


def _right() -> Any:
    import altair as alt

    return alt.X2Value("width")  # type: ignore[no-untyped-call]


def _between_runs(course: Course, places: Places, x: Any) -> Layer:
    borders = [
        {"x": (places.along[at] + places.along[at + 1]) / 2, "y": top, "y2": bottom}
        for at, (one, later) in enumerate(pairwise(course.moments))
        for top, bottom in ((0, PANEL), (PANEL + BETWEEN, FLOOR))
        if one.run != later.run
    ]
    return layer(borders, "rule", Mark.BASE, strokeDash=[3, 3]).encode(x=x, y=down("y"), y2="y2")


def _points(course: Course, places: Places, name: str) -> Iterator[Datum]:
    for line, found in enumerate(course.lines(name)):
        for at in found:
            moment = course.moments[at]
            yield {
                "x": places.at(at, course.names.index(name), len(course.names)),
                "y": places.speed_up(moment.speed_ups[name]),
                "line": line,
                "pattern": shown(name, LONGEST_NAME),
                "speed_up": factor(moment.speed_ups[name]),
                **_told(course, moment),
            }


def _told(course: Course, moment: Moment) -> Datum:
    """What a tooltip says of a repeat."""
    run = f" of run {moment.run:,}, {moment.date}" if len(course.runs) > 1 else ""
    return {
        "when": f"{moment.repeat:,}{run}",
        "after": seconds(moment.at),
        "machine": percent(course.machine_speed(moment)),
    }


def _lines(points: Mapping[str, Sequence[Datum]], styles: Mapping[str, theme.Style]) -> Iterator[Layer]:
    """A thin line through the repeats of a contender in one run."""
    for name, own in points.items():
        look: dict[str, Any] = {"color": styles[name].color, "strokeWidth": 1.5, "opacity": 0.8}
        for line in dict.fromkeys(one["line"] for one in own):
            yield layer([{"x": one["x"], "y": one["y"]} for one in own if one["line"] == line], "line", **look)


def _caps(course: Course, places: Places, styles: Mapping[str, theme.Style], x: Any) -> Layer:
    """Where lines end early."""
    ends = [
        {"x": places.at(at, number, len(course.names)), "y": y - CAP, "y2": y + CAP, "color": styles[name].color}
        for number, name in enumerate(course.names)
        for *_, at in course.lines(name)
        if course.ends_early(at)
        for y in [places.speed_up(course.moments[at].speed_ups[name])]
    ]
    return layer(ends, "rule", strokeWidth=2, xOffset=9).encode(x=x, y=down("y"), y2="y2", **raw(color="color"))


def _strip(course: Course, places: Places, x: Any) -> Layer:
    bars = [
        {
            "x": at - BAR / 2,
            "x2": at + BAR / 2,
            "y": places.share(course.machine_speed(moment)),
            "y2": FLOOR,
            "yardstick": seconds(moment.yardstick_seconds),
            **_told(course, moment),
        }
        for at, moment in zip(places.along, course.moments, strict=True)
    ]
    told = tips(when="repeat", after="after", machine="speed of the machine", yardstick="a fixed piece of work took")
    return layer(bars, "rect", color=theme.NEUTRAL, opacity=0.7).encode(
        x=x, x2="x2", y=down("y"), y2="y2", tooltip=told
    )


def _labels(course: Course, places: Places, x: Any) -> Iterator[Layer]:
    """When it was: the number of each run, or, of a single one, the time of each repeat; not all if there are many."""
    runs = course.runs
    if len(runs) > 1:
        spots = [[at for at, one in zip(places.along, course.moments, strict=True) if one.run == run] for run in runs]
        found = [((own[0] + own[-1]) / 2, f"{run:,}") for run, own in zip(runs, spots, strict=True)]
    else:
        found = [(at, seconds(one.at)) for at, one in zip(places.along, course.moments, strict=True)]
    labels = [{"x": at, "y": FLOOR + LABEL, "text": words} for at, words in found[:: -(-len(found) // MOST_LABELS)]]
    yield layer(labels, "text", Mark.NOTE).encode(x=x, y=down("y"), text=drawing.text())
    yield written([{"y": FLOOR + LABEL, "text": "run" if len(runs) > 1 else "after"}], Mark.NOTE)
