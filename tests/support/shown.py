"""Documents as they are shown, and the files that hold what was looked at."""

import io
from typing import Any

import msgspec
from rich.console import Console

from analysis.documents import as_json, html, markdown, terminal
from analysis.documents.document import Document
from tests import SUITE

GOLDEN = SUITE / "tests" / "golden"


def as_text(document: Document, width: int = 200, **options: Any) -> str:
    """What a terminal of that width shows."""
    out = io.StringIO()
    terminal.show(document, Console(file=out, width=width, **options))
    return out.getvalue()


def check_golden(name: str, document: Document, found: msgspec.Struct) -> None:
    """A document is shown as it was looked at, and its finding is whole in JSON.

    To change what is shown on purpose, write the files anew and look at them.
    """
    for width in (80, 120):
        shown = as_text(document, width)
        assert shown == (GOLDEN / f"{name}-{width}.txt").read_text(encoding="utf-8")
        assert max(map(len, shown.splitlines())) <= width
    assert markdown.render(document) == (GOLDEN / f"{name}.md").read_text(encoding="utf-8")
    on_a_page = html.Renderer({"asyncio": "#1f7fc8"}).render(document.whole)
    assert on_a_page + "\n" == (GOLDEN / f"{name}.html").read_text(encoding="utf-8")
    read = msgspec.json.decode(as_json.render(**{name: found}))
    assert read["schema"] == 1
    assert msgspec.convert(read[name], type(found)) == found
