"""What a pattern costs on a workload besides time, seen from outside while it runs once in a fresh process."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from harness.cpu import family, user_and_system
from harness.observed import Job, Mark
from harness.processes import end_group, start_module, wait_and_end_group

# As many tasks as can be told apart in a picture: their start, end and worker are kept.
TIMELINE_TASKS = 32


class ObservationFailed(Exception):
    """The work was not done, or not right, or not in time. The message says what happened."""


@dataclass(frozen=True)
class Latency:
    """Percentiles of how long a task took, from when a worker took it up, in seconds."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Observation:
    """What one run of a workload's tasks costs. Counts and seconds are of that run, with every process it used.

    In a cold observation the run includes starting and stopping the workers, as in a cold round.
    """

    seconds: float  # of the tasks alone
    cpu_user_seconds: float
    cpu_system_seconds: float
    idle_bytes: int  # the process before it starts anything
    peak_bytes: int  # what was added to that at most, with all processes
    threads: int
    processes: int
    voluntary_switches: int
    involuntary_switches: int
    latency_seconds: Latency
    timeline: list[tuple[int, float, float]] | None
    whole_cpu_seconds: float  # from the start of the interpreter to the end: what `time -v` says


@dataclass(frozen=True)
class Spent:
    """What all processes of the program have spent up to a mark."""

    user: float
    system: float
    voluntary: int
    involuntary: int
    peak_bytes: int
    threads: int
    processes: int


def observe(job: Job, under: Sequence[str] = ()) -> Observation:
    """Run a job in a fresh process. `under` is a command that runs it, such as `time -v`.

    Raises ObservationFailed, within the job's time limit.
    """
    marks: dict[str, Spent] = {}
    ran: dict[str, Any] = {}
    started = time.monotonic()
    with _started(job, under) as process:
        assert process.stdin is not None
        for report in _reports(process, job):
            marks[report["mark"]] = _spent(process.pid, report, job, wrapped=bool(under))
            if report["mark"] == Mark.RAN:
                ran = report
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write("\n")
                process.stdin.flush()
    if Mark.STOPPED not in marks:
        raise ObservationFailed(_epitaph(job, process.returncode, time.monotonic() - started))
    at_rest, before, busy = marks[Mark.IDLE], marks[Mark.READY], marks[Mark.RAN]
    after = marks[Mark.STOPPED] if job.cold else busy
    tasks = sorted(ran["tasks"], key=lambda task: task[1])
    durations = [end - start for _, start, end in tasks]
    cpu_seconds = after.user + after.system - before.user - before.system
    # How a worker's time divides into the two is known in ticks only, the sum exactly.
    system = min(max(0.0, after.system - before.system), cpu_seconds)
    return Observation(
        seconds=ran["seconds"],
        cpu_user_seconds=cpu_seconds - system,
        cpu_system_seconds=system,
        idle_bytes=at_rest.peak_bytes,
        peak_bytes=busy.peak_bytes - at_rest.peak_bytes,
        threads=busy.threads,
        processes=busy.processes,
        voluntary_switches=after.voluntary - before.voluntary,
        involuntary_switches=after.involuntary - before.involuntary,
        latency_seconds=Latency(*(percentile(durations, share) for share in (0.50, 0.95, 0.99))),
        timeline=tasks if len(tasks) <= TIMELINE_TASKS else None,
        whole_cpu_seconds=marks[Mark.STOPPED].user + marks[Mark.STOPPED].system,
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all values does not exceed (the nearest-rank definition)."""
    ranked = sorted(values)
    rank = max(1, -(-len(ranked) * round(share * 100) // 100))
    return ranked[rank - 1]


@contextlib.contextmanager
def _started(job: Job, under: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """The process of a job, with which everything that it started is ended on the way out, however that happens."""
    with start_module("harness.observed", [job.as_argument()], under) as process:
        # A little later than the program would end itself.
        limit = threading.Timer(job.limit_seconds + 1, end_group, [process])
        limit.start()
        try:
            yield process
        finally:
            if sys.exc_info()[0] is not None:
                end_group(process)
            with contextlib.suppress(OSError):
                process.stdin.close()  # type: ignore[union-attr]
            wait_and_end_group(process)
            limit.cancel()
            limit.join()


def _reports(process: subprocess.Popen[str], job: Job) -> Iterator[dict[str, Any]]:
    """The lines of the program, one for each mark. Raises ObservationFailed when it says that it failed."""
    output: IO[str] | None = process.stdout
    assert output is not None
    for line in output:
        report = json.loads(line)
        if "failed" in report:
            raise ObservationFailed(report["failed"])
        yield report
        if report["mark"] == Mark.STOPPED:
            return


def _epitaph(job: Job, code: int, seconds: float) -> str:
    what = f"{job.pattern} on {job.workload}, run once in a process of its own,"
    if seconds >= job.limit_seconds:
        return f"{what} had not ended after {job.limit_seconds:g} s: raise --time-limit if it takes that long"
    return f"{what} ended with exit code {code} before it was done"


def _spent(pid: int, report: dict[str, Any], job: Job, wrapped: bool) -> Spent:
    """What the program's own report and a look at all its processes give together."""
    processes = family(pid)
    if wrapped:
        processes = processes[1:]
    if not processes:  # it has just been killed
        raise ObservationFailed(f"{job.pattern} on {job.workload} ended while it was looked at")
    program, workers = processes[0], processes[1:]
    spent = Spent(
        user=report["user"],
        system=report["system"],
        voluntary=report["voluntary"],
        involuntary=report["involuntary"],
        peak_bytes=peak_bytes(program),
        threads=program.num_threads(),
        processes=1,
    )
    for worker in workers:
        with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
            spent = _with_worker(spent, worker)
    return spent


def _with_worker(spent: Spent, worker: psutil.Process) -> Spent:
    user, system = user_and_system(worker)
    switches = worker.num_ctx_switches()
    return Spent(
        user=spent.user + user,
        system=spent.system + system,
        voluntary=spent.voluntary + switches.voluntary,
        involuntary=spent.involuntary + switches.involuntary,
        peak_bytes=spent.peak_bytes + private_peak_bytes(worker),
        threads=spent.threads + worker.num_threads(),
        processes=spent.processes + 1,
    )


def peak_bytes(process: psutil.Process) -> int:
    """The most memory that a process has had resident, or what it has now where the system keeps no such mark.

    Linux keeps it in /proc; `ru_maxrss` would do but for starting at what the parent had.
    """
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    memory = process.memory_info()
    return int(getattr(memory, "peak_wset", memory.rss))


def private_peak_bytes(process: psutil.Process) -> int:
    """The most memory that a worker process has had for itself alone, pages that it shares with others left out.

    What it has for itself now, and what it has given back since: what it shares only ever becomes its own.
    """
    memory = process.memory_full_info()
    return int(memory.uss + max(0, peak_bytes(process) - memory.rss))
