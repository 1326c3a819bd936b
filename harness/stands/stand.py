"""A stand: a process that does the work of one contender and nothing else, and times its own rounds.

It is sent a job, and then told what to do, a line each; it answers each line with a line of JSON that says where it
waits (`Checkpoint`) and what it has spent so far. In between it stands still, so that others can be timed meanwhile.
What its other processes have spent is read from outside: a thread that took samples here would be measured itself.
"""

from __future__ import annotations

import gc
import importlib
import json
import multiprocessing
import os
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn, TextIO

from harness.stands import broken
from harness.stands.job import Ask, Checkpoint, Job
from harness.stands.timed_workload import Recorded, TaskRecord
from harness.surroundings import intruders, semaphores
from patterns import ENDING, NotSoManyWorkers, Pattern, Run, import_client, whole
from workloads.contract import TaskFailed, Workload, WrongAnswer, has, prepared, usable_cores
from workloads.expected import Expected
from workloads.registry import RegistryError

FAILED = 1
# The suite's workloads import them where they open them, and one's own may do so at its top.
CLIENTS = ("requests", "aiohttp", "uvloop", "encodings.idna")
# What takes no longer than this as a whole is warmed up by a whole run, so that all connections are open.
WARM_UP_SECONDS = 0.1
# More tasks for each process of a pool that computes, if the first took no longer than so many seconds: one process may
# have done all of these, and the first round of two was 4 % slower than the next ones.
MORE_EACH, SOON_SECONDS = 3, 0.25
GRACE_SECONDS = 1.0


@dataclass(frozen=True)
class Spent:
    """What this process, and the children that it has waited for, have spent so far."""

    user: float
    system: float
    voluntary: int
    involuntary: int


def spent() -> Spent:
    """CPU seconds and switches up to now."""
    try:
        import resource
    except ImportError:  # Windows, which counts no switches and does not add up what children took
        times = os.times()
        return Spent(times.user, times.system, 0, 0)
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return Spent(
        user=sum(usage.ru_utime for usage in both),
        system=sum(usage.ru_stime for usage in both),
        voluntary=sum(usage.ru_nvcsw for usage in both),
        involuntary=sum(usage.ru_nivcsw for usage in both),
    )


class Channel:
    """The lines that go to and fro. Ends the process when nobody is there to tell it what to do."""

    def __init__(self, reader: TextIO, writer: TextIO) -> None:
        self._reader, self._writer = reader, writer

    def job(self) -> Job:
        return Job(**json.loads(self._line()))

    def say(self, **report: Any) -> None:
        self._writer.write(json.dumps(report) + "\n")
        self._writer.flush()

    def wait(self, mark: Checkpoint, **report: Any) -> Ask:
        """Say where the stand is, and wait for what comes next."""
        self.say(mark=mark, **({"spent": asdict(spent())} | report))
        return Ask(self._line())

    def _line(self) -> str:
        with suppress(OSError):
            if line := self._reader.readline():
                return line.strip()
        os._exit(FAILED)


def serve(channel: Channel) -> int:
    """Do a job to its end. Returns 1 when it fails, which the last line then says."""
    job = channel.job()
    multiprocessing.set_start_method(job.start_method, force=True)
    broken.watch(job.pattern, lambda why: channel.say(failed=f"{job.workload}: {why}"))
    try:
        server_url, server_stats = _served(job)
        pattern, workload = job.find(server_url)
        check = workload.check if has(workload, "check") else partial(Expected.read(job.expected).check, workload)
        # What is prepared, and put away again, is not among what is looked at: it costs every pattern the same.
        with prepared(workload):
            # Else a full collection would go through all that was imported, in whichever round it falls: 18 ms of 40.
            gc.freeze()
            channel.wait(Checkpoint.IDLE, intruders=intruders.found(), threads=_threads())
            _JobRounds(job, channel, pattern, workload, server_stats, check).go()
            until_stopped = asdict(spent())
        channel.wait(Checkpoint.STOPPED, spent=until_stopped)
    except NotSoManyWorkers as error:
        channel.say(failed=str(error), unfit=True)
    except (TaskFailed, WrongAnswer, RegistryError) as error:
        channel.say(failed=str(error))
    except BrokenExecutor as error:
        channel.say(failed=f"{job.workload}: {broken.explain(error, job.pattern)}")
    except ExceptionGroup as group:
        traceback.print_exc()
        first = group.exceptions[0]
        channel.say(
            failed=f"{job.workload}: {job.pattern} raised an ExceptionGroup, of {type(first).__name__}: {first}; "
            "unless the task did, have the pattern raise the task's own exception, see docs/extending.md"
        )
    except Exception as error:
        if reason := semaphores.explain(error):
            channel.say(failed=f"{job.pattern} cannot run here: {reason}", unfit=True)
        else:
            traceback.print_exc()
            channel.say(failed=f"{job.workload}: {type(error).__name__}: {error}")
    except BaseException as error:  # such as SystemExit or CancelledError
        traceback.print_exc()
        channel.say(failed=f"{job.workload}: {ENDING.format(type(error).__name__)}")
    else:
        return 0
    return FAILED


def _threads() -> int:
    """How many threads this process has, those of libraries in C included where the system tells."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()


def _served(job: Job) -> tuple[str, Callable[[], dict[str, Any]] | None]:
    """The server to download from, and what tells its figures when it is one of the stand's own."""
    if not job.server:
        return job.server_url, None
    from harness.servers.in_process import KINDS  # here, as only these jobs need it

    # It ends with the process: to stop it takes half a second.
    server = KINDS[job.server]().__enter__()
    return server.url, lambda: asdict(server.stats())


