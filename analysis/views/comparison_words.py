"""What the comparison's text and Markdown have in common."""

from __future__ import annotations

from analysis.findings.comparison import Comparison, Group, Row
from analysis.stats.change import MOST_RUNS, Verdict
from analysis.stats.intervals import Interval
from analysis.stats.units import count, percent, seconds
from runfile.sanitize import printable

HEADINGS = ("benchmark", "base", "candidate", "change", "interval", "verdict")
MARKS = {Verdict.REGRESSION: "✗", Verdict.IMPROVEMENT: "★", Verdict.UNCHANGED: "=", Verdict.INCONCLUSIVE: "?"}
NAMES_SHOWN = 5
# Percent; two or three runs give intervals that reach further.
LARGEST_SHOWN = 9_999


def cells(row: Row) -> tuple[str, ...]:
    """A row under the headings."""
    return (
        shown(row),
        "" if row.base_seconds is None else seconds(row.base_seconds),
        "" if row.candidate_seconds is None else seconds(row.candidate_seconds),
        signed(row.change.estimate) if row.change else "",
        bounds(row.change) if row.change else "",
        f"{MARKS[row.verdict]} {row.verdict}",
    )


def shown(row: Row) -> str:
    """What a row's benchmark is called."""
    return shown_name(row.name)


def shown_name(name: str) -> str:
    """A benchmark's name without what all of them begin with."""
    return printable(name.removeprefix("test_"))


def signed(ratio: float) -> str:
    """A ratio as a change: 1.093 is +9.3 %, and 0.5 is -50 %."""
    change = (ratio - 1) * 100
    if change > LARGEST_SHOWN:
        return f">+{LARGEST_SHOWN:,} %"
    digits = 0 if abs(change) >= 99.5 else 1
    text = f"{change:+,.{digits}f}"
    return f"{text.replace('-', '−')} %" if float(text.replace(",", "")) else "0 %"


def bounds(found: Interval) -> str:
    return f"[{signed(found.low)}, {signed(found.high)}]"


def group(name: str, found: Group) -> str:
    """One side in a sentence."""
    days = found.first[:10] if found.first[:10] == found.last[:10] else f"{found.first[:10]} to {found.last[:10]}"
    commits = ", ".join(found.commits[:NAMES_SHOWN]) + (", …" if len(found.commits) > NAMES_SHOWN else "")
    return f"{name}: {count(found.runs, 'run')} of {days}, {found.python}, commit {commits}"


def verdicts(comparison: Comparison) -> str:
    """How many there are of each, the gravest first."""
    plural = {Verdict.REGRESSION: "regression", Verdict.IMPROVEMENT: "improvement"}
    parts = []
    for verdict in Verdict:
        number = len(comparison.with_verdict(verdict))
        if number or verdict is Verdict.REGRESSION:
            named = count(number, plural[verdict]) if verdict in plural else f"{number:,} {verdict}"
            parts.append(named if number else "no regression")
    thresholds = sorted({row.threshold for row in comparison.rows})
    limits = percent(thresholds[0]) + (f" to {percent(thresholds[-1])}" if len(thresholds) > 1 else "")
    return f"{', '.join(parts)}, by a threshold of {limits}"


def explain(comparison: Comparison) -> str:
    """What interval and verdict mean."""
    return (
        "times are medians of the rounds, and over the runs; "
        f"change: candidate ÷ base between runs; interval: all {len(comparison.rows)} hold together with "
        f"{comparison.level:.4g} confidence; regression and improvement: over the threshold, and the interval "
        "excludes 0; unchanged: the interval is within the threshold; inconclusive: neither"
    )


def evidence(row: Row) -> str:
    """What it would take to decide what is inconclusive."""
    name = shown(row)
    if row.change is None:
        return f"{name}: some at all, as too few are there to tell how runs differ"
    if row.runs_needed is None:
        return f"{name}: over {MOST_RUNS:,}, as it is about the threshold itself"
    return f"{name}: about {row.runs_needed:,}"


EVIDENCE = "What would decide the inconclusive ones, in runs of each side, if more of them say the same:"


def missing(comparison: Comparison) -> list[str]:
    """Which benchmarks only one side has."""
    found = {"base": comparison.only_in_base, "candidate": comparison.only_in_candidate}
    return [
        f"only the {side} has {', '.join(name.rpartition('::')[2] for name in names[:NAMES_SHOWN])}"
        + (f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else "")
        for side, names in found.items()
        if names
    ]


def notes(comparison: Comparison) -> list[str]:
    """All that speaks of the comparison as a whole."""
    found = [f"differs: {one}" for one in comparison.differences]
    if left_out := sum(row.left_out for row in comparison.rows):
        every = sum(row.base_runs + row.candidate_runs + row.left_out for row in comparison.rows)
        found.append(
            f"left out: {left_out:,} of {every:,} measurements, made while other programs or the hypervisor took more "
            "than a fifth of a core"
        )
    return [*found, *missing(comparison)]
