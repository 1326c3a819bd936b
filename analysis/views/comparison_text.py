"""A comparison for a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from analysis.findings.comparison import Comparison
from analysis.stats.change import Verdict
from analysis.views.comparison_words import (
    EVIDENCE,
    HEADINGS,
    cells,
    evidence,
    explain,
    group,
    notes,
    verdicts,
)
from analysis.views.paragraphs import say

STYLES = {
    Verdict.REGRESSION: "bold red",
    Verdict.IMPROVEMENT: "bold green",
    Verdict.UNCHANGED: "dim",
    Verdict.INCONCLUSIVE: "yellow",
}
GAP = "  "


@dataclass(frozen=True)
class Line:
    """A line of a table, and what stands beneath it."""

    cells: Sequence[str]
    style: str = ""
    beneath: str = ""


def show(comparison: Comparison, console: Console, *, brief: bool = False) -> None:
    """Print a comparison; `brief` leaves out what is unchanged."""
    for line in (group("base", comparison.base), group("candidate", comparison.candidate), *notes(comparison)):
        say(console, line)
    rows = [row for row in comparison.rows if not (brief and row.verdict is Verdict.UNCHANGED)]
    if rows:
        console.print()
        lines = [Line(cells(row), STYLES[row.verdict], ", ".join(row.flags)) for row in rows]
        show_table(HEADINGS, lines, console)
    console.print()
    say(console, explain(comparison), style="dim")
    if open_ones := comparison.with_verdict(Verdict.INCONCLUSIVE):
        console.print()
        say(console, EVIDENCE)
        for row in sorted(open_ones, key=lambda row: row.runs_needed or 10**9):
            say(console, f"  {evidence(row)}", style="yellow")
    console.print()
    say(console, verdicts(comparison), style="bold")


def show_table(headings: Sequence[str], lines: Sequence[Line], console: Console) -> None:
    """The name on the left and figures on the right, or on a line of its own above them where there is no room."""
    table = [headings, *(line.cells for line in lines)]
    widths = [max(cell_len(line[column]) for line in table) for column in range(len(headings))]
    beside = sum(widths) + len(GAP) * (len(widths) - 1) <= console.width
    if not beside:
        widths[0] = 0
    console.print(Text(_padded(("", *headings[1:]), widths), style="dim"), soft_wrap=True)
    for line in lines:
        if not beside:
            console.print(Text(line.cells[0], style=line.style), soft_wrap=True)
        cells = line.cells if beside else ("", *line.cells[1:])
        console.print(Text(_padded(cells, widths), style=line.style), soft_wrap=True)
        if line.beneath:
            console.print(Text(f"  {line.beneath}", style="yellow"), soft_wrap=True)


def _padded(parts: Sequence[str], widths: Sequence[int]) -> str:
    last = len(parts) - 1
    padded = [
        part + " " * (width - cell_len(part)) if number in (0, last) else " " * (width - cell_len(part)) + part
        for number, (part, width) in enumerate(zip(parts, widths, strict=True))
    ]
    return GAP.join(padded).rstrip()
