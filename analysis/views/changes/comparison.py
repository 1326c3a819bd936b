"""What a comparison of two groups of runs says: each change, the verdict on it, and what would decide what is open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analysis.documents.document import Block, Column, Document, Folded, Row, Table, Tone, explained, items
from analysis.findings.comparison import ChangeRow, Comparison, Group
from analysis.stats.change import MOST_RUNS, Verdict
from analysis.stats.units import count, percent, seconds, signed, signed_bounds
from analysis.views.provenance import days, left_out
from analysis.views.summary import if_known
from runfile.sanitize import printable

TITLE = "The three patterns: base and candidate"
COLUMNS = (*map(Column, ("base", "candidate", "change")), Column("interval", False), Column("verdict", False))
MARKS = {Verdict.REGRESSION: "✗", Verdict.IMPROVEMENT: "★", Verdict.UNCHANGED: "=", Verdict.INCONCLUSIVE: "?"}
TONES = {
    Verdict.REGRESSION: Tone.BAD,
    Verdict.IMPROVEMENT: Tone.GOOD,
    Verdict.UNCHANGED: Tone.SOFT,
    Verdict.INCONCLUSIVE: Tone.CAUTION,
}
PLURAL = {Verdict.REGRESSION: "regression", Verdict.IMPROVEMENT: "improvement"}
NAMES_SHOWN = 5
EVIDENCE = "Estimated runs of each side needed for a verdict"


def document(found: Comparison, *, brief: bool = False) -> Document:
    """A comparison, as it is shown; `brief` leaves out what is unchanged."""
    sides = [describe(side, group) for side, group in (("base", found.base), ("candidate", found.candidate))]
    blocks: list[Block] = items([*sides, *notes(found)])
    blocks += tables(COLUMNS, [(row.verdict, _row(row)) for row in found.rows], brief=brief)
    blocks += explained(_legend(found))
    if open_ones := found.with_verdict(Verdict.INCONCLUSIVE):
        open_ones = sorted(open_ones, key=lambda row: row.runs_needed or 10**9)
        blocks.append(Folded(EVIDENCE, items([evidence(row) for row in open_ones], Tone.CAUTION)))
    return Document(TITLE, blocks, verdicts(found))


def tables(columns: Sequence[Column], rows: Sequence[tuple[Verdict, Row]], *, brief: bool = False) -> list[Block]:
    """What has changed or may have, and, folded away, what has not."""
    changed = [row for verdict, row in rows if verdict is not Verdict.UNCHANGED]
    unchanged = [row for verdict, row in rows if verdict is Verdict.UNCHANGED]
    blocks: list[Block] = [Table(columns, changed, names="benchmark")] if changed else []
    if unchanged and not brief:
        blocks.append(Folded(f"{len(unchanged):,} unchanged", [Table(columns, unchanged, names="benchmark")]))
    return blocks


def _row(row: ChangeRow) -> Row:
    return Row(
        name=shown_name(row.name),
        cells=[
            if_known(row.base_seconds, seconds),
            if_known(row.candidate_seconds, seconds),
            signed(row.change.estimate) if row.change else "",
            signed_bounds(row.change) if row.change else "",
            f"{MARKS[row.verdict]} {row.verdict}",
        ],
        remark=", ".join(row.flags),
        tone=TONES[row.verdict],
    )


def shown_name(name: str) -> str:
    """A benchmark's name without what all of them begin with."""
    return printable(name.removeprefix("test_"))


def describe(name: str, found: Group) -> str:
    """One side in a sentence."""
    commits = ", ".join(found.commits[:NAMES_SHOWN]) + (", …" if len(found.commits) > NAMES_SHOWN else "")
    return f"{name}: {count(found.runs, 'run')} of {days(found.first, found.last)}, {found.python}, commit {commits}"


def verdicts(comparison: Comparison) -> str:
    """How many there are of each, the gravest first."""
    parts = []
    for verdict in Verdict:
        number = len(comparison.with_verdict(verdict))
        if number or verdict is Verdict.REGRESSION:
            named = count(number, PLURAL[verdict]) if verdict in PLURAL else f"{number:,} {verdict}"
            parts.append(named if number else "no regression")
    return f"{', '.join(parts)}, {by_threshold(row.threshold for row in comparison.rows)}"


def by_threshold(thresholds: Iterable[float]) -> str:
    """From how much on a change counts, in the rows of a table."""
    found = sorted(set(thresholds))
    return f"by a threshold of {percent(found[0])}" + (f" to {percent(found[-1])}" if len(found) > 1 else "")


def _legend(comparison: Comparison) -> str:
    """What interval and verdict mean."""
    return (
        "times are medians of the rounds, and over the runs; "
        f"change: candidate ÷ base between runs; interval: {comparison.level:.2%} simultaneous confidence; "
        "regression and improvement: over the threshold, and the interval "
        "excludes 0; unchanged: the interval is within the threshold; inconclusive: neither"
    )


def evidence(row: ChangeRow) -> str:
    """What it would take to decide what is inconclusive."""
    name = shown_name(row.name)
    if row.change is None:
        return f"{name}: more, since there are too few to show how runs differ"
    if row.runs_needed is None:
        return f"{name}: over {MOST_RUNS:,}: too close to the threshold"
    return f"{name}: about {row.runs_needed:,}"


def only_in(side: str, names: Sequence[str]) -> list[str]:
    """Which of these only one side has."""
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return [f"only the {side} has {', '.join(names[:NAMES_SHOWN])}{more}"] if names else []


def notes(comparison: Comparison) -> list[str]:
    """All that speaks of the comparison as a whole."""
    found = [f"differs: {one}" for one in comparison.differences]
    if disturbed := sum(row.left_out for row in comparison.rows):
        every = sum(row.base_runs + row.candidate_runs + row.left_out for row in comparison.rows)
        found.append(left_out(disturbed, every))
    alone = {"base": comparison.only_in_base, "candidate": comparison.only_in_candidate}
    for side, names in alone.items():
        found += only_in(side, [name.rpartition("::")[2] for name in names])
    return found
