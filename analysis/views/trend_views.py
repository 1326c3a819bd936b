"""A trend for a terminal or a pipe, and as GitHub's Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from analysis.findings.trend import Group, Point, Shift, Trend
from analysis.stats.change import Verdict
from analysis.stats.changepoints import SHORTEST
from analysis.stats.units import count, seconds
from analysis.views.comparison_words import MARKS, bounds, signed
from analysis.views.markdown import line, plain
from analysis.views.paragraphs import say

TITLE = "The three patterns: trend"
HEADINGS = ("before", "after", "change", "interval", "runs", "commit", "date")
RIGHT = {"before", "after", "change"}
STYLES = {Verdict.REGRESSION: "bold red", Verdict.IMPROVEMENT: "bold green"}
GAP = "  "
EXPLAINED = (
    "change: the level after the step ÷ the one before, with a 95 % interval; runs: the last before the step → the "
    "first after it, whose commit and date are shown; of 200 benchmarks that have not changed, about one is given a "
    f"step; a step of fewer than {SHORTEST} runs is not seen"
)


def show(trend: Trend, console: Console) -> None:
    """Print a trend: each benchmark that has changed, and its steps beneath."""
    for group in trend.groups:
        say(console, heading(group), style="bold")
        if group.changed:
            _show_steps(group, console)
        say(console, GAP + verdict(group, trend.fewest_runs))
        console.print()
    say(console, EXPLAINED, style="dim")


def _show_steps(group: Group, console: Console) -> None:
    table = {id(step): _cells(step) for series in group.changed for step in series.steps}
    columns = zip(HEADINGS, *table.values(), strict=True)
    widths = [max(map(cell_len, column)) for column in columns]
    console.print()
    console.print(Text(_row(HEADINGS, widths), style="dim"), soft_wrap=True)
    for series in group.changed:
        say(console, f"{_mark(series.steps)} {series.name}", style=STYLES[_gravest(series.steps)])
        for step in series.steps:
            console.print(Text(_row(table[id(step)], widths), style=STYLES[step.verdict]), soft_wrap=True)
            for one in step.differences:
                say(console, f"{GAP}{GAP}differs: {one}", style="yellow")
    console.print()


def render(trend: Trend) -> str:
    """The trend as Markdown."""
    parts = [f"## {TITLE}"]
    for group in trend.groups:
        parts.append(f"### {plain(heading(group))}")
        if group.changed:
            parts.append("\n".join(_lines(group)))
        parts.append(plain(verdict(group, trend.fewest_runs)))
    return "\n\n".join([*parts, f"*{plain(EXPLAINED)}*"]) + "\n"


def _lines(group: Group) -> Iterator[str]:
    yield line(["", "benchmark", *HEADINGS, "differs"])
    yield line(["---", "---", *("--:" if heading in RIGHT else "---" for heading in HEADINGS), "---"])
    for series in group.changed:
        for step in series.steps:
            cells = [MARKS[step.verdict], series.name, *_cells(step), "; ".join(step.differences)]
            yield line([plain(cell) for cell in cells])


def heading(group: Group) -> str:
    """Which runs a group is of."""
    days = group.first[:10] if group.first[:10] == group.last[:10] else f"{group.first[:10]} to {group.last[:10]}"
    return f"{count(group.runs, 'run')} on {group.machine}, {group.python}, effort {group.effort}, {days}"


def verdict(group: Group, fewest_runs: int) -> str:
    """How many benchmarks have changed and how many have not."""
    parts = []
    if group.changed or group.unchanged:
        parts = [f"{count(len(group.changed), 'benchmark')} changed, {group.unchanged:,} did not"]
    if group.too_short:
        parts.append(f"{group.too_short:,} with fewer than {fewest_runs} runs of the same work, too few to tell")
    return ", ".join(parts)


def _cells(step: Shift) -> tuple[str, ...]:
    return (
        seconds(step.before_seconds),
        seconds(step.after_seconds),
        signed(step.change.estimate),
        bounds(step.change),
        f"{_called(step.last_before)}→{_called(step.first_after)}",
        step.first_after.commit,
        step.first_after.datetime[:10],
    )


def _called(point: Point) -> str:
    return point.number or PurePath(point.file).stem


def _gravest(steps: Sequence[Shift]) -> Verdict:
    return max(steps, key=lambda step: max(step.change.estimate, 1 / step.change.estimate)).verdict


def _mark(steps: Sequence[Shift]) -> str:
    return "".join(MARKS[step.verdict] for step in steps)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        " " * (width - cell_len(cell)) + cell if heading in RIGHT else cell + " " * (width - cell_len(cell))
        for heading, cell, width in zip(HEADINGS, cells, widths, strict=True)
    ]
    return (GAP + GAP.join(padded)).rstrip()
