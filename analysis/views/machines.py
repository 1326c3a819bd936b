"""What machines or Pythons side by side say: where the choice changes between them, and how they differ."""

from __future__ import annotations

from analysis.criteria.labels import build
from analysis.documents.document import (
    Block,
    Column,
    Document,
    Folded,
    Heading,
    Paragraph,
    Row,
    Table,
    Tone,
    explained,
    items,
    listed,
)
from analysis.findings.machines import Agreement, Host, Machines, SharedTable
from analysis.stats.units import bounds, count, factor, percent, seconds, size
from analysis.views.provenance import CAVEATS
from analysis.views.summary import WINNER, if_known

ABSENT = "–"
TABLES = "All tables"
LEGEND = (
    "★: significantly fastest on that {}; ×: speed-up over the baseline and its 95 % interval; "
    "%: physical limit ÷ median"
)
ADVICE = "What these mean and what to do: `python -m analysis summary` with the runs of one {}"


def document(found: Machines) -> Document:
    """Machines side by side, as they are shown."""
    what = noun(found)
    blocks: list[Block] = [*choices(found), Heading(f"How the {what}s differ"), *items(differences(found))]
    tables: list[Block] = []
    for contest in found.contests:
        tables += [Heading(contest.title), _table(found, contest), *items(flags(found, contest), Tone.CAUTION)]
    if tables:
        blocks.append(Folded(TABLES, [*tables, *explained(LEGEND.format(what))]))
    blocks += [Paragraph(sentence) for sentence in only(found)]
    if sentences := caveats(found):
        advised = [ADVICE.format(what)] if any(host.doubts for host in found.hosts) else []
        blocks += [Heading(CAVEATS), *items(sentences), *explained(*advised)]
    return Document(f"The three patterns: {what}s side by side", blocks)


def _table(found: Machines, contest: SharedTable) -> Table:
    machines = range(len(found.hosts))
    rows = [Row(row.contender, [_cell(contest, row.contender, one) for one in machines]) for row in contest.rows]
    return Table([Column(host.label, is_number=False) for host in found.hosts], rows, splits=True)


def _cell(contest: SharedTable, contender: str, machine: int) -> str:
    """A contender on one machine."""
    cell, verdict = contest.cell(contender, machine), contest.verdicts[machine]
    if cell is None:
        return ABSENT
    wins = verdict is not None and verdict.is_win and verdict.fastest == contender
    interval = bounds(cell.speed_up) if cell.speed_up and not cell.is_baseline else ""
    speed_up = [f"{WINNER} " if wins else "", factor(cell.speed_up.estimate) if cell.speed_up else "", " ", interval]
    ideal = if_known(cell.ideal_fraction, percent)
    return ", ".join(part for part in ("".join(speed_up).strip(), ideal) if part)


def noun(found: Machines) -> str:
    """What stands side by side."""
    return "Python" if found.are_pythons else "machine"


def choices(found: Machines) -> list[Block]:
    """Where the choice of pattern is another on another machine; then where that is not decided; then where not.

    Of Pythons on one machine it says that the version is what the choice changes with.
    """
    decided = [contest for contest in found.contests if contest.agreement]
    tables, what = count(len(decided), "table"), noun(found)
    changing = "The choice changes with the Python" if found.are_pythons else "The choice changes"
    if not decided:
        return [Paragraph(f"No two {what}s share a table in which there is something to choose.")]
    changes, undecided, same, tie = (
        found.contests_that(one) for one in (Agreement.CHANGES, Agreement.UNDECIDED, Agreement.SAME, Agreement.TIE)
    )
    said: list[Block] = []
    if changes:
        said.append(Paragraph(f"{changing} in {len(changes)} of {tables}:", Tone.CAUTION))
        said += items([_detail(found, contest) for contest in changes])
    elif len(same) < len(decided):
        said.append(Paragraph(f"{changing} in none of {tables}, as far as it is decided."))
    if undecided:
        where = f"{len(undecided)} of {tables}"
        said.append(Paragraph(f"Decided on one {what} and not on another in {where}:", Tone.STRONG))
        said += items([_detail(found, contest) for contest in undecided])
    if same:
        wins = [contest.best(machine)[0] for contest in same for machine in _judging(contest)[:1]]
        names = sorted(set(wins), key=lambda name: (-wins.count(name), name))
        winners = ", ".join(f"{name} in {wins.count(name)}" for name in names)
        whole = {1: "the one table they share", 2: "both tables"}.get(len(decided), f"all {tables}")
        where = f"on all {what}s, in {whole}" if len(same) == len(decided) else f"in {len(same)} of {tables}"
        said.append(Paragraph(f"The choice is the same {where}: {winners}."))
    if tie:
        titles = ", ".join(contest.name for contest in tie)
        said.append(Paragraph(f"Decided on no {what} in {len(tie)} of {tables}: {titles}."))
    return said


