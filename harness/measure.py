"""How a benchmark is measured: the `measure` fixture.

A round is timed; its results are checked after it, outside the timed part; and at the end the requests that the server
has seen are counted. Then the same work is observed once, in a process of its own. Whatever fails, fails the
benchmark, which is then not saved.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, NoReturn

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import patterns
from harness import cpu, flags
from harness.effort import WARM_UP_SECONDS
from harness.environment import lacks_files_for, lacks_memory_for
from harness.facts import BASELINE, Case, Facts, Lifecycle, Program, Row, SeamCost, Session
from harness.limit import OutOfTime, TimeLimit
from harness.machine import usable_cores
from harness.observation import ObservationFailed, observe
from harness.observed import Job
from harness.server import Server, ServerError
from harness.yardstick import yardstick_seconds
from patterns import Pattern, import_client, whole
from workloads import registry
from workloads.contract import Served, TaskFailed, Workload, WrongAnswer, made_ready


class Measure:
    """Measures one pattern on one workload; a benchmark calls one of its methods, once."""

    def __init__(self, benchmark: BenchmarkFixture, question: str, session: Session, server: Server) -> None:
        self._benchmark = benchmark
        self._question = question
        self._session = session
        self._server = server
        self._limit = TimeLimit(session.limit_seconds)
        self._tasks_done = 0
        self._busy_seconds = 0.0
        self._warm_up_tasks = 1

    def against(self, server: Server) -> Measure:
        """The same, with the downloads from another server."""
        return Measure(self._benchmark, self._question, self._session, server)

    def warm(self, pattern: str, workload: str, *, workers: int, tasks: int = 0, row: Row | None = None) -> None:
        """Time `run` on workers that are already up.

        `tasks` repeats the workload's tasks until there are so many; `row` places the benchmark in another table.
        """
        case = Case(pattern, workload, workers, tasks, Lifecycle.WARM)
        how, what = self._prepare(case, row)
        with self._held_to_account(how, what), how.start(what, workers) as run:
            self._repeat(run, what, workers)
        self._observe(case, what)

    def cold(self, pattern: str, workload: str, *, workers: int, tasks: int = 0, row: Row | None = None) -> None:
        """Time the whole of it: starting the workers, running the tasks, stopping the workers."""
        case = Case(pattern, workload, workers, tasks, Lifecycle.COLD)
        how, what = self._prepare(case, row)
        with self._held_to_account(how, what):
            self._repeat(whole(how, what, workers), what, workers)
        self._observe(case, what)

    def beside(self, plain: Callable[[Any, int], list[Any]], pattern: str, workload: str, *, workers: int) -> None:
        """Time the whole of it beside `plain(workload, workers)`, the same program without the seam.

        The two take turns, the plain one first in every other pair, so that neither gains from a machine that
        gets faster or slower. The ratio is told at the end of the session and saved with the benchmark.
        """
        how, what = self._prepare(Case(pattern, workload, workers, 0, Lifecycle.COLD), None)
        plain_seconds: list[float] = []
        seam_rounds = 0

        def run_plain() -> None:
            results, seconds = self._run(lambda _: plain(what, workers), what.tasks)
            plain_seconds.append(seconds)
            what.check(results)

        def before() -> None:
            if seam_rounds % 2 == 0:
                run_plain()

        def after() -> None:
            nonlocal seam_rounds
            if seam_rounds % 2 == 1:
                run_plain()
            seam_rounds += 1

        with self._held_to_account(how, what):
            self._repeat(whole(how, what, workers), what, workers, before=before, after=after)
        if not self._benchmark.enabled:  # --benchmark-disable: nothing was timed
            return
        pairs = list(zip(self._timed_rounds(), plain_seconds, strict=True))
        cost = SeamCost(self._benchmark.name, len(pairs), statistics.median(seam / plain for seam, plain in pairs))
        self._benchmark.extra_info.update(plain_seconds=plain_seconds, seam_ratio=cost.ratio)
        self._session.seam_costs.append(cost)

    def _prepare(self, case: Case, row: Row | None) -> tuple[Pattern, Workload]:
        """Find both, skip with the reason what cannot run here, and note down what is measured."""
        how, what = patterns.get(case.pattern), registry.get(case.workload)
        reason = (
            how.unavailable()
            or how.unsuited(what)
            or lacks_files_for(case.workers)
            or lacks_memory_for(case.workers, how.worker_bytes)
        )
        if reason:
            pytest.skip(f"{case.pattern} cannot run here: {reason}")
        try:
            what = made_ready(what, case.tasks, lambda: self._server.url)
        except ServerError as error:
            self._fail(str(error))
        workers = f"{case.workers} worker{'s' if case.workers > 1 else ''}"
        table = f"{self._question}: {what.name}, {workers}, {case.lifecycle}"
        row = row or Row(self._benchmark.group or table, contender=how.name, baseline=BASELINE)
        self._benchmark.group = row.table
        facts = Facts(
            question=self._question,
            pattern=how.name,
            workload=what.name,
            workers=case.workers,
            tasks=len(what.tasks),
            lifecycle=case.lifecycle,
            contender=row.contender,
            baseline=row.baseline,
            ideal_seconds=what.ideal_seconds(case.workers, usable_cores()),
        )
        self._benchmark.extra_info.update(asdict(facts))
        return how, what

    def _repeat(
        self,
        program: Program,
        workload: Workload,
        workers: int,
        before: Callable[[], None] = lambda: None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        """Warm a program up, then run it in timed rounds, and check the results of each.

        `before` and `after` are called around each timed round, outside the timed part.
        """
        results: list[Any] = []

        def timed() -> None:
            nonlocal results
            results, _ = self._run(program, workload.tasks)

        def check() -> None:
            nonlocal results
            answers, results = results, []
            workload.check(answers)

        def before_a_round() -> None:
            before()
            self._limit.begin()

        def after_a_round() -> None:
            self._limit.end()
            check()
            after()

        # Before the warm-up, which does the same: of a quarter of a second or less, nothing can be told.
        yardstick, spent = yardstick_seconds(), cpu.read(self._server.pids())
        seconds = self._warm_up(program, workload, workers)
        self._benchmark.pedantic(
            timed,
            setup=before_a_round,
            teardown=after_a_round,
            rounds=self._session.rounds.of(seconds),
        )
        if not self._benchmark.enabled:  # --benchmark-disable: one run, without teardown
            self._limit.end()
            check()
            return
        share = cpu.between(spent, cpu.read(self._server.pids()))
        self._benchmark.extra_info.update(
            yardstick_seconds=(yardstick + yardstick_seconds()) / 2,
            busy_cores=share.own,
            other_cores=share.others,
            stolen_cores=share.stolen,
            flags=[],
        )
        self._raise(flags.noisy(self._timed_rounds(), share))
        if isinstance(workload, Served):
            self._raise(flags.cpu_saturated(share, usable_cores()))

    def _run(self, program: Program, tasks: Sequence[Any]) -> tuple[list[Any], float]:
        """The results of a program, and how many seconds it took; both the tasks and the time are counted."""
        started = time.perf_counter()
        results = program(tasks)
        seconds = time.perf_counter() - started
        self._tasks_done += len(tasks)
        self._busy_seconds += seconds
        return results, seconds

    def _warm_up(self, program: Program, workload: Workload, workers: int) -> float:
        """Import what is needed, open the connections, and return about how many seconds a run takes."""
        tasks = workload.tasks

        def run_once(some: Sequence[Any]) -> float:
            self._limit.begin()
            results, seconds = self._run(program, some)
            self._limit.end()
            if len(some) == len(tasks):
                workload.check(results)
            return seconds

        some = tasks[:workers]
        seconds = run_once(some)
        # A task for each worker; where that takes long, opening a connection more or less is not seen.
        self._warm_up_tasks = len(some) if seconds < WARM_UP_SECONDS else 1
        whole = seconds * len(tasks) / len(some)
        return whole if whole > WARM_UP_SECONDS or len(some) == len(tasks) else run_once(tasks)

    def _timed_rounds(self) -> list[float]:
        assert self._benchmark.stats is not None
        return list(self._benchmark.stats.stats.data)

    def _raise(self, flag: flags.Flag | None) -> None:
        if flag:
            self._benchmark.extra_info["flags"].append(asdict(flag))

    def _observe(self, case: Case, what: Workload) -> None:
        """Run the same work once more, untimed, in a process of its own, unless that has been seen in this session.

        A server in this process would not be in that one.
        """
        if not (self._session.observing and self._benchmark.enabled) or self._server.kind == "in-process":
            return
        try:
            url = self._server.url if isinstance(what, Served) else ""
        except ServerError as error:
            self._fail(str(error))
        job = Job(
            pattern=case.pattern,
            workload=case.workload,
            workers=case.workers,
            cold=case.lifecycle is Lifecycle.COLD,
            start_method=multiprocessing.get_start_method(),
            limit_seconds=self._session.limit_seconds,
            warm_up_tasks=self._warm_up_tasks,
            server_url=url,
            tasks=case.tasks,
            file=self._session.workload_file,
        )
        try:
            if job not in self._session.observations:
                self._session.observations[job] = observe(job)
        except ObservationFailed as error:
            self._fail(str(error))
        except BaseException:
            self._benchmark.has_error = True
            raise
        self._benchmark.extra_info["observation"] = asdict(self._session.observations[job])

    @contextmanager
    def _held_to_account(self, pattern: Pattern, workload: Workload) -> Iterator[None]:
        """Turn what goes wrong into a sentence, and for a served workload, hold the server's count against ours."""
        try:
            with self._limit:
                import_client(pattern, workload)
                if isinstance(workload, Served):
                    with self._requests_counted(workload):
                        yield
                else:
                    yield
        except OutOfTime as error:
            self._session.stuck = self._benchmark.name
            self._fail(f"{workload.name}: {error}")
        except BrokenExecutor:
            self._fail(
                f"{workload.name}: a worker of {pattern.name} ended before its task was done: look whether the system "
                "was out of memory or somebody killed it, and give it fewer workers or more memory"
            )
        except (TaskFailed, WrongAnswer, ServerError) as error:
            ended = self._server.explain() if isinstance(workload, Served) else None
            self._fail(f"{ended} while this benchmark ran: {error}" if ended else str(error))
        except BaseException as error:
            # Ctrl-C included: pytest-benchmark would save what has no rounds.
            self._benchmark.has_error = True
            if self._session.workload_file and isinstance(error, Exception):
                self._fail(f"{workload.name}: {type(error).__name__}: {error}")
            raise

    @contextmanager
    def _requests_counted(self, workload: Workload) -> Iterator[None]:
        before = self._server.stats()
        yield
        after = self._server.stats()
        seen, asked = after.requests - before.requests, self._tasks_done
        if seen != asked:
            self._fail(
                f"the server saw {seen} requests and {asked} were made: "
                "something on the way drops or repeats them, or another program uses the server"
            )
        cores = (after.cpu_seconds - before.cpu_seconds) / self._busy_seconds
        self._benchmark.extra_info.update(server=self._server.kind, server_loop=after.loop, server_cores=cores)
        if self._benchmark.enabled:
            shared = self._server.kind == "in-process"
            self._raise(flags.shares_the_server(cores) if shared else flags.server_bound(cores))

    def _fail(self, sentence: str) -> NoReturn:
        self._benchmark.has_error = True
        pytest.fail(sentence, pytrace=False)
