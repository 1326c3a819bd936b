"""A document on a terminal or in a pipe, as wide as the console is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from analysis.documents import document as doc
from runfile.sanitize import printable

STYLES = {
    doc.Tone.PLAIN: "",
    doc.Tone.STRONG: "bold",
    doc.Tone.SOFT: "dim",
    doc.Tone.GOOD: "bold green",
    doc.Tone.BAD: "bold red",
    doc.Tone.CAUTION: "yellow",
}
INDENT = "  "
NARROWEST = 20
GAPS = (2, 1)
WIDEST = 10_000
# A name is folded into two lines, but not to less than this.
NARROWEST_NAME = 15


@dataclass(frozen=True)
class Layout:
    """Where the names and remarks of a table stand, how wide names may be, and how far columns are apart."""

    names: bool = True
    remarks: bool = False
    gap: int = GAPS[0]
    name_width: int = WIDEST


def show(document: doc.Document, console: Console) -> None:
    """Print a document, without its title: whoever asked for it knows that."""
    _show(document.whole, console)
    if document.conclusion:
        console.print()
        say(console, document.conclusion, style="bold")


def _show(blocks: Sequence[doc.Block], console: Console) -> None:
    """Blocks, with an empty line between those that do not belong together."""
    before: doc.Block | None = None
    for found in blocks:
        block = found.items if isinstance(found, doc.Recommendations) else found
        if before is not None and not _follows(block, before):
            console.print()
        match block:
            case doc.Heading():
                _say_toned(console, block)
            case doc.Paragraph():
                _say_toned(console, block, INDENT if isinstance(before, doc.Table) and not _is_soft(block) else "")
            case doc.Items():
                for item in block.items:
                    _show_item(item, console, INDENT if isinstance(before, doc.Table) or _introduces(before) else "")
            case doc.Commands():
                for line in block.lines:
                    console.print(Text(INDENT + printable(line)), soft_wrap=True)
            case doc.Table():
                _show_table(block, console)
            case doc.Folded():
                say(console, block.summary, style="bold")
                _show(block.blocks, console)
        before = block


def _follows(block: doc.Block, before: doc.Block) -> bool:
    """Whether a block belongs to what stands before it: its heading, its table, or a sentence."""
    if isinstance(block, doc.Heading | doc.Folded | doc.Table) or _is_soft(block):
        return isinstance(before, doc.Heading)
    lists = isinstance(block, doc.Items) and isinstance(before, doc.Items)
    return not (lists or _is_soft(before) or isinstance(before, doc.Folded))


def _is_soft(block: doc.Block) -> bool:
    return isinstance(block, doc.Paragraph) and block.tone is doc.Tone.SOFT


def _introduces(block: doc.Block | None) -> bool:
    return isinstance(block, doc.Paragraph) and block.text.endswith(":")


def _show_item(item: doc.Item, console: Console, indent: str) -> None:
    _say_toned(console, item, indent)
    for detail in item.details:
        say(console, f"{indent}{INDENT * 2}{detail}")


def _say_toned(console: Console, one: doc.Heading | doc.Paragraph | doc.Item, indent: str = "") -> None:
    if one.lead:
        lead = printable(one.lead)
        style = "bold" if one.tone is doc.Tone.PLAIN else STYLES[one.tone]
        say(console, f"{indent}{lead}: {one.text}", lead=(len(indent + lead) + 1, style))
    else:
        say(console, f"{indent}{one.text}", style=STYLES[one.tone])


def say(console: Console, sentence: str, style: str = "", lead: tuple[int, str] | None = None) -> None:
    """Print a sentence; further lines are indented by two more than the first.

    `lead` is how many of its characters have which style.
    """
    indent = len(sentence) - len(sentence.lstrip(" "))
    filled = textwrap.fill(
        printable(sentence),
        max(NARROWEST, console.width),
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_on_hyphens=False,
        break_long_words=False,
    )
    text = Text(filled, style=style)
    if lead:
        text.stylize(lead[1], 0, lead[0])
    console.print(text, soft_wrap=True)


def _show_table(table: doc.Table, console: Console) -> None:
    """Remarks beside their rows if there is room, else beneath; names likewise, above; and else fewer columns."""
    room = console.width
    has_remarks = any(row.remark for row in table.rows)
    layouts = [Layout(remarks=has_remarks), *(Layout(gap=gap) for gap in GAPS)]
    without = _width(table, Layout(gap=GAPS[-1], name_width=0))
    longest = max(cell_len(_named(table, row)) for row in table.rows)
    if room - without >= max(NARROWEST_NAME, longest / 2):
        layouts.append(Layout(gap=GAPS[-1], name_width=room - without))
    fitting = next((one for one in layouts if _width(table, one) <= room), None)
    if fitting:
        _print(table, console, fitting)
    elif table.splits and _width(_part(table, 0, 1), Layout()) <= room:
        for part in _parts(table, room):
            _print(part, console, Layout())
    else:
        _print(table, console, Layout(names=False))


def _parts(table: doc.Table, room: int) -> Iterator[doc.Table]:
    """The table with as many columns at a time as there is room for, one at least."""
    start = 0
    while start < len(table.columns):
        end = start + 1
        while end < len(table.columns) and _width(_part(table, start, end + 1), Layout()) <= room:
            end += 1
        part = _part(table, start, end)
        yield part if end == len(table.columns) else replace(part, rows=[replace(row, remark="") for row in part.rows])
        start = end


def _part(table: doc.Table, start: int, end: int) -> doc.Table:
    rows = [replace(row, cells=row.cells[start:end]) for row in table.rows]
    return replace(table, columns=table.columns[start:end], rows=rows)


def _print(table: doc.Table, console: Console, layout: Layout) -> None:
    """Each row whole, on a narrower console too; its name above and its remark beneath where there is no room."""
    grid = _grid(table, layout)
    options = console.options.update(width=_width(table, layout))
    lines = []
    for segments in console.render_lines(grid, options, pad=False):
        line = Text.assemble(*((segment.text, segment.style or "") for segment in segments))
        line.rstrip()
        lines.append(line)
    heading, *rest = lines
    console.print(heading, soft_wrap=True)
    remaining = iter(rest)
    for row in table.rows:
        if not layout.names:
            console.print(Text(_named(table, row), STYLES[row.tone]), soft_wrap=True)
        for line in islice(remaining, len(_folded(table, row, layout))):
            console.print(line, soft_wrap=True)
    if not layout.remarks:
        _say_remarks(table, console)


def _say_remarks(table: doc.Table, console: Console) -> None:
    """Each remark once, with the rows that it is on."""
    for remark in dict.fromkeys(row.remark for row in table.rows if row.remark):
        names = [row.name for row in table.rows if row.remark == remark]
        where = ", ".join(names) if len(names) < len(table.rows) else "all"
        say(console, f"{INDENT}{table.remarks}: {remark} ({where})", style=STYLES[doc.Tone.CAUTION])


def _grid(table: doc.Table, layout: Layout) -> Grid:
    grid = Grid(box=None, padding=(0, layout.gap, 0, 0), pad_edge=False, header_style="dim")
    grid.add_column(table.names if layout.names else "", no_wrap=True)
    for column in table.columns:
        grid.add_column(Text(printable(column.heading)), justify="right" if column.is_number else "left", no_wrap=True)
    if layout.remarks:
        grid.add_column(table.remarks, style=STYLES[doc.Tone.CAUTION], no_wrap=True)
    for row in table.rows:
        cells = ["\n".join(_folded(table, row, layout)), *map(printable, row.cells)]
        grid.add_row(*map(Text, [*cells, printable(row.remark)] if layout.remarks else cells), style=STYLES[row.tone])
    return grid


def _folded(table: doc.Table, row: doc.Row, layout: Layout) -> list[str]:
    """The lines of a row's name where it stands in the row."""
    name = _named(table, row)
    if not layout.names or cell_len(name) <= layout.name_width:
        return [name if layout.names else ""]
    indent = " " * _mark_width(table)
    return textwrap.wrap(name, max(len(indent) + 1, layout.name_width), subsequent_indent=indent) or [""]


def _mark_width(table: doc.Table) -> int:
    widest = max(cell_len(row.mark) for row in table.rows)
    return widest + 1 if widest else 0


def _named(table: doc.Table, row: doc.Row) -> str:
    """A row's name, behind its mark if any row has one."""
    return row.mark.ljust(_mark_width(table)) + printable(row.name)


def _width(table: doc.Table, layout: Layout) -> int:
    rows = [
        [column.heading for column in table.columns],
        *([printable(cell) for cell in row.cells] for row in table.rows),
    ]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    if layout.names:
        names = [line for row in table.rows for line in _folded(table, row, layout)] if layout.name_width else []
        widths.insert(0, max(map(cell_len, [table.names if layout.name_width else "", *names])))
    else:
        widths.insert(0, 0)
    if layout.remarks:
        widths.append(max(map(cell_len, [table.remarks, *(printable(row.remark) for row in table.rows)])))
    return sum(widths) + layout.gap * (len(widths) - 1)
