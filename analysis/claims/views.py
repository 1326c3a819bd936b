"""Claims for a terminal or a pipe, and as GitHub's Markdown."""

from __future__ import annotations

from rich.console import Console

from analysis import markdown
from analysis.claims.seam import Claims, Judged, Verdict
from analysis.claims.words import DOUBTS, EXPLAINED, TITLE, Line, counted, doubts, headline, lines
from analysis.harmless import printable
from analysis.paragraphs import say
from analysis.words import made_from

STYLES = {
    Verdict.SUPPORTED: "bold green",
    Verdict.REFUTED: "bold red",
    Verdict.DEPENDS: "bold yellow",
    Verdict.NOT_DECIDED: "bold",
}
INDENT = "    "


def show(found: Claims, console: Console) -> None:
    """Print claims, as wide as the console is."""
    say(console, made_from(found))
    console.print()
    say(console, counted(found), style="bold")
    for judged in found.claims:
        console.print()
        head = headline(judged)
        say(console, f"{head}: “{judged.words}”", lead=(len(head), STYLES[judged.verdict]))
        for line in lines(judged):
            _say(console, line)
    console.print()
    say(console, EXPLAINED, style="dim")
    if sentences := doubts(found):
        console.print()
        say(console, DOUBTS, style="bold")
        for sentence in sentences:
            say(console, f"warning: {sentence}", lead=(len("warning:"), "bold yellow"))


def _say(console: Console, line: Line) -> None:
    lead = len(INDENT) + len(line.lead) + 1
    say(console, f"{INDENT}{line.lead}: {line.text}", style="dim" if line.minor else "", lead=(lead, "dim"))


def render(found: Claims) -> str:
    """Claims as Markdown."""
    table = [markdown.line(["verdict", "the talk", "the runs"]), markdown.line(["---"] * 3), *map(_row, found.claims)]
    parts = [
        f"## {TITLE}",
        _plain(made_from(found)),
        f"**{_plain(counted(found))}**",
        "\n".join(table),
        f"*{EXPLAINED}*",
    ]
    if sentences := doubts(found):
        parts.append("\n".join([f"### {DOUBTS}", "", *(f"- **warning**: {_plain(one)}" for one in sentences)]))
    return "\n\n".join(parts) + "\n"


def _row(judged: Judged) -> str:
    said = [f"*{line.lead}: {_plain(line.text)}*" if line.minor else _main(line) for line in lines(judged)]
    return markdown.line([f"**{_plain(headline(judged))}**", f"“{_plain(judged.words)}”", "<br>".join(said)])


def _main(line: Line) -> str:
    return f"**{line.lead}:** {_plain(line.text)}"


def _plain(text: str) -> str:
    return markdown.plain(printable(text))
