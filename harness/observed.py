"""The program that is observed: one pattern on one workload, in a process that does nothing else.

    python -m harness.observed '{"pattern": "asyncio", "workload": "download-talk", …}'

It stands still at each of `Mark`, says so in a line of JSON, and goes on when it is sent a line. What has been spent up
to there is read by `harness.observation` from outside: a thread that took samples in here would be measured itself.
"""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO

import patterns
from harness.recorded import Done, Recorded
from patterns import Pattern, Run, import_client
from workloads import registry
from workloads.contract import TaskFailed, Workload, WrongAnswer, made_ready

FAILED = 1

reports: TextIO


class Mark(StrEnum):
    """Where the program stands still."""

    IDLE = "idle"  # everything of the suite is loaded, and nothing of the pattern or the client
    READY = "ready"  # what comes next is what is observed
    RAN = "ran"  # all tasks are done and the workers are still there
    STOPPED = "stopped"  # and now they have been stopped


@dataclass(frozen=True)
class Job:
    """What to observe; strings and numbers, since it travels on a command line."""

    pattern: str
    workload: str
    workers: int
    cold: bool
    start_method: str
    limit_seconds: float
    warm_up_tasks: int = 1
    server_url: str = ""
    tasks: int = 0  # 0: as many as the workload has
    file: str = ""  # where the workload is, when it is one's own

    def as_argument(self) -> str:
        """The job as it travels."""
        return json.dumps(dataclasses.asdict(self))

    def find(self) -> tuple[Pattern, Workload]:
        """The pattern and the workload, ready to start."""
        if self.file:
            registry.load_file(Path(self.file))
        workload = registry.get(self.workload)
        return patterns.get(self.pattern), made_ready(workload, self.tasks, lambda: self.server_url)


def say(**report: Any) -> None:
    """Send a line of JSON to whoever observes."""
    reports.write(json.dumps(report) + "\n")
    reports.flush()


def pause(mark: Mark, **report: Any) -> None:
    """Say where the program is, and wait until it is sent on. Ends it when nobody is there to do so."""
    say(mark=mark, **(spent() | report))
    if not sys.stdin.readline():
        os._exit(FAILED)


def spent() -> dict[str, float]:
    """What this process, and the children that it has waited for, have spent so far."""
    try:
        import resource
    except ImportError:  # Windows, which counts no switches and does not add up what children took
        times = os.times()
        return {"user": times.user, "system": times.system, "voluntary": 0, "involuntary": 0}
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "user": sum(usage.ru_utime for usage in both),
        "system": sum(usage.ru_stime for usage in both),
        "voluntary": sum(usage.ru_nvcsw for usage in both),
        "involuntary": sum(usage.ru_nivcsw for usage in both),
    }


def go(job: Job) -> None:
    """Run the workload once to warm up and once observed, and check what comes of it."""
    pattern, workload = job.find()
    recorded = Recorded(workload)
    pause(Mark.IDLE)
    import_client(pattern, workload)
    if job.cold:
        with pattern.start(recorded, job.workers) as run:
            warm_up(run, job, workload)
        pause(Mark.READY)
        with pattern.start(recorded, job.workers) as run:
            observe(run, workload)
    else:
        with pattern.start(recorded, job.workers) as run:
            warm_up(run, job, workload)
            pause(Mark.READY)
            observe(run, workload)
    pause(Mark.STOPPED)


def warm_up(run: Run, job: Job, workload: Workload) -> None:
    """Import what is needed and open connections."""
    run(workload.tasks[: job.warm_up_tasks])


def observe(run: Run, workload: Workload) -> None:
    """Run all tasks, check them, and report when each was done and by whom."""
    started = time.perf_counter()
    done: Sequence[Done] = run(workload.tasks)
    seconds, cost = time.perf_counter() - started, spent()
    workers = {worker: number for number, worker in enumerate(dict.fromkeys(task.worker for task in done))}
    pause(
        Mark.RAN,
        seconds=seconds,
        tasks=[(workers[task.worker], task.started - started, task.ended - started) for task in done],
        **cost,
    )
    workload.check([task.result for task in done])


def main() -> int:
    """Observe the job of the command line. Returns 1 when it fails, which it then says in its last line."""
    job = Job(**json.loads(sys.argv[1]))
    multiprocessing.set_start_method(job.start_method, force=True)
    if hasattr(signal, "setitimer"):
        # The kernel ends what does not end, even when the session that asked for it is gone.
        signal.setitimer(signal.ITIMER_REAL, job.limit_seconds)
    try:
        go(job)
    except (TaskFailed, WrongAnswer, registry.RegistryError) as error:
        say(failed=str(error))
        return FAILED
    except Exception as error:
        say(failed=f"{job.workload}: {type(error).__name__}: {error}")
        return FAILED
    return 0


if __name__ == "__main__":
    # What the tasks print goes to standard error: standard output is for the reports alone.
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # At once: there is nothing left to put in order, and it is done for every benchmark.
    os._exit(main())
