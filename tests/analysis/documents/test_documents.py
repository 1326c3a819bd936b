"""Documents: whatever is in a finding, it is text on a terminal, in Markdown and on a page, and none of it is lost."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.cells import cell_len

from analysis.documents import html, markdown
from analysis.documents.document import (
    Column,
    Commands,
    Details,
    Document,
    Folded,
    Heading,
    Item,
    Items,
    Paragraph,
    Recommendation,
    Recommendations,
    Row,
    Table,
    Tone,
)
from runfile.sanitize import printable
from tests.support.shown import as_text

HOSTILE = [
    "[a link](http://evil.example)",
    "![a picture](https://evil.example/x.png)",
    "<img src=x onerror=alert(1)>",
    "\n\n# a heading\n",
    "```\ncode",
    "a `code` and a lone ` one",
    "| a | cell |",
    "**bold** _it_ ~~out~~ &lt;",
    "http://evil.example www.evil.example",
    "\x1b[31mred\x9b2J\u202eturned",
    "[bold red]rich[/]",
    "- item",
    "1. item",
    "> quoted",
    "[x]: http://evil.example",
    '" onmouseover="alert(1)',
    "'></bdi></p><script>alert(1)</script>&lt;b&gt;<!--",
    "",
]


def whole(text: str) -> Document:
    """A document with a text in every place that there is for one."""
    return Document(
        text,
        [
            Heading(text, lead=text),
            Paragraph(text),
            Paragraph(text, Tone.SOFT, text),
            Items([Item(text, lead=text, details=[text]), Item(text)]),
            Table([Column(text), Column(text, False)], [Row(text, [text, text], remark=text, tone=Tone.GOOD)]),
            Folded(text, [Paragraph(text)]),
            Recommendations(
                [Recommendation(text, [text, text], text, text, details=[Details(text, [text or "more"])])]
            ),
        ],
        text,
        text,
    )


NOT_OURS = {"link_open", "image", "html_inline", "s_open", "blockquote_open", "ordered_list_open", "fence"}


def markup_of(markdown_text: str) -> Iterator[Token]:
    """What a reader of Markdown finds in it besides text."""
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown_text):
        yield from token.children or [token]


@pytest.mark.parametrize("text", HOSTILE)
def test_in_markdown_text_is_only_text(text: str) -> None:
    shown = markdown.render(whole(text))
    found = Counter(token.type for token in markup_of(shown))
    assert not NOT_OURS & set(found)
    usual = Counter(token.type for token in markup_of(markdown.render(whole("text"))))
    for block in ("heading_open", "list_item_open", "table_open", "td_open", "html_block", "strong_open", "em_open"):
        assert found[block] <= usual[block]
    # GitHub makes links of these as well, but where all is HTML.
    assert not re.search(r"(?<!\\)//evil|(?<!\\)\.evil", re.sub("<summary>.*?</summary>", "", shown))
    assert not {"\x1b", "\x9b", "\u202e"} & set(shown)


def test_a_bar_is_escaped_in_tables_and_a_summary_is_html() -> None:
    text = "a_b <c> `d|e<`"
    table = Table([Column("n")], [Row(text, [text])])
    shown = markdown.render(Document("t", [Paragraph(text), Folded(text, [table])]))
    assert r"a\_b \<c> `d|e<`" in shown
    assert shown.count(r"a\_b \<c> `d\|e<`") == 2
    assert "<summary>a_b &lt;c&gt; <code>d|e&lt;</code></summary>" in shown


@pytest.mark.parametrize("text", HOSTILE)
def test_a_command_in_markdown_ends_no_block_of_code(text: str) -> None:
    (fence,) = markup_of(markdown.render(Document("title", [Commands([text, "next"])])).partition("\n")[2])
    assert (fence.type, fence.content.split()) == ("fence", [*printable(text).split(), "next"])


class Elements(HTMLParser):
    """What a browser finds in HTML: the elements with the names of their attributes, and the text."""

    def __init__(self, shown: str) -> None:
        super().__init__()
        self.found: Counter[tuple[str, ...]] = Counter()
        self.text = ""
        self.feed(str(shown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag, *(name for name, _ in attrs)] += tag != "code"

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", [one for one in HOSTILE if one])
def test_on_a_page_text_is_only_text(text: str) -> None:
    def page(of: str) -> str:
        return html.Renderer({of: "#123456"}).render([Heading(of, anchor=of), Commands([of]), *whole(of).whole], of)

    found = Elements(page(text))
    assert found.found == Elements(page("text")).found
    assert found.text.count(printable(text).replace("`code`", "code")) >= 10
    assert not {"\x1b", "\x9b", "\u202e"} & set(page(text))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [20, 80, 200])
def test_a_terminal_obeys_nothing(text: str, width: int) -> None:
    shown = as_text(whole(text), width, force_terminal=True, color_system=None)
    assert not {"\x1b", "\x9b", "\u202e"} & set(shown)
    assert ("rich" in text) == ("[bold red]rich[/]" in shown.replace("\n  ", " ").replace("\n", ""))


names = st.text(st.characters(codec="utf-8"), max_size=30)
cells = st.lists(st.text("0123456789.× ms", min_size=1, max_size=9), min_size=3, max_size=3)


@given(st.lists(st.tuples(names, cells, names), min_size=1, max_size=5), st.integers(10, 120), st.booleans())
def test_every_figure_stands_whole_in_a_table(rows: list[tuple[str, list[str], str]], width: int, splits: bool) -> None:
    made = [Row(name, figures, remark=remark) for name, figures, remark in rows]
    shown = as_text(Document("", [Table([Column(name) for name in "abc"], made, splits=splits)]), width)
    for _, figures, _ in rows:
        assert all(" ".join(figure.split()) in shown for figure in figures)


REMARK = "  flags: noisy (asyncio)"


def test_a_table_fits_as_long_as_it_can() -> None:
    columns = [Column("median"), Column("95 %", False)]
    table = Table(columns, [Row("asyncio", ["151 ms", "[14.9–15.6]"], mark="★", remark="noisy"), Row("x", ["2 s", ""])])
    for width, lines in {
        60: ["           median  95 %         flags", "★ asyncio  151 ms  [14.9–15.6]  noisy", "  x           2 s"],
        32: ["           median  95 %", "★ asyncio  151 ms  [14.9–15.6]", "  x           2 s", REMARK],
        29: ["          median 95 %", "★ asyncio 151 ms [14.9–15.6]", "  x          2 s", REMARK],
        25: ["  median  95 %", "★ asyncio", "  151 ms  [14.9–15.6]", "  x", "     2 s", REMARK],
    }.items():
        shown = as_text(Document("", [table]), width).splitlines()
        assert shown == lines
        assert max(map(cell_len, shown)) <= width


def test_what_has_no_room_beside_stands_in_another_part() -> None:
    table = Table([Column("one"), Column("two")], [Row("asyncio", ["1.00×", "2.00×"])], splits=True)
    assert as_text(Document("", [table]), 16).splitlines() == [
        "           one",
        "asyncio  1.00×",
        "           two",
        "asyncio  2.00×",
    ]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("threads that wait", "Threads that wait"),
        ("thread takes longer", "thread takes longer"),
        ("asyncio, too", "Asyncio, too"),
        ("download-large: a tie", "download-large: a tie"),
    ],
)
def test_a_sentence_on_a_page_begins_with_a_capital_and_a_name_does_not(said: str, shown: str) -> None:
    assert html.Renderer({"thread": "#123456"}).sentence(said) == shown
