"""A benchmark of a saved run: what the harness noted of it, and its rounds, which come in the repeats of a contest.

The structs have the shape of the file. Durations are in seconds, sizes in bytes.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import islice
from statistics import geometric_mean, median
from typing import Annotated

from msgspec import Meta, Struct, field

# Thirty years: a longer round is a damaged file, and infinity is longer.
LONGEST_SECONDS = 1e9
# Of one core, taken by other programs or the hypervisor meanwhile: beyond it, a time is not the benchmark's own.
TAKEN_CORES = 0.2

Seconds = Annotated[float, Meta(ge=0, le=LONGEST_SECONDS)]
RoundSeconds = Annotated[float, Meta(gt=0, le=LONGEST_SECONDS)]
Measured = Annotated[float, Meta(ge=-1e18, le=1e18)]  # any finite number
Count = Annotated[int, Meta(ge=0)]


class Latency(Struct, frozen=True):
    """Percentiles of how long a task took, from when a worker took it up, in seconds."""

    p50: Seconds
    p95: Seconds
    p99: Seconds | None  # of a hundred tasks or more: of fewer it would be the longest


class Observation(Struct, frozen=True):
    """What one untimed run in a fresh process took of the machine, child processes included.

    In a cold observation the run includes starting and stopping the workers, as in a cold round. Of what is a
    difference between two readings of several processes, each part may come out a little below zero.
    """

    seconds: Seconds  # of the tasks alone
    cpu_user_seconds: Measured
    cpu_system_seconds: Measured
    idle_bytes: Count
    peak_bytes: int  # above idle
    threads: Count
    processes: Count
    voluntary_switches: int
    involuntary_switches: int
    latency_seconds: Latency
    timeline: tuple[tuple[str | int, Measured, Measured], ...] | None  # worker, start and end of each of a few tasks
    whole_cpu_seconds: Measured  # from the start of the process to its end

    @property
    def cpu_seconds(self) -> float:
        return self.cpu_user_seconds + self.cpu_system_seconds


class Flag(Struct, frozen=True):
    """A reason to doubt one benchmark: the value that was measured, and a sentence on what to do about it."""

    name: str
    value: Measured
    sentence: str


class RepeatRecord(Struct, frozen=True):
    """A benchmark in one repeat of its contest: a fresh process, which made so many rounds."""

    number: Annotated[int, Meta(ge=1)]  # the same for all contenders that were in that repeat
    at: Seconds  # since the run began, when its first round of that repeat began
    rounds: Annotated[int, Meta(ge=1)]
    yardstick_seconds: RoundSeconds


class Ending(StrEnum):
    """Why a contest is over."""

    DECIDED = "decided"  # each contender is surely behind the fastest, or surely as fast
    TIME = "time"  # its time is spent
    REPEATS = "repeats"  # it was no race, and its repeats are made
    ALONE = "alone"  # there is nobody to race against


class Spread(Struct, frozen=True):
    """By how much a contender's log seconds differ from repeat to repeat: a variance, by all contenders together."""

    variance: Annotated[float, Meta(ge=0, le=1e18)]
    freedom: Annotated[int, Meta(ge=1)]  # its degrees of freedom


class ContestRecord(Struct, frozen=True, kw_only=True):
    """What was measured in turns. `id` is the same for all contenders; one that dropped out has fewer repeats."""

    id: str
    rows: Count  # of its table that were measured to the end
    repeats: Annotated[tuple[RepeatRecord, ...], Meta(min_length=1)]
    spread: Spread | None = None  # of two contenders and two repeats at least
    ended: Ending
    seconds: Seconds  # of the whole contest


class BaseRecord(Struct, frozen=True):
    """What `ab` saves of the base beside the candidate's benchmark, under `versus`: how the two are to be judged."""

    repeats: Annotated[tuple[RepeatRecord, ...], Meta(min_length=2)]
    seconds: tuple[RoundSeconds, ...]
    threshold: Annotated[float, Meta(gt=0, le=100)]  # the smallest change that counts
    level: Annotated[float, Meta(gt=0, lt=1)]  # of the interval
    whole_tasks: Count = 0  # that the work has, where only some of them were done


