"""Where the choice of pattern is another on another machine: speed-ups side by side, a row for each machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analysis.findings.machines import Agreement, Machines, SharedTable
from analysis.report.drawing import canvas as drawing
from analysis.report.drawing import theme
from analysis.report.drawing.canvas import LONGEST_NAME, Datum, down, layer, shown, tips
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.listing import Block, Listing, ListingRow
from analysis.report.drawing.material import Material
from analysis.report.drawing.scales import scale
from analysis.report.drawing.theme import Mark, Style
from analysis.stats.units import factor, ratio
from analysis.views.machines import noun

# What is shown first; of the tables that all agree on, only what there is room for.
ORDER = (Agreement.CHANGES, Agreement.UNDECIDED, Agreement.SAME, Agreement.TIE)
MOST_CONTESTS = 6
BEST = 116  # pixels for the name of the best


def figures(material: Material) -> Iterator[Figure]:
    """The picture, if machines share a table in which there is something to choose."""
    found = material.machines
    contests = _shown(material.contests)
    if found and contests:
        changes = sum(contest.agreement is Agreement.CHANGES for contest in contests)
        yield Figure(
            name="machines",
            title=f"Is the best pattern another one on another {noun(found)}?",
            says=f"Speed-up over the baseline on each {noun(found)}, and what is surely the fastest there. "
            + (f"The choice changes in {changes} of these." if changes else "The choice changes in none of these."),
            spec=_draw(found, contests, material.styles),
            headings=("workload", noun(found), *_names(contests), "best"),
            rows=tuple(row for contest in contests for row in _rows(found, contest, _names(contests))),
        )


def _shown(contests: Sequence[SharedTable]) -> list[SharedTable]:
    """Those whose outcome differs first, and of the others as many as there is room for."""
    decided = [contest for agreement in ORDER for contest in contests if contest.agreement is agreement]
    differing = [contest for contest in decided if contest.agreement in ORDER[:2]]
    return decided[: max(MOST_CONTESTS, len(differing))]


def _names(contests: Sequence[SharedTable]) -> list[str]:
    return theme.in_order({row.contender for contest in contests for row in contest.rows}, str)


def _rows(found: Machines, contest: SharedTable, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for number, host in enumerate(found.hosts):
        cells = [contest.cell(name, number) for name in names]
        speed_ups = [factor(cell.speed_up.estimate) if cell and cell.speed_up else "" for cell in cells]
        yield shown(contest.title), shown(host.label), *speed_ups, " or ".join(map(shown, contest.best(number)))


def _line(label: str, contest: SharedTable, machine: int) -> ListingRow:
    best = contest.best(machine)
    return ListingRow(label, "–" if not best else best[0] if len(best) == 1 else "undecided")


def _draw(found: Machines, contests: Sequence[SharedTable], styles: Mapping[str, Style]) -> dict[str, Any]:
    names = _names(contests)
    listing = Listing(
        [
            Block(contest.title, [_line(host.label, contest, number) for number, host in enumerate(found.hosts)])
            for contest in contests
        ],
        values=BEST,
        signed=False,
    )
    dots: list[Datum] = []
    for contest, places in zip(contests, listing.rows(), strict=True):
        for number, (host, y) in enumerate(zip(found.hosts, places, strict=True)):
            for at, name in enumerate(names):
                cell = contest.cell(name, number)
                if cell and cell.speed_up:
                    dots.append(
                        {
                            "x": cell.speed_up.estimate,
                            "y": y + drawing.apart(at, len(names)),
                            "pattern": shown(name, LONGEST_NAME),
                            "machine": shown(host.label),
                            "workload": shown(contest.title),
                            "speed_up": "baseline" if cell.is_baseline else ratio(cell.speed_up),
                        }
                    )
    axis = scale([one["x"] for one in dots])
    x = listing.scaled(axis, "speed-up", labelExpr=drawing.TIMES)
    told = tips(pattern="pattern", machine="machine", workload="workload", speed_up="speed-up")
    lines = [{"x": axis.domain[0], "x2": axis.domain[1], "y": y} for places in listing.rows() for y in places]
    layers = [
        layer(lines, "rule", Mark.BASE, opacity=0.15).encode(x=x, x2="x2", y=down("y")),
        drawing.dots(dots, names, styles, 80).encode(x=x, y=down("y"), tooltip=told),
        *listing.layers(),
    ]
    return drawing.specification(layers, listing.height)
