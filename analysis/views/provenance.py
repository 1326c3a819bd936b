"""Where figures come from, and what speaks against them: sentences that several views share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from analysis.documents.document import Block, Folded, Heading, Item, Items, Tone
from analysis.findings.summary import SummarisedRun, Summary
from analysis.stats.units import count, size
from runfile.runs import Machine
from runfile.sanitize import printable

CAVEATS = "Caveats"
MEANWHILE = "made while other programs or the hypervisor took more than a fifth of a core"


class MadeFromRuns(Protocol):
    """What was made of some runs of one machine."""

    @property
    def runs(self) -> tuple[SummarisedRun, ...]: ...
    @property
    def machine(self) -> Machine: ...
    @property
    def start_method(self) -> str: ...
    @property
    def packages(self) -> dict[str, str]: ...


def caveat(is_warning: bool, subject: str, sentence: str, place: str = "") -> Item:
    """Something against believing the figures: what about, what to do, and where it is worst."""
    return Item(
        sentence,
        Tone.CAUTION if is_warning else Tone.PLAIN,
        lead=f"{'warning' if is_warning else 'note'}: {subject}",
        details=[f"worst: {place}"] if place else [],
    )


def left_out(disturbed: int, every: int) -> str:
    """How many measurements were disturbed, which verbs over many runs leave out."""
    return f"left out: {disturbed:,} of {every:,} measurements, {MEANWHILE}"


def days(first: str, last: str) -> str:
    """From which day to which, or the one day, of two moments as they are saved."""
    return first[:10] if first[:10] == last[:10] else f"{first[:10]} to {last[:10]}"


def made_from(found: MadeFromRuns) -> str:
    """The runs, the machine, the days and the versions in a sentence."""
    return f"{made_on(found)}; {', '.join(f'{name} {version}' for name, version in found.packages.items())}"


def made_on(found: MadeFromRuns) -> str:
    """The same without the versions of packages."""
    made = sorted(run.datetime for run in found.runs)
    where = f"{machine_and_python(found.machine)}, processes by {found.start_method}"
    return f"{count(len(found.runs), 'run')} on {where}, {days(made[0], made[-1])}"


def machine_and_python(machine: Machine) -> str:
    """What a machine is called, what it has, and its Python."""
    has = [machine.cpu, count(machine.usable_cores, "usable core"), size(machine.memory_bytes)]
    build = "" if machine.gil else " without the GIL"
    build += " with JIT" if machine.jit else ""
    return (
        f"{machine.name or machine.fingerprint} ({', '.join(has)}), {machine.os} {machine.architecture}, "
        f"{machine.implementation} {machine.python}{build}"
    )


def not_measured(found: MadeFromRuns) -> list[Item]:
    """What was to be measured in some run and was not, by its newest reason."""
    newest = {one.name: (one.outcome, one.sentence) for run in found.runs for one in run.missing}
    items = []
    for outcome, sentence in dict.fromkeys(newest.values()):
        first, *others = [name for name, why in newest.items() if why == (outcome, sentence)]
        more = f" and {len(others)} more" if others else ""
        items.append(caveat(outcome == "failed", outcome, f"{printable(first)}{more}: {printable(sentence)}"))
    return items


def caveats(summary: Summary) -> list[Item]:
    """All that is known against believing the figures, the gravest first."""
    found = not_measured(summary)
    found += [
        caveat(True, f"{flag.name} ({count(flag.rows, 'row')})", flag.sentence, f"{flag.contender} in {flag.table}")
        for flag in summary.flags
    ]
    found += [caveat(True, "unlike runs", sentence) for sentence in summary.differences]
    for one in summary.conditions:
        runs = f" ({one.runs} of {len(summary.runs)} runs)" if len(summary.runs) > 1 else ""
        found.append(caveat(False, f"{one.name}{runs}", one.sentence))
    return found


def caveat_blocks(found: Sequence[Item], *, folded: bool = False) -> list[Block]:
    """Caveats under their heading, or folded away; nothing if there are none."""
    if not found:
        return []
    return [Folded(f"{CAVEATS} ({len(found)})", [Items(found)])] if folded else [Heading(CAVEATS), Items(found)]
