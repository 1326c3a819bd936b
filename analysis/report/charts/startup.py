"""What it costs to have workers: a bar for what starting and stopping them adds to a nap that each of them takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analysis.report.drawing import canvas as drawing
from analysis.report.drawing import theme
from analysis.report.drawing.canvas import Datum, down, layer, raw, shown, tips
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.listing import BAR, Block, Listing, ListingRow
from analysis.report.drawing.material import DrawnCase, DrawnContender, Material
from analysis.stats.units import count, seconds

QUESTION = "startup"
TITLE = "What does it cost to start and stop workers?"
HEADINGS = ("workers", "pattern", "cost", "a worker")


def figures(material: Material) -> Iterator[Figure]:
    """The picture, if workers were started in a run."""
    cases = [case for case in material.cases if case.facts.question == QUESTION and _starting(case)]
    if cases:
        yield Figure(
            name="startup",
            title=TITLE,
            says=_says(cases),
            spec=_draw(cases, material.styles),
            headings=HEADINGS,
            rows=tuple(_row(one) for case in cases for one in _starting(case)),
        )


def _starting(case: DrawnCase) -> list[DrawnContender]:
    """Those that start workers: the baseline takes its naps one after the other."""
    found = [one for one in case.contenders if not one.row.is_baseline and one.facts.ideal_seconds]
    return theme.in_order(found, lambda one: one.facts.pattern)


def _cost_seconds(one: DrawnContender) -> float:
    """What a round takes beyond the nap."""
    return max(0.0, one.row.median_seconds - (one.facts.ideal_seconds or 0.0))


def _row(one: DrawnContender) -> tuple[str, ...]:
    cost = _cost_seconds(one)
    return f"{one.facts.workers:,}", shown(one.name), seconds(cost), seconds(cost / max(1, one.facts.workers))


def _says(cases: Sequence[DrawnCase]) -> str:
    case = max(cases, key=lambda one: one.facts.workers)
    said = ", ".join(f"{shown(one.name)} {seconds(_cost_seconds(one))}" for one in _starting(case))
    return f"Cold, beyond the time that the work itself takes. For {count(case.facts.workers, 'worker')}: {said}."


def _draw(cases: Sequence[DrawnCase], styles: Mapping[str, theme.Style]) -> dict[str, Any]:
    blocks = [
        Block(
            count(case.facts.workers, "worker"),
            [ListingRow(one.name, seconds(_cost_seconds(one))) for one in _starting(case)],
        )
        for case in cases
    ]
    listing = Listing(blocks, values=72)
    unit, second = drawing.unit_of(max(_cost_seconds(one) for case in cases for one in _starting(case)))
    bars: list[Datum] = [
        {
            "x": _cost_seconds(one) / second,
            "x2": 0,
            "y": y - BAR / 2,
            "y2": y + BAR / 2,
            "color": styles[one.facts.pattern].color,
            "pattern": shown(one.name),
            "workers": f"{one.facts.workers:,}",
            "cost": seconds(_cost_seconds(one)),
        }
        for case, places in zip(cases, listing.rows(), strict=True)
        for one, y in zip(_starting(case), places, strict=True)
    ]
    x = listing.across("x", (0, max(bar["x"] for bar in bars) * 1.02 or 1), title=unit, tickCount=5)
    told = tips(pattern="pattern", workers="workers", cost="starting and stopping")
    chart = layer(bars, "rect", cornerRadius=2).encode(
        x=x, x2="x2", y=down("y"), y2="y2", tooltip=told, **raw(color="color")
    )
    return drawing.specification([chart, *listing.layers()], listing.height)
