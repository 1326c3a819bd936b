"""A document as GitHub's Markdown, for pull requests and notes. All escaping that there is, is here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analysis.documents.document import Block, Document, Folded, Heading, Item, Items, Paragraph, Row, Table, Tone
from runfile.sanitize import printable

CODE = re.compile(r"`([^`]+)`")
# What begins emphasis, an element, a cell, an entity, a link, an address that would become one, or code.
MARKUP = re.compile(r"[\\*_<|&`~]|](?=[(\[])|(?<=:)/(?=/)|(?<=www)\.")
# What would begin a list, a quotation, a heading, a line of a heading, or what a name of a link stands for.
BEGINNING = re.compile(r"^([-+>#=]|[0-9]+[.)]|\[)")
BAR = "\\|"


def render(document: Document) -> str:
    """A document as Markdown."""
    conclusion = [f"**{inert(document.conclusion)}**"] if document.conclusion else []
    return "\n\n".join([f"## {inert(document.title)}", *conclusion, *map(_block, document.blocks)]) + "\n"


def inert(text: str) -> str:
    """Text on one line that is nothing but text, with its `code`."""
    parts = CODE.split(printable(text))
    return "".join(_code(part) if number % 2 else MARKUP.sub(r"\\\g<0>", part) for number, part in enumerate(parts))


def _code(text: str) -> str:
    # A bar would end the cell of a table, in code as well.
    return f"`{text.replace('|', BAR)}`"


def paragraph(text: str) -> str:
    """The same as a paragraph of its own, which begins no other block."""
    return BEGINNING.sub(lambda start: f"{start[0][:-1]}\\{start[0][-1]}", inert(text))


def _block(block: Block) -> str:
    match block:
        case Heading():
            lead = f"{inert(block.lead)}: " if block.lead else ""
            return f"### {lead}{inert(block.text)}"
        case Paragraph():
            return _toned(block)
        case Items():
            return "\n".join(line for item in block.items for line in _item(item))
        case Table():
            return "\n".join(_table(block))
        case Folded():
            inner = "\n\n".join(map(_block, block.blocks))
            return f"<details><summary>{inert(block.summary)}</summary>\n\n{inner}\n\n</details>"


def _toned(one: Paragraph | Item) -> str:
    if one.lead:
        return f"**{inert(one.lead)}**: {inert(one.text)}"
    text = paragraph(one.text)
    match one.tone:
        case Tone.SOFT:
            return f"*{text}*"
        case Tone.PLAIN | Tone.CAUTION:
            return text
        case _:
            return f"**{text}**"


def _item(item: Item) -> Iterator[str]:
    yield f"- {_toned(item)}"
    yield from (f"  - {paragraph(detail)}" for detail in item.details)


def _table(table: Table) -> Iterator[str]:
    remarks = [table.remarks] if any(row.remark for row in table.rows) else []
    yield _line([table.names, *(inert(column.heading) for column in table.columns), *remarks])
    yield _line(["---", *("--:" if column.is_number else "---" for column in table.columns), *["---"] * len(remarks)])
    for row in table.rows:
        yield _line([_name(row), *map(inert, [*row.cells, row.remark][: len(table.columns) + len(remarks)])])


def _name(row: Row) -> str:
    name = f"**{inert(row.name)}**" if row.tone in (Tone.GOOD, Tone.BAD, Tone.STRONG) else inert(row.name)
    return f"{name} {row.mark}" if row.mark else name


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
