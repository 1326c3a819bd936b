"""What a comparison of two environments or revisions says, and the list of those that were made."""

from __future__ import annotations

from pathlib import PurePath

from rich.cells import cell_len, set_cell_size

from analysis.documents.document import Block, Column, Document, Item, Items, Paragraph, Row, Tone, explained, items
from analysis.findings.ab import ABComparison, Listed, PairedRow
from analysis.stats.change import MOST_RUNS, Verdict
from analysis.stats.units import count, factor, percent, seconds, signed, signed_bounds
from analysis.views.changes.comparison import MARKS, PLURAL, TITLE, TONES, by_threshold, only_in, shown_name, tables
from runfile.benchmarks import ComparedSubject, NotMeasured
from runfile.sanitize import printable

LONGEST_NAME = 24
DIFFERENCES_SHOWN = 8


def document(found: ABComparison) -> Document:
    """A comparison, as it is shown."""
    sides = {"base": found.base, "candidate": found.candidate}
    blocks: list[Block] = items([*(describe(name, one) for name, one in sides.items()), *differences(found)])
    noticed = [f"{name}: {note}" for name, one in sides.items() for note in one.notes]
    blocks += items(noticed, Tone.CAUTION)
    blocks += tables(_columns(found), [(row.verdict, _row(row)) for row in found.rows])
    if len(found.rows) > 1:
        blocks.append(Paragraph(f"geometric mean of all changes: {signed(found.mean)}", Tone.STRONG))
    blocks += explained(_legend(found))
    blocks += items([part(row) for row in found.rows if row.whole_tasks])
    blocks += items([open_question(row) for row in found.with_verdict(Verdict.INCONCLUSIVE)], Tone.CAUTION)
    if found.missing:
        blocks.append(Items([_missing(one) for one in found.missing]))
    return Document(TITLE, blocks, verdict(found))


def list_document(found: Listed) -> Document:
    """The comparisons there are, from the oldest."""
    listed = [
        f"{number}  {one.datetime[:16].replace('T', ' ')}  {summary(one)}" for number, one in enumerate(found.found, 1)
    ]
    return Document("Comparisons", [*items(listed), *items([f"skipped: {one}" for one in found.reasons], Tone.CAUTION)])


def _missing(one: NotMeasured) -> Item:
    """Why a benchmark is not in the table."""
    tone = Tone.BAD if one.outcome == "failed" else Tone.CAUTION
    return Item(f"{shown_name(one.name)}: {printable(one.sentence)}", tone)


def _columns(found: ABComparison) -> list[Column]:
    numbers = [Column(printable(one)) for one in (*names(found), "change")]
    return [*numbers, Column("interval", False), Column("pairs"), Column("verdict", False)]


def _row(row: PairedRow) -> Row:
    return Row(
        name=shown_name(row.name),
        cells=[
            _time(row.base_seconds, row.base_spread),
            _time(row.candidate_seconds, row.candidate_spread),
            signed(row.change.estimate),
            signed_bounds(row.change),
            f"{row.pairs:,}",
            f"{MARKS[row.verdict]} {row.verdict}",
        ],
        remark=", ".join(row.flags),
        tone=TONES[row.verdict],
    )


def _time(value: float, spread: float) -> str:
    return f"{seconds(value)} ± {percent(spread)}"


def names(found: ABComparison) -> tuple[str, str]:
    """What the two are called: by the version that differs, if it is one; else by revision, or by folder."""
    base, candidate = found.base, found.candidate
    versions = _versions(found)
    if base.commit or candidate.commit:
        pair = _revision(base), _revision(candidate)
    elif len(versions) == 1:
        what, one, other = versions[0]
        pair = (f"{what} {one}", f"{what} {other}") if what else (one, other)
    else:
        pair = PurePath(base.label).name, PurePath(candidate.label).name
    short = _cut(pair[0]), _cut(pair[1])
    return short if short[0] != short[1] and all(short) else ("base", "candidate")


def _revision(side: ComparedSubject) -> str:
    return side.label if side.label.startswith(side.commit) else f"{side.label} {side.commit}"


def _cut(name: str) -> str:
    name = printable(name)
    return name if cell_len(name) <= LONGEST_NAME else set_cell_size(name, LONGEST_NAME - 1).rstrip() + "…"


