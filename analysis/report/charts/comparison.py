"""Which pattern is fastest: a bar for each speed-up, with its interval, and the physical limit as a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from analysis.findings.summary import TableVerdict
from analysis.report.drawing import canvas as drawing
from analysis.report.drawing import theme
from analysis.report.drawing.canvas import Datum, down, layer, raw, shown, tips
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.listing import BAR, ROW, Block, Listing, ListingRow, Sign
from analysis.report.drawing.material import DrawnCase, DrawnContender, Material, baseline_first
from analysis.report.drawing.scales import scale
from analysis.report.drawing.theme import Mark
from analysis.stats.units import factor, percent, ratio, seconds
from analysis.views.summary import if_known, interval, speed_up

# What is asked of the tables of a question.
ASKED = {
    "talk": "The talk’s program: how much faster than one download after the other?",
    "io-bound": "Waiting for the network: how much faster than one after the other?",
    "cpu-bound": "Computing: how much faster than one after the other?",
    "mixed": "Downloading and computing in each task: how much faster than one after the other?",
    "files": "Reading files: how much faster than one after the other?",
    "own": "Your own work: how much faster than one after the other?",
    "dispatch": "A thousand tasks without work: what does it cost to hand them out?",
    "shared-state": "What does it cost to share state, and in which way?",
    "session-sharing": "What does it cost or gain to share one session among threads?",
    "server-bias": "What does it do to a result when the server lives in the process of its clients?",
}
# Drawn otherwise: over workers, or in pairs.
ELSEWHERE = {"io-scaling", "cpu-scaling", "workers", "startup", "lifecycle", "connection-reuse", "overhead", "clients"}
HEADINGS = ("workload", "pattern", "speed-up", "95 % interval", "of the physical limit", "median", "")
SAID = {Sign.WINS: ["fastest"], Sign.TIES: ["tie"], None: []}


def figures(material: Material) -> Iterator[Figure]:
    """A picture for each question: of patterns, or of ways to use one, against the baseline."""
    questions: dict[str, list[DrawnCase]] = {}
    for case in material.cases:
        if len(_compared(case)) > 1 and case.facts.question not in ELSEWHERE:
            questions.setdefault(case.facts.question, []).append(case)
    for question in sorted(questions, key=_place):
        cases = questions[question]
        yield Figure(
            name=f"speed-up-{drawing.slug(question)}",
            title=ASKED.get(question, f"{shown(question)}: how much faster than the baseline?"),
            says=_says(cases),
            spec=_draw(cases, material.styles),
            headings=HEADINGS,
            rows=tuple(row for case in cases for row in _rows(case)),
        )


def _place(question: str) -> int:
    """Where the picture of a question stands: after those that are asked here, in the order of the runs."""
    return list(ASKED).index(question) if question in ASKED else len(ASKED)


def _compared(case: DrawnCase) -> list[DrawnContender]:
    return baseline_first([one for one in case.contenders if one.row.speed_up], lambda one: one)


def sign(verdict: TableVerdict | None, contender: str) -> Sign | None:
    """What a verdict says of a contender."""
    if verdict is None:
        return None
    if verdict.fastest == contender:
        return Sign.WINS if verdict.is_win else None if verdict.is_one_repeat else Sign.TIES
    tied = not (verdict.is_win or verdict.is_one_repeat) and any(
        rival.contender == contender for rival in verdict.rivals
    )
    return Sign.TIES if tied else None


def _rows(case: DrawnCase) -> Iterator[tuple[str, ...]]:
    for one in _compared(case):
        row = one.row
        yield (
            heading(case),
            shown(one.name),
            speed_up(row),
            interval(row),
            if_known(row.ideal_fraction, percent),
            seconds(row.median_seconds),
            ", ".join([*SAID[sign(case.table.verdict, one.name)], *row.flags]),
        )


def heading(case: DrawnCase) -> str:
    """The title of a table without the question, which the picture asks."""
    return shown(case.title.removeprefix(f"{case.facts.question}: "))


def _says(cases: Sequence[DrawnCase]) -> str:
    where: dict[str, list[str]] = {}
    for case in cases:
        if verdict := case.table.verdict:
            where.setdefault(_outcome(verdict), []).append(shown(case.facts.workload))
    outcomes = "; ".join(f"{outcome} ({', '.join(dict.fromkeys(names))})" for outcome, names in where.items())
    return (
        "Speed-up over the baseline; the thin line is its 95 % interval, the upright one the physical limit; a star is "
        f"for what is significantly faster than all others, equals signs for no significant difference. {outcomes}."
    )


def _outcome(verdict: TableVerdict) -> str:
    if verdict.is_win:
        return f"{shown(verdict.fastest)} is fastest"
    if verdict.is_one_repeat:
        return "not decided by one repeat"
    return f"{', '.join(shown(one) for one in (verdict.fastest, *(rival.contender for rival in verdict.rivals)))} tie"


def _limits(case: DrawnCase) -> dict[int, float]:
    """The speed-up over the baseline that is possible with a number of workers."""
    baseline = next((one.row for one in case.contenders if one.row.is_baseline), None)
    found: dict[int, list[float]] = {}
    for one in case.contenders:
        if baseline and one.row.ideal_fraction:
            ideal_seconds = one.row.ideal_fraction * one.row.median_seconds
            found.setdefault(one.facts.workers, []).append(baseline.median_seconds / ideal_seconds)
    return {workers: median(values) for workers, values in found.items()}


def _block(case: DrawnCase) -> Block:
    lines = [ListingRow(one.name, speed_up(one.row), sign(case.table.verdict, one.name)) for one in _compared(case)]
    return Block(heading(case), lines, list(_notes(_compared(case))))


def _notes(contenders: Sequence[DrawnContender]) -> Iterator[str]:
    """Each flag, and who has it."""
    for flag in dict.fromkeys(flag for one in contenders for flag in one.row.flags):
        flagged = [one.name for one in contenders if flag in one.row.flags]
        yield f"{flag}: {'all' if len(flagged) == len(contenders) else ', '.join(flagged)}"


def _draw(cases: Sequence[DrawnCase], styles: Mapping[str, theme.Style]) -> dict[str, Any]:
    listing = Listing([_block(case) for case in cases])
    bars: list[Datum] = []
    intervals: list[Datum] = []
    limits: list[Datum] = []
    bases: list[Datum] = []
    for case, places in zip(cases, listing.rows(), strict=True):
        possible = _limits(case)
        bases.append({"x": 1.0, "y": places[0] - ROW / 2, "y2": places[-1] + ROW / 2})
        for one, y in zip(_compared(case), places, strict=True):
            speed_up = one.row.speed_up
            assert speed_up
            bars.append(
                {
                    "x": speed_up.estimate,
                    "y": y - BAR / 2,
                    "y2": y + BAR / 2,
                    "color": styles[one.facts.pattern].color,
                    "pattern": shown(one.name),
                    "workload": heading(case),
                    "speed_up": "baseline" if one.row.is_baseline else ratio(speed_up),
                    "median": seconds(one.row.median_seconds),
                    "ideal": if_known(one.row.ideal_fraction, percent) or "–",
                    "flags": ", ".join(one.row.flags) or "none",
                }
            )
            if not one.row.is_baseline:
                intervals.append({"x": speed_up.low, "x2": speed_up.high, "y": y})
            if limit := possible.get(one.facts.workers):
                limits.append({"x": limit, "y": y, "limit": factor(limit)})
    values = [one["x"] for one in (*bars, *limits)] + [one[end] for one in intervals for end in ("x", "x2")]
    axis = scale(values, start=1)
    x = listing.scaled(axis, "speed-up", labelExpr=drawing.TIMES, grid=False)
    told = tips(
        pattern="pattern",
        workload="workload",
        speed_up="speed-up",
        median="median",
        ideal="of the physical limit",
        flags="flags",
    )
    layers = [
        layer([{**one, "x2": axis.start} for one in bars], "rect", cornerRadius=2).encode(
            x=x, x2="x2", y=down("y"), y2="y2", tooltip=told, **raw(color="color")
        ),
        layer(bases, "rule", Mark.BASE).encode(x=x, y=down("y"), y2="y2"),
        layer(limits, "tick", Mark.LIMIT, orient="vertical", size=ROW, thickness=2).encode(
            x=x, y=down("y"), tooltip=tips(limit="the physical limit")
        ),
        layer(intervals, "rule", Mark.INTERVAL, strokeWidth=2).encode(x=x, x2="x2", y=down("y")),
        *listing.layers(),
    ]
    return drawing.specification(layers, listing.height)
