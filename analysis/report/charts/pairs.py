"""One thing done two ways with each pattern, such as cold and warm: two points, and how far it is between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from analysis.report.drawing import canvas as drawing
from analysis.report.drawing import theme
from analysis.report.drawing.canvas import Datum, at_left, down, layer, raw, shown, tips, written
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.listing import HEADING, Block, Listing, ListingRow
from analysis.report.drawing.material import DrawnCase, DrawnContender, Material
from analysis.report.drawing.scales import scale
from analysis.report.drawing.theme import Mark
from analysis.stats.units import seconds
from analysis.views.summary import interval, speed_up

HEADINGS = ("pattern", "", "median", "speed-up", "95 % interval")
# All workloads in one group, which needs no heading.
UNGROUPED: Mapping[str, str] = {"*": ""}
# In pixels: from the one to the other in the key.
KEY = 136
# How the one and the other are drawn.
HOLLOW: dict[str, Any] = {"filled": False, "size": 110, "strokeWidth": 2}
FULL: dict[str, Any] = {"filled": True, "size": 130}


def figures(
    material: Material, question: str, title: str, says: str, groups: Mapping[str, str] = UNGROUPED
) -> Iterator[Figure]:
    """The picture of a question each of whose tables is one pattern, done two ways; none without such tables.

    `groups` has headings by a glob of workloads; the first that fits is taken, and told how many tasks there are.
    """
    cases = [case for case in material.cases if case.facts.question == question and _pair(case)]
    cases = theme.in_order(cases, lambda case: case.facts.pattern)
    grouped: dict[str, list[DrawnCase]] = {}
    for glob, heading in groups.items():
        for case in [case for case in cases if fnmatchcase(case.facts.workload, glob)]:
            cases.remove(case)
            grouped.setdefault(heading.format(tasks=case.facts.tasks), []).append(case)
    if grouped:
        yield Figure(
            name=f"pairs-{drawing.slug(question)}",
            title=title,
            says=says,
            spec=_draw(grouped, material.styles),
            headings=HEADINGS,
            rows=tuple(row for heading, several in grouped.items() for case in several for row in _rows(case, heading)),
        )


def _pair(case: DrawnCase) -> tuple[DrawnContender, DrawnContender] | None:
    """The baseline and the other; None where there are not two."""
    if len(case.contenders) != 2 or case.compares_patterns:
        return None
    one, other = case.contenders
    if one.row.is_baseline and other.row.speed_up:
        return one, other
    return (other, one) if other.row.is_baseline and one.row.speed_up else None


def _rows(case: DrawnCase, heading: str) -> Iterator[tuple[str, ...]]:
    for one in _pair(case) or ():
        row = one.row
        yield (
            shown(one.facts.pattern),
            ", ".join(filter(None, (shown(one.name), heading))),
            seconds(row.median_seconds),
            speed_up(row),
            interval(row),
        )


def _draw(grouped: Mapping[str, Sequence[DrawnCase]], styles: Mapping[str, theme.Style]) -> dict[str, Any]:
    found = {heading: [pair for case in cases if (pair := _pair(case))] for heading, cases in grouped.items()}
    pairs = [pair for several in found.values() for pair in several]
    blocks = [
        Block(heading, [ListingRow(other.facts.pattern, speed_up(other.row)) for _, other in several])
        for heading, several in found.items()
    ]
    listing = Listing([Block(" ", ()), *blocks])  # the first has the key
    places = [y for rows in listing.rows() for y in rows]
    unit, second = drawing.unit_of(max(one.row.median_seconds for pair in pairs for one in pair))
    before: list[Datum] = []
    after: list[Datum] = []
    between: list[Datum] = []
    for pair, y in zip(pairs, places, strict=True):
        for one, points in zip(pair, (before, after), strict=True):
            points.append(
                {
                    "x": one.row.median_seconds / second,
                    "y": y,
                    "color": styles[one.facts.pattern].color,
                    "pattern": shown(one.facts.pattern),
                    "way": shown(one.name),
                    "median": seconds(one.row.median_seconds),
                }
            )
        between.append({"x": before[-1]["x"], "x2": after[-1]["x"], "y": y, "color": before[-1]["color"]})
    axis = scale([one["x"] for one in (*before, *after)])
    x = listing.scaled(axis, unit, labelExpr=drawing.NUMBERS)
    told = tips(pattern="pattern", way="way", median="median")
    layers = [layer(between, "rule", strokeWidth=3).encode(x=x, x2="x2", y=down("y"), **raw(color="color"))]
    for at, (points, look) in enumerate(((before, HOLLOW), (after, FULL))):
        left, key = listing.names + 8 + at * KEY, [{"text": points[0]["way"], "y": HEADING / 2}]
        chart = layer(points, "point", shape="circle", opacity=1, **look)
        layers += [
            chart.encode(x=x, y=down("y"), tooltip=told, **raw(color="color")),
            layer(key, "point", Mark.KEY, shape="circle", **look).encode(x=at_left(left), y=down("y")),
            written(key, Mark.LABEL, left=left + 12, limit=f"min({KEY - 30}, width - {left + 12})"),
        ]
    return drawing.specification([*layers, *listing.layers()], listing.height)
