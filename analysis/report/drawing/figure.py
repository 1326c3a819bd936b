"""A picture: a Vega-Lite specification, what is to be seen in it, and the same numbers as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analysis.documents.document import Column, Row, Table


@dataclass(frozen=True)
class Figure:
    """One picture of a report.

    `name` is fit for a file and for a part of an element's id; `says` is a sentence on what is to be seen, for who
    cannot see it, and under it as a caption. The cells of a row are words as people read them, as many as there are
    headings.
    """

    name: str
    title: str
    says: str
    spec: dict[str, Any]
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def table(self) -> Table:
        first, *others = self.headings
        rows = [Row(name, cells) for name, *cells in self.rows]
        return Table([Column(heading, is_number=False) for heading in others], rows, names=first)
