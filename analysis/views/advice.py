"""What advice says: which pattern and how many workers, what they are predicted to take, and what would change that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.criteria.commands import UNKNOWN, bench
from analysis.documents.document import (
    Block,
    Column,
    Document,
    Heading,
    Item,
    Items,
    Row,
    Table,
    Tone,
    explained,
    items,
    listed,
)
from analysis.findings.advice import Advice, Option, Quantity, Switch
from analysis.findings.summary import PRACTICAL
from analysis.model.costs import Calibration
from analysis.model.work import Work
from analysis.model.workers import ENOUGH, WORKERS
from analysis.stats.intervals import Interval
from analysis.stats.units import count, factor, percent, seconds, size, sizes
from analysis.views.provenance import caveat, caveat_blocks, machine_and_python

TITLE = "Which one for this work?"
SWITCHES = "What would change the answer"
EXCLUDED = "Not considered"
PREDICTED = f"predicted, not measured; to measure your own tasks: `{bench(UNKNOWN)}`"
PRACTICALLY, WITHIN = percent(PRACTICAL - 1), percent(ENOUGH - 1)
LEGEND = (
    "workers: threads, processes, or tasks under way at a time on a loop; 90 %: nine of ten measured times lie in it; "
    f"as long: time ÷ the least; memory: above an idle interpreter, with all results; enough: the fewest workers that "
    f"take no more than {WITHIN} longer"
)
# From this standard deviation of their logarithm on, one latency in twenty is three times the mean.
WIDE_SPREAD = 1.0
# Bytes that a process sends to another one in a second, at most about, and the share of a task's time that is worth it.
SENT_A_SECOND = 1e9
WORTH_SAYING = 0.05


def document(found: Advice, elsewhere: Sequence[str] = ()) -> Document:
    """The advice; `elsewhere` is what is not the same here as where the runs were made."""
    return Document(TITLE, [*told(found, caveats(found, elsewhere)), *explained(PREDICTED)])


def told(found: Advice, caveats: Sequence[Item]) -> list[Block]:
    """What there is to say of advice, with what speaks against it."""
    blocks: list[Block] = [*explained(made_from(found.calibration)), *explained(work_of(found)), _answer(found)]
    blocks += [_table(found), *explained(LEGEND)]
    if found.switches:
        blocks += [Heading(SWITCHES), *items([switch(one) for one in found.switches])]
    if excluded := list(_excluded(found)):
        blocks += [Heading(EXCLUDED), *items(excluded)]
    return [*blocks, *caveat_blocks(caveats)]


def made_from(calibration: Calibration) -> str:
    """The runs that tell what the machine costs, and the machine."""
    runs, day = len(calibration.sources), calibration.datetime[:10]
    newest = f"the newest of {day}" if runs > 1 else f"of {day}"
    return f"by {count(runs, 'run')}, {newest}, on {machine_and_python(calibration.machine)}"


def work_of(found: Advice) -> str:
    """The work in words, with the cores and the memory there are."""
    work = found.work
    each = ", then ".join(filter(None, (_request(work), _computing(work))))
    there_is = f"{count(work.cores, 'core')}, {_said(size(found.memory_bytes))}"
    start = "the workers are up" if work.is_warm else "the workers are started for it"
    return f"{count(work.tasks, 'task')}, {'each ' if work.tasks > 1 else ''}{each}; {there_is}; {start}"


def _said(text: str) -> str:
    """A quantity as one writes it, without zeros at its end: 4 ms, and 2.1 s."""
    number, unit = text.split()
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} {unit}"


def _request(work: Work) -> str:
    if not work.requests:
        return f"a wait of {_said(seconds(work.latency_seconds))}" if work.latency_seconds else ""
    what = f"an HTTP request{f' for {_said(size(work.size_bytes))}' if work.size_bytes else ''}"
    waits = f" that is answered after {_said(seconds(work.latency_seconds))}" if work.latency_seconds else ""
    spread = f" on average, 95 of 100 within {_said(seconds(work.p95_seconds))}" if waits and work.spread else ""
    return f"{what}{waits}{spread}{' by a server on the same cores' if work.is_local else ''}"


def _computing(work: Work) -> str:
    if not work.cpu_seconds:
        return ""
    free = f", {percent(work.gil_free)} of it without the GIL" if work.gil_free else ""
    return f"{_said(seconds(work.cpu_seconds))} of computing{free}"


def _answer(found: Advice) -> Items:
    return Items([Item(line(found), Tone.GOOD, lead=name(found), details=list(_details(found)))])


def name(found: Advice) -> str:
    """What to choose, with how many workers: the number once where all have the same."""
    *others, last = found.named
    if all(one.best.workers == last.best.workers for one in others):
        return listed([*(one.pattern for one in others), _with_workers(last)], "or")
    return listed([_with_workers(one) for one in found.named], "or")


def _with_workers(option: Option) -> str:
    """A pattern and its workers; those of a baseline are not chosen."""
    workers = option.best.workers
    return f"{option.pattern} with {count(workers, 'worker')}" if option.most > 1 else option.pattern


def line(found: Advice) -> str:
    """What that takes."""
    best = [one.best for one in found.named]
    time = f"{seconds(best[0].seconds.estimate)} ({bounds(found.options[0].best.seconds)})"
    parts = [time, f"the same within {PRACTICALLY}"] if len(best) > 1 else [time]
    times = [seconds(one.cpu_seconds) for one in best]
    cpu = times[0] if len(set(times)) == 1 else listed(times, "or")
    return ", ".join([*parts, f"{cpu} of CPU time", f"{sizes([one.peak_bytes for one in best], 'or')} of memory"])


def bounds(interval: Interval) -> str:
    """The interval of a time, with the unit once if both ends have the same."""
    (low, unit), (high, other) = (seconds(end).split() for end in (interval.low, interval.high))
    return f"{low}–{high} {other}" if unit == other else f"{low} {unit}–{high} {other}"


def _details(found: Advice) -> Iterator[str]:
    """How few workers are enough, and who is next."""
    if any(one.fewest < one.best.workers for one in found.named):
        yield f"{_fewest(found.named)} would take no more than {WITHIN} longer"
    rest = found.options[len(found.named) :]
    if any(one.slowness < found.options[0].slowness * PRACTICAL for one in rest):
        yield f"nothing is faster by {PRACTICALLY} or more"
    elif rest:
        yield f"next: {_with_workers(rest[0])}, {factor(rest[0].slowness)} as long"


def _fewest(options: Sequence[Option]) -> str:
    """How few workers are enough, of each pattern if that differs."""
    if len({one.fewest for one in options}) == 1:
        return count(options[0].fewest, "worker")
    return listed([f"{count(one.fewest, 'worker')} of {one.pattern}" for one in options], "or")


def _table(found: Advice) -> Table:
    columns = ("workers", "time", "90 %", "as long", "CPU", "memory", "enough")
    return Table([Column(heading) for heading in columns], [_row(one, found) for one in found.options])


def _row(option: Option, found: Advice) -> Row:
    best = option.best
    cells = [
        f"{best.workers:,}",
        seconds(best.seconds.estimate),
        bounds(best.seconds),
        factor(option.slowness),
        seconds(best.cpu_seconds),
        size(best.peak_bytes),
        f"{option.fewest:,}",
    ]
    return Row(option.pattern, cells, tone=Tone.GOOD if option in found.named else Tone.PLAIN)


def switch(found: Switch) -> str:
    """From where on what else is advised."""
    return f"{_where(found)}: {found.pattern}"


def _where(found: Switch) -> str:
    value, side = float(f"{found.value:.2g}"), "above" if found.is_above else "below"
    match found.quantity:
        case Quantity.LATENCY:
            return f"{side} {_said(seconds(value))} of latency"
        case Quantity.CPU:
            return f"{side} {_said(seconds(value))} of computing a task"
        case Quantity.GIL_FREE:
            return f"with {'more' if found.is_above else 'less'} than {percent(value)} of the computing without the GIL"
        case Quantity.SIZE:
            return f"{side} {_said(size(found.value))} a request"
        case Quantity.TASKS:
            return _numbered(found.value, "task", found.is_above)
        case Quantity.CORES:
            return _numbered(found.value, "core", found.is_above)


def _numbered(value: float, noun: str, is_above: bool) -> str:
    if is_above:
        return f"from {count(round(value), noun)} on"
    return f"with {count(round(value), noun)}{' or fewer' if value > 1 else ''}"


def _excluded(found: Advice) -> Iterator[str]:
    """What was left out, and why."""
    yield from (f"{one.pattern}: {one.reason}" for one in found.excluded)
    for one in found.options:
        if one.is_limited:
            more = f"{one.pattern} with more than {count(one.most, 'worker')}"
            yield f"{more}: needs more than {_said(size(found.memory_bytes))}"


def caveats(found: Advice, elsewhere: Sequence[str] = ()) -> list[Item]:
    """What speaks against believing the prediction."""
    caveats, work, measured = [], found.work, found.calibration.machine.usable_cores
    if elsewhere:
        sentence = f"not the same here as where the runs were made: {'; '.join(elsewhere)}"
        caveats.append(caveat(False, "another machine or Python", sentence))
    if work.cores > measured:
        sentence = f"measured on {measured}: what more of them add is extrapolated by Amdahl's law"
        caveats.append(caveat(False, count(work.cores, "core"), sentence))
    most = WORKERS[-1]
    if any(one.best.workers == one.fewest == most < work.tasks for one in found.named):
        caveats.append(caveat(True, count(most, "worker"), "more were not looked at, and may be faster"))
    if work.spread > WIDE_SPREAD and work.latency_seconds:
        sentence = (
            f"95 of 100 within {factor(work.p95_seconds / work.latency_seconds)} the mean: a few slow answers "
            "decide, so that the time varies much from one time to the next"
        )
        caveats.append(caveat(True, "very unequal latencies", sentence))
    task_seconds = work.latency_seconds + work.cpu_seconds
    if not work.requests and work.size_bytes / SENT_A_SECOND > WORTH_SAYING * task_seconds:
        sentence = (
            f"a task and its result are {_said(size(work.size_bytes))}, and what it takes to send them to another "
            "process and back is not counted: patterns with processes take longer than predicted"
        )
        caveats.append(caveat(True, "large results", sentence))
    return caveats
