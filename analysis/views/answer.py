"""What an answer says: what to choose, by how much, how sure, what changes it, and what would decide what is open."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from analysis.criteria.categories import OWN
from analysis.criteria.commands import UNKNOWN, bench
from analysis.documents.document import (
    Block,
    Details,
    Document,
    Heading,
    Paragraph,
    Recommendation,
    Recommendations,
    Tone,
    explained,
    listed,
)
from analysis.findings.answer import AS_FAST, Answer, Candidate, Choice, Confidence, Position, TableAnswer
from analysis.findings.evidence.workers import ENOUGH, Sufficiency, WorkerCount, WorkerCounts
from analysis.findings.summary import PRACTICAL
from analysis.stats.units import count, factor, percent, ratio, seconds, size, sizes
from analysis.views.provenance import MEANWHILE, caveat, caveat_blocks, made_from, not_measured

TITLE = "Which one to choose?"
ENOUGH_PERCENT = percent(ENOUGH - 1)
OTHERS = "Other kinds of work"
LEGEND = (
    f"named are the fastest and those within {percent(AS_FAST - 1)} of it, or within {percent(PRACTICAL - 1)} if they "
    "are not surely slower: between these, other things than speed decide; brackets hold 95 % intervals"
)
TONES = {Confidence.CONCLUSIVE: Tone.GOOD, Confidence.OPEN: Tone.CAUTION}
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def document(found: Answer) -> Document:
    """The whole answer: what comes first, what changes it, and the other kinds of work."""
    blocks: list[Block] = [Recommendations([*map(_shown, found.headlines)])] if found.headlines else []
    if found.others:
        heading = [Heading(OTHERS)] if blocks else []
        blocks += [*heading, Recommendations([*map(_shown, found.others)], are_first=False)]
    blocks += explained(LEGEND) if blocks else [Paragraph(nothing(found), Tone.CAUTION)]
    unlike = [caveat(True, "unlike runs", sentence) for sentence in found.differences]
    return Document(TITLE, [*blocks, *caveat_blocks([*not_measured(found), *unlike])], made_from=made_from(found))


def brief(found: Answer) -> Document:
    """What comes first of an answer, with what would decide what is open; all if nothing comes first."""
    choices = [_shown(one, brief=True) for one in found.headlines or found.choices]
    return Document(TITLE, [Recommendations(choices) if choices else Paragraph(nothing(found))])


def nothing(found: Answer) -> str:
    """What is said in place of an answer: what there is to see instead, if anything."""
    if not found.compared:
        return f"these runs compare no patterns on any work: `{bench(found.runs[-1].workload)}` does"
    return (
        f"these runs compare {listed(found.compared, 'and')}, as `python -m analysis summary` shows, "
        "and no patterns on equal terms: `make bench` does"
    )


def _shown(choice: Choice, *, brief: bool = False) -> Recommendation:
    """A choice with what there is to say of it; `brief` leaves out what is not needed to follow it."""
    more = [to_decide(choice), ranking(choice), *([] if brief else [next_best(choice), unchanged(choice)])]
    return Recommendation(
        case=name(choice) if brief else f"{choice.kind}, {count(choice.workers, 'worker')}",
        names=chosen(choice),
        text=how_much(choice),
        verdict=how_sure(choice),
        tone=TONES[choice.confidence],
        details=[
            Details("", [*filter(None, more)]),
            Details("When it changes", [] if brief else changes(choice)),
            Details("How many workers", workers(choice)),
        ],
    )


def name(choice: Choice) -> str:
    """What it is the answer for: a kind of work and a number of workers."""
    return f"{choice.headline or choice.kind}, {count(choice.workers, 'worker')}"


def chosen(choice: Choice) -> Sequence[str]:
    """What to choose: the baseline alone if nothing is faster."""
    return (choice.baseline,) if choice.baseline and choice.gains_nothing else choice.chosen


def how_much(choice: Choice) -> str:
    """How far the named are apart, and what is gained over the baseline, or else over the next best."""
    return ", ".join(filter(None, [_among_each_other(choice), _gain(choice) or _others(choice)]))


def next_best(choice: Choice) -> str:
    """How far the next best is behind, where neither what is gained nor what is open has said it."""
    return _others(choice, choice.open) if _gain(choice) else ""


def how_sure(choice: Choice) -> str:
    """How sure a choice is, how long that took, and what was flagged."""
    sure = "conclusive" if choice.confidence is Confidence.CONCLUSIVE else "not decided"
    made = f"{sure} ({count(choice.runs, 'run')}, {seconds(choice.seconds)})"
    near = [*choice.named, *(one for one in choice.candidates if one.contender not in choice.chosen)][
        : len(choice.named) + 1
    ]
    flags = list(dict.fromkeys(flag for one in near for flag in one.flags))
    return f"{made}, flagged {listed(flags, 'and')}" if flags else made


def to_decide(choice: Choice) -> str:
    """What is open, and what would decide it; nothing where all is decided."""
    if choice.confidence is Confidence.CONCLUSIVE:
        return ""
    if choice.candidates[0].repeats < 2:
        return f"one repeat does not decide; more: `{command(choice)}`"
    if choice.is_disturbed:
        return f"{MEANWHILE}: measure again on a machine left alone"
    what = ", ".join(f"{one.contender} takes {ratio(one.slowness)} as long" for one in choice.open)
    made = count(min(one.repeats for one in choice.open), "repeat")
    needed = [one.repeats_needed for one in choice.open]
    most = max((number for number in needed if number is not None), default=None)
    if most is None:
        return f"open by {made}: {what}; more would hardly decide it"
    return f"open by {made}: {what}; about {most:,} would decide it: `{command(choice)}`"


def ranking(choice: Choice) -> str:
    """In which order all of them are, as far as that is sure; nothing where none is asked for, or none is sure."""
    return f"in order: {'; '.join(listed(group, 'or') for group in choice.order)}" if len(choice.order) > 1 else ""


def command(choice: Choice) -> str:
    """What measures the tables that decide more often."""
    questions = list(dict.fromkeys(one.question.replace("-", "_") for one in choice.outcomes))
    workloads = list(dict.fromkeys(one.workload for one in choice.outcomes))
    if questions == [OWN]:
        return bench(choice.file or UNKNOWN, options=f"--rigorous --workers={choice.workers}")
    return bench(options=f"--rigorous{_option('-m', questions)}{_option('-k', workloads)}")


def _option(option: str, names: Sequence[str]) -> str:
    """An option that chooses any of the names; nothing where one of them, is more than a plain word."""
    if not all(PLAIN.fullmatch(name) for name in names):
        return ""
    return f" {option} {names[0]}" if len(names) == 1 else f" {option} '{' or '.join(names)}'"


def changes(choice: Choice) -> list[str]:
    """When something else is chosen, a sentence each."""
    return [_change(choice, outcome) for outcome in choice.changes]


def unchanged(choice: Choice) -> str:
    """On how much a choice rests where nothing changes it."""
    if choice.changes or len(choice.outcomes) < 2:
        return ""
    return f"the same for {listed([outcome.called for outcome in choice.outcomes], 'and')}"


def workers(choice: Choice) -> list[str]:
    """How many workers are enough for what is named, a sentence each, with the work where there are several."""
    works = {one.workload: f" for {one.called}" for one in choice.outcomes} if len(choice.outcomes) > 1 else {}
    return [f"{one.pattern}: {enough(one, works.get(one.workload, ''))}" for one in choice.enough]


def enough(found: WorkerCounts, work: str = "") -> str:
    """How many workers of a pattern are enough, what fewer and more of them take, and the memory."""
    if len(found.fewest) == 1:
        how_sure = f"within {ENOUGH_PERCENT} of the best"
    else:
        how_sure = "not decided which" if found.fewer else "not decided how few"
    fewer = [f"{one.workers:,} {'takes' if one.workers == 1 else 'take'} {_as_long(one)}" for one in found.fewer[-1:]]
    return f"{_fewest(found)}{work} ({'; '.join([how_sure, *fewer, _more(found)])}){_memory(found)}"


def _fewest(found: WorkerCounts) -> str:
    """The number that is enough, or the numbers of which one is."""
    if found.fewest == (1,):
        return "1 worker is enough"
    if not found.fewer and found.fewest[0] > 1:
        return f"{found.fewest[-1]:,} workers or fewer are enough"
    return f"{listed([f'{one:,}' for one in found.fewest], 'or')} workers are enough"


def _more(found: WorkerCounts) -> str:
    """From which number on it gets worse, and what memory that takes; or that it does not, as far as is known."""
    if found.worse is not None:
        worse = found.of(found.worse)
        memory = "" if worse.peak_bytes is None else f" and {size(worse.peak_bytes)}"
        return f"{worse.workers:,} take {_as_long(worse)}{memory}"
    if not found.more:
        most = found.fewest[-1]
        return f"{most:,} is all tasks at once" if most >= found.tasks else "more were not measured"
    unsure = [f"{one.workers:,}" for one in found.more if one.standing is Sufficiency.OPEN]
    if unsure:
        return f"not decided whether {listed(unsure, 'or')} take longer"
    return f"no longer with up to {found.more[-1].workers:,}"


def _memory(found: WorkerCounts) -> str:
    """What those take that may be enough; of the most where fewer may do that were not measured."""
    numbers = found.fewest if found.fewer else found.fewest[-1:]
    peaks = [peak for one in numbers if (peak := found.of(one).peak_bytes) is not None]
    if not peaks:
        return ""
    return f", with {size(peaks[-1]) if len(set(map(size, peaks))) == 1 else sizes(peaks, 'or')}"


def _as_long(one: WorkerCount) -> str:
    return f"{factor(one.slowness.estimate)} as long"


def _gain(choice: Choice) -> str:
    """What is gained over the baseline."""
    if choice.gains_nothing:
        return f"no {choice.contender} makes it any faster"
    if not choice.baseline:
        return ""
    if choice.baseline not in choice.chosen:
        named = (one for outcome in choice.outcomes for one in outcome.candidates if one.contender in choice.chosen)
        gains = [one.speed_up.estimate for one in named if one.speed_up]
        return f"{_range(gains)} as fast as {choice.baseline}" if gains else ""
    if choice.confidence is Confidence.OPEN:
        return f"it is not decided whether any {choice.contender} makes it faster"
    most = max(one.speed_up.high for one in choice.candidates if one.speed_up)
    return f"at most {factor(most)} as fast as {choice.baseline}"


def _range(values: Sequence[float]) -> str:
    low, high = factor(min(values)), factor(max(values))
    return low if low == high or max(values) / min(values) < PRACTICAL else f"{low} to {high}"


def _among_each_other(choice: Choice) -> str:
    """How far the named are apart, and what each of them costs in memory."""
    named = [] if choice.gains_nothing else choice.named
    if len(named) < 2:
        return ""
    if open_ones := [one for one in named if one.position is Position.OPEN]:
        furthest = max(open_ones, key=lambda one: one.slowness.high)
        apart = f"no significant difference ({ratio(furthest.slowness)})"
    else:
        apart = f"the same within {_within(named)}"
    memory = [one.peak_bytes for one in named]
    known = [peak for peak in memory if peak is not None]
    return f"{apart}, with {sizes(known, 'or')}" if len(known) == len(memory) else apart


def _within(candidates: Iterable[Candidate]) -> str:
    """By how much the slowest may be behind, in whole percent that promise nothing too much."""
    return percent(max(1, math.ceil((max(one.slowness.high for one in candidates) - 1) * 100)) / 100)


def _others(choice: Choice, told: Sequence[Candidate] = ()) -> str:
    """What the patterns gain that are not told of yet: nothing, or how far the next best is behind."""
    named = {*choice.chosen, choice.baseline, *(one.contender for one in told)}
    rest = [one for one in choice.candidates if one.contender not in named]
    if not rest or choice.gains_nothing:
        return ""
    if all(one.speed_up and one.speed_up.high < PRACTICAL for one in rest) and choice.baseline not in choice.chosen:
        return f"{listed([one.contender for one in rest], 'and')} gain{'s' if len(rest) == 1 else ''} nothing"
    return f"{rest[0].contender} takes {factor(rest[0].slowness.estimate)} as long"


def _change(choice: Choice, outcome: TableAnswer) -> str:
    if outcome.far & set(choice.chosen):
        near, others = outcome.near, outcome.candidates[len(outcome.near) :]
        lead = f", {ratio(others[0].slowness)} as fast as {others[0].contender}" if others else ""
        return f"{outcome.called}: {listed([one.contender for one in near], 'or')}{lead}"
    more = [one for one in outcome.candidates if one.contender in outcome.best - set(choice.chosen)]
    return f"{outcome.called}: {listed([one.contender for one in more], 'and')} too, within {_within(more)}"
