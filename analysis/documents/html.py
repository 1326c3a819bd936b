"""A document as HTML, for a page that has its style. All escaping of a document that HTML needs, is here.

Text is escaped, cut, and rid of what turns around what follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from analysis.documents import document as doc
from runfile.sanitize import printable

# Letters of a name or a cell, and of a sentence, which is more than any here has.
LONGEST_NAME, LONGEST, LONGEST_COMMAND = 200, 5000, 100_000
CUT = "…"
# A table with more rows than these is folded away.
MOST_ROWS = 12


def text(value: object, longest: int = LONGEST) -> str:
    """Text on one line, of a sane length, without characters that turn around what follows."""
    found = str(value)
    # Cut before, too: of a megabyte the rest is not even looked at.
    plain = printable(found[: 4 * longest])
    return plain if len(plain) <= longest and len(found) <= 4 * longest else plain[: longest - 1].rstrip() + CUT


def tag(name: str, *content: str, **attributes: str) -> Markup:
    """An element with elements and text in it, and those of the attributes that have a value."""
    given = (
        Markup(' {}="{}"').format(key.strip("_"), text(value, LONGEST_NAME))
        for key, value in attributes.items()
        if value
    )
    return Markup("<{0}{1}>{2}</{0}>").format(name, Markup("").join(given), Markup("").join(content))


def foreign(value: str, longest: int = LONGEST_NAME) -> Markup:
    """Text from a saved run, set apart so that its direction is its own."""
    return tag("bdi", text(value, longest))


def prose(value: str) -> Markup:
    """Text with its `code`."""
    parts = enumerate(doc.CODE.split(text(value)))
    return Markup("").join(tag("code", part) if number % 2 else part for number, part in parts)


@dataclass(frozen=True)
class Renderer:
    """What turns blocks into HTML. Names that have a color in pictures are shown with a dot of it."""

    colors: Mapping[str, str]

    def render(self, blocks: Sequence[doc.Block], label: str = "") -> Markup:
        """Blocks, under headings of the third level. `label` is what they are about, until a heading says it."""
        made = []
        for block in blocks:
            label = block.text if isinstance(block, doc.Heading) else label
            made.append(self._block(block, label))
        return _lines(made)

    def table(self, table: doc.Table, label: str) -> Markup:
        """A table, in a region that can be scrolled."""
        remarks = [doc.Column(table.remarks, is_number=False)] if any(row.remark for row in table.rows) else []
        columns = [*table.columns, *remarks]
        names = tag("th", foreign(table.names), scope="col") if table.names else tag("td")
        heads = (tag("th", foreign(one.heading), scope="col", class_=_kind(one)) for one in columns)
        head, body = tag("thead", tag("tr", names, *heads)), (self._row(row, columns) for row in table.rows)
        return _region("div", label, tag("table", head, tag("tbody", _lines(body))), class_="wide")

    def sentence(self, said: str) -> Markup:
        """A sentence with a capital letter, unless it begins with a name, or with what is no word."""
        is_name = any(said.startswith(name) and not said[len(name) :][:1].isalnum() for name in self.colors)
        is_word = said.partition(" ")[0].rstrip(",:;").isalpha()
        return prose(_capital(said) if is_word and not is_name else said)

    def _block(self, block: doc.Block, label: str) -> Markup:
        match block:
            case doc.Heading():
                lead = tag("span", foreign(block.lead), class_=block.tone) if block.lead else ""
                kind = "judged" if block.lead else ""
                return tag("h3", lead, foreign(block.text, LONGEST), id=block.anchor, class_=kind)
            case doc.Paragraph():
                return tag("p", *self._led(block), self.sentence(block.text), class_=block.tone)
            case doc.Items():
                if all(item.lead for item in block.items):
                    return tag("dl", _lines(map(self._term, block.items)), class_="facts")
                return tag("ul", *(tag("li", *self._led(item), *self._said(item)) for item in block.items))
            case doc.Recommendations():
                kind = "cards" if block.are_first else "kinds"
                return tag("ul", *map(self._recommendation, block.recommended), class_=kind)
            case doc.Commands():
                lines = _lines(foreign(line, LONGEST_COMMAND) for line in block.lines)
                return _region("pre", f"Commands: {label}", lines)
            case doc.Table():
                made = self.table(block, label)
                return made if len(block.rows) <= MOST_ROWS else _folded(f"{len(block.rows):,} rows", made)
            case doc.Folded():
                return _folded(block.summary, self.render(block.blocks, block.summary))

    def _led(self, one: doc.Paragraph | doc.Item) -> Sequence[Markup]:
        return [tag("strong", self._lead(one.lead), ": ")] if one.lead else []

    def _lead(self, lead: str) -> Markup:
        return self._named(lead if lead in self.colors else _capital(lead))

    def _term(self, item: doc.Item) -> Markup:
        return tag("dt", self._lead(item.lead)) + tag("dd", *self._said(item), class_=item.tone)

    def _said(self, item: doc.Item) -> Sequence[Markup]:
        return [prose(item.text), *(tag("p", self.sentence(detail), class_="soft") for detail in item.details)]

    def _named(self, name: str) -> Markup:
        if name not in self.colors:
            return foreign(name)
        circle = tag("circle", cx="5", cy="5", r="5", fill=self.colors[name])
        return tag("svg", circle, class_="dot", viewBox="0 0 10 10", **{"aria-hidden": "true"}) + foreign(name)

    def _recommendation(self, one: doc.Recommendation) -> Markup:
        names = [tag("span", self._named(name), class_="name") for name in one.names]
        commas = [tag("span", ", ", class_="or")] * max(0, len(names) - 2)
        between = [*commas, *([tag("span", " or ", class_="or")] if len(names) > 1 else []), ""]
        return tag(
            "li",
            tag("h3", foreign(_capital(one.case))),
            tag(
                "div",
                tag("p", *(part for pair in zip(names, between, strict=True) for part in pair), class_="choice"),
                *([tag("p", self.sentence(one.text), ".", class_="much")] if one.text else []),
                tag("p", self.sentence(one.verdict), ".", class_=f"verdict {one.tone}"),
                *(self._details(details) for details in one.details if details.sentences),
            ),
        )

    def _details(self, details: doc.Details) -> Markup:
        heading = [tag("h4", foreign(details.heading))] if details.heading else []
        sentences = tag("ul", *(tag("li", self.sentence(one)) for one in details.sentences))
        return tag("div", *heading, sentences, class_="when")

    def _row(self, row: doc.Row, columns: Sequence[doc.Column]) -> Markup:
        name = tag("th", f"{row.mark} " if row.mark else "", foreign(row.name), scope="row")
        cells = zip([*row.cells, row.remark], columns, strict=False)  # without remarks there is no column for them
        shown = (tag("td", foreign(cell), class_=_kind(column)) for cell, column in cells)
        return tag("tr", name, *shown, class_=row.tone)


def _lines(parts: Iterable[Markup]) -> Markup:
    return Markup("\n").join(parts)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _kind(column: doc.Column) -> str:
    return "number" if column.is_number else ""


def _region(name: str, label: str, inner: Markup, class_: str = "") -> Markup:
    """An element that the keyboard reaches, as it may have to be scrolled."""
    return tag(name, inner, class_=class_, tabindex="0", role="region", **{"aria-label": label})


def _folded(summary: str, inner: Markup) -> Markup:
    return tag("details", tag("summary", foreign(summary)), inner)
