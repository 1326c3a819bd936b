"""A comparison for a terminal or a pipe."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from analysis.change import Verdict
from analysis.comparison import Comparison, Row
from analysis.comparison_words import (
    HEADINGS,
    cells,
    evidence,
    evidence_heading,
    explain,
    group,
    notes,
    verdicts,
)
from analysis.paragraphs import say

STYLES = {
    Verdict.REGRESSION: "bold red",
    Verdict.IMPROVEMENT: "bold green",
    Verdict.UNCHANGED: "dim",
    Verdict.INCONCLUSIVE: "yellow",
}
GAP = "  "


def show(comparison: Comparison, console: Console, *, brief: bool = False) -> None:
    """Print a comparison; `brief` leaves out what is unchanged."""
    for line in (group("base", comparison.base), group("candidate", comparison.candidate), *notes(comparison)):
        say(console, line)
    rows = [row for row in comparison.rows if not (brief and row.verdict is Verdict.UNCHANGED)]
    if rows:
        console.print()
        _show_table(rows, console)
    console.print()
    say(console, explain(comparison), style="dim")
    if open_ones := comparison.with_verdict(Verdict.INCONCLUSIVE):
        console.print()
        say(console, evidence_heading(comparison))
        for row in sorted(open_ones, key=lambda row: row.runs_needed or 10**9):
            say(console, f"  {evidence(row)}", style="yellow")
    console.print()
    say(console, verdicts(comparison), style="bold")


def _show_table(rows: list[Row], console: Console) -> None:
    """The name on the left and figures on the right, or on a line of its own above them where there is no room."""
    table = [cells(row) for row in rows]
    widths = [max(cell_len(line[column]) for line in [HEADINGS, *table]) for column in range(len(HEADINGS))]
    beside = sum(widths) + len(GAP) * (len(widths) - 1) <= console.width
    if not beside:
        widths[0] = 0
    console.print(Text(_line(("", *HEADINGS[1:]), widths), style="dim"), soft_wrap=True)
    for row, line in zip(rows, table, strict=True):
        style = STYLES[row.verdict]
        if not beside:
            console.print(Text(line[0], style=style), soft_wrap=True)
        console.print(Text(_line(line if beside else ("", *line[1:]), widths), style=style), soft_wrap=True)
        if row.flags:
            console.print(Text(f"  {', '.join(row.flags)}", style="yellow"), soft_wrap=True)


def _line(parts: tuple[str, ...], widths: list[int]) -> str:
    last = len(parts) - 1
    padded = [
        part + " " * (width - cell_len(part)) if number in (0, last) else " " * (width - cell_len(part)) + part
        for number, (part, width) in enumerate(zip(parts, widths, strict=True))
    ]
    return GAP.join(padded).rstrip()
