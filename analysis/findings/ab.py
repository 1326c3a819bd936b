"""Two subjects side by side, as `ab` has saved them: for each benchmark how much slower or faster, and how sure.

The unit of evidence is a pair: one process of each side, in turns. A process counts by its fastest round (see
`harness.contest.duel`). Times and change come from the same pairs: a time is the geometric mean over them, so that
candidate ÷ base is the change.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from statistics import fmean, geometric_mean, stdev

from msgspec import DecodeError, Struct, ValidationError
from msgspec.json import Decoder

from analysis.stats.change import Change, Verdict, in_pairs, judge
from analysis.stats.intervals import Interval, quantile
from runfile.benchmarks import (
    BaseRecord,
    ComparedSubject,
    ComparedSubjects,
    Count,
    Flag,
    NotMeasured,
    OfBenchmark,
    RepeatRecord,
    RoundSeconds,
    Seconds,
)
from runfile.numbering import files_of, number_of
from runfile.runs import SCHEMA, Machine, RunError, bytes_of
from runfile.sanitize import control_character

# How often a slowdown of that size is found, where it is said how small a one would have been.
POWER = 0.9
# How noisy it was stands beside the times, and what it does to the verdict is in the interval.
NOISY = "noisy"
# Where `ab` keeps its runs, below storage: too deep for them to be taken for ordinary ones.
FOLDER = "ab"


class PairedRow(OfBenchmark, frozen=True):
    """One benchmark. `change` is candidate ÷ base, at a level that holds for all benchmarks and looks at once."""

    base_seconds: float
    candidate_seconds: float
    base_spread: float  # standard deviation of the logarithms of its processes' times
    candidate_spread: float
    pairs: int
    seconds: float  # that it took to compare
    change: Interval
    level: float
    threshold: float
    verdict: Verdict
    detectable: float  # the slowdown that so many pairs with that spread find 9 times in 10
    pairs_needed: int | None  # to decide what is inconclusive; None where a thousand would not do
    flags: tuple[str, ...]
    tasks: int  # that were done in a round
    whole_tasks: int  # that the work has, if not all of them were done; else 0


class ABComparison(Struct, frozen=True):
    """A comparison of two subjects, the gravest change first."""

    file: str
    datetime: str
    base: ComparedSubject
    candidate: ComparedSubject
    rows: tuple[PairedRow, ...]
    missing: tuple[NotMeasured, ...]
    mean: float  # the geometric mean of all changes

    def with_verdict(self, verdict: Verdict) -> list[PairedRow]:
        return [row for row in self.rows if row.verdict is verdict]

    @property
    def failed(self) -> list[NotMeasured]:
        return [one for one in self.missing if one.outcome == "failed"]


class _Contest(Struct):
    repeats: tuple[RepeatRecord, ...]
    seconds: Seconds


class _ABFacts(Struct):
    versus: BaseRecord
    contest: _Contest
    tasks: Count
    flags: tuple[Flag, ...] = ()


class _ABStats(Struct):
    data: tuple[RoundSeconds, ...]


class _ABBenchmark(Struct):
    fullname: str
    stats: _ABStats
    extra_info: _ABFacts


class _ABSession(Struct):
    schema: Count
    versus: ComparedSubjects
    machine: Machine
    missing: tuple[NotMeasured, ...] = ()


class _ABMachineInfo(Struct):
    three_patterns: _ABSession


class _ABDocument(Struct):
    machine_info: _ABMachineInfo
    benchmarks: tuple[_ABBenchmark, ...]
    datetime: str


_DECODER = Decoder(_ABDocument)


def read(path: Path) -> ABComparison:
    """What a file that `ab` has saved says. Raises RunError."""
    data = bytes_of(path)
    if control := control_character(data):
        raise RunError(f"{path} is damaged: it holds {control}; leave the file out")
    try:
        document = _DECODER.decode(data)
    except (DecodeError, ValidationError, UnicodeDecodeError) as error:
        raise RunError(f"{path} is not a comparison that `ab` has saved, or damaged ({error}): name another") from error
    session = document.machine_info.three_patterns
    if session.schema != SCHEMA:
        raise RunError(f"{path} has schema {session.schema} and {SCHEMA} is read here: compare the two sides again")
    rows = [_row(one, path) for one in document.benchmarks]
    if not rows:
        raise RunError(f"{path} holds no benchmark: compare the two sides again")
    order = list(Verdict)
    return ABComparison(
        file=str(path),
        datetime=document.datetime,
        base=session.versus.base,
        candidate=session.versus.candidate,
        rows=tuple(sorted(rows, key=lambda row: (order.index(row.verdict), -abs(math.log(row.change.estimate))))),
        missing=session.missing,
        mean=math.exp(fmean(math.log(row.change.estimate) for row in rows)),
    )


def _row(one: _ABBenchmark, path: Path) -> PairedRow:
    facts, base = one.extra_info, one.extra_info.versus
    ours, theirs = _fastest(base.repeats, base.seconds), _fastest(facts.contest.repeats, one.stats.data)
    repeats, others = ([(one.number, one.rounds) for one in both] for both in (base.repeats, facts.contest.repeats))
    change = in_pairs(ours, theirs) if repeats == others else None
    if change is None or len(ours) != len(base.repeats) or len(theirs) != len(base.repeats):
        raise RunError(f"{path} is damaged: the repeats of {one.fullname} are not in pairs; compare the sides again")
    found = change.interval(base.level)
    verdict = judge(found, base.threshold)
    inconclusive = verdict is Verdict.INCONCLUSIVE
    return PairedRow(
        benchmark=one.fullname,
        base_seconds=geometric_mean(ours),
        candidate_seconds=geometric_mean(theirs),
        base_spread=stdev(map(math.log, ours)),
        candidate_spread=stdev(map(math.log, theirs)),
        pairs=len(ours),
        seconds=facts.contest.seconds,
        change=found,
        level=base.level,
        threshold=base.threshold,
        verdict=verdict,
        detectable=detectable(change, base.level, base.threshold),
        pairs_needed=change.runs_needed(base.threshold, base.level) if inconclusive else None,
        flags=tuple(flag.name for flag in facts.flags if flag.name != NOISY),
        tasks=facts.tasks,
        whole_tasks=base.whole_tasks,
    )


def _fastest(repeats: Sequence[RepeatRecord], seconds: Sequence[float]) -> list[float]:
    """The fastest round of each repeat; nothing, if there are not so many rounds."""
    if sum(one.rounds for one in repeats) != len(seconds):
        return []
    rounds = iter(seconds)
    return [min(islice(rounds, one.rounds)) for one in repeats]


def detectable(change: Change, level: float, threshold: float) -> float:
    """The slowdown, such as 0.07, that is found 9 times in 10 by such pairs.

    It has to be over the threshold and beyond the reach of the interval, by as much as the estimate errs.
    """
    error = change.spread * math.sqrt(change.share)
    reach = quantile(change.freedom, level) * error
    return math.expm1(max(reach, math.log1p(threshold)) + quantile(change.freedom, 2 * POWER - 1) * error)


class Listed(Struct, frozen=True):
    """Comparisons from the oldest, each with the number that it is called by; and files that are none."""

    found: tuple[ABComparison, ...]
    reasons: tuple[str, ...]


def listed(storage: Path) -> Listed:
    """The comparisons there are. Raises RunError when there are none."""
    files = [path for path in (storage / FOLDER).glob("*/*/*.json") if number_of(path) >= 0]
    if not files:
        raise RunError(f"no comparison in {storage / FOLDER}: make one with --base and --candidate")
    found, reasons = [], []
    for path in files:
        try:
            found.append(read(path))
        except RunError as error:
            reasons.append(str(error))
    return Listed(tuple(sorted(found, key=lambda one: one.datetime)), tuple(reasons))


def chosen(storage: Path, word: str) -> ABComparison:
    """The comparison of that number, in that file, or the newest below that folder. Raises RunError."""
    if word.isascii() and word.isdigit() and not Path(word).exists():
        found = listed(storage).found
        if not 1 <= int(word[:9]) <= len(found):
            raise RunError(f"no comparison {word} in {storage / FOLDER}: `--list` shows the {len(found)} there are")
        return found[int(word[:9]) - 1]
    files = files_of(word)
    if files is None:
        raise RunError(f"{word!r} is not a comparison: name its number, its file or its folder, as `--list` shows them")
    return max((read(path) for path in files), key=lambda one: one.datetime)