def _judging(contest: SharedTable) -> list[int]:
    return [machine for machine, verdict in enumerate(contest.verdicts) if verdict]


def _detail(found: Machines, contest: SharedTable) -> str:
    """What is best on each machine; those that agree together."""
    together: dict[tuple[str, ...], list[int]] = {}
    for machine in _judging(contest):
        choice = contest.best(machine)
        is_win = len(choice) == 1
        together.setdefault(choice if is_win else (*choice, str(machine)), []).append(machine)
    parts = []
    for on in together.values():
        choice = contest.best(on[0])
        if len(choice) == 1:
            where = [found.hosts[machine].label + _reasons(contest, choice[0], machine) for machine in on]
            parts.append(f"{choice[0]} on {listed(where, 'and')}")
        else:
            among = [name + _speed_up(contest, name, on[0], " {}") for name in choice]
            parts.append(f"not decided on {found.hosts[on[0]].label} ({listed(among, 'or')})")
    return f"{contest.name}: {', '.join(parts)}"


def _reasons(contest: SharedTable, name: str, machine: int) -> str:
    """The speed-up there, and which contenders that are best elsewhere are missing."""
    elsewhere = dict.fromkeys(one for other in _judging(contest) for one in contest.best(other))
    missing = [one for one in elsewhere if contest.cell(one, machine) is None]
    reasons = [_speed_up(contest, name, machine, "{}"), f"no {listed(missing, 'or')} there" if missing else ""]
    said = "; ".join(reason for reason in reasons if reason)
    return f" ({said})" if said else ""


def _speed_up(contest: SharedTable, name: str, machine: int, form: str) -> str:
    cell = contest.cell(name, machine)
    return form.format(factor(cell.speed_up.estimate)) if cell and cell.speed_up else ""


def differences(found: Machines) -> list[str]:
    """How the machines differ, one sentence a machine, and what is the same on all in the last."""
    facts = [_facts(host) for host in found.hosts]
    common = [name for name in facts[0] if all(one.get(name) == facts[0][name] for one in facts)]
    sentences = []
    for number, (host, own) in enumerate(zip(found.hosts, facts, strict=True)):
        speed = f", {factor(host.speed)} as fast as {found.hosts[0].label}" if number else ""
        rest = [text for name, text in own.items() if name not in common and text != host.label]
        sentences.append(
            f"{host.label}: {count(len(host.runs), 'run')}; "
            f"the same fixed work on one core in {seconds(host.yardstick_seconds)}{speed}"
            + (f"; {', '.join(rest)}" if rest else "")
        )
    shared = [facts[0][name] for name in common]
    return [*sentences, f"the same on all: {', '.join(shared)}"] if shared else sentences


def _facts(host: Host) -> dict[str, str]:
    """What a machine is, each fact in words that stand alone; packages that it lacks are left out."""
    machine = host.machine
    return {
        "cpu": machine.cpu,
        "cores": count(machine.usable_cores, "usable core"),
        "memory": size(round(machine.memory_bytes / 2**30) * 2**30),
        "os": f"{machine.os} {machine.architecture}",
        "python": f"{machine.implementation} {build(machine)}",
        "compiler": machine.compiler,
        "start method": f"processes by {host.start_method}",
        **{name: f"{name} {version}" for name, version in host.packages.items()},
    }


def only(found: Machines) -> list[str]:
    """The tables that one machine alone has."""
    return [f"Only on {one.label}: {'; '.join(one.titles)}" for one in found.only]


def caveats(found: Machines) -> list[str]:
    """What speaks against the figures, and what is not in them."""
    sentences = list(found.apart)
    for host in found.hosts:
        if host.left_out:
            sentences.append(f"{host.label}: not taken: {', '.join(host.left_out)}")
        sentences += [f"{host.label}: {sentence}" for sentence in host.differences]
    return sentences + [f"{host.label}: {', '.join(host.doubts)}" for host in found.hosts if host.doubts]


def flags(found: Machines, contest: SharedTable) -> list[str]:
    """Each flag of a table, with the contenders that have it on each machine."""
    raised: dict[str, dict[str, list[str]]] = {}
    for row in contest.rows:
        for host, cell in zip(found.hosts, row.cells, strict=True):
            for flag in cell.flags if cell else ():
                raised.setdefault(flag, {}).setdefault(host.label, []).append(row.contender)
    sentences = []
    for flag, where in raised.items():
        together: dict[str, list[str]] = {}
        for label, names in where.items():
            together.setdefault(listed(names, "and") if len(names) < len(contest.rows) else "all", []).append(label)
        shown = (f"{names} on {listed(labels, 'and')}" for names, labels in together.items())
        sentences.append(f"{flag}: {'; '.join(shown)}")
    return sentences
