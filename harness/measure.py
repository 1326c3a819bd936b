"""What a benchmark says: which pattern it measures on which workload, and which row of which table that is.

It is given as the `measure` fixture. `harness.tables` has what happens then.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import patterns
from harness.contest.plan import Plan
from harness.contest.race import MARGIN
from harness.facts import BASELINE, Case, Lifecycle, MeasuringSession, TablePlace
from harness.host.environment import lacks_files_for, lacks_memory_for
from harness.host.machine import usable_cores
from harness.servers.server import OtherRoundTrip, Server, ServerError
from harness.stands.job import Job
from harness.surroundings.intruders import untraced
from runfile.benchmarks import BenchmarkWork
from runfile.runs import SCHEMA
from workloads import registry
from workloads.contract import Served, made_ready, network_of, waiting_seconds
from workloads.network import Address

Plain = Callable[[Any, int], list[Any]]


@dataclass(frozen=True)
class AskedQuestion:
    """What a benchmark function asks, such as "io-bound", and the marks on it, which say how its tables are held."""

    name: str
    plan: Plan
    group: str | None = None  # the table that all of its benchmarks are in, if it says so
    margin: float = MARGIN  # within how many times the best of a race the others are as good
    shares_baseline: bool = False  # whether tables whose baseline is the same job are held as one contest


@dataclass(frozen=True)
class Entrant:
    """A benchmark with its place in a table, and the job that it is."""

    facts: BenchmarkWork
    table: str
    job: Job
    server: Server | None  # whose requests are counted; None if there are none, or it is in the process of its clients
    bytes: int  # about what its workers take together
    question: AskedQuestion
    plain: str = ""  # "module:function", the same program without the seam, to be timed beside it


@dataclass(frozen=True)
class Measure:
    """Measures one pattern on one workload; a benchmark calls one of its methods, once."""

    question: AskedQuestion
    session: MeasuringSession
    server: Server
    then: Callable[[Entrant], None]  # what is done with what the benchmark says

    def warm(
        self,
        pattern: str,
        workload: str,
        *,
        workers: int,
        tasks: int = 0,
        row: TablePlace | None = None,
        server: str = "",
    ) -> None:
        """Time `run` on workers that are already up.

        `tasks` repeats the workload's tasks until there are so many; `row` places the benchmark in another table;
        `server` is a kind of server that shares the process of its clients (`harness.servers.in_process`).
        """
        self.then(self._entry(Case(pattern, workload, workers, tasks, Lifecycle.WARM), row, server))

    def cold(self, pattern: str, workload: str, *, workers: int, tasks: int = 0, row: TablePlace | None = None) -> None:
        """Time the whole of it: starting the workers, running the tasks, stopping the workers."""
        self.then(self._entry(Case(pattern, workload, workers, tasks, Lifecycle.COLD), row))

    def beside(self, plain: Plain, pattern: str, workload: str, *, workers: int) -> None:
        """Time the whole of it beside `plain(workload, workers)`, the same program without the seam, in turns.

        The ratio is shown at the end of the session and saved with the benchmark.
        """
        self.then(self._entry(Case(pattern, workload, workers, 0, Lifecycle.COLD), None, plain=plain))

    def _entry(self, case: Case, row: TablePlace | None, server: str = "", plain: Plain | None = None) -> Entrant:
        """What is measured. Skips with the reason what cannot run here."""
        how, what = patterns.get(case.pattern), registry.get(case.workload)
        reason = (
            how.unavailable()
            or how.unsuited(what)
            or self.session.unsuited.get(case.pattern)
            or lacks_files_for(case.workers)
            or lacks_memory_for(case.workers, how.worker_bytes)
        )
        if reason:
            pytest.skip(f"{case.pattern} cannot run here: {reason}")
        asked, address = None, Address("")
        try:
            if isinstance(what, Served) and not server:
                network = network_of(what)
                asked = self.server.behind(network.round_trip_ms)
                address = asked.address(network)
        except OtherRoundTrip as error:
            pytest.skip(f"{what.name} is not measured: {error}")
        except ServerError as error:
            pytest.fail(str(error), pytrace=False)
        what = made_ready(what, case.tasks, lambda _: address)
        workers = f"{case.workers} worker{'s' if case.workers > 1 else ''}"
        table = f"{self.question.name}: {what.name}, {workers}, {case.lifecycle}"
        row = row or TablePlace(self.question.group or table, contender=how.name, baseline=BASELINE)
        with untraced():  # it may be measured in this process
            ideal = what.ideal_seconds(case.workers, usable_cores())
        facts = BenchmarkWork(
            question=self.question.name,
            pattern=how.name,
            workload=what.name,
            workers=case.workers,
            tasks=len(what.tasks),
            lifecycle=case.lifecycle,
            contender=row.contender,
            baseline=row.baseline,
            ideal_seconds=ideal,
            schema=SCHEMA,
            waiting_seconds=waiting_seconds(what, workers_of(case)),
        )
        job = Job(
            pattern=case.pattern,
            workload=case.workload,
            workers=workers_of(case),
            cold=case.lifecycle is Lifecycle.COLD,
            start_method=multiprocessing.get_start_method(),
            tasks=case.tasks,
            server_url=address.url,
            authority=address.authority,
            server=server,
            file=self.session.workload_file,
            expected=self.session.expected_file,
            disable_gc=self.session.disable_gc,
        )
        program = f"{plain.__module__}:{plain.__qualname__}" if plain else ""
        memory = case.workers * how.worker_bytes
        return Entrant(facts, row.table, job, asked, memory, self.question, program)


def workers_of(case: Case) -> int:
    """How many workers do the work: the baseline has one, whatever it is given."""
    return 1 if case.pattern == BASELINE else case.workers
