"""What a trend says: the benchmarks that have changed, when, and by how much."""

from __future__ import annotations

from pathlib import PurePath

from analysis.documents.document import Block, Column, Document, Heading, Paragraph, Row, Table, explained
from analysis.findings.trend import ChangePoint, Trend, TrendGroup, TrendPoint
from analysis.stats.changepoints import SHORTEST
from analysis.stats.units import count, seconds, signed, signed_bounds
from analysis.views.changes.comparison import MARKS, TONES
from analysis.views.provenance import days, left_out

TITLE = "The three patterns: trend"
COLUMNS = (
    *map(Column, ("before", "after", "change")),
    *(Column(heading, False) for heading in ("interval", "runs", "commit", "date")),
)
EXPLAINED = (
    "change: the level after the step ÷ the one before, with a 95 % interval; runs: the last before the step → the "
    "first after it, whose commit and date are shown; of 200 benchmarks that have not changed, about one is given a "
    f"step; a step of fewer than {SHORTEST} runs is not seen"
)


def document(found: Trend) -> Document:
    """A trend, as it is shown: each benchmark that has changed, a row for each of its steps."""
    blocks: list[Block] = []
    for group in found.groups:
        blocks.append(Heading(heading(group)))
        if rows := [_row(series.name, step) for series in group.changed for step in series.steps]:
            blocks.append(Table(COLUMNS, rows, names="benchmark", remarks="differs"))
        blocks.append(Paragraph(verdict(group, found.fewest_runs)))
    return Document(TITLE, [*blocks, *explained(EXPLAINED)])


def _row(name: str, step: ChangePoint) -> Row:
    return Row(
        name=name,
        cells=[
            seconds(step.before_seconds),
            seconds(step.after_seconds),
            signed(step.change.estimate),
            signed_bounds(step.change),
            f"{_called(step.last_before)}→{_called(step.first_after)}",
            step.first_after.commit,
            step.first_after.datetime[:10],
        ],
        mark=MARKS[step.verdict],
        remark="; ".join(step.differences),
        tone=TONES[step.verdict],
    )


def heading(group: TrendGroup) -> str:
    """Which runs a group is of."""
    made = days(group.first, group.last)
    return f"{count(group.runs, 'run')} on {group.machine}, {group.python}, effort {group.effort}, {made}"


def verdict(group: TrendGroup, fewest_runs: int) -> str:
    """How many benchmarks have changed and how many have not."""
    parts = []
    if group.changed or group.unchanged:
        parts = [f"{count(len(group.changed), 'benchmark')} changed, {group.unchanged:,} did not"]
    if group.too_short:
        parts.append(f"{group.too_short:,} with fewer than {fewest_runs} runs of the same work, too few to tell")
    if group.disturbed:
        parts.append(left_out(group.disturbed, group.measurements))
    return ", ".join(parts)


def _called(point: TrendPoint) -> str:
    return point.number or PurePath(point.file).stem