def _versions(found: ABComparison) -> list[tuple[str, str, str]]:
    """What both have in different versions, Python first, which needs no name."""
    base, candidate = found.base, found.candidate
    both = [one for one in base.packages if one in candidate.packages]
    pairs = [
        ("", base.python, candidate.python),
        *((one, base.packages[one], candidate.packages[one]) for one in both),
    ]
    return [(what, one, other) for what, one, other in pairs if one != other]


def describe(name: str, found: ComparedSubject) -> str:
    """One side in a sentence."""
    commit = f", commit {found.commit}" if found.commit else ""
    return printable(f"{name}: {found.label}, {found.python}{commit}")


def differences(found: ABComparison) -> list[str]:
    """What is known to differ, or that nothing is."""
    versions = [f"{what or 'Python'}: {one} → {other}" for what, one, other in _versions(found)]
    more = [f"and {len(versions) - DIFFERENCES_SHOWN} packages more"] if len(versions) > DIFFERENCES_SHOWN else []
    versions = versions[:DIFFERENCES_SHOWN] + more
    if found.base.start_method != found.candidate.start_method:
        versions.append(f"start method: {found.base.start_method} → {found.candidate.start_method}")
    if found.base.commit != found.candidate.commit:
        versions.append(f"commit: {found.base.commit} → {found.candidate.commit}")
    base, candidate = found.base.packages.keys(), found.candidate.packages.keys()
    versions += [*only_in("base", sorted(base - candidate)), *only_in("candidate", sorted(candidate - base))]
    if not versions:
        versions = ["nothing that is known of: both have the same Python, packages and code"]
    return [printable(f"differs: {one}") for one in versions]


def _legend(found: ABComparison) -> str:
    """What the columns mean."""
    return (
        "time: geometric mean over the pairs, ± how processes of one side spread; change: candidate ÷ base in pairs of "
        f"processes that took turns; interval: those of {count(len(found.rows), 'benchmark')} hold together, however "
        "often they were looked at; regression and improvement: over the threshold, and the interval excludes 0; "
        "unchanged: the interval is within the threshold; inconclusive: neither"
    )


def part(row: PairedRow) -> str:
    """That only some of the tasks were done, and how to have all of them done."""
    return (
        f"{shown_name(row.name)}: compared by the first {row.tasks:,} of its {row.whole_tasks:,} tasks, which are done "
        "one after another: with -- --rigorous all of them are done"
    )


def open_question(row: PairedRow) -> str:
    """How small a slowdown would have been found, and what it would take to decide."""
    found = f"{shown_name(row.name)}: a slowdown of {percent(row.detectable)} would have been found 9 times in 10"
    if row.pairs_needed is None:
        return f"{found}; over {MOST_RUNS:,} pairs would decide: the change is too close to the threshold"
    needed = max(row.pairs_needed, row.pairs + 1)
    return f"{found}; about {count(needed, 'pair')} would decide: --seconds {_seconds_for(row, needed):.0f}"


def _seconds_for(row: PairedRow, pairs: int) -> float:
    """In how many seconds so many pairs are made, in full fives."""
    return max(5.0, 5 * -(-row.seconds / row.pairs * pairs // 5))


def verdict(found: ABComparison) -> str:
    """How many there are of each, the gravest first. Where nothing is decided, that is not called no regression."""
    parts = []
    for one in Verdict:
        rows = found.with_verdict(one)
        nothing_decided = one is Verdict.INCONCLUSIVE and len(rows) == len(found.rows)
        if nothing_decided:
            parts = ["nothing is decided: all inconclusive"]
        elif rows:
            parts.append(count(len(rows), PLURAL[one]) if one in PLURAL else f"{len(rows):,} {one}")
        elif one is Verdict.REGRESSION:
            parts.append("no regression")
        if rows and one is Verdict.INCONCLUSIVE:
            smallest = percent(max(row.detectable for row in rows))
            parts[-1] += f" (slowdowns below {smallest} may have been missed)"
    if failed := len(found.failed):
        parts.append(f"{failed:,} failed")
    if left := len(found.missing) - failed:
        parts.append(f"{left:,} not compared")
    return f"{', '.join(parts)}, {by_threshold(row.threshold for row in found.rows)}"


def summary(found: ABComparison) -> str:
    """A comparison in a line of a list of them."""
    one, other = names(found)
    return f"{one} → {other}: {factor(found.mean)}, {verdict(found)}"
