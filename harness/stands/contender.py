"""A pattern on a workload as a contender: its rounds are done by stands, and what they cost is noted down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from harness.contest.engine import ContenderFailed, ContenderUnfit, Entered, Round
from harness.servers.server import Server, ServerError
from harness.stands.handle import Stand, StandFailed, StandUnfit
from harness.stands.job import Ask, Checkpoint, Job
from harness.stands.observation import Observer
from harness.stands.stands import Stands
from runfile.benchmarks import Observation
from workloads.server import ServerStats

# To note down a task takes about a microsecond (`tools/recording_cost.py`). Where a task takes 100 times as long of a
# round, a round that is noted down counts like any other: it is one of three repeats or more, which differ by percents.
RECORDING_SECONDS = 1e-6
NEGLIGIBLE = 1 / 100


@dataclass
class ServedShare:
    """What the server of a contender has had to do in its rounds."""

    loop: str = ""
    cpu_seconds: float = 0.0
    seconds: float = 0.0

    @property
    def cores(self) -> float:
        return self.cpu_seconds / self.seconds


@dataclass
class Repetition:
    """How long all tasks took the first time in a process, and how many times faster they were later."""

    first_seconds: list[float] = field(default_factory=list)
    faster: list[float] = field(default_factory=list)


@dataclass
class StandContender:
    """Does its rounds in stands. `server` is None for what needs none; `tasks` is how many there are in a round."""

    name: str
    is_baseline: bool
    job: Job
    tasks: int
    bytes: int  # about what its workers take together
    stands: Stands
    limit_seconds: float
    observed: bool = True
    server: Server | None = None
    served: ServedShare = field(default_factory=ServedShare)
    repetition: Repetition = field(default_factory=Repetition)
    observation: Observation | None = None
    intruders: dict[str, str] = field(default_factory=dict)  # what has got into its stands

    @contextmanager
    def enter(self, repeat: int) -> Iterator[Entered]:
        """A stand that gets warm. In the first repeat it is observed."""
        job = replace(self.job, recorded=repeat == 1 and self.observed and not self.job.program)
        with self.failing(), self.stands.open(job, self.limit_seconds, repeat) as stand:
            observer = Observer(stand, job) if job.recorded else None
            idle = stand.begin()
            self.intruders |= idle.get("intruders", {})  # the stand of an older checkout does not look
            if observer:
                observer.look(Checkpoint.IDLE, idle)
            stand.tell(Ask.START)
            rounds = _Rounds(self, stand, observer)
            yield Entered(rounds.run, rounds.wait, rounds.leave)
            rounds.leave()
            stopped = stand.hear(Checkpoint.STOPPED)
            if observer:
                observer.look(Checkpoint.STOPPED, stopped)
                self.observation = observer.result()

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Have what fails do so in the terms of a contest."""
        try:
            yield
        except StandUnfit as error:
            raise ContenderUnfit(str(error)) from error
        except (StandFailed, ServerError) as error:
            ended = self.server.explain() if self.server else None
            raise ContenderFailed(f"{ended} while this benchmark ran: {error}" if ended else str(error)) from error


@dataclass
class _Rounds:
    """The rounds of a repeat."""

    contender: StandContender
    stand: Stand
    observer: Observer | None
    last: dict[str, Any] = field(default_factory=dict)  # what the stand said before
    has_left: bool = False
    first: float | None = None  # what all tasks took when this process did them for the first time

    def wait(self) -> None:
        """Return when it is warm."""
        with self.contender.failing():
            self.last = self.stand.hear(Checkpoint.READY)
            self.first = self.last.get("first")
            if self.observer:
                self.observer.look(Checkpoint.READY, self.last)

    def leave(self) -> None:
        """Have it stop, without waiting for it."""
        if not self.has_left:
            self.stand.tell(Ask.STOP)
        self.has_left = True

    def run(self) -> Round:
        """Do a round."""
        with self.contender.failing():
            before = self._stats()
            report = self.last = self.stand.ask(Ask.GO, Checkpoint.RAN)
            if self.observer:
                self.observer.look(Checkpoint.RAN, report)
            if self.observer and self.stand.job.cold:
                report = self.stand.ask(Ask.GO, Checkpoint.LEFT)
                self.observer.look(Checkpoint.LEFT, report)
            seconds: float = report["seconds"]
            self._compare_with_the_first(seconds)
            self._count_requests(before, self._stats(), seconds)
        # It is evidence like any other, unless noting down its tasks has made it longer.
        noting = RECORDING_SECONDS * self.contender.tasks if self.stand.job.recorded else 0.0
        return Round(seconds, noting <= NEGLIGIBLE * seconds)

    def _compare_with_the_first(self, seconds: float) -> None:
        """Note down how much faster than the first time it was; cold rounds start their workers anew."""
        if self.stand.job.cold:
            return
        if self.first is None:
            self.first = seconds
            return
        self.contender.repetition.first_seconds.append(self.first)
        self.contender.repetition.faster.append(self.first / max(seconds, 1e-9))

    def _stats(self) -> ServerStats | None:
        """What the server has done so far."""
        if told := self.last.get("server"):
            return ServerStats(**told)
        return self.contender.server.stats() if self.contender.server else None

    def _count_requests(self, before: ServerStats | None, after: ServerStats | None, seconds: float) -> None:
        """Hold the server's count against ours. Raises ContenderFailed."""
        if before is None or after is None:
            return
        seen, asked = after.requests - before.requests, self.contender.tasks
        if seen != asked:
            raise ContenderFailed(
                f"the server saw {seen} requests and {asked} were made: "
                "something on the way drops or repeats them, or another program uses the server"
            )
        served = self.contender.served
        served.loop = after.loop
        served.cpu_seconds += after.cpu_seconds - before.cpu_seconds
        served.seconds += seconds
