"""What a report is made of, found in storage: the runs that are meant, their history, and the other machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.criteria.comparable import like_the_newest
from analysis.findings.machines import Machines, machines
from analysis.findings.summary import summarise
from analysis.findings.trend import Trend, trend
from analysis.report.drawing.material import Material
from runfile.digests import RunDigest, Skipped
from runfile.numbering import stored
from runfile.runs import RunError
from runfile.selection import select, when


@dataclass(frozen=True)
class ReportRuns:
    """The material of a report, the runs it is of in brief, and what is not in it, a sentence each."""

    material: Material
    records: tuple[RunDigest, ...]
    left_out: tuple[str, ...]
    skipped: tuple[Skipped, ...]


def gather(storage: Path, words: Sequence[str]) -> ReportRuns:
    """Find the runs that are meant; without words, those like the newest in storage.

    They are of one machine, that of the newest: the others are put beside it. Their history is all of its runs in
    storage. Raises RunError when there are not runs, or none that can be used.
    """
    meant = select(storage, words)
    if not meant.records:
        raise RunError(_nothing(storage, meant.skipped))
    everything = _unique([*meant.records, *_in_storage(storage, words)])
    alike = like_the_newest(meant.records)
    newest = alike.runs[-1].session.machine.fingerprint
    taken = {run.source for run in alike.runs}
    history = [one for one in everything if one.session.machine.fingerprint == newest]
    found, objection = _machines(everything, history, storage)
    return ReportRuns(
        Material(
            summary=summarise(alike.runs),
            runs=alike.runs,
            history=tuple(history),
            trend=_trend(history),
            machines=found,
        ),
        records=tuple(one for one in meant.records if str(one.path) in taken),
        left_out=(*alike.left_out, *objection),
        skipped=tuple(meant.skipped),
    )


def _in_storage(storage: Path, words: Sequence[str]) -> list[RunDigest]:
    """All runs in storage, or none where there is no storage: runs may be named that are elsewhere."""
    if not words:
        return []
    try:
        stored(storage)
    except RunError:
        return []
    return select(storage, lenient=True).records


def _unique(records: Sequence[RunDigest]) -> list[RunDigest]:
    by_file = {record.path.resolve(): record for record in records}
    return sorted(by_file.values(), key=lambda record: (when(record), record.path))


def _nothing(storage: Path, skipped: Sequence[Skipped]) -> str:
    if not skipped:
        return f"no runs in {storage}: make one with `make bench`"
    more = f" (and {len(skipped) - 1:,} more files are not runs)" if len(skipped) > 1 else ""
    return f"{skipped[0].reason}{more}"


def _trend(history: Sequence[RunDigest]) -> Trend | None:
    try:
        return trend(history)
    except RunError:  # too few runs
        return None


def _machines(
    everything: Sequence[RunDigest], own: Sequence[RunDigest], storage: Path
) -> tuple[Machines | None, tuple[str, ...]]:
    """All machines side by side, this one first; and why not, if that cannot be."""
    if len(own) == len(everything):
        return None, ()
    try:
        return machines([own, everything], storage), ()
    except RunError as error:
        return None, (f"the other machines: {error}",)
