"""`python -m analysis ab`: each benchmark is a contest of two subjects, which are two Pythons or two checkouts.

It gives pytest a file that says what the two are, with an option that is not for people. The candidate's rounds become
the benchmark's; the base's repeats are saved beside them.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from msgspec import convert, structs, to_builtins
from pytest_benchmark.fixture import BenchmarkFixture

from harness import events
from harness.contest.duel import ERROR, FEWEST_PAIRS, Duel
from harness.contest.plan import Plan
from harness.facts import BASELINE
from harness.host import conditions
from harness.host.cgroups import available_bytes
from harness.host.processes import module_environment
from harness.missing import sentence_of
from harness.options.effort import Effort
from harness.options.measuring import effort
from harness.stands.handle import Subject
from harness.stands.job import PROTOCOL, Job
from harness.stands.stands import PairedStands, Stands, stands_of
from harness.surroundings import variables
from runfile.benchmarks import ComparedSubject, ComparedSubjects
from runfile.runs import KEY
from workloads import registry
from workloads.contract import Scalable, waiting_seconds

# What the base is called in a contest, beside the candidate, which is called as in its table.
BASE = "the base"
SECONDS = {Effort.FAST: 5.0, Effort.DEFAULT: 15.0, Effort.RIGOROUS: 75.0}
# A process has a speed of its own, which more rounds in it do not average out: more pairs do. But its first rounds vary
# by where the system places it: the fastest of two rounds of half of this varies by half as much as one of them.
ROUND_SECONDS = 0.3
# Where tasks that are done one after another wait for longer than the first of these together, those at the beginning
# that wait for the second are enough.
LONG_SECONDS, PART_SECONDS = 1.5, 0.3
# Short rounds differ most, by a quarter where processes do by 3 %, and the fastest of ten by no more than these.
SHORT_SECONDS = 0.12
MOST_PAIRS = 1_000
# Fork servers of each side that serve the next benchmark, too, for to start them takes half of a short pair's time: so
# many, or fewer where they would all together take more than a tenth of the memory that there is.
KEPT, SERVER_BYTES = 8, 32 << 20
PROBE = (
    "import json, patterns; from harness.stands.job import PROTOCOL; from workloads import registry; "
    "print(json.dumps({'protocol': PROTOCOL, 'patterns': patterns.names(), 'workloads': registry.names()}))"
)
PROBE_SECONDS = 60


@dataclass(frozen=True)
class RequestedSide:
    """A subject, and what is saved of it."""

    python: str
    suite: str
    described: ComparedSubject

    @property
    def label(self) -> str:
        return self.described.label

    @property
    def subject(self) -> Subject:
        return Subject(self.python, Path(self.suite))

    @cached_property
    def abilities(self) -> dict[str, Any]:
        """The protocol of its stands, and its patterns and workloads. Raises UsageError when it cannot be had."""
        try:
            answer = subprocess.run(
                [self.python, "-P", "-c", PROBE],
                env=module_environment(Path(self.suite)),
                capture_output=True,
                text=True,
                timeout=PROBE_SECONDS,
                check=True,
            ).stdout
            found: dict[str, Any] = json.loads(answer)
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            complaint = str(getattr(error, "stderr", None) or error).strip().splitlines()[-1]
            raise pytest.UsageError(
                f"{self.label} cannot be measured by this version of the suite ({complaint}): compare what holds "
                "contests, or use `ab` of the suite as it was then"
            ) from error
        return found


@dataclass(frozen=True)
class ABRequest:
    """Two subjects, how long they are compared, and from how much on a change matters."""

    base: RequestedSide
    candidate: RequestedSide
    seconds: float  # for each benchmark
    thresholds: Sequence[tuple[str, float]]  # of several regular expressions that match a name, the last counts
    start_method: str | None  # for both, rather than as each Python does
    whole: bool = False  # whether all tasks are done where some would do
    stands: dict[str, Stands] = field(default_factory=dict)
    intruders: dict[str, dict[str, str]] = field(default_factory=dict)  # what has got into the stands of each side

    @property
    def sides(self) -> dict[str, RequestedSide]:
        return {"base": self.base, "candidate": self.candidate}

    @property
    def plan(self) -> Plan:
        return Plan(FEWEST_PAIRS, self.seconds / 2, ROUND_SECONDS, MOST_PAIRS, strict=True, short_seconds=SHORT_SECONDS)

    def check(self) -> None:
        """Raise UsageError for a side that cannot be measured."""
        for side in self.sides.values():
            if (theirs := side.abilities.get("protocol")) != PROTOCOL:
                raise pytest.UsageError(
                    f"{side.label} speaks version {theirs} of the contest's protocol and this suite {PROTOCOL}: "
                    "compare revisions that are nearer to this one"
                )

    def lacks(self, job: Job) -> str | None:
        """What one of the sides does not have of what a job needs, in a sentence; None if nothing."""
        wanted = {"patterns": job.pattern} | ({} if job.file else {"workloads": job.workload})
        for name, side in self.sides.items():
            for kind, what in wanted.items():
                if what not in side.abilities[kind]:
                    return f"{name} ({side.label}) has no {kind.removesuffix('s')} {what!r}"
        return None

    def part_of(self, job: Job) -> int:
        """How many of its tasks, from the first, a job is compared by; 0 for all of them.

        Who does one after another does the first as if there were no others, so that fewer take the same each. What
        tasks of one's own have in common is not known.
        """
        what = registry.get(job.workload)
        if self.whole or job.pattern != BASELINE or job.cold or job.file or not isinstance(what, Scalable):
            return 0
        tasks = job.tasks or len(what.tasks)
        each = waiting_seconds(what, 1) / len(what.tasks)
        return math.ceil(PART_SECONDS / each) if each * tasks > LONG_SECONDS else 0

    def stands_for(self, name: str) -> Stands:
        """Where the stands of a side come from, started when first needed, together with the other side's."""
        if not self.stands:
            # No two pairs of a benchmark have the same, or it would always be the same that are a little faster.
            kept = max(1, min(KEPT, available_bytes() // 10 // (len(self.sides) * SERVER_BYTES)))
            self.stands.update({one: stands_of(side.subject, kept, anew=True) for one, side in self.sides.items()})
        own, other = sorted(self.stands, key=lambda one: one != name)
        return PairedStands(self.stands[own], self.stands[other])

    def start_method_of(self, name: str) -> str:
        return self.start_method or self.sides[name].described.start_method

    def rule(self, benchmark: str, contender: str, benchmarks: int) -> Duel:
        """When the comparison of a benchmark is over: the intervals of so many benchmarks all hold together."""
        threshold = [value for regex, value in self.thresholds if re.fullmatch(regex, benchmark, re.DOTALL)][-1]
        return Duel(BASE, contender, threshold, self.seconds, ERROR / max(1, benchmarks))  # Bonferroni

    def notice(self, found: Mapping[str, Mapping[str, str]]) -> None:
        """Note down what has got into the stands of the contenders in a contest."""
        for name, intruders in found.items():
            self.intruders.setdefault("base" if name == BASE else "candidate", {}).update(intruders)

    def notes_on(self, name: str) -> list[str]:
        """A sentence on each thing that has got into the stands of a side."""
        return [conditions.intruder(*one).sentence for one in self.intruders.get(name, {}).items()]

    def explain(self, failures: Mapping[str, str]) -> str:
        """Which side has failed, and why; empty if none has."""
        told = {("base" if name == BASE else "candidate"): why for name, why in failures.items()}
        return "; ".join(f"{name} ({self.sides[name].label}): {why}" for name, why in told.items())

    def close(self) -> None:
        for stands in self.stands.values():
            stands.close()


VERSUS = pytest.StashKey[ABRequest]()
DONE = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    import argparse

    parser.getgroup("three patterns").addoption("--versus", metavar="FILE", type=Path, help=argparse.SUPPRESS)


def pytest_configure(config: pytest.Config) -> None:
    """Read the file, and refuse a side that cannot be measured."""
    file: Path | None = config.getoption("versus")
    if file is None or config.getoption("help"):
        return
    try:
        found = json.loads(file.read_bytes())
        versus = ABRequest(
            base=convert(found["base"], RequestedSide),
            candidate=convert(found["candidate"], RequestedSide),
            seconds=found["seconds"] or SECONDS[effort(config)],
            thresholds=[(regex, value) for regex, value in found["thresholds"]],
            start_method=config.getoption("start_method"),
            whole=effort(config) is Effort.RIGOROUS,
        )
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise pytest.UsageError(f"--versus {file} is for `python -m analysis ab`, which writes it: {error}") from error
    versus.check()
    config.stash[VERSUS] = versus


def pytest_unconfigure(config: pytest.Config) -> None:
    if VERSUS in config.stash:
        config.stash[VERSUS].close()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Say what is to come before it is measured."""
    if versus := session.config.stash.get(VERSUS, None):
        number = len(session.items)
        many = f"{number} benchmark{'' if number == 1 else 's'}"
        for sentence in filter(None, [variables.kept_out(), *(one.sentence for one in conditions.settings())]):
            _tell(session.config, sentence)
        _tell(session.config, f"{many}, each {FEWEST_PAIRS} pairs at least and then up to {versus.seconds:g} s in all")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Note down what was compared, or why it was not."""
    report: Any = yield
    if VERSUS not in item.config.stash:
        return report  # type: ignore[no-any-return]
    if report.outcome != "passed":
        item.stash[DONE] = f"{item.name}: {report.outcome}: {sentence_of(call)}"
    elif report.when == "call":
        benchmark = getattr(item, "funcargs", {}).get("benchmark")
        contest = benchmark.extra_info["contest"] if isinstance(benchmark, BenchmarkFixture) else None
        if contest:
            item.stash[DONE] = f"{item.name}: {len(contest['repeats'])} pairs in {contest['seconds']:.0f} s"
    return report  # type: ignore[no-any-return]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Say what was done, when what is written is no longer captured."""
    result = yield
    if DONE in item.stash:
        _tell(item.config, item.stash[DONE])
    return result


def _tell(config: pytest.Config, sentence: str) -> None:
    events.tell(config, "compared", " ".join(sentence.split()))


@pytest.hookimpl(trylast=True)
def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    """Save what the two sides are. Comes after harness.plugin's."""
    if versus := config.stash.get(VERSUS, None):
        sides = {
            name: structs.replace(
                side.described, start_method=versus.start_method_of(name), notes=tuple(versus.notes_on(name))
            )
            for name, side in versus.sides.items()
        }
        machine_info[KEY]["versus"] = to_builtins(ComparedSubjects(**sides))
