"""A document as GitHub's Markdown, for pull requests and notes. All escaping that there is, is here."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence

from analysis.documents import document as doc
from runfile.sanitize import printable

# What begins emphasis, an element, a cell, an entity, a link, an address that would become one, or code.
MARKUP = re.compile(r"[\\*_<|&`~]|](?=[(\[])|(?<=:)/(?=/)|(?<=www)\.")
# What would begin a list, a quotation, a heading, a line of a heading, or what a name of a link stands for.
BEGINNING = re.compile(r"^([-+>#=]|[0-9]+[.)]|\[)")
BAR = "\\|"


def render(document: doc.Document) -> str:
    """A document as Markdown."""
    conclusion = [f"**{inert(document.conclusion)}**"] if document.conclusion else []
    return "\n\n".join([f"## {inert(document.title)}", *conclusion, *map(_block, document.whole)]) + "\n"


def inert(text: str) -> str:
    """Text on one line that is nothing but text, with its `code`."""
    return _told(text, _escaped, lambda code: f"`{code}`")


def _cell(text: str) -> str:
    """The same in a table, where a bar ends a cell, in code as well."""
    return _told(text, _escaped, lambda code: f"`{code.replace('|', BAR)}`")


def _summary(text: str) -> str:
    """The same on a line that begins with an element, in which all is HTML."""
    return _told(text, html.escape, lambda code: f"<code>{html.escape(code)}</code>")


def _escaped(plain: str) -> str:
    return MARKUP.sub(r"\\\g<0>", plain)


def _told(text: str, plain: Callable[[str], str], code: Callable[[str], str]) -> str:
    parts = doc.CODE.split(printable(text))
    return "".join(code(part) if number % 2 else plain(part) for number, part in enumerate(parts))


def paragraph(text: str) -> str:
    """The same as a paragraph of its own, which begins no other block."""
    return BEGINNING.sub(lambda start: f"{start[0][:-1]}\\{start[0][-1]}", inert(text))


def _block(block: doc.Block) -> str:
    match block:
        case doc.Heading():
            lead = f"{inert(block.lead)}: " if block.lead else ""
            return f"### {lead}{inert(block.text)}"
        case doc.Paragraph():
            return _toned(block)
        case doc.Items():
            return "\n".join(line for item in block.items for line in _item(item))
        case doc.Recommendations():
            return _block(block.items)
        case doc.Commands():
            lines = "\n".join(map(printable, block.lines))
            fence = "`" * max(3, 1 + max(map(len, re.findall("`+", lines)), default=0))
            return f"{fence}sh\n{lines}\n{fence}"
        case doc.Table():
            return "\n".join(_table(block))
        case doc.Folded():
            inner = "\n\n".join(map(_block, block.blocks))
            return f"<details><summary>{_summary(block.summary)}</summary>\n\n{inner}\n\n</details>"


def _toned(one: doc.Paragraph | doc.Item) -> str:
    if one.lead:
        return f"**{inert(one.lead)}**: {inert(one.text)}"
    text = paragraph(one.text)
    match one.tone:
        case doc.Tone.SOFT:
            return f"*{text}*"
        case doc.Tone.PLAIN | doc.Tone.CAUTION:
            return text
        case _:
            return f"**{text}**"


def _item(item: doc.Item) -> Iterator[str]:
    yield f"- {_toned(item)}"
    yield from (f"  - {paragraph(detail)}" for detail in item.details)


def _table(table: doc.Table) -> Iterator[str]:
    remarks = [table.remarks] if any(row.remark for row in table.rows) else []
    yield _line([table.names, *(_cell(column.heading) for column in table.columns), *remarks])
    yield _line(["---", *("--:" if column.is_number else "---" for column in table.columns), *["---"] * len(remarks)])
    for row in table.rows:
        yield _line([_name(row), *map(_cell, [*row.cells, row.remark][: len(table.columns) + len(remarks)])])


def _name(row: doc.Row) -> str:
    name = f"**{_cell(row.name)}**" if row.tone in (doc.Tone.GOOD, doc.Tone.BAD, doc.Tone.STRONG) else _cell(row.name)
    return f"{name} {row.mark}" if row.mark else name


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
