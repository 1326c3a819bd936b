"""The layout of a picture that has rows: a name on the left, a value on the right, and what is drawn between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rich.cells import cell_len

from analysis.report.drawing.canvas import Layer, along, at_left, down, layer, raw, shown, written
from analysis.report.drawing.scales import Scale
from analysis.report.drawing.theme import Mark

# In pixels.
ROW, HEADING, NOTE, BETWEEN = 23, 26, 19, 12
SIGN = 16
BAR = 15  # in a row
LONGEST_NOTE = 160  # letters
VALUES = 62
# A letter, or half of a wide one; and what all names have at most.
LETTER, MOST_NAMES = 7, 176


class Sign(StrEnum):
    """What stands before a row, as a path in a square from -1 to 1."""

    WINS = "M0,-1L.235,-.324L.951,-.309L.38,.124L.588,.809L0,.4L-.588,.809L-.38,.124L-.951,-.309L-.235,-.324Z"
    TIES = "M-.8,-.5H.8V-.15H-.8ZM-.8,.15H.8V.5H-.8Z"


@dataclass(frozen=True)
class ListingRow:
    """A row."""

    name: str
    value: str = ""
    sign: Sign | None = None


@dataclass(frozen=True)
class Block:
    """Rows under a heading, if it has one, and notes beneath."""

    heading: str
    lines: Sequence[ListingRow]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Listing:
    """Blocks with their places. `values` are the pixels for these; where rows are `signed`, there is room for that."""

    blocks: Sequence[Block]
    values: int = VALUES
    signed: bool = True

    @property
    def names(self) -> int:
        """The pixels that are kept for names."""
        longest = max((cell_len(shown(line.name)) for block in self.blocks for line in block.lines), default=0)
        return min(MOST_NAMES, 12 + LETTER * longest) + (SIGN if self.signed else 0)

    def rows(self) -> list[list[float]]:
        """Of each block, the middle of each row in pixels from the top."""
        return [
            [top + (HEADING if block.heading else 0) + (number + 0.5) * ROW for number in range(len(block.lines))]
            for block, top in zip(self.blocks, self._tops(), strict=False)
        ]

    @property
    def height(self) -> float:
        return self._tops()[-1] - BETWEEN

    def across(self, field: str, domain: Sequence[float], *, log: int = 0, **axis: Any) -> Any:
        """A horizontal place by a number, between the names and the values."""
        return along(field, domain, left=self.names, right=self.values, log=log, **axis)

    def scaled(self, axis: Scale, title: str, **more: Any) -> Any:
        """The same, with a scale as its axis."""
        written = {**axis.written, "title": axis.titled(title), **more}
        return self.across("x", axis.domain, log=axis.log, **written)

    def layers(self) -> list[Layer]:
        """All that is written, and the signs."""
        headings, names, values, signs, notes = [], [], [], [], []
        for block, top, rows in zip(self.blocks, self._tops(), self.rows(), strict=False):
            headings += [{"y": top + HEADING / 2, "text": shown(block.heading)}] if block.heading.strip() else []
            for line, y in zip(block.lines, rows, strict=True):
                names.append({"y": y, "text": shown(line.name)})
                values.append({"y": y, "text": line.value})
                signs += [{"y": y, "shape": line.sign.value}] if line.sign else []
            beneath = top + (HEADING if block.heading else 0) + len(rows) * ROW
            notes += [
                {"y": beneath + (at + 0.5) * NOTE, "text": shown(note, LONGEST_NOTE)}
                for at, note in enumerate(block.notes)
            ]
        return [
            written(headings, Mark.NAME, limit="width"),
            written(names, Mark.LABEL, limit=f"{self.names - (SIGN if self.signed else 0) - 4}"),
            written(notes, Mark.NOTE, left=self.names, limit=f"width - {self.names}"),
            written(values, Mark.VALUE, left=None, limit=f"{self.values}"),
            layer(signs, "point", Mark.SIGN, filled=True, size=80).encode(
                x=at_left(self.names - SIGN / 2 - 3), y=down("y"), **raw(shape="shape")
            ),
        ]

    def _tops(self) -> list[float]:
        tops = [0.0]
        for block in self.blocks:
            height = (HEADING if block.heading else 0) + len(block.lines) * ROW + len(block.notes) * NOTE
            tops.append(tops[-1] + height + BETWEEN)
        return tops
