"""Whether a single run calibrates as well as several, and whether calibrations agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from analysis.documents.document import Block, Column, Heading, Row, Table, explained
from analysis.stats.units import percent
from runfile.runs import Run
from tools.regret.evaluation import Evaluated, calibrate, evaluate
from tools.regret.record import Measured
from tools.regret.tables import figures


def by_each(runs: Sequence[Run], measured: Sequence[Measured], cores: int) -> list[Block]:
    """The regret of the advice by each run alone, and how often each names what most of them advise."""
    found = {run.source: evaluate(measured, cores, calibrate([run])) for run in runs}
    usual = _usual(found)
    rows = [
        Row(source, [*figures([one.regret for one in own]), percent(_agreement(own, usual))])
        for source, own in found.items()
    ]
    columns = [Column(name) for name in ("mean", "95th percentile", "worst", "the same advice")]
    return [
        Heading("Regret of the advice by each run alone"),
        Table(columns, rows, "calibrated by"),
        *explained("The same advice: how many of the works name the pattern that most of the runs advise for them."),
    ]


def _usual(found: Mapping[str, Sequence[Evaluated]]) -> dict[int, str]:
    """The pattern that most calibrations advise for each work, by its number."""
    advised: dict[int, Counter[str]] = {}
    for own in found.values():
        for one in own:
            advised.setdefault(one.measured.drawn.number, Counter())[one.advised.pattern] += 1
    return {number: patterns.most_common(1)[0][0] for number, patterns in advised.items()}


def _agreement(own: Sequence[Evaluated], usual: Mapping[int, str]) -> float:
    same = sum(usual[one.measured.drawn.number] in one.advice.chosen for one in own)
    return same / len(own)
