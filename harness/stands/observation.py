"""What a pattern costs on a workload besides time, seen from outside at the marks where its stand waits."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from harness.host.cpu import family, user_and_system
from harness.stands.handle import Stand, StandFailed
from harness.stands.job import Ask, Checkpoint, Job
from harness.stands.stand import Spent
from harness.stands.stands import Stands
from runfile.benchmarks import Latency, Observation

# As many tasks as can be told apart in a picture: their start, end and worker are kept.
TIMELINE_TASKS = 32
FEWEST_FOR_P99 = 100


@dataclass(frozen=True)
class SpentByAll(Spent):
    """What all processes of a stand have spent up to a mark, and how much there is of them."""

    peak_bytes: int
    threads: int
    processes: int


@dataclass
class Observer:
    """Looks at a stand at each mark. `wrapped` says that the process is a command that runs the stand."""

    stand: Stand
    job: Job
    wrapped: bool = False
    marks: dict[Checkpoint, SpentByAll] = field(default_factory=dict)
    ran: dict[str, Any] = field(default_factory=dict)

    def look(self, mark: Checkpoint, report: dict[str, Any]) -> None:
        """Read what has been spent up to a mark; of several rounds, the first. Raises StandFailed."""
        if mark in self.marks:
            return
        self.marks[mark] = _spent(self.stand.pid, report["spent"], self.job, self.wrapped)
        if mark is Checkpoint.RAN:
            self.ran = report

    def result(self) -> Observation | None:
        """What the first round took; None if there was none."""
        if Checkpoint.RAN not in self.marks:
            return None
        at_rest, before, busy = (self.marks[mark] for mark in (Checkpoint.IDLE, Checkpoint.READY, Checkpoint.RAN))
        after = self.marks[Checkpoint.LEFT] if self.job.cold else busy
        tasks = sorted(self.ran["tasks"], key=lambda task: task[1])
        durations = [end - start for _, start, end in tasks]
        cpu_seconds = after.user + after.system - before.user - before.system
        # How a worker's time divides into the two is known in ticks only, the sum exactly.
        system = min(max(0.0, after.system - before.system), cpu_seconds)
        return Observation(
            seconds=self.ran["seconds"],
            cpu_user_seconds=cpu_seconds - system,
            cpu_system_seconds=system,
            idle_bytes=at_rest.peak_bytes,
            peak_bytes=busy.peak_bytes - at_rest.peak_bytes,
            threads=busy.threads,
            processes=busy.processes,
            voluntary_switches=after.voluntary - before.voluntary,
            involuntary_switches=after.involuntary - before.involuntary,
            latency_seconds=latency_of(durations),
            timeline=tuple(tasks) if len(tasks) <= TIMELINE_TASKS else None,
            whole_cpu_seconds=self.marks[Checkpoint.STOPPED].user + self.marks[Checkpoint.STOPPED].system,
        )


def observe(job: Job, stands: Stands, limit_seconds: float, wrapped: bool = False) -> Observation:
    """Run a job once, noted down, in a stand of its own. Raises StandFailed, within the limit."""
    with stands.open(job, limit_seconds) as stand:
        observer = Observer(stand, job, wrapped)
        observer.look(Checkpoint.IDLE, stand.begin())
        marks = [Checkpoint.READY, Checkpoint.RAN, *([Checkpoint.LEFT] if job.cold else []), Checkpoint.STOPPED]
        for mark in marks:
            observer.look(mark, stand.ask(_ASKS[mark], mark))
        found = observer.result()
    assert found is not None
    return found


_ASKS = {Checkpoint.READY: Ask.START, Checkpoint.RAN: Ask.GO, Checkpoint.LEFT: Ask.GO, Checkpoint.STOPPED: Ask.STOP}


def latency_of(durations: Sequence[float]) -> Latency:
    """The percentiles of what tasks took."""
    p50, p95, p99 = (percentile(durations, share) for share in (0.50, 0.95, 0.99))
    return Latency(p50, p95, p99 if len(durations) >= FEWEST_FOR_P99 else None)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all values does not exceed (the nearest-rank definition)."""
    ranked = sorted(values)
    rank = max(1, -(-len(ranked) * round(share * 100) // 100))
    return ranked[rank - 1]


def _spent(pid: int, report: dict[str, Any], job: Job, wrapped: bool) -> SpentByAll:
    """What the stand's own report and a look at all its processes give together."""
    processes = family(pid)
    if wrapped:
        processes = processes[1:]
    if not processes:  # it has just been killed
        raise StandFailed(f"{job.pattern} on {job.workload} ended while it was looked at")
    program, workers = processes[0], processes[1:]
    spent = SpentByAll(**report, peak_bytes=peak_bytes(program), threads=program.num_threads(), processes=1)
    for worker in workers:
        with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
            spent = _with_worker(spent, worker)
    return spent


def _with_worker(spent: SpentByAll, worker: psutil.Process) -> SpentByAll:
    user, system = user_and_system(worker)
    switches = worker.num_ctx_switches()
    return SpentByAll(
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
