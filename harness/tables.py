"""The contests of a session: one for each table, held when the first benchmark of the table is run.

Each benchmark of the table then takes what is its own: its rounds, what they cost, and what makes them doubtful; or it
fails with its own sentence, and is not saved.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any
from uuid import uuid4

import pytest
from msgspec import structs, to_builtins
from pytest_benchmark.fixture import BenchmarkFixture, FixtureAlreadyUsed

from harness.ab import BASE, ABRequest
from harness.contest.duel import Duel
from harness.contest.engine import Contender, Contest
from harness.contest.plan import Plan
from harness.contest.race import Race, Rule
from harness.contest.races import Races
from harness.facts import MeasuringSession
from harness.held import Held, flags_of, recorded, rounds_of
from harness.host import cpu
from harness.host.cgroups import available_bytes
from harness.measure import Entrant
from harness.options.selected_benchmarks import parameters_of
from harness.stands.contender import Repetition, ServedShare, StandContender
from harness.stands.job import Job
from harness.stands.stands import Stands
from runfile.benchmarks import BaseRecord, BenchmarkInfo

PLAIN = "written out plainly"
# The entries of a table by their contenders.
Rows = dict[str, Entrant]
ONCE = Plan(fewest_repeats=1, seconds=0.0, round_seconds=0.0)


@dataclass
class Tables:
    """The contests of a session, by the question and the table that they were held for."""

    session: MeasuringSession
    stands: Stands
    pids: Callable[[], Sequence[int]]  # processes besides our own that work for us
    versus: ABRequest | None = None  # two subjects, between which each benchmark is a contest of its own
    _held: dict[tuple[str, str], Held] = field(default_factory=dict)

    def of(self, question: str, entry: Entrant, together: Callable[[], Sequence[Entrant]]) -> Held:
        """The contest of an entry's table, held with all entries of the question that are in it if it has not been."""
        key = question, entry.table
        if key not in self._held:
            tables = tables_with(entry, together())
            if same := self._same_work(tables[entry.table]):
                self._held[key] = replace(same, rows=tuple(tables[entry.table]))
            else:
                held = self._hold_together(tables, entry)
                self._held |= {(question, table): one for table, one in held.items()}
        return self._held[key]

    def _same_work(self, rows: Rows) -> Held | None:
        """A contest of another table whose contenders did just what these are to do: it is not measured again."""
        wanted = {(name, one.job) for name, one in rows.items()}
        for held in self._held.values():
            if wanted <= {(name, one.job) for name, one in held.contenders.items()}:
                return held
        return None

    def _hold_together(self, tables: Mapping[str, Rows], entry: Entrant) -> dict[str, Held]:
        """One contest for some tables, in which the baseline takes part once."""
        contenders: dict[str, StandContender] = {}
        names: dict[str, dict[str, str]] = {}
        for table, rows in tables.items():
            names[table] = {row: row if row == one.facts.baseline else f"{row} in {table}" for row, one in rows.items()}
            for row, name in names[table].items():
                contenders.setdefault(name, replace(self._contender(rows[row]), name=name))
        races = {table: Race(list(names[table].values()), entry.question.margin) for table in tables}
        held = self.hold(list(contenders.values()), entry.table, entry.question.plan, Races(list(races.values())))
        return {table: held.table(names[table], race.decided) for table, race in races.items()}

    def beside(self, entry: Entrant) -> Held:
        """The contest of a pattern with the same program written out plainly."""
        through = self._contender(entry)
        plain = replace(through, name=PLAIN, is_baseline=True, job=replace(entry.job, program=entry.plain))
        held = self.hold([replace(through, observed=False), plain], entry.table, entry.question.plan)
        return replace(held, rows=(through.name,))

    def between(self, versus: ABRequest, entry: Entrant, rule: Duel) -> Held:
        """The contest of a benchmark in two subjects."""
        one = replace(self._contender(entry), observed=False)
        base, candidate = (
            replace(
                one,
                name=name,
                is_baseline=name == BASE,
                job=replace(entry.job, start_method=versus.start_method_of(side)),
                stands=versus.stands_for(side),
                served=ServedShare(),
                repetition=Repetition(),
            )
            for side, name in (("base", BASE), ("candidate", one.name))
        )
        held = self.hold([base, candidate], f"{entry.table} {one.name}", versus.plan, rule)
        return replace(held, rows=(one.name,))

    def once(self, entry: Entrant) -> Held:
        """A single round, which nothing is to be told from."""
        return self.hold([replace(self._contender(entry), observed=False)], entry.table, ONCE)

    def hold(self, contenders: Sequence[StandContender], title: str, plan: Plan, rule: Rule | None = None) -> Held:
        """Hold a contest, in an order that follows from the session's seed and the table."""
        seed = zlib.crc32(f"{self.session.seed} {title}".encode())
        before = cpu.read(self.pids())
        outcome = Contest(contenders, plan, seed, self.session.began, fit_together, rule=rule).hold()
        share = cpu.between(before, cpu.read(self.pids()))
        by_name = {one.name: one for one in contenders}
        for one in contenders:
            self.session.intruders |= one.intruders
        return Held(uuid4().hex[:12], tuple(by_name), by_name, outcome, share)

    def _contender(self, entry: Entrant) -> StandContender:
        return StandContender(
            name=entry.facts.contender,
            is_baseline=entry.facts.contender == entry.facts.baseline,
            job=entry.job,
            tasks=entry.facts.tasks,
            bytes=entry.bytes,
            stands=self.stands,
            limit_seconds=self.session.limit_seconds,
            observed=self.session.observing,
            server=entry.server,
        )


