"""Who does what, and when: a bar for each task, in a frame for each worker, all patterns over the same time axis.

A worker with several tasks in flight at a time, such as an event loop, has several lanes in its frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from rich.cells import cell_len

from analysis.report.drawing import canvas as drawing
from analysis.report.drawing import theme
from analysis.report.drawing.canvas import LONGEST_NAME, along, down, layer, raw, shown, text, tips, written
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.lanes import Worker, workers
from analysis.report.drawing.material import ANY, DrawnContender, Material, asked, baseline_first
from analysis.report.drawing.theme import Mark
from analysis.stats.units import count, factor, seconds
from runfile.benchmarks import Observation

# Question and workload of the cases that are drawn, and what is asked of them.
ASKED = (
    ("talk", "download-talk", "The talk’s {tasks} downloads: who does what, and when?"),
    ("cpu-bound", "math-primes", "Computing in Python: do workers take turns, or work side by side?"),
    ("cpu-bound", "math-hashing", "Computing in C without the GIL: do workers take turns, or work side by side?"),
    ("own", ANY, "{workload} with {workers}: who does what, and when?"),
)
HEADINGS = ("pattern", "workers", "one task", "all tasks", "speed-up")

# What a task takes of what it takes alone, from where on it is worth a word.
HELD_UP = 1.3
SHORTEST = 1e-9  # seconds of an axis
MOST_TOLD = 5  # in the caption

# In pixels.
HEADER, BETWEEN, FOOT = 24, 18, 8
PANEL = 64  # what the lanes of a panel share, if they are not to be lower or higher than these
LOWEST, HIGHEST = 5.0, 22.0
PADDING, GAP = 3, 3  # of a frame around its lanes, and between frames
LETTER = 7.4  # of a name
FOR_TOTALS = 124


@dataclass(frozen=True)
class TimelinePanel:
    """A pattern's part of the picture: what was observed in the run that is nearest to the median.

    All that is written beside the bars is of that one round too, since two sources would contradict each other.
    """

    contender: DrawnContender
    observation: Observation
    workers: Sequence[Worker]

    @property
    def lanes(self) -> int:
        return sum(worker.lanes for worker in self.workers)

    @property
    def lane_height(self) -> float:
        return min(HIGHEST, max(LOWEST, PANEL / self.lanes))

    @property
    def end(self) -> float:
        """When the round that is drawn was over, in seconds."""
        last = max(task.end for worker in self.workers for task in worker.tasks)
        return max(last, self.observation.seconds)

    @property
    def task_seconds(self) -> float:
        return median(task.end - task.start for worker in self.workers for task in worker.tasks)

    @property
    def who(self) -> str:
        """The workers in words: those of a program that has one process are threads."""
        one, several = ("process", "processes") if self.observation.processes > 1 else ("thread", "threads")
        said = f"1 {one}" if len(self.workers) == 1 else f"{len(self.workers):,} {several}"
        return said if self.lanes == len(self.workers) else f"{said}, {count(self.lanes, 'task')} in flight"

    def note(self, alone_seconds: float | None) -> str:
        """The workers in words, and how far a task is held up that alone takes so long."""
        times = self.task_seconds / alone_seconds if alone_seconds else 1.0
        return f"{self.who}, tasks {times:.1f}× as long" if times >= HELD_UP else self.who

    def speed_up(self, baseline_end: float | None) -> str:
        """Over a baseline that was over then, as it is drawn; nothing for the baseline itself, or without one."""
        if baseline_end is None or self.contender.row.is_baseline:
            return ""
        return factor(baseline_end / max(self.end, SHORTEST))

    def total(self, baseline_end: float | None) -> str:
        return " · ".join(filter(None, (seconds(self.end), self.speed_up(baseline_end))))


def figures(material: Material) -> Iterator[Figure]:
    """A picture for each case that is asked about and was observed."""
    for case, title in asked(material.cases, ASKED):
        panels = [panel for one in case.contenders if (panel := _panel(one))]
        if len(panels) > 1:
            panels = baseline_first(panels, lambda panel: panel.contender)
            yield Figure(
                name=f"timeline-{drawing.slug(case.facts.workload)}",
                title=title,
                says=_says(panels),
                spec=_draw(panels, material.styles),
                headings=HEADINGS,
                rows=tuple(_row(panel, _baseline(panels)) for panel in panels),
            )


def _panel(contender: DrawnContender) -> TimelinePanel | None:
    seen = [one for one in contender.observations if one.timeline]
    if not seen:
        return None
    usual = min(seen, key=lambda one: abs(one.seconds - contender.row.median_seconds))
    return TimelinePanel(contender, usual, workers(usual))


def _row(panel: TimelinePanel, baseline: TimelinePanel | None) -> tuple[str, ...]:
    return (
        shown(panel.contender.name),
        panel.who,
        seconds(panel.task_seconds),
        seconds(panel.end),
        "baseline" if panel is baseline else panel.speed_up(baseline.end if baseline else None),
    )


def _says(panels: Sequence[TimelinePanel]) -> str:
    baseline = _baseline(panels)
    alone = baseline.task_seconds if baseline else None
    told = panels
    if len(panels) > MOST_TOLD:
        told = [panels[0], *sorted(panels[1:], key=lambda one: one.end)[: MOST_TOLD - 1]]
    said = ", ".join(f"{shown(panel.contender.name)} {seconds(panel.end)} ({panel.note(alone)})" for panel in told)
    rest = ", and the others longer" if len(told) < len(panels) else ""
    return (
        f"Each frame is a worker, each bar one of its tasks. All of them together, in the one round that is drawn: "
        f"{said}{rest}."
    )


def _baseline(panels: Sequence[TimelinePanel]) -> TimelinePanel | None:
    """Where there is one task at a time."""
    return next((panel for panel in panels if panel.contender.row.is_baseline), None)


@dataclass(frozen=True)
class _Laid:
    """What is to be drawn: places in pixels from the top, and times in the unit of the axis."""

    frames: list[dict[str, Any]]
    bars: list[dict[str, Any]]
    headers: list[dict[str, Any]]
    totals: list[dict[str, Any]]
    height: float


def _lay(panels: Sequence[TimelinePanel], styles: Mapping[str, theme.Style], second: float) -> _Laid:
    """Lay the panels out from top to bottom. `second` is how much of the axis a second is."""
    laid = _Laid([], [], [], [], 0)
    top = 0.0
    baseline = _baseline(panels)
    alone, baseline_end = (baseline.task_seconds, baseline.end) if baseline else (None, None)
    for panel in panels:
        color, name = styles[panel.contender.facts.pattern].color, shown(panel.contender.name, LONGEST_NAME)
        laid.headers.append({"y": top + HEADER / 2, "name": name, "who": panel.note(alone)})
        first, end = top + HEADER, panel.end * second
        frame = first
        for number, worker in enumerate(panel.workers, 1):
            bottom = frame + 2 * PADDING + worker.lanes * panel.lane_height
            laid.frames.append({"x": 0, "x2": end, "y": frame, "y2": bottom, "color": color})
            for task in worker.tasks:
                y = frame + PADDING + task.lane * panel.lane_height
                laid.bars.append(
                    {
                        "x": task.start * second,
                        "x2": task.end * second,
                        "y": y + 0.5,
                        "y2": y + panel.lane_height - 0.5,
                        "color": color,
                        "pattern": name,
                        "worker": f"{number:,} of {len(panel.workers):,}",
                        "begun": f"after {seconds(max(0.0, task.start))}",
                        "took": seconds(task.end - task.start),
                    }
                )
            frame = bottom + GAP
        laid.totals.append({"x": end, "y": (first + frame - GAP) / 2, "text": panel.total(baseline_end)})
        top = frame - GAP + BETWEEN
    return replace(laid, height=top - BETWEEN + FOOT)


def _draw(panels: Sequence[TimelinePanel], styles: Mapping[str, theme.Style]) -> dict[str, Any]:
    longest = max(SHORTEST, *(panel.end for panel in panels))
    unit, unit_seconds = drawing.unit_of(longest)
    laid = _lay(panels, styles, 1 / unit_seconds)
    notes_at = 12 + LETTER * max(cell_len(one["name"]) for one in laid.headers)
    x = along("x", (0, longest / unit_seconds), left=PADDING, right=FOR_TOTALS, title=unit, tickCount=5)
    told = tips(pattern="pattern", worker="worker", begun="begun", took="took")
    layers = [
        layer(
            laid.frames, "rect", cornerRadius=4, filled=False, strokeOpacity=0.75, xOffset=-PADDING, x2Offset=PADDING
        ).encode(x=x, x2="x2", y=down("y"), y2="y2", **raw(color="color")),
        layer(laid.bars, "rect", cornerRadius=2, x2Offset=-1).encode(
            x=x, x2="x2", y=down("y"), y2="y2", **raw(color="color"), tooltip=told
        ),
        written([{"y": one["y"], "text": one["name"]} for one in laid.headers], Mark.NAME, limit=f"{notes_at - 4}"),
        written(
            [{"y": one["y"], "text": one["who"]} for one in laid.headers],
            Mark.NOTE,
            left=notes_at,
            limit=f"width - {notes_at}",
        ),
        layer(laid.totals, "text", Mark.VALUE, align="left", dx=PADDING + 8).encode(x=x, y=down("y"), text=text()),
    ]
    return drawing.specification(layers, laid.height)