@dataclass(frozen=True)
class _JobRounds:
    """The rounds of a job."""

    job: Job
    channel: Channel
    pattern: Pattern
    workload: Workload
    server_stats: Callable[[], dict[str, Any]] | None
    check: Callable[[Sequence[Any]], None]

    def go(self) -> None:
        """Warm up, then do rounds for as long as they are asked for, and stop."""
        import_client(self.pattern, self.workload)
        with self._started() as run:
            first = self._warm_up(run)
            if not self.job.cold:
                ask = self.channel.wait(Checkpoint.READY, first=first, **self._server())
                while ask is Ask.GO:
                    ask = self.channel.wait(Checkpoint.RAN, **self._round(run))
                return
        ask = self.channel.wait(Checkpoint.READY, **self._server())
        while ask is Ask.GO:
            if self.job.recorded:
                ask = self._observed_cold_round()
            else:
                ask = self.channel.wait(Checkpoint.RAN, **self._round(self._program()))

    def _observed_cold_round(self) -> Ask:
        """A cold round that stands still while its workers are there to be looked at, which is not timed."""
        started = time.perf_counter()
        with self._started() as run:
            starting = time.perf_counter() - started
            report = self._round(run)
            self.channel.wait(Checkpoint.RAN, **report)
            started = time.perf_counter()
        stopping = time.perf_counter() - started
        return self.channel.wait(Checkpoint.LEFT, seconds=starting + report["seconds"] + stopping)

    def _started(self) -> Any:
        workload: Any = Recorded(self.workload) if self.job.recorded else self.workload
        return self.pattern.start(workload, self.job.workers)

    def _program(self) -> Run:
        """A cold round: with starting and stopping the workers."""
        if not self.job.program:
            return whole(self.pattern, self.workload, self.job.workers)
        module, _, name = self.job.program.partition(":")
        plain = getattr(importlib.import_module(module), name)
        return lambda _: plain(self.workload, self.job.workers)  # it has the tasks of the workload

    def _warm_up(self, run: Run) -> float | None:
        """Import what is needed and open connections: some tasks for each worker, or all where that takes no time.

        Returns how long all of them took, if they were done after the others.
        """
        tasks, workers = self.workload.tasks, self.job.workers
        some = tasks[:workers] if self.pattern.worker_bytes else tasks[:1]
        before = time.perf_counter()
        run(some)
        seconds = time.perf_counter() - before
        if len(some) < len(tasks) and seconds / len(some) * len(tasks) < WARM_UP_SECONDS:
            started = time.perf_counter()
            run(tasks)
            return time.perf_counter() - started
        if self.pattern.pickles and 1 < workers <= usable_cores() and seconds < SOON_SECONDS:
            run(tasks[: MORE_EACH * workers])
        return None

    def _round(self, run: Run) -> dict[str, Any]:
        """Run all tasks, time that, and check what comes of it."""
        tasks = self.workload.tasks
        collecting = gc.isenabled() and self.job.disable_gc
        if collecting:
            gc.disable()
        started = time.perf_counter()
        results = run(tasks)
        seconds = time.perf_counter() - started
        if collecting:
            gc.enable()
        report = {"seconds": seconds, "spent": asdict(spent())} | self._server()
        if self.job.recorded:
            done: Sequence[TaskRecord] = results
            results = [task.result for task in done]
            report["tasks"] = _timeline(done, started)
        self.check(results)
        return report

    def _server(self) -> dict[str, Any]:
        return {"server": self.server_stats()} if self.server_stats else {}


def _timeline(done: Sequence[TaskRecord], started: float) -> list[tuple[int, float, float]]:
    """Worker, start and end of each task; workers are numbered in the order of their tasks."""
    workers = {worker: number for number, worker in enumerate(dict.fromkeys(task.worker for task in done))}
    return [(workers[task.worker], task.started - started, task.ended - started) for task in done]


def serve_and_end(channel: Channel) -> NoReturn:
    """Do a job, and end the process however that ends."""
    code = FAILED
    try:
        code = serve(channel)
    except BaseException:  # a task's SystemExit, too
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        # At once: there is nothing left to put in order, and no thread is waited for.
        os._exit(code)


def import_clients() -> None:
    """Import the clients that there are, before it is looked at what memory is taken without any work.

    What they take would otherwise count for a workload that imports them late, and not for one that does so early.
    """
    for client in CLIENTS:
        if find_spec(client):
            importlib.import_module(client)


def _have_it_ended_with_the_holder() -> None:
    """Have another process end this one and all that it starts, should its holder be killed amid a round.

    That process sees the other end of standard input close. It is nobody's child, so as not to count as a worker.
    """
    if not hasattr(os, "fork"):
        return
    if child := os.fork():
        os.waitpid(child, 0)
        return
    if not os.fork():
        with Path(os.devnull).open("w") as nothing:
            os.dup2(nothing.fileno(), 1)  # whoever reads there waits for the stand's end alone
        poll = select.poll()
        poll.register(0, 0)
        poll.poll()
        time.sleep(GRACE_SECONDS)  # for a holder that has just closed it, and ends the stand itself
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def main() -> NoReturn:
    """Be a stand over standard input and output, where there is no fork server."""
    _have_it_ended_with_the_holder()
    # What the tasks print goes to standard error, and they have nothing to read: the pipes are for the holder alone.
    reader, writer = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    import_clients()
    serve_and_end(Channel(reader, writer))


if __name__ == "__main__":
    main()
