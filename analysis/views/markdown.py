"""The summary for pull requests and notes: GitHub's Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analysis.findings.summary import Row, Summary, Table
from analysis.views.words import DOUBTS, FLAGS, LEFT, Column, columns_of, doubts, explain, judge, made_from, mark
from runfile.sanitize import printable


def render(summary: Summary) -> str:
    """The summary as Markdown."""
    columns = columns_of(summary)
    parts = ["## The three patterns: summary", plain(made_from(summary))]
    with_flags = [*columns, FLAGS] if any(row.flags for table in summary.tables for row in table.rows) else columns
    parts += [_table(table, with_flags) for table in summary.tables]
    parts.append(f"*{plain(explain(columns))}*")
    if found := doubts(summary):
        lines = [
            f"- **{'warning' if one.is_warning else 'note'}: {plain(one.subject)}**: {plain(one.sentence)}"
            + (f" (worst: {plain(one.place)})" if one.place else "")
            for one in found
        ]
        parts.append("\n".join([f"### {DOUBTS}", "", *lines]))
    return "\n\n".join(parts) + "\n"


def _table(table: Table, columns: Sequence[Column]) -> str:
    ruler = ["---", *("---" if column.heading in LEFT else "--:" for column in columns)]
    lines = [
        f"### {plain(table.title)}",
        "",
        line(["", *(column.heading for column in columns)]),
        line(ruler),
        *(line(_cells(table, row, columns)) for row in table.rows),
    ]
    if table.verdict:
        lines += ["", f"**{plain(judge(table.verdict))}**"]
    return "\n".join(lines)


def _cells(table: Table, row: Row, columns: Sequence[Column]) -> list[str]:
    name = f"**{plain(row.contender)}** {star}" if (star := mark(table, row)) else plain(row.contender)
    return [name, *(plain(column.cell(row)) for column in columns)]


def line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def plain(text: str) -> str:
    """Text that Markdown leaves as it is, except for `code`."""
    return re.sub(r"([\\*_<|])", r"\\\1", text)


def inert(text: str) -> str:
    """The same for what is anybody's, such as names: on one line, and neither code nor a link."""
    return re.sub(r"([\\*_<|`\[&])", r"\\\1", printable(text))


def prose(text: str) -> str:
    """Text that may be anybody's, on one line: `code` is code in it, and what could be a link is none."""
    return re.sub(r"([\\*_<|&]|](?=[(\[]))", r"\\\1", printable(text))


def item(markdown: str) -> str:
    """A paragraph, or an item of a list, that begins no other block whatever it begins with."""
    return re.sub(r"^([-+>#=~]|[0-9]+[.)])", lambda start: f"{start[0][:-1]}\\{start[0][-1]}", markdown)
