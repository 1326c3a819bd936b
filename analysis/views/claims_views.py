"""Claims for a terminal or a pipe, and as GitHub's Markdown."""

from __future__ import annotations

from rich.console import Console

from analysis.findings.claims.model import Claims, Judged, Verdict
from analysis.views.claims_words import DOUBTS, EXPLAINED, TITLE, Line, counted, doubts, headline, lines
from analysis.views.markdown import inert, line, plain
from analysis.views.paragraphs import say
from analysis.views.words import made_from

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
        for said in lines(judged):
            _say(console, said)
    console.print()
    say(console, EXPLAINED, style="dim")
    if against := doubts(found):
        console.print()
        say(console, DOUBTS, style="bold")
    for said in against:
        warning = f"warning: {said.lead}: {said.text}{_quoted(said.command)}"
        say(console, warning, lead=(len("warning:"), "bold yellow"))


def _say(console: Console, said: Line) -> None:
    lead = len(INDENT) + len(said.lead) + 1
    sentence = f"{INDENT}{said.lead}: {said.text}{_quoted(said.command)}"
    say(console, sentence, style="dim" if said.minor else "", lead=(lead, "dim"))


def _quoted(command: str) -> str:
    return f"`{command}`" if command else ""


def render(found: Claims) -> str:
    """Claims as Markdown."""
    rows = ["verdict", "the talk", "the runs"], ["---"] * 3, *map(_cells, found.claims)
    parts = [
        f"## {TITLE}",
        inert(made_from(found)),
        f"**{counted(found)}**",
        "\n".join(map(line, rows)),
        f"*{EXPLAINED}*",
    ]
    if against := doubts(found):
        parts.append(
            "\n".join(
                [
                    f"### {DOUBTS}",
                    "",
                    *(f"- **{one.lead}:** {inert(one.text)}{_quoted(one.command)}" for one in against),
                ]
            )
        )
    return "\n\n".join(parts) + "\n"


def _cells(judged: Judged) -> list[str]:
    return [f"**{headline(judged)}**", f"“{judged.words}”", "<br>".join(map(_told, lines(judged)))]


def _told(said: Line) -> str:
    # What is in a code span is not escaped; the figures are not anybody's, and full of brackets.
    if said.minor:
        return f"*{said.lead}: {inert(said.text)}*"
    return f"**{said.lead}:** {plain(said.text)}{_quoted(said.command)}"
