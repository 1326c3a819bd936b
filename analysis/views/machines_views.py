"""Machines side by side, for a terminal or a pipe, and as GitHub's Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from analysis.findings.machines import Cell, Contest, Machines
from analysis.stats.units import bounds, factor, percent
from analysis.views.machines_words import (
    DOUBTS,
    advice,
    choices,
    differ,
    differences,
    doubts,
    explained,
    flags,
    only,
    title,
)
from analysis.views.markdown import inert, item, line
from analysis.views.paragraphs import say
from analysis.views.words import WINNER
from runfile.sanitize import printable

GAP = "  "
MARK_WIDTH = 2
# A contender's name is folded rather than a figure cut, but not to less than this.
NARROWEST_NAME = 15
ABSENT = "–"


@dataclass(frozen=True)
class Shown:
    """A contender on one machine, in words."""

    mark: str = ""
    speed_up: str = ""
    bounds: str = ""
    ideal: str = ""


@dataclass(frozen=True)
class Layout:
    """How wide things are: the same in all tables. Intervals stand beneath speed-ups where there is no room beside."""

    name: int
    speed_up: int
    bounds: int
    ideal: int
    beneath: bool
    machines: int  # side by side

    @property
    def column(self) -> int:
        figures = MARK_WIDTH + self.speed_up + len(GAP) + self.ideal
        return max(figures, MARK_WIDTH + self.bounds) if self.beneath else figures + 1 + self.bounds

    def width(self, machines: int) -> int:
        return self.name + machines * (len(GAP) + self.column)


def show(found: Machines, console: Console) -> None:
    """Print machines side by side, as wide as the console is."""
    for said in choices(found):
        say(console, said.sentence, style="bold yellow" if said.matters else "bold" if said.details else "")
        for detail in said.details:
            say(console, f"  {detail}")
    console.print()
    say(console, differ(found), style="bold")
    for sentence in differences(found):
        say(console, f"  {sentence}")
    if found.contests:
        layout = _layout(found, console.width)
        for contest in found.contests:
            console.print()
            _show_contest(found, contest, layout, console)
        console.print()
        say(console, explained(found), style="dim")
    for sentence in only(found):
        console.print()
        say(console, sentence)
    if sentences := doubts(found):
        console.print()
        say(console, DOUBTS, style="bold")
        for sentence in sentences:
            say(console, f"  {sentence}")
        if any(host.doubts for host in found.hosts):
            say(console, f"  {advice(found)}", style="dim")


def _shown(contest: Contest, contender: str, machine: int) -> Shown:
    cell, verdict = contest.cell(contender, machine), contest.verdicts[machine]
    if cell is None:
        return Shown(speed_up=ABSENT)
    wins = verdict is not None and verdict.is_win and verdict.fastest == contender
    return Shown(
        mark=WINNER if wins else "",
        speed_up=factor(cell.speed_up.estimate) if cell.speed_up else "",
        bounds=_bounds(cell),
        ideal="" if cell.ideal_fraction is None else percent(cell.ideal_fraction),
    )


def _bounds(cell: Cell) -> str:
    return "" if cell.speed_up is None or cell.is_baseline else bounds(cell.speed_up)


def _layout(found: Machines, width: int) -> Layout:
    """Intervals beside speed-ups if all machines fit so; else beneath, and as many machines side by side as fit."""
    number = len(found.hosts)
    cells = [
        _shown(contest, row.contender, machine)
        for contest in found.contests
        for row in contest.rows
        for machine in range(number)
    ]
    beside = Layout(
        name=max(cell_len(printable(row.contender)) for contest in found.contests for row in contest.rows),
        speed_up=max(cell_len(cell.speed_up) for cell in cells),
        bounds=max(cell_len(cell.bounds) for cell in cells),
        ideal=max(cell_len(cell.ideal) for cell in cells),
        beneath=False,
        machines=number,
    )
    narrowest = min(NARROWEST_NAME, beside.name)
    for beneath, machines in [(False, number), *((True, machines) for machines in range(number, 0, -1))]:
        layout = Layout(beside.name, beside.speed_up, beside.bounds, beside.ideal, beneath, machines)
        needed = layout.width(machines)
        if needed - beside.name + narrowest <= width or (beneath and machines == 1):
            name = max(narrowest, beside.name - max(0, needed - width))
            return Layout(name, beside.speed_up, beside.bounds, beside.ideal, beneath, machines)
    return beside


def _show_contest(found: Machines, contest: Contest, layout: Layout, console: Console) -> None:
    say(console, contest.title, style="bold")
    everyone = range(len(found.hosts))
    for first in everyone[:: layout.machines]:
        machines = everyone[first : first + layout.machines]
        headings = [textwrap.wrap(found.hosts[one].label, layout.column - MARK_WIDTH) for one in machines]
        for number in range(max(map(len, headings))):
            parts = [heading[number] if number < len(heading) else "" for heading in headings]
            cells = [_padded(" " * MARK_WIDTH + part, layout.column) for part in parts]
            _print(console, [(" " * layout.name, ""), *((GAP + cell, "dim") for cell in cells)])
        for row in contest.rows:
            shown = [_shown(contest, row.contender, machine) for machine in machines]
            for name, cells in _lines(printable(row.contender), shown, layout):
                styles = ["bold green" if one.mark else "" for one in shown]
                spans = [(GAP + cell, style) for cell, style in zip(cells, styles, strict=True)]
                _print(console, [(_padded(name, layout.name), ""), *spans])
    for sentence in flags(found, contest):
        say(console, f"  {sentence}", style="yellow")


def _lines(name: str, shown: Sequence[Shown], layout: Layout) -> Iterator[tuple[str, list[str]]]:
    """The lines of a row: its name, folded, beside its figures on each machine."""
    names = textwrap.wrap(name, layout.name) or [""]
    figures = [[_figures(one, layout) for one in shown]]
    if layout.beneath and any(one.bounds for one in shown):
        figures.append([_padded(" " * MARK_WIDTH + one.bounds, layout.column) for one in shown])
    blank = [" " * layout.column] * len(shown)
    for number in range(max(len(names), len(figures))):
        yield (
            names[number] if number < len(names) else "",
            figures[number] if number < len(figures) else blank,
        )


def _figures(one: Shown, layout: Layout) -> str:
    speed_up = _padded(one.mark, MARK_WIDTH) + _padded(one.speed_up, layout.speed_up, left=False)
    interval = "" if layout.beneath else " " + _padded(one.bounds, layout.bounds)
    return _padded(speed_up + interval + GAP + _padded(one.ideal, layout.ideal, left=False), layout.column)


def _padded(text: str, width: int, *, left: bool = True) -> str:
    filling = " " * (width - cell_len(text))
    return text + filling if left else filling + text


def _print(console: Console, spans: Sequence[tuple[str, str]]) -> None:
    text = Text.assemble(*spans)
    text.rstrip()
    console.print(text, soft_wrap=True)


def render(found: Machines) -> str:
    """Machines side by side as Markdown."""
    parts = [f"## {title(found)}"]
    for said in choices(found):
        parts += [f"**{inert(said.sentence)}**", _list(said.details)] if said.details else [inert(said.sentence)]
    parts += [f"### {differ(found)}", _list(differences(found))]
    parts += [_table(found, contest) for contest in found.contests]
    if found.contests:
        parts.append(f"*{explained(found)}*")
    parts += [inert(sentence) for sentence in only(found)]
    if sentences := doubts(found):
        parts += [f"### {DOUBTS}", _list(sentences)]
        parts += [f"*{advice(found)}*"] if any(host.doubts for host in found.hosts) else []
    return "\n\n".join(parts) + "\n"


def _table(found: Machines, contest: Contest) -> str:
    lines = [
        f"### {inert(contest.title)}",
        "",
        line(["", *(inert(host.label) for host in found.hosts)]),
        line(["---"] * (len(found.hosts) + 1)),
    ]
    for row in contest.rows:
        shown = [_shown(contest, row.contender, machine) for machine in range(len(found.hosts))]
        lines.append(line([inert(row.contender), *map(_cell, shown)]))
    if raised := flags(found, contest):
        lines += ["", _list(raised)]
    return "\n".join(lines)


def _cell(one: Shown) -> str:
    speed_up = f"**{one.mark} {one.speed_up}**" if one.mark else one.speed_up
    return ", ".join(part for part in (f"{speed_up} {one.bounds}".strip(), one.ideal) if part)


def _list(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {item(inert(sentence))}" for sentence in sentences)
