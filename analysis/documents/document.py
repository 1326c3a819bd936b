"""A finding as a document: plain blocks, which a renderer turns into lines of a terminal, Markdown or HTML.

Text in it is inert. It may come from anybody's file, and only the renderers know what a terminal, Markdown or a browser
would take for more than text. `code` between backquotes is code, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

CODE = re.compile(r"`([^`]+)`")


class Tone(StrEnum):
    """How something is meant."""

    PLAIN = "plain"
    STRONG = "strong"
    SOFT = "soft"  # explains
    GOOD = "good"
    BAD = "bad"
    CAUTION = "caution"


@dataclass(frozen=True)
class Heading:
    """The heading of what follows; the lead is the verdict on it. A page has it under the anchor, if there is one."""

    text: str
    tone: Tone = Tone.STRONG
    lead: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A sentence or some; the lead is what it is about, or of which kind it is."""

    text: str
    tone: Tone = Tone.PLAIN
    lead: str = ""


@dataclass(frozen=True)
class Item:
    """A paragraph in a list, and what there is to say about it."""

    text: str
    tone: Tone = Tone.PLAIN
    lead: str = ""
    details: Sequence[str] = ()


@dataclass(frozen=True)
class Items:
    """A list."""

    items: Sequence[Item]


@dataclass(frozen=True)
class Details:
    """More on a recommendation, a sentence each, and what about."""

    heading: str
    sentences: Sequence[str]


@dataclass(frozen=True)
class Recommendation:
    """What to choose in a case: the names, by how much, how sure, and more."""

    case: str
    names: Sequence[str]
    text: str
    verdict: str
    tone: Tone = Tone.PLAIN  # of the verdict
    details: Sequence[Details] = ()


@dataclass(frozen=True)
class Recommendations:
    """Several, to be seen first or among others."""

    recommended: Sequence[Recommendation]
    are_first: bool = True

    @property
    def items(self) -> Items:
        """The same as a list, a line each."""
        return Items(
            [
                Item(
                    f"{', '.join(filter(None, (listed(one.names, 'or'), one.text)))}; {one.verdict}",
                    lead=one.case,
                    details=[sentence for more in one.details for sentence in more.sentences],
                )
                for one in self.recommended
            ]
        )


@dataclass(frozen=True)
class Commands:
    """Commands, a line each, that are done one after the other."""

    lines: Sequence[str]


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    heading: str
    is_number: bool = True  # stands on the right, and is never folded


@dataclass(frozen=True)
class Row:
    """A row: its name, a cell for each column, and perhaps a remark on it. A marked one is to be seen first."""

    name: str
    cells: Sequence[str]
    mark: str = ""
    remark: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True)
class Table:
    """Rows with names, in columns. Where there is no room for all columns, `splits` puts some beneath the others."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    names: str = ""  # the heading of the names
    remarks: str = "flags"  # that of the remarks
    splits: bool = False


@dataclass(frozen=True)
class Folded:
    """What need not be seen at once."""

    summary: str
    blocks: Sequence[Block]


Block = Heading | Paragraph | Items | Recommendations | Commands | Table | Folded


@dataclass(frozen=True)
class Document:
    """What is shown of a finding. The conclusion stands where it is seen first: last on a terminal, else at the top.

    What it was made from comes before all of it, and once for several that were made from the same.
    """

    title: str
    blocks: Sequence[Block]
    conclusion: str = ""
    made_from: str = ""

    @property
    def whole(self) -> Sequence[Block]:
        """All blocks, where it stands alone."""
        return [*explained(self.made_from), *self.blocks]


def items(sentences: Sequence[str], tone: Tone = Tone.PLAIN) -> list[Block]:
    """A list of sentences; nothing if there are none."""
    return [Items([Item(sentence, tone) for sentence in sentences])] if sentences else []


def explained(*sentences: str) -> list[Block]:
    """What headings and marks stand for."""
    return [Paragraph(sentence, Tone.SOFT) for sentence in sentences if sentence]


def listed(names: Sequence[str], word: str) -> str:
    """Names in a sentence: a, b or c."""
    *others, last = names
    return f"{', '.join(others)} {word} {last}" if others else last
