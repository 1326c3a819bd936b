"""What a pattern costs besides time: CPU seconds and memory, a row for each workload and a shape for each pattern."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.findings.summary import SummaryRow
from analysis.report.drawing import canvas as drawing
from analysis.report.drawing import theme
from analysis.report.drawing.canvas import Datum, down, layer, shown, tips
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.growth import LEAST_MEBIBYTES
from analysis.report.drawing.listing import Block, Listing, ListingRow
from analysis.report.drawing.material import DrawnCase, Material
from analysis.report.drawing.scales import scale
from analysis.stats.units import seconds, size
from analysis.views.summary import if_known

QUESTIONS = {
    "talk": "the talk’s program",
    "io-bound": "downloads",
    "cpu-bound": "computing",
    "mixed": "downloads, and computing",
    "own": "your own work",
}


@dataclass(frozen=True)
class Resource:
    """What is used of the machine."""

    name: str
    title: str
    says: str
    amount: Callable[[SummaryRow], float | None]
    axis: str
    labels: str  # the expression for those of the axis
    base: int  # of its logarithm
    unit_size: float
    least: float  # in units: less cannot be told from nothing, and is drawn as this much
    words: Callable[[float], str]


RESOURCES = (
    Resource(
        "cpu",
        "How much CPU time does each pattern take?",
        "CPU time on all cores for one run of all tasks, with every process: what it costs, whoever waits.",
        lambda row: row.cpu_seconds,
        "CPU time",
        drawing.MILLISECONDS,
        10,
        1e-3,
        0.1,
        seconds,
    ),
    Resource(
        "memory",
        "How much memory does each pattern take?",
        "Peak memory above an idle interpreter, with every process.",
        lambda row: None if row.peak_bytes is None else float(row.peak_bytes),
        "peak memory",
        drawing.MEBIBYTES,
        2,
        2**20,
        LEAST_MEBIBYTES,
        size,
    ),
)


def figures(material: Material) -> Iterator[Figure]:
    """A picture for each resource that was observed."""
    patterns = [case for case in material.cases if case.compares_patterns]
    cases = [case for question in QUESTIONS for case in patterns if case.facts.question == question]
    for resource in RESOURCES:
        observed = [case for case in cases if any(resource.amount(one.row) is not None for one in case.contenders)]
        if observed:
            names = theme.in_order({one.name for case in observed for one in case.contenders}, str)
            yield Figure(
                name=f"resources-{resource.name}",
                title=resource.title,
                says=resource.says,
                spec=_draw(resource, observed, names, material.styles),
                headings=("workload", *map(shown, names)),
                rows=tuple(_row(resource, case, names) for case in observed),
            )


def _row(resource: Resource, case: DrawnCase, patterns: Sequence[str]) -> tuple[str, ...]:
    amounts = {one.name: resource.amount(one.row) for one in case.contenders}
    cells = (amounts.get(name) for name in patterns)
    return shown(case.title), *(if_known(amount, resource.words) for amount in cells)


def _draw(
    resource: Resource, cases: Sequence[DrawnCase], patterns: Sequence[str], styles: Mapping[str, theme.Style]
) -> dict[str, Any]:
    blocks: dict[str, list[DrawnCase]] = {}
    for case in cases:
        blocks.setdefault(QUESTIONS[case.facts.question], []).append(case)
    listing = Listing(
        [Block(heading, [ListingRow(_called(case)) for case in found]) for heading, found in blocks.items()],
        values=28,
        signed=False,
    )
    dots: list[Datum] = []
    lines: list[Datum] = []
    for found, places in zip(blocks.values(), listing.rows(), strict=True):
        for case, y in zip(found, places, strict=True):
            amounts = []
            for one in case.contenders:
                amount = resource.amount(one.row)
                if amount is not None:
                    amounts.append(max(amount / resource.unit_size, resource.least))
                    dots.append(
                        {
                            "x": amounts[-1],
                            "y": y + drawing.apart(patterns.index(one.name), len(patterns)),
                            "pattern": shown(one.name, drawing.LONGEST_NAME),
                            "workload": shown(case.title),
                            "amount": resource.words(amount),
                        }
                    )
            if amounts:
                lines.append({"x": min(amounts), "x2": max(amounts), "y": y})
    axis = scale([one["x"] for one in dots], log=True, base=resource.base)
    x = listing.scaled(axis, resource.axis, labelExpr=resource.labels)
    told = tips(pattern="pattern", workload="workload", amount=resource.name)
    layers = [
        layer(lines, "rule", theme.Mark.BASE).encode(x=x, x2="x2", y=down("y")),
        drawing.dots(dots, patterns, styles).encode(x=x, y=down("y"), tooltip=told),
        *listing.layers(),
    ]
    return drawing.specification(layers, listing.height)


def _called(case: DrawnCase) -> str:
    facts = case.facts
    return facts.workload if facts.question != "own" else f"{facts.workload}, {facts.workers} workers"
