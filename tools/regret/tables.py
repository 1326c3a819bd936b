"""What was found, as a document: regrets by who chose and by kind of work, predictions, and the worst by name."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import fmean, median

from analysis.documents.document import Column, Document, Heading, Item, Items, Row, Table, explained
from analysis.stats.units import count, factor, percent, seconds, size
from tools.regret.evaluation import Evaluated, Predicted, by_kind
from tools.regret.judging import Regret
from tools.regret.rules import RULES, Configuration

WORST = 5
QUANTILE = 0.95
BUSY_CORES = 0.1


def document(those: Sequence[Evaluated], seed: int) -> Document:
    """Everything that is printed."""
    return Document(
        f"Regret of the advice over {count(len(those), 'workload')} drawn with seed {seed}",
        [
            Heading("Regret by who chooses"),
            _by_chooser(those),
            *explained(*_remarks(those)),
            Heading("Regret of the advice by kind of work"),
            _by_kind(those),
            *explained("Of the rules, the mean."),
            Heading("Predicted time"),
            _predictions(those),
            *explained(
                "Off: the median of |predicted ÷ measured − 1|; held: how many intervals hold what was measured. "
                "At its speed: the part that is not latency times what the yardstick took beside the rounds over what "
                "it took beside the calibration."
            ),
            Heading(f"The {min(WORST, len(those))} worst"),
            Items([_worst(one) for one in sorted(those, key=lambda one: -one.regret.ratio)[:WORST]]),
        ],
    )


def times(regret: Regret) -> str:
    if math.isinf(regret.ratio):
        return "fails"
    return f"{'≥ ' if regret.is_floor else ''}{factor(regret.ratio)}"


def mean(regrets: Sequence[Regret]) -> str:
    return times(Regret(fmean(one.ratio for one in regrets), is_floor=any(one.is_floor for one in regrets)))


def figures(regrets: Sequence[Regret]) -> list[str]:
    """The mean, what 95 of 100 are not above, and the worst."""
    ranked = sorted(regrets, key=lambda one: one.ratio)
    return [mean(regrets), times(ranked[math.ceil(QUANTILE * len(ranked)) - 1]), times(ranked[-1])]


def _by_chooser(those: Sequence[Evaluated]) -> Table:
    rows = {"the advice": [one.regret for one in those]}
    rows |= {name: [one.regrets_of_rules[name] for one in those] for name in RULES}
    columns = [Column(name) for name in ("mean", "95th percentile", "worst")]
    return Table(columns, [Row(name, figures(regrets)) for name, regrets in rows.items()], "chosen by")


def _remarks(those: Sequence[Evaluated]) -> Iterator[str]:
    yield (
        "How many times as long the choice takes as the best of all that was measured. What could not have been the "
        "best was not measured, and counts with the least that it can take (≥). The best is picked by other passes than"
        " the one that is compared, so that what is as fast comes out as 1 on average, and sometimes as less."
    )
    if failed := sum(math.isinf(one.regret.ratio) for one in those):
        yield f"What was advised failed for {count(failed, 'workload')}."
    if floors := sum(one.regret.is_floor for one in those):
        yield f"What was advised could not have been the best for {count(floors, 'workload')}, and was not measured."
    if between := sum(one.regret.is_between for one in those):
        yield (
            f"For {count(between, 'workload')} the number of workers that is advised was not measured, and its regret "
            "is interpolated."
        )


def _by_kind(those: Sequence[Evaluated]) -> Table:
    columns = [Column(name) for name in ("workloads", "mean", "95th percentile", "worst", *RULES)]
    rows = [
        Row(
            name,
            [
                str(len(own)),
                *figures([one.regret for one in own]),
                *(mean([one.regrets_of_rules[rule] for one in own]) for rule in RULES),
            ],
        )
        for name, own in by_kind(those)
    ]
    return Table(columns, rows, "kind", splits=True)


def _predictions(those: Sequence[Evaluated]) -> Table:
    every = [found for one in those for found in one.predictions]
    groups = {"all cells": every, "what is advised": [one for one in every if one.is_advised]}
    for pattern in dict.fromkeys(one.prediction.pattern for one in every):
        groups[pattern] = [one for one in every if one.prediction.pattern == pattern]
    for kind, own in by_kind(those):
        if kind != "all":
            groups[kind] = [found for one in own for found in one.predictions]
    names = ("cells", "predicted ÷ measured", "off", "held", "at its speed", "off at its speed", "held at its speed")
    rows = [
        Row(
            name,
            [str(len(own)), *_errors(own, [one.ratio for one in own]), *_errors(own, [one.corrected for one in own])],
        )
        for name, own in groups.items()
        if own
    ]
    return Table([Column(name) for name in names], rows, "of", splits=True)


def _errors(those: Sequence[Predicted], ratios: Sequence[float]) -> list[str]:
    held = fmean(one.is_held(ratio) for one, ratio in zip(those, ratios, strict=True))
    return [factor(median(ratios)), percent(median(abs(ratio - 1) for ratio in ratios)), percent(held)]


def told(one: Evaluated) -> str:
    """A regret with how sure it is."""
    regret = one.regret
    error = f" ± {regret.error:.1%}" if regret.error else ""
    return f"{times(regret)}{error}{' (interpolated)' if regret.is_between else ''}"


def _worst(one: Evaluated) -> Item:
    drawn, work, best = one.measured.drawn, one.asked, one.judge.best()
    text = (
        f"{told(one)}, {one.kind}, {'cold' if drawn.is_cold else 'warm'}: {count(work.tasks, 'task')}, latency "
        f"{seconds(work.latency_seconds)} (spread {work.spread:g}), CPU {seconds(work.cpu_seconds)} "
        f"({percent(work.gil_free)} without the GIL), {size(work.size_bytes)}"
    )
    others = one.measured.other_cores or 0.0
    busy = [f"other programs kept {others:.2f} of a core busy meanwhile"] if others > BUSY_CORES else []
    failures = [f"{cell.choice} failed: {cell.failure}" for cell in one.measured.cells if cell.failure]
    return Item(
        text,
        lead=drawn.name,
        details=[
            f"advised: {_figures(one, one.advised)}",
            f"best: {_figures(one, best)}",
            *(f"{name}: {times(regret)}" for name, regret in one.regrets_of_rules.items()),
            *failures,
            *busy,
        ],
    )


def _figures(one: Evaluated, choice: Configuration) -> str:
    """What a choice took, and was predicted to."""
    cell = next((cell for cell in one.measured.cells if cell.choice == choice), None)
    took = seconds(cell.seconds) if cell and cell.rounds else "not measured"
    predicted = [p for p in one.predictions if (p.prediction.pattern, p.prediction.workers) == choice]
    said = f", predicted {seconds(predicted[0].prediction.seconds.estimate)}" if predicted else ""
    at_speed = f" ({seconds(predicted[0].corrected * predicted[0].measured_seconds)} at its speed)" if predicted else ""
    return f"{choice}: {took}{said}{at_speed}"
