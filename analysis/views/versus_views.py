"""A comparison of two subjects for a terminal, a pull request or a program, and the list of those there are."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from analysis.findings.ab import Listed, Row, Versus
from analysis.stats.change import Verdict
from analysis.views.comparison_text import STYLES, Line, show_table
from analysis.views.markdown import line, plain
from analysis.views.paragraphs import say
from analysis.views.versus_words import (
    cells,
    differences,
    explain,
    headings,
    mean,
    missing,
    open_question,
    side,
    summary,
    verdict,
)

TITLE = "The three patterns: base and candidate"


def show(found: Versus, console: Console) -> None:
    """Print a comparison."""
    for sentence in (side("base", found.base), side("candidate", found.candidate), *differences(found)):
        say(console, sentence)
    console.print()
    rows = [Line(cells(row), STYLES[row.verdict], ", ".join(row.flags)) for row in found.rows]
    together = [Line(mean(found), "bold")] if len(rows) > 1 else []
    show_table(headings(found), [*rows, *together], console)
    console.print()
    say(console, explain(found), style="dim")
    if open_ones := found.with_verdict(Verdict.INCONCLUSIVE):
        console.print()
        for row in open_ones:
            say(console, open_question(row), style="yellow")
    if found.missing:
        console.print()
        for one in found.missing:
            say(console, missing(one), style="red" if one.outcome == "failed" else "yellow")
    console.print()
    say(console, verdict(found), style="bold")


def render(found: Versus) -> str:
    """A comparison as GitHub's Markdown: what is unchanged is folded away."""
    changed = [row for row in found.rows if row.verdict is not Verdict.UNCHANGED]
    unchanged = found.with_verdict(Verdict.UNCHANGED)
    sides = [side("base", found.base), side("candidate", found.candidate), *differences(found)]
    parts = [f"## {TITLE}", f"**{plain(verdict(found))}**", _items(sides)]
    if changed:
        parts.append(_table(found, changed))
    if unchanged:
        table = _table(found, unchanged)
        parts.append(f"<details><summary>{len(unchanged)} unchanged</summary>\n\n{table}\n\n</details>")
    if open_ones := found.with_verdict(Verdict.INCONCLUSIVE):
        parts.append(_items([open_question(row) for row in open_ones]))
    if found.missing:
        parts.append(_items([missing(one) for one in found.missing]))
    _, *_, change, _, _, _ = mean(found)
    parts.append(f"Geometric mean of all changes: {plain(change)}")
    parts.append(f"*{plain(explain(found))}*")
    return "\n\n".join(parts) + "\n"


def _items(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {plain(sentence)}" for sentence in sentences)


def _table(found: Versus, rows: Sequence[Row]) -> str:
    flagged = any(row.flags for row in rows)
    titles = [*headings(found), *(["flags"] if flagged else [])]
    ruler = ["---", *["--:"] * (len(headings(found)) - 2), *["---"] * (len(titles) - len(headings(found)) + 1)]
    lines = [line([plain(title) for title in titles]), line(ruler)]
    for row in rows:
        parts = [plain(cell) for cell in cells(row)]
        if row.verdict is Verdict.REGRESSION:
            parts[0], parts[-1] = f"**{parts[0]}**", f"**{parts[-1]}**"
        lines.append(line([*parts, plain(", ".join(row.flags))] if flagged else parts))
    return "\n".join(lines)


def show_list(found: Listed, console: Console) -> None:
    """Print the comparisons there are, from the oldest."""
    for number, one in enumerate(found.found, start=1):
        say(console, f"{number}  {one.datetime[:16].replace('T', ' ')}  {summary(one)}")
    for reason in found.reasons:
        say(console, f"skipped: {reason}", style="yellow")
