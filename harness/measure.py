"""How a benchmark is measured: the `measure` fixture.

A round is timed; its results are checked after it, outside the timed part; and at the end the requests that the server
has seen are counted. Whatever fails, fails the benchmark, which is then not saved.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, NoReturn

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import patterns
from harness.environment import lacks_files_for
from harness.machine import usable_cores
from harness.server import Server, ServerError, ask
from patterns import Pattern
from workloads import registry
from workloads.contract import Served, TaskFailed, Workload, WrongAnswer

SCHEMA = 1
# A benchmark that takes no time is not repeated for ever.
MAX_ROUNDS = 20

Program = Callable[[], list[Any]]


class Lifecycle(StrEnum):
    """What a round covers."""

    COLD = "cold"  # start, run and stop: what a script pays
    WARM = "warm"  # run on workers that are up: what a service pays


@dataclass(frozen=True)
class Facts:
    """What a saved benchmark keeps under `extra_info`. Durations are in seconds."""

    pattern: str
    workload: str
    workers: int
    tasks: int
    lifecycle: Lifecycle
    ideal_seconds: float
    schema: int = SCHEMA


@dataclass(frozen=True)
class Rounds:
    """How often a benchmark is repeated: until `max_seconds` are spent, but `fewest` times at least."""

    fewest: int
    max_seconds: float

    def of(self, seconds: float) -> int:
        """The number of rounds for a program that takes so many seconds."""
        wanted = self.max_seconds / seconds if seconds > 0 else MAX_ROUNDS
        return max(self.fewest, math.ceil(max(0, min(MAX_ROUNDS, wanted))))


@dataclass(frozen=True)
class SeamCost:
    """A program through the seam beside the same program written out plainly."""

    benchmark: str
    pairs: int
    ratio: float


class Measure:
    """Measures one pattern on one workload; a benchmark calls one of its methods, once."""

    def __init__(
        self,
        benchmark: BenchmarkFixture,
        question: str,
        rounds: Rounds,
        server: Server,
        seam_costs: list[SeamCost],
    ) -> None:
        self._benchmark = benchmark
        self._question = question
        self._rounds = rounds
        self._server = server
        self._seam_costs = seam_costs
        self._runs = 0
        self._busy_seconds = 0.0

    def warm(self, pattern: str, workload: str, *, workers: int) -> None:
        """Time `run` on workers that are already up."""
        how, what = self._prepare(pattern, workload, workers, Lifecycle.WARM)
        with self._observed(what), how.start(what, workers) as run:
            self._repeat(lambda: run(what.tasks), what)

    def cold(self, pattern: str, workload: str, *, workers: int) -> None:
        """Time the whole of it: starting the workers, running the tasks, stopping the workers."""
        how, what = self._prepare(pattern, workload, workers, Lifecycle.COLD)
        with self._observed(what):
            self._repeat(lambda: _whole(how, what, workers), what)

    def beside(self, plain: Callable[[Any, int], list[Any]], pattern: str, workload: str, *, workers: int) -> None:
        """Time the whole of it beside `plain(workload, workers)`, the same program without the seam.

        The two take turns, the plain one first in every other pair, so that neither gains from a machine that
        gets faster or slower. The ratio is told at the end of the session and saved with the benchmark.
        """
        how, what = self._prepare(pattern, workload, workers, Lifecycle.COLD)
        plain_seconds: list[float] = []
        seam_rounds = 0

        def run_plain() -> None:
            started = time.perf_counter()
            results = plain(what, workers)
            plain_seconds.append(time.perf_counter() - started)
            what.check(results)
            self._count(plain_seconds[-1])

        def before() -> None:
            if seam_rounds % 2 == 0:
                run_plain()

        def after() -> None:
            nonlocal seam_rounds
            if seam_rounds % 2 == 1:
                run_plain()
            seam_rounds += 1

        with self._observed(what):
            self._repeat(lambda: _whole(how, what, workers), what, before=before, after=after)
        if not self._benchmark.enabled:  # --benchmark-disable: nothing was timed
            return
        assert self._benchmark.stats is not None
        pairs = list(zip(self._benchmark.stats.stats.data, plain_seconds, strict=True))
        cost = SeamCost(self._benchmark.name, len(pairs), statistics.median(seam / plain for seam, plain in pairs))
        self._benchmark.extra_info.update(plain_seconds=plain_seconds, seam_ratio=cost.ratio)
        self._seam_costs.append(cost)

    def _prepare(self, pattern: str, workload: str, workers: int, lifecycle: Lifecycle) -> tuple[Pattern, Workload]:
        """Find both, skip with the reason what cannot run here, and note down what is measured."""
        how, what = patterns.get(pattern), registry.get(workload)
        reason = how.unavailable() or lacks_files_for(workers)
        if reason:
            pytest.skip(f"{pattern} cannot run here: {reason}")
        if isinstance(what, Served):
            try:
                what = what.at(self._server.url)
            except ServerError as error:
                self._fail(str(error))
        facts = Facts(
            pattern=how.name,
            workload=what.name,
            workers=workers,
            tasks=len(what.tasks),
            lifecycle=lifecycle,
            ideal_seconds=what.ideal_seconds(workers, usable_cores()),
        )
        self._benchmark.extra_info.update(asdict(facts))
        if self._benchmark.group is None:
            self._benchmark.group = f"{self._question}: {what.name}, {workers} workers, {lifecycle}"
        return how, what

    def _repeat(
        self,
        program: Program,
        workload: Workload,
        before: Callable[[], None] = lambda: None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        """Run a program once to warm up, then in timed rounds, and check the results of each.

        `before` and `after` are called around each timed round, outside the timed part.
        """
        results: list[Any] = []

        def timed() -> None:
            nonlocal results
            started = time.perf_counter()
            results = program()
            self._count(time.perf_counter() - started)

        def check() -> None:
            nonlocal results
            answers, results = results, []
            workload.check(answers)

        def check_and_go_on() -> None:
            check()
            after()

        timed()
        check()
        self._benchmark.pedantic(
            timed,
            setup=before,
            teardown=check_and_go_on,
            rounds=self._rounds.of(self._busy_seconds),
        )
        if not self._benchmark.enabled:  # --benchmark-disable: one run, without teardown
            check()

    def _count(self, seconds: float) -> None:
        self._runs += 1
        self._busy_seconds += seconds

    @contextmanager
    def _observed(self, workload: Workload) -> Iterator[None]:
        """Turn what goes wrong into a sentence, and for a served workload, hold the server's count against ours."""
        try:
            if not isinstance(workload, Served):
                yield
                return
            url = self._server.url
            before = ask(url)
            yield
            after = ask(url)
            seen, asked = after.requests - before.requests, self._runs * len(workload.tasks)
            if seen != asked:
                self._fail(
                    f"the server saw {seen} requests and {asked} were made: "
                    "something on the way drops or repeats them, or another program uses the server"
                )
            self._benchmark.extra_info.update(
                server=self._server.kind,
                server_loop=after.loop,
                server_cores=(after.cpu_seconds - before.cpu_seconds) / self._busy_seconds,
            )
        except (TaskFailed, WrongAnswer, ServerError) as error:
            ended = self._server.explain() if isinstance(workload, Served) else None
            self._fail(f"{ended} while this benchmark ran: {error}" if ended else str(error))
        except BaseException:
            # Ctrl-C included: pytest-benchmark would save what has no rounds.
            self._benchmark.has_error = True
            raise

    def _fail(self, sentence: str) -> NoReturn:
        self._benchmark.has_error = True
        pytest.fail(sentence, pytrace=False)


def _whole(pattern: Pattern, workload: Workload, workers: int) -> list[Any]:
    with pattern.start(workload, workers) as run:
        return run(workload.tasks)
