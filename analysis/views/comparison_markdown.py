"""A comparison for pull requests and job summaries: GitHub's Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.findings.comparison import Comparison, Row
from analysis.stats.change import Verdict
from analysis.views.comparison_words import (
    EVIDENCE,
    HEADINGS,
    cells,
    evidence,
    explain,
    group,
    notes,
    verdicts,
)
from analysis.views.markdown import line, plain

TITLE = "The three patterns: base and candidate"


def render(comparison: Comparison) -> str:
    """The comparison as Markdown: what is unchanged is folded away."""
    changed = [row for row in comparison.rows if row.verdict is not Verdict.UNCHANGED]
    unchanged = comparison.with_verdict(Verdict.UNCHANGED)
    sides = [group("base", comparison.base), group("candidate", comparison.candidate), *notes(comparison)]
    parts = [
        f"## {TITLE}",
        f"**{plain(verdicts(comparison))}**",
        "\n".join(f"- {plain(side)}" for side in sides),
    ]
    if changed:
        parts.append(_table(changed))
    if unchanged:
        parts.append(f"<details><summary>{len(unchanged)} unchanged</summary>\n\n{_table(unchanged)}\n\n</details>")
    if open_ones := comparison.with_verdict(Verdict.INCONCLUSIVE):
        listed = "\n".join(f"- {plain(evidence(row))}" for row in open_ones)
        heading = plain(EVIDENCE)
        parts.append(f"<details><summary>{heading}</summary>\n\n{listed}\n\n</details>")
    parts.append(f"*{plain(explain(comparison))}*")
    return "\n\n".join(parts) + "\n"


def _table(rows: Sequence[Row]) -> str:
    flagged = any(row.flags for row in rows)
    headings = [*HEADINGS, "flags"] if flagged else HEADINGS
    ruler = ["---", *["--:"] * (len(HEADINGS) - 2), *["---"] * (len(headings) - len(HEADINGS) + 1)]
    lines = [line(headings), line(ruler)]
    for row in rows:
        parts = [plain(cell) for cell in cells(row)]
        if row.verdict is Verdict.REGRESSION:
            parts[0], parts[-1] = f"**{parts[0]}**", f"**{parts[-1]}**"
        lines.append(line([*parts, plain(", ".join(row.flags))] if flagged else parts))
    return "\n".join(lines)