def fit_together(contenders: Sequence[Contender]) -> bool:
    """Whether there is memory for the workers of all of them at the same time."""
    wanted = sum(one.bytes for one in contenders if isinstance(one, StandContender))
    return wanted <= available_bytes()


@dataclass(frozen=True)
class Measurement:
    """Measures an entry, and hands what comes of it to pytest-benchmark."""

    benchmark: BenchmarkFixture
    question: str
    tables: Tables
    together: Callable[[], Sequence[Entrant]]  # all entries of this question

    def __call__(self, entry: Entrant) -> None:
        """Have the contest of the entry's table held, unless it has been, and take what is the entry's own."""
        self._begin(entry)
        if versus := self.tables.versus:
            self._duel(versus, entry)
            return
        if not self.benchmark.enabled:  # --benchmark-disable
            held = self.tables.once(entry)
        elif entry.plain:
            held = self.tables.beside(entry)
        else:
            held = self.tables.of(self.question, entry, self.together)
        if reason := held.outcome.unfit.get(entry.facts.contender):
            pytest.skip(reason)
        failures = held.outcome.failures
        if failure := failures.get(entry.facts.contender) or failures.get(PLAIN):
            pytest.fail(failure, pytrace=False)
        if self.benchmark.enabled:
            self._take(entry, held)

    def _duel(self, versus: ABRequest, entry: Entrant) -> None:
        """Have the benchmark compared between two subjects, and note down what the base took."""
        if reason := versus.lacks(entry.job):
            pytest.skip(f"not compared: {reason}")
        whole_tasks = 0
        if part := versus.part_of(entry.job):
            whole_tasks, facts = (
                entry.facts.tasks,
                structs.replace(entry.facts, tasks=part, ideal_seconds=None, waiting_seconds=0),
            )
            entry = replace(entry, facts=facts, job=replace(entry.job, tasks=part))
        rule = versus.rule(self.benchmark.name, entry.facts.contender, self.tables.session.benchmarks)
        held = self.tables.between(versus, entry, rule)
        versus.notice({contender: one.intruders for contender, one in held.contenders.items()})
        if failures := versus.explain(held.outcome.failures):
            pytest.fail(failures, pytrace=False)
        if reasons := versus.explain(held.outcome.unfit):
            pytest.skip(f"not compared: {reasons}")
        base = held.outcome.repeats[BASE]
        self._take(entry, held, BaseRecord(recorded(base), rounds_of(base), rule.threshold, rule.level, whole_tasks))

    def _begin(self, entry: Entrant) -> None:
        if self.benchmark._mode:
            self.benchmark.has_error = True
            raise FixtureAlreadyUsed("a benchmark calls one method of `measure`, once: make two benchmarks of it")
        self.benchmark._mode = "measure"
        self.benchmark.group = entry.table

    def _take(self, entry: Entrant, held: Held, versus: BaseRecord | None = None) -> None:
        """Have pytest-benchmark take the rounds, and note down what they cost and what makes them doubtful."""
        one, repeats = held.contenders[entry.facts.contender], held.outcome.repeats[entry.facts.contender]
        rounds, plain = rounds_of(repeats), held.outcome.repeats.get(PLAIN, [])
        busy = None
        if seen := one.observation:
            served = one.served.cores if one.served.seconds and entry.server else 0.0
            seconds = median(rounds) if entry.job.cold else seen.seconds
            busy = seen.cpu_seconds / seconds + served
        info = BenchmarkInfo(
            **structs.asdict(entry.facts),
            contest=held.record_of(entry.facts.contender),
            yardstick_seconds=median(repeat.yardstick_seconds for repeat in repeats),
            busy_cores=busy,
            other_cores=held.share.others,
            stolen_cores=held.share.stolen,
            flags=tuple(filter(None, flags_of(entry, held, busy, self.tables.session.connections))),
            observation=seen,
            versus=versus,
        )
        if one.served.seconds:
            kind = entry.server.kind if entry.server else "in-process"
            info = structs.replace(info, server=kind, server_loop=one.served.loop, server_cores=one.served.cores)
        if plain:
            ratio = median(ours.mean_seconds / other.mean_seconds for ours, other in zip(repeats, plain, strict=True))
            info = structs.replace(info, plain_seconds=rounds_of(plain), seam_ratio=ratio)
        self.benchmark.extra_info.update(to_builtins(info))
        # Last: from now on pytest-benchmark saves it.
        stats = self.benchmark._make_stats(1)
        for seconds in rounds:
            stats.update(seconds)


def tables_with(entry: Entrant, others: Sequence[Entrant]) -> dict[str, Rows]:
    """The rows of an entry's table, and of other tables if their question has all with the same baseline held together.

    Where the baseline of two tables is the same job, to do it once for both spares the time of the slowest.
    """
    tables: dict[str, Rows] = {entry.table: {}}
    for one in [*others, entry]:
        tables.setdefault(one.table, {})[one.facts.contender] = one

    def baseline(rows: Rows) -> Job | None:
        return next((one.job for name, one in rows.items() if name == one.facts.baseline), None)

    own = baseline(tables[entry.table]) if entry.question.shares_baseline else None
    return {table: rows for table, rows in tables.items() if table == entry.table or (own and baseline(rows) == own)}


def entries_of(
    items: Sequence[pytest.Item], measure_for: Callable[[pytest.Item, Callable[[Entrant], None]], Any]
) -> list[Entrant]:
    """What benchmarks say that they measure, by calling each with a `measure` that only takes note of it.

    What fails or skips when it is called says so when it is its turn.
    """
    entries: list[Entrant] = []
    for item in items:
        assert isinstance(item, pytest.Function)
        with suppress(Exception, pytest.skip.Exception, pytest.fail.Exception):
            item.obj(**parameters_of(item), measure=measure_for(item, entries.append))
    return entries
