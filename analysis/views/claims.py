"""What is said of the talk's claims: the verdict on each, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from analysis.documents.document import Block, Document, Heading, Item, Items, Paragraph, Tone, explained
from analysis.findings.claims.model import ClaimResult, Claims, ClaimVerdict, Evidence, Stance, Unit
from analysis.stats import units
from analysis.stats.intervals import Interval
from analysis.stats.units import count
from analysis.views.provenance import caveat, caveat_blocks, made_from

TITLE = "The talk's claims"
MARKS = {
    ClaimVerdict.SUPPORTED: "✓",
    ClaimVerdict.REFUTED: "✗",
    ClaimVerdict.DEPENDS: "±",
    ClaimVerdict.NOT_DECIDED: "?",
}
EXPLAINED = "[…]: the 95 % interval; ÷: within a run; in parentheses: which pattern is the fastest other"
LEADS = {Stance.FOR: "for", Stance.AGAINST: "against", Stance.UNDECIDED: "undecided", Stance.NOTHING: "for comparison"}
TONES = {
    ClaimVerdict.SUPPORTED: Tone.GOOD,
    ClaimVerdict.REFUTED: Tone.BAD,
    ClaimVerdict.DEPENDS: Tone.CAUTION,
    ClaimVerdict.NOT_DECIDED: Tone.STRONG,
}


def document(found: Claims) -> Document:
    """Claims, as they are shown."""
    blocks: list[Block] = [Paragraph(_counted(found), Tone.STRONG)]
    for one in found.claims:
        headline = f"{MARKS[one.verdict]} {one.verdict}"
        blocks.append(Heading(f"“{one.words}”", TONES[one.verdict], headline, anchor=f"claim-{one.name}"))
        blocks.append(Items(list(_remarks(one))))
    caveats = [caveat(True, "unlike runs", sentence) for sentence in found.differences]
    return Document(TITLE, [*blocks, *explained(EXPLAINED), *caveat_blocks(caveats)], made_from=made_from(found))


def _counted(found: Claims) -> str:
    """How many claims there are of each verdict."""
    verdicts = [one.verdict for one in found.claims]
    said = {ClaimVerdict.DEPENDS: "that depend"}
    numbers = [f"{verdicts.count(one)} {said.get(one, one)}" for one in ClaimVerdict if one in verdicts]
    return f"{count(len(verdicts), 'claim')}: {', '.join(numbers)}"


def _remarks(judged: ClaimResult) -> Iterator[Item]:
    """What there is to say of a claim besides its verdict and its words."""
    if judged.verdict is ClaimVerdict.DEPENDS:
        yield Item(judged.axis, lead="depends on")
    yield Item(judged.asks, Tone.SOFT, "criterion")
    for says in Stance:
        if shown := [one for one in judged.that(says) if one.figure]:
            yield Item(_figures(shown), lead=LEADS[says])
    if judged.note:
        yield Item(judged.note, lead="note")
    if judged.verdict is ClaimVerdict.NOT_DECIDED:
        yield from _remedies(judged)
    if rests := _rests_on(judged):
        yield Item(rests, Tone.SOFT, "rests on")


def _figures(evidence: Sequence[Evidence]) -> str:
    """Figures, those of one measure together."""
    groups = [(measure, list(group)) for measure, group in groupby(evidence, lambda one: one.measure)]
    return "; ".join(f"{measure}: {', '.join(map(_figure, group))}" for measure, group in groups)


def _figure(one: Evidence) -> str:
    assert one.figure
    beside = f" ({one.beside})" if one.beside else ""
    return f"{quantity(one.unit, one.figure)} {one.where}{beside}"


def quantity(unit: Unit, figure: Interval) -> str:
    """A figure with its interval, in its unit: 1.07× [1.03–1.11], 117 µs [87.0 µs–148 µs], 1.00 [0.99–1.01]."""
    if unit in (Unit.SECONDS, Unit.BYTES):
        said = units.seconds if unit is Unit.SECONDS else units.size
        low, high = (said(max(0.0, bound)) for bound in (figure.low, figure.high))
        return f"{said(max(0.0, figure.estimate))} [{low}–{high}]"
    if unit is Unit.TIMES:
        return units.ratio(figure)
    return f"{figure.estimate:g}" if unit is Unit.PER_CPU else f"{figure.estimate:.2f} {units.bounds(figure)}"


def _remedies(judged: ClaimResult) -> Iterator[Item]:
    """What would decide a claim."""
    if judged.missing:
        yield Item(", ".join(judged.missing), lead="missing")
    if judged.command:
        more = f"about {judged.more_runs} more, to be judged with these: " if judged.more_runs else ""
        yield Item(f"{more}`{judged.command}`", lead="to decide it")
    elif not judged.missing and any(one.speaks_for for one in judged.evidence):
        yield Item(
            "more runs would hardly help: what is undecided is about as large as what counts", lead="to decide it"
        )


def _rests_on(judged: ClaimResult) -> str:
    names = {name for one in judged.evidence for name in one.benchmarks}
    if not names:
        return ""
    questions = dict.fromkeys(question for one in judged.evidence if one.benchmarks for question in one.questions)
    flags = dict.fromkeys(flag for one in judged.evidence for flag in one.flags)
    flagged = f"; flagged: {', '.join(flags)}" if flags else ""
    return f"{count(len(names), 'benchmark')} of {', '.join(questions)}{flagged}"