def were_taken(*cores: float | None) -> bool:
    """Whether others, any of whom took so many cores as far as is known, took too much of the machine."""
    return any(one is not None and one > TAKEN_CORES for one in cores)


class OfBenchmark(Struct, frozen=True):
    """What is said of one benchmark."""

    benchmark: str

    @property
    def name(self) -> str:
        """Without the file it is in."""
        return self.benchmark.rpartition("::")[2]


class ComparedSubject(Struct, frozen=True):
    """One side of `ab`: an environment, or a revision of the suite, which then has a commit."""

    label: str
    python: str
    start_method: str
    packages: dict[str, str]
    commit: str = ""
    notes: tuple[str, ...] = ()  # on what had got into the processes that measured it, such as a tracer


class NotMeasured(OfBenchmark, frozen=True):
    """A benchmark that was to be measured and was not, and why: it failed, or was skipped."""

    outcome: str
    sentence: str


class ComparedSubjects(Struct, frozen=True):
    """What `ab` saves of the run as a whole, under `versus`: its two sides."""

    base: ComparedSubject
    candidate: ComparedSubject


class BenchmarkWork(Struct, frozen=True):
    """What a benchmark measures, and what it is called in its table: all that is known of it beforehand."""

    question: str
    pattern: str
    workload: str
    workers: Count
    tasks: Count
    lifecycle: str
    contender: str
    baseline: str
    ideal_seconds: Seconds | None
    schema: int
    waiting_seconds: Seconds = 0.0  # that no machine shortens, at least; 0 where it is not known


class BenchmarkInfo(BenchmarkWork, frozen=True, kw_only=True, omit_defaults=True):
    """What the harness noted of one benchmark, under `extra_info`."""

    observation: Observation | None = None
    contest: ContestRecord
    yardstick_seconds: RoundSeconds  # a fixed piece of work on one core: the median over the repeats
    busy_cores: Measured | None
    other_cores: Measured | None
    stolen_cores: Measured | None
    flags: tuple[Flag, ...]
    server: str | None = None
    server_loop: str | None = None
    server_cores: Measured | None = None
    plain_seconds: tuple[RoundSeconds, ...] | None = None  # of the same program written out plainly, in turns with it
    seam_ratio: Measured | None = None  # how many times as long it took: the median of the pairs
    versus: BaseRecord | None = None

    @property
    def is_disturbed(self) -> bool:
        """Whether others took so much of the machine meanwhile that its time is not its own."""
        return were_taken(self.other_cores, self.stolen_cores)


class Stats(Struct, frozen=True):
    """The rounds of a benchmark, in seconds."""

    data: tuple[RoundSeconds, ...] = ()


class Benchmark(Struct, frozen=True):
    """One benchmark of a run."""

    name: str
    fullname: str
    stats: Stats
    facts: BenchmarkInfo = field(name="extra_info")
    group: str | None = None

    @property
    def seconds(self) -> tuple[float, ...]:
        return self.stats.data

    @property
    def waiting_share(self) -> float:
        """The share of its time that a faster machine does not shorten, as far as it is known."""
        return min(1.0, self.facts.waiting_seconds / median(self.seconds))

    @property
    def repeats(self) -> dict[int, float]:
        """The geometric mean of its rounds in each repeat of its contest, by the number of the repeat."""
        rounds = iter(self.seconds)
        return {one.number: geometric_mean(islice(rounds, one.rounds)) for one in self.facts.contest.repeats}

    @property
    def table(self) -> str:
        """The title of the table this benchmark belongs in."""
        facts = self.facts
        return self.group or f"{facts.question}: {facts.workload}, {facts.workers} workers, {facts.lifecycle}"
