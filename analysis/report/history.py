"""How benchmarks went over many runs: a panel for each that has changed, with its levels, and for some main ones.

A point is a run's fastest round, or several runs where there are many: their median, with the least and the most.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from analysis.comparison_words import bounds, signed
from analysis.records import Record
from analysis.report import drawing, theme
from analysis.report.drawing import along, down, layer, raw, shown, text, tips, written
from analysis.report.figure import Figure
from analysis.report.material import Material
from analysis.report.theme import Mark
from analysis.trend import Series, Shift, alike, told_apart, works_of
from analysis.units import count, seconds

FEWEST_RUNS = 3
MOST_CHANGED = 6
# Questions whose first table gives a panel for the fastest of its contenders, whether it has changed or not.
MAIN = ("talk", "io-bound", "cpu-bound", "mixed", "own")
MOST_POINTS = 120  # of a panel: more could not be told apart on a page
HEADINGS = ("benchmark", "runs", "first", "newest", "change", "commit", "date")

# In pixels.
HEADER, PANEL, BETWEEN = 24, 64, 16
BOUNDS = 64  # to the left of a panel, for what its top and bottom stand for
NEUTRAL = "#7a7f87"
# A panel shows a range of so much at least, as a ratio: noise is not to look like a change.
LEAST_RANGE = 1.1


@dataclass(frozen=True)
class Panel:
    """A benchmark: its runs by their place among all that were made alike, from the oldest, and its steps."""

    benchmark: str
    called: str
    runs: Sequence[tuple[int, Record]]
    steps: Sequence[Shift]
    color: str

    def seconds(self) -> list[float]:
        return [run.seconds[self.benchmark] for _, run in self.runs]

    def place(self, step: Shift) -> int:
        """Where the first run after a step is."""
        return next(place for place, run in self.runs if str(run.path) == step.first_after.file)


def figures(material: Material) -> Iterator[Figure]:
    """The picture, if there are some runs made as those of the report were."""
    records = _alike(material)
    panels = _panels(material, records) if len(records) >= FEWEST_RUNS else []
    if panels:
        changed = [panel for panel in panels if panel.steps]
        yield Figure(
            name="history",
            title="What changed over time, and when?" if changed else "How did it go from run to run?",
            says=_says(records, changed),
            spec=_draw(panels, records),
            headings=HEADINGS,
            rows=tuple(row for panel in panels for row in _rows(panel)),
        )


def _alike(material: Material) -> list[Record]:
    """The runs of the history that are of the report's machine and effort, from the oldest."""
    session = material.runs[-1].session
    key = session.machine.fingerprint, session.run.effort
    for records in alike(material.history):
        first = records[0].session
        if (first.machine.fingerprint, first.run.effort) == key:
            return records
    return []


def _panels(material: Material, records: Sequence[Record]) -> list[Panel]:
    """Those that have changed most, and then the main ones."""
    styles = theme.styles(material.patterns)
    patterns = {one.benchmark: one.facts.pattern for case in material.cases for one in case.contenders}
    places = {record.path: place for place, record in enumerate(records)}
    series = works_of(records)
    runs_of = {(name, told_apart(name, work, series)): runs for (name, work), runs in series.items()}
    steps = {(one.benchmark, one.work): one.steps for one in _changed(material)}
    by_newest = sorted(runs_of, key=lambda key: places[runs_of[key][-1].path])
    newest = {name: (name, apart) for name, apart in by_newest}
    main = [newest[name] for name in _main(material) if name in newest]
    return [
        Panel(
            benchmark=name,
            called=name.rpartition("::")[2] + (f" ({apart})" if apart else ""),
            runs=[(places[run.path], run) for run in runs_of[name, apart]],
            steps=steps.get((name, apart), ()),
            color=styles[patterns[name]].color if name in patterns else NEUTRAL,
        )
        for name, apart in dict.fromkeys([*list(steps)[:MOST_CHANGED], *main])
        if (name, apart) in runs_of
    ]


def _changed(material: Material) -> Sequence[Series]:
    session = material.runs[-1].session
    key = session.machine.fingerprint, session.run.effort
    groups = material.trend.groups if material.trend else ()
    return next((group.changed for group in groups if (group.fingerprint, group.effort) == key), ())


def _main(material: Material) -> Iterator[str]:
    for question in MAIN:
        for case in material.cases:
            if case.facts.question == question:
                yield next(one.benchmark for one in case.contenders if one.name == case.table.rows[0].contender)
                break


def _rows(panel: Panel) -> Iterator[tuple[str, ...]]:
    took = panel.seconds()
    whole = shown(panel.called), count(len(took), "run"), seconds(took[0]), seconds(took[-1])
    if not panel.steps:
        yield *whole, "none found", "", ""
    for step in panel.steps:
        yield *whole, signed(step.change.estimate), shown(step.first_after.commit), step.first_after.datetime[:10]


def _says(records: Sequence[Record], changed: Sequence[Panel]) -> str:
    said = [
        f"{shown(panel.called)} {signed(step.change.estimate)} on {step.first_after.datetime[:10]}"
        for panel in changed
        for step in panel.steps
    ]
    outcome = f"Changes for good: {'; '.join(said)}." if said else "No change for good was found in these."
    return (
        f"The fastest round of each of {count(len(records), 'run')} made alike, from the oldest to the newest, a panel "
        f"for each benchmark with a scale of its own. {outcome}"
    )


