"""The summary for a terminal or a pipe: one small table for each workload, and what speaks against them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from analysis.findings.summary import Row, Summary, Table
from analysis.views.paragraphs import say
from analysis.views.words import DOUBTS, FLAGS, LEFT, Column, columns_of, doubts, explain, judge, made_from, mark

# A contender's name is folded rather than a number cut, but not to less than this.
NARROWEST_NAME = 15
MARK_WIDTH = 2
STYLES = {"95 %": "dim", "flags": "yellow"}


@dataclass(frozen=True)
class Layout:
    """How wide things are: the same for all tables of a summary, so that columns line up."""

    columns: Sequence[Column]
    widths: Sequence[int]
    name_width: int
    gap: int
    flags_beneath: bool

    @property
    def width(self) -> int:
        return MARK_WIDTH + self.name_width + sum(width + self.gap for width in self.widths)


def show(summary: Summary, console: Console) -> None:
    """Print a summary, as wide as the console is."""
    layout = _layout(summary, console.width)
    say(console, made_from(summary))
    for table in summary.tables:
        console.print()
        _show_table(table, layout, console)
    console.print()
    say(console, explain(columns_of(summary)), style="dim")
    found = doubts(summary)
    if found:
        console.print()
        say(console, DOUBTS, style="bold")
    for doubt in found:
        kind, style = ("warning", "bold yellow") if doubt.is_warning else ("note", "bold cyan")
        say(console, f"{kind}: {doubt.subject}: {doubt.sentence}", lead=(len(kind) + 1, style))
        if doubt.place:
            say(console, f"    worst: {doubt.place}", style="dim")


def _layout(summary: Summary, width: int) -> Layout:
    """Flags in a column if there is room; else beneath, then closer together, then with folded names."""
    rows = [row for table in summary.tables for row in table.rows]
    columns = columns_of(summary)
    name_width = max(cell_len(row.contender) for row in rows)
    beneath = Layout(columns, [_width(column, rows) for column in columns], name_width, 2, flags_beneath=True)
    if any(row.flags for row in rows):
        beside = replace(
            beneath,
            columns=[*columns, FLAGS],
            widths=[*beneath.widths, _width(FLAGS, rows)],
            flags_beneath=False,
        )
        if beside.width <= width:
            return beside
    if beneath.width <= width:
        return beneath
    closer = replace(beneath, gap=1)
    return replace(closer, name_width=max(min(NARROWEST_NAME, name_width), name_width - max(0, closer.width - width)))


def _width(column: Column, rows: Sequence[Row]) -> int:
    return max(cell_len(column.heading), *(cell_len(column.cell(row)) for row in rows))


def _show_table(table: Table, layout: Layout, console: Console) -> None:
    say(console, table.title, style="bold")
    grid = Grid(box=None, padding=(0, layout.gap, 0, 0), pad_edge=False, header_style="dim")
    grid.add_column(width=MARK_WIDTH + layout.name_width)
    for column, width in zip(layout.columns, layout.widths, strict=True):
        grid.add_column(
            column.heading,
            width=width,
            justify="left" if column.heading in LEFT else "right",
            style=STYLES.get(column.heading, ""),
            no_wrap=True,
        )
    for row in table.rows:
        star = mark(table, row)
        cells = (Text(column.cell(row)) for column in layout.columns)
        grid.add_row(_name(star, row, layout.name_width), *cells, style="bold green" if star else "")
    _print_unpadded(grid, layout.width, console)
    if table.verdict:
        say(console, f"  {judge(table.verdict)}", style="green" if table.verdict.is_win else "")
    if layout.flags_beneath:
        for flag in dict.fromkeys(flag for row in table.rows for flag in row.flags):
            names = ", ".join(row.contender for row in table.rows if flag in row.flags)
            say(console, f"  {flag}: {names}", style="yellow")


def _name(star: str, row: Row, width: int) -> Text:
    """A contender beside its mark, folded to a width."""
    pieces = textwrap.wrap(row.contender, width)
    marks = [star, *[""] * len(pieces)]
    return Text("\n".join(f"{mark:<{MARK_WIDTH}}{piece}" for mark, piece in zip(marks, pieces, strict=False)))


def _print_unpadded(grid: Grid, width: int, console: Console) -> None:
    """Print a table whole, on a narrower console too, without the spaces that fill its lines."""
    for line in console.render_lines(grid, console.options.update(width=width), pad=False):
        text = Text.assemble(*((segment.text, segment.style or "") for segment in line))
        text.rstrip()
        console.print(text, soft_wrap=True)
