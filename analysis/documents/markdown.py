"""A document as GitHub's Markdown, for pull requests and notes. All escaping that there is, is here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

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
    parts = doc.CODE.split(printable(text))
    return "".join(_code(part) if number % 2 else MARKUP.sub(r"\\\g<0>", part) for number, part in enumerate(parts))


def _code(text: str) -> str:
    # A bar would end the cell of a table, in code as well.
    return f"`{text.replace('|', BAR)}`"


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
            return f"<details><summary>{inert(block.summary)}</summary>\n\n{inner}\n\n</details>"


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
    yield _line([table.names, *(inert(column.heading) for column in table.columns), *remarks])
    yield _line(["---", *("--:" if column.is_number else "---" for column in table.columns), *["---"] * len(remarks)])
    for row in table.rows:
        yield _line([_name(row), *map(inert, [*row.cells, row.remark][: len(table.columns) + len(remarks)])])


def _name(row: doc.Row) -> str:
    name = f"**{inert(row.name)}**" if row.tone in (doc.Tone.GOOD, doc.Tone.BAD, doc.Tone.STRONG) else inert(row.name)
    return f"{name} {row.mark}" if row.mark else name


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
