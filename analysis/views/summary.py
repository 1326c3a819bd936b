"""What a summary says: a table for each piece of work, who is fastest in it, and the caveats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from analysis.documents.document import Block, Column, Document, Heading, Paragraph, Row, Table, Tone, explained
from analysis.findings.summary import PRACTICAL, Summary, SummaryRow, SummaryTable, TableVerdict
from analysis.stats.units import bounds, factor, percent, ratio, seconds, size
from analysis.views.provenance import caveat_blocks, caveats, made_from

TITLE = "The three patterns: summary"
WINNER = "★"
MARGIN = percent(PRACTICAL - 1)


T = TypeVar("T")


@dataclass(frozen=True)
class Metric(Generic[T]):
    """A column of figures; `explained` is what its heading stands for."""

    heading: str
    cell: Callable[[T], str]
    explained: str
    is_number: bool = True


def measured(metrics: Sequence[Metric[T]], rows: Sequence[T]) -> list[Metric[T]]:
    """The columns that any row has something in."""
    return [metric for metric in metrics if any(metric.cell(row) for row in rows)]


def columns(metrics: Sequence[Metric[T]]) -> list[Column]:
    return [Column(metric.heading, metric.is_number) for metric in metrics]


def legend(metrics: Sequence[Metric[T]]) -> list[Block]:
    """What the headings stand for."""
    return explained("; ".join(f"{metric.heading}: {metric.explained}" for metric in metrics))


def speed_up(row: SummaryRow) -> str:
    return factor(row.speed_up.estimate) if row.speed_up else ""


def interval(row: SummaryRow) -> str:
    """That of the speed-up, or that it is the baseline."""
    if row.is_baseline:
        return "baseline"
    return bounds(row.speed_up) if row.speed_up else ""


def if_known(value: float | None, unit: Callable[[float], str]) -> str:
    return "" if value is None else unit(value)


FIGURES: tuple[Metric[SummaryRow], ...] = (
    Metric("median", lambda row: seconds(row.median_seconds), "of the rounds"),
    Metric("speed-up", speed_up, "over the baseline, within a repeat"),
    Metric("95 %", interval, "the interval of the speed-up", is_number=False),
    Metric("ideal", lambda row: if_known(row.ideal_fraction, percent), "physical limit ÷ median"),
    Metric("CPU", lambda row: if_known(row.cpu_seconds, seconds), "time on all cores"),
    Metric("peak", lambda row: if_known(row.peak_bytes, size), "memory above an idle interpreter"),
    Metric("p99", lambda row: if_known(row.p99_seconds, seconds), "latency of single tasks"),
)


def document(summary: Summary) -> Document:
    """A summary, as it is shown."""
    figures = measured(FIGURES, [row for table in summary.tables for row in table.rows])
    blocks: list[Block] = []
    for table in summary.tables:
        rows = [_row(table, row, figures) for row in table.rows]
        blocks += [Heading(table.title), Table(columns(figures), rows)]
        if table.verdict:
            blocks.append(Paragraph(judge(table.verdict), Tone.GOOD if table.verdict.is_win else Tone.PLAIN))
    blocks += [*legend(figures), *caveat_blocks(caveats(summary))]
    return Document(TITLE, blocks, made_from=made_from(summary))


def _row(table: SummaryTable, row: SummaryRow, figures: Sequence[Metric[SummaryRow]]) -> Row:
    wins = table.verdict is not None and table.verdict.is_win and table.verdict.fastest == row.contender
    return Row(
        name=row.contender,
        cells=[figure.cell(row) for figure in figures],
        mark=WINNER if wins else "",
        remark=", ".join(row.flags),
        tone=Tone.GOOD if wins else Tone.PLAIN,
    )


def judge(verdict: TableVerdict) -> str:
    """A verdict as a sentence."""
    lead = "; ".join(ratio(rival.ratio) if rival.ratio else "no run has both" for rival in verdict.rivals)
    if verdict.is_win:
        return f"{verdict.fastest} is fastest: {lead} as fast as {verdict.rivals[0].contender}"
    if verdict.is_one_repeat:
        return f"not decided, by one repeat: {verdict.fastest} is {lead} as fast as {verdict.rivals[0].contender}"
    *names, last = [verdict.fastest, *(rival.contender for rival in verdict.rivals)]
    finding = f"tie, less than {MARGIN}" if verdict.is_close else "no significant difference"
    return f"{finding} between {', '.join(names)} and {last}: {lead}"
