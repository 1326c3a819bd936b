"""How many requests a second each HTTP client makes, over how many are in flight: a line for each, two with limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.criteria.categories import CLIENTS
from analysis.report.drawing import canvas as drawing
from analysis.report.drawing import theme
from analysis.report.drawing.canvas import LONGEST_NAME, Datum, Layer, across_workers, layer, shown, tips, up
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.material import DrawnCase, DrawnContender, Material
from analysis.report.drawing.scales import scale
from analysis.report.drawing.theme import Mark
from analysis.stats.units import ratio
from analysis.views.summary import interval, speed_up

HEADINGS = ("in flight", "client", "limits", "requests a second", "speed-up", "95 % interval", "")
HEIGHT = 340  # pixels
FEWEST_COUNTS = 2  # of requests in flight, for a line
RAISED = " (raised)"
DASH = [5, 4]
# From one point to the next with as many in flight, as a factor: they would often cover each other.
APART = 1.015
# A second holds no more requests than this, not even those of a damaged run.
MOST_RATE = 1e18


@dataclass(frozen=True)
class ClientRate:
    """A client with a number of requests in flight. Its rate is the baseline's times its speed-up, with the interval.

    Seconds of a client that dropped out early are of other moments than those of the others.
    """

    one: DrawnContender
    baseline: DrawnContender

    @property
    def client(self) -> str:
        return self.one.name.removesuffix(RAISED)

    @property
    def is_raised(self) -> bool:
        return self.one.name.endswith(RAISED)

    @property
    def in_flight(self) -> int:
        return self.one.facts.workers

    @property
    def rates(self) -> tuple[float, float, float]:
        """Requests a second, and the ends of its interval."""
        of_baseline = self.baseline.facts.tasks / self.baseline.row.median_seconds
        found = self.one.row.speed_up
        assert found
        rate, low, high = (min(MOST_RATE, of_baseline * part) for part in (found.estimate, found.low, found.high))
        return rate, low, high


def figures(material: Material) -> Iterator[Figure]:
    """A picture for each kind of download that clients were compared on, with several numbers in flight."""
    works: dict[str, list[DrawnCase]] = {}
    for case in material.cases:
        if case.facts.question == CLIENTS:
            works.setdefault(_work(case), []).append(case)
    for work, cases in works.items():
        found = [rate for case in cases for rate in _rates(case)]
        if len({rate.in_flight for rate in found}) < FEWEST_COUNTS:
            continue
        yield Figure(
            name=f"clients-{drawing.slug(work)}",
            title=f"{shown(work[:1].upper() + work[1:])}: how many a second with each HTTP client?",
            says=_says(found),
            spec=_draw(found),
            headings=HEADINGS,
            rows=tuple(map(_row, found)),
        )


def _work(case: DrawnCase) -> str:
    """What is downloaded, from the title of a table: all of it but the number in flight."""
    return case.title.removeprefix(f"{CLIENTS}: ").partition(f", {case.facts.workers} in flight")[0]


def _rates(case: DrawnCase) -> Iterator[ClientRate]:
    baseline = next((one for one in case.contenders if one.row.is_baseline), None)
    if baseline:
        yield from (ClientRate(one, baseline) for one in case.contenders if one.row.speed_up)


def _row(rate: ClientRate) -> tuple[str, ...]:
    row = rate.one.row
    return (
        f"{rate.in_flight:,}",
        shown(rate.client),
        "raised" if rate.is_raised else "as they come",
        _rate(rate.rates[0]),
        speed_up(row),
        interval(row),
        ", ".join(row.flags),
    )


def _rate(value: float) -> str:
    return f"{float(f'{value:.3g}'):,.4g}" if value < 100 else f"{float(f'{value:.3g}'):,.0f}"


def _says(found: Sequence[ClientRate]) -> str:
    most = max(rate.in_flight for rate in found)
    there = sorted((rate for rate in found if rate.in_flight == most), key=lambda rate: -rate.rates[0])
    said = ", ".join(f"{shown(rate.one.name)} {_rate(rate.rates[0])}" for rate in there)
    dashed = "; dashed and hollow with limits raised" if any(rate.is_raised for rate in found) else ""
    return (
        f"Requests a second, within a client’s limits as they come{dashed}. An upright line is the 95 % interval of "
        f"the speed-up over {shown(there[0].baseline.name)}. With {most:,} in flight: {said}."
    )


def _draw(found: Sequence[ClientRate]) -> dict[str, Any]:
    clients = list(dict.fromkeys(rate.client for rate in found))
    styles = theme.styles(clients)
    points = _points(found)
    axis = scale([one[end] for one in points for end in ("low", "y", "high")], log=True)
    x = across_workers("x", sorted({rate.in_flight for rate in found}), title="requests in flight")
    y = up("y", axis.domain, log=axis.log, values=list(axis.ticks), labelExpr=drawing.NUMBERS)
    low = up("low", axis.domain, log=axis.log, values=list(axis.ticks), labelExpr=drawing.NUMBERS)
    told = tips(pattern="client", limits="limits", in_flight="in flight", rate="requests a second", speed_up="speed-up")
    own = [one for one in points if not one["raised"]]
    raised = [one for one in points if one["raised"]]
    return drawing.specification(
        [
            *(one.encode(x=x, y=y) for client in clients for one in _lines(points, client, styles[client].color)),
            layer([one for one in points if one["low"] < one["high"]], "rule", Mark.INTERVAL, strokeWidth=1.5).encode(
                x=x, y=low, y2="high"
            ),
            drawing.dots(own, clients, styles).encode(x=x, y=y, tooltip=told),
            drawing.dots(raised, clients, styles, filled=False, strokeWidth=2).encode(x=x, y=y, tooltip=told),
        ],
        HEIGHT,
    )


def _lines(points: Sequence[Datum], client: str, color: str) -> Iterator[Layer]:
    """The line of a client, and the dashed one of its raised limits, from the last number that does not reach them."""
    name = shown(client, LONGEST_NAME)
    own, raised = (
        [one for one in points if (one["pattern"], one["raised"]) == (name, is_raised)] for is_raised in (False, True)
    )
    before = [one for one in own if raised and one["workers"] < raised[0]["workers"]]
    yield layer(own, "line", color=color, strokeWidth=2.5)
    yield layer([*before[-1:], *raised], "line", color=color, strokeWidth=2, strokeDash=DASH)


def _points(found: Sequence[ClientRate]) -> list[Datum]:
    """A point for each, from the fewest in flight; those with as many stand side by side, always in the same order."""
    ways = list(dict.fromkeys((rate.client, raised) for rate in found for raised in (False, True)))
    ordered = sorted(found, key=lambda rate: rate.in_flight)
    return [_point(rate, ways.index((rate.client, rate.is_raised)) - (len(ways) - 1) / 2) for rate in ordered]


def _point(rate: ClientRate, place: float) -> Datum:
    y, low, high = rate.rates
    row = rate.one.row
    assert row.speed_up
    return {
        "x": rate.in_flight * APART**place,
        "y": y,
        "low": low,
        "high": high,
        "workers": rate.in_flight,
        "raised": rate.is_raised,
        "pattern": shown(rate.client, LONGEST_NAME),
        "limits": "raised" if rate.is_raised else "as they come",
        "in_flight": f"{rate.in_flight:,}",
        "rate": _rate(y),
        "speed_up": "baseline" if row.is_baseline else ratio(row.speed_up),
    }
