"""What advice says that rests on some of the reader's tasks; and what was predicted beside what was measured then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.documents.document import Block, Column, Document, Item, Items, Row, Table, Tone, explained
from analysis.findings.advice import Advice
from analysis.findings.summary import PRACTICAL
from analysis.model.check import Checked
from analysis.model.tried import MOST_UNSURE, is_disturbed, unsure, waits
from analysis.stats.units import count, factor, percent, seconds
from analysis.views import advice
from analysis.views.provenance import caveat
from runfile.trial import TriedVersion, TriedWork

CHECK = "Predicted and measured"
HOW_TO_CHECK = (
    "predicted, not measured: `--check-advice` in place of `--advise` measures every pattern too, and compares"
)
CHECK_LEGEND = (
    "90 %: nine of ten measured times should lie in it; ratio: predicted ÷ measured, where a measured time is the mean "
    "of its repeats"
)
# Shares of a time, or of the CPU time, from which on something is worth a word.
WORTH_SAYING = 0.1
# The longest task over the median, from which on tasks are unequal.
UNEQUAL = 3.0


def document(tried: TriedWork, found: Advice) -> Document:
    """The advice, after what it rests on."""
    rests_on = explained(f"{_tried(tried)}, one at a time: {', '.join(_versions(tried))}")
    caveats = [*_caveats(tried, found), *advice.caveats(found)]
    return Document(advice.TITLE, [*rests_on, *advice.told(found, caveats), *explained(HOW_TO_CHECK)])


def _tried(tried: TriedWork) -> str:
    """How many of the tasks were done."""
    some = _named(tried)[0][1].tried
    return f"all {count(tried.tasks, 'task')}" if some == tried.tasks else f"{some} of {count(tried.tasks, 'task')}"


def _versions(tried: TriedWork) -> Iterator[str]:
    for name, version in _named(tried):
        waiting = f"waits {seconds(version.waited_seconds)} and " if waits(version) else ""
        yield f"{name} {waiting}computes {seconds(version.cpu_seconds)}"


def _named(tried: TriedWork) -> list[tuple[str, TriedVersion]]:
    versions = (("perform", tried.blocking), ("perform_async", tried.awaitable))
    return [(name, version) for name, version in versions if version]


def _caveats(tried: TriedWork, found: Advice) -> Iterator[Item]:
    """What of the tasks speaks against believing the prediction."""
    (_, first), *others = _named(tried)
    times = first.longest_seconds / first.median_seconds
    if is_disturbed(first):
        share = percent(first.queued_seconds / first.seconds)
        yield caveat(True, "a busy machine", f"for {share} of the time, tasks had no core to compute on: try it again")
    elif times >= UNEQUAL:
        error = unsure(first, tried.tasks)
        known = f"; what all take is known to ±{percent(error)}" if error > MOST_UNSURE / 5 else ""
        yield caveat(
            True,
            "unequal tasks",
            f"the longest that was tried takes {seconds(first.longest_seconds)}, {factor(times)} as long as the "
            f"median, and no pattern takes less than it{known}",
        )
    if first.gil_free is None and first.thread_seconds > WORTH_SAYING * first.seconds:
        yield caveat(
            False,
            "the GIL",
            "whether the computing holds it could not be told here, for which it takes Linux and a second core that is "
            "not busy: it is taken to hold it, so that threads may be faster than predicted",
        )
    if first.others_seconds > WORTH_SAYING * first.cpu_seconds:
        yield caveat(
            False,
            "other threads",
            f"{seconds(first.others_seconds)} of the computing of a task is done by them, as by asyncio.to_thread: "
            "it is taken to hold the GIL, so that patterns in one process may be faster than predicted",
        )
    for name, other in others:
        if abs(first.waited_seconds - other.waited_seconds) > WORTH_SAYING * max(first.seconds, other.seconds):
            yield caveat(
                True,
                "unlike versions",
                f"perform waits {seconds(first.waited_seconds)} and {name} {seconds(other.waited_seconds)}: the advice "
                "is for the first",
            )


def check(found: Advice, checked: Sequence[Checked]) -> Document:
    """What was predicted of each pattern beside what was measured, from the fastest."""
    columns = ("workers", "predicted", "90 %", "measured", "ratio", "held")
    table = Table([Column(heading) for heading in columns], [_row(one) for one in checked])
    blocks: list[Block] = [table, *explained(CHECK_LEGEND), Items([Item(one) for one in _said(found, checked)])]
    return Document(CHECK, blocks)


def _row(one: Checked) -> Row:
    measured, flags = seconds(one.measured), ", ".join(one.flags)
    if one.predicted is None or one.ratio is None:
        return Row(one.pattern, [f"{one.workers:,}", "not calibrated", "", measured, "", ""], remark=flags)
    interval = one.predicted.seconds
    cells = [
        f"{one.workers:,}",
        seconds(interval.estimate),
        advice.bounds(interval),
        measured,
        factor(one.ratio),
        "yes" if one.holds else "no",
    ]
    return Row(one.pattern, cells, remark=flags, tone=Tone.PLAIN if one.holds else Tone.BAD)


def _said(found: Advice, checked: Sequence[Checked]) -> Iterator[str]:
    """How many intervals held what was measured, and what the advised pattern took beside the fastest."""
    predicted = [one for one in checked if one.predicted]
    held = sum(bool(one.holds) for one in predicted)
    yield f"{held} of {count(len(predicted), 'interval')} held what was measured"
    fastest = checked[0]
    advised = next((one for one in checked if one.pattern in found.chosen), None)
    if advised is None:
        yield f"what was advised was not measured; the fastest was {_what(fastest)}"
    elif advised.measured < PRACTICAL * fastest.measured:
        yield f"what was advised was the fastest, or as fast in practice: {_what(advised)}"
    else:
        yield (
            f"the fastest was {_what(fastest)}; what was advised took {factor(advised.measured / fastest.measured)} as "
            f"long, {_what(advised)}"
        )
    workers = found.options[0].best.workers
    if advised and not any(one.pattern in found.chosen and one.workers == workers for one in checked):
        yield f"not measured with the {count(workers, 'worker')} that are advised: `--workers` says with how many"


def _what(one: Checked) -> str:
    return f"{one.pattern} with {count(one.workers, 'worker')}, {seconds(one.measured)}"