@dataclass(frozen=True)
class _Space:
    """Where a panel is: its top in pixels, and the logarithms that its bottom and top stand for."""

    top: float
    low: float
    high: float

    @classmethod
    def of(cls, panel: Panel, number: int) -> _Space:
        logs = [math.log(value) for value in panel.seconds()]
        centre, half = (max(logs) + min(logs)) / 2, max(max(logs) - min(logs), math.log(LEAST_RANGE)) / 2
        return cls(number * (HEADER + PANEL + BETWEEN) + HEADER, centre - half, centre + half)

    @property
    def bottom(self) -> float:
        return self.top + PANEL

    def y(self, value: float) -> float:
        share = (math.log(value) - self.low) / (self.high - self.low)
        return round(self.bottom - share * PANEL, 2)


def _draw(panels: Sequence[Panel], records: Sequence[Record]) -> dict[str, Any]:
    spaces = [_Space.of(panel, number) for number, panel in enumerate(panels)]
    both = list(zip(panels, spaces, strict=True))
    points = [point for panel, space in both for point in _points(panel, space, len(records))]
    steps = [step for panel, space in both for step in _steps(panel, space, len(records))]
    height = spaces[-1].bottom + BETWEEN
    ends = [(-0.5, "left", records[0]), (len(records) - 0.5, "right", records[-1])]
    x = along("x", (-0.5, len(records) - 0.5), left=BOUNDS, right=8)
    told = tips(benchmark="benchmark", runs="run", took="fastest round", spread="from, to", commit="commit")
    stepped = tips(change="change", interval="95 % interval", commit="commit", date="date", differs="differs")
    return drawing.specification(
        [
            *written(
                [{"y": space.top - HEADER / 2, "text": shown(panel.called)} for panel, space in both],
                Mark.NAME,
                limit="width",
            ),
            *written([bound for space in spaces for bound in _bounds(space)], Mark.NOTE, limit=f"{BOUNDS}"),
            layer([{"y": space.bottom} for space in spaces], "rule", Mark.BASE).encode(y=down("y")),
            layer([one for one in points if one["y2"] != one["y3"]], "rule", strokeWidth=2, opacity=0.35).encode(
                x=x, y=down("y2"), y2="y3", **raw(color="color")
            ),
            layer(points, "point", filled=True, size=22, opacity=0.9).encode(
                x=x, y=down("y"), tooltip=told, **raw(color="color")
            ),
            layer(
                [level for panel, space in both for level in _levels(panel, space)],
                "rule",
                Mark.INTERVAL,
                strokeWidth=2,
            ).encode(x=x, x2="x2", y=down("y")),
            layer(steps, "rule", Mark.LIMIT, strokeDash=[3, 3], strokeWidth=1.5).encode(
                x=x, y=down("y"), y2="y2", tooltip=stepped
            ),
            *(
                layer(
                    [one for one in steps if one["side"] == side],
                    "text",
                    Mark.VALUE,
                    align=side,
                    baseline="bottom",
                    dx=dx,
                    dy=-2,
                ).encode(x=x, y=down("y"), text=text())
                for side, dx in (("left", 4), ("right", -4))
            ),
            *(
                layer(
                    [{"x": place, "y": height, "text": shown(record.datetime[:10])}], "text", Mark.NOTE, align=side
                ).encode(x=x, y=down("y"), text=text())
                for place, side, record in ends
            ),
        ],
        height + 8,
    )


def _bounds(space: _Space) -> list[dict[str, Any]]:
    return [
        {"y": space.top + 6, "text": seconds(math.exp(space.high))},
        {"y": space.bottom - 6, "text": seconds(math.exp(space.low))},
    ]


def _points(panel: Panel, space: _Space, runs: int) -> Iterator[dict[str, Any]]:
    """A point for each run, or for as many neighbours as it takes to have no more than there is room for."""
    together = math.ceil(runs / MOST_POINTS)
    buckets: dict[int, list[tuple[int, Record]]] = {}
    for place, run in panel.runs:
        buckets.setdefault(place // together, []).append((place, run))
    for found in buckets.values():
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


def _called(run: Record) -> str:
    return shown(f"{run.number} of {run.datetime[:10]}".removeprefix(" of "))


def _levels(panel: Panel, space: _Space) -> Iterator[dict[str, Any]]:
    if not panel.steps:
        return
    places = [panel.place(step) for step in panel.steps]
    first, last = panel.runs[0][0], panel.runs[-1][0]
    levels = [panel.steps[0].before_seconds, *(step.after_seconds for step in panel.steps)]
    for level, start, end in zip(levels, [first, *places], [*places, last + 1], strict=True):
        yield {"x": start - 0.5, "x2": end - 0.5, "y": space.y(level)}


def _steps(panel: Panel, space: _Space, runs: int) -> Iterator[dict[str, Any]]:
    """A line at each step; what the largest was is written beside it."""
    largest = max(panel.steps, key=lambda step: abs(math.log(step.change.estimate)), default=None)
    for step in panel.steps:
        place = panel.place(step)
        yield {
            "x": place - 0.5,
            "y": space.top,
            "y2": space.bottom,
            "text": signed(step.change.estimate) if step is largest else "",
            "side": "left" if place < runs / 2 else "right",
            "change": signed(step.change.estimate),
            "interval": bounds(step.change),
            "commit": shown(step.first_after.commit),
            "date": shown(step.first_after.datetime[:10]),
            "differs": shown("; ".join(step.differences) or "nothing that is known", 200),
        }
