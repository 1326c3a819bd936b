"""Observing a program: what it costs is what other tools say it costs, and nothing of it stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.observation import ObservationFailed, observe, percentile
from harness.observed import Job
from harness.server import LocalServer
from tests.every import every_pattern
from tools.agreement import time_v
from workloads.server import Stats

MIB = 1024 * 1024
# A tick of the clock that `time` counts in, for user and system time each.
TICKS_SECONDS = 0.02


def a_job(pattern: str, workload: str, server: LocalServer | None = None, **changes: object) -> Job:
    job = {
        "pattern": pattern,
        "workload": workload,
        "workers": 4,
        "cold": False,
        "start_method": "spawn",
        "limit_seconds": 60.0,
        "warm_up_tasks": 4,
        "server_url": server.url if server else "",
    }
    return Job(**(job | changes))  # type: ignore[arg-type]


@every_pattern
def test_observes_each_pattern(pattern: str, local_server: LocalServer) -> None:
    before: Stats = local_server.stats()
    seen = observe(a_job(pattern, "download-talk", local_server))
    tasks = 20
    assert local_server.stats().requests - before.requests == tasks + 4  # and a task for each worker to warm up
    assert seen.cpu_user_seconds + seen.cpu_system_seconds > 0
    assert seen.whole_cpu_seconds > seen.cpu_user_seconds + seen.cpu_system_seconds
    assert seen.peak_bytes > MIB
    assert 0.050 <= seen.latency_seconds.p50 <= seen.latency_seconds.p95 <= seen.latency_seconds.p99 <= seen.seconds
    assert seen.timeline is not None
    assert len(seen.timeline) == tasks
    assert all(0 <= start < end <= seen.seconds for _, start, end in seen.timeline)
    workers = {worker for worker, _, _ in seen.timeline}
    assert workers == set(range(len(workers)))


def test_tells_threads_and_processes_apart(local_server: LocalServer) -> None:
    seen = {
        name: observe(a_job(name, "download-talk", local_server)) for name in ("sequential", "threading", "asyncio")
    }
    pool = observe(a_job("multiprocessing", "download-talk", local_server, start_method=_quickest()))
    assert {name: (one.threads, one.processes) for name, one in seen.items()} == {
        "sequential": (1, 1),
        "threading": (1 + 4, 1),
        "asyncio": (1, 1),
    }
    assert pool.processes >= 1 + 4
    assert pool.peak_bytes > 2 * seen["threading"].peak_bytes


def _quickest() -> str:
    return "fork" if hasattr(os, "fork") else "spawn"


def test_a_cold_observation_includes_starting_the_workers() -> None:
    # Naps enough to warm up with that the last worker is up when they are over, on a busy machine too.
    cold, warm = (
        observe(a_job("multiprocessing", "nap", cold=cold, tasks=200, warm_up_tasks=200)) for cold in (True, False)
    )
    # Four interpreters to start, or four workers to wake.
    assert cold.cpu_user_seconds > 2 * warm.cpu_user_seconds


@pytest.mark.skipif(shutil.which("time") is None, reason="there is no /usr/bin/time (GNU time) here")
@every_pattern
def test_agrees_with_time_v(pattern: str, tmp_path: Path) -> None:
    notes = tmp_path / "time.txt"
    job = a_job(pattern, "math-primes", tasks=40, workers=2)
    seen = observe(job, under=[str(shutil.which("time")), "-v", "-o", str(notes)])
    seconds, peak = time_v(notes.read_text())
    assert seen.whole_cpu_seconds == pytest.approx(seconds, rel=0.05, abs=TICKS_SECONDS)
    whole_peak = seen.idle_bytes + seen.peak_bytes
    if seen.processes == 1:
        assert whole_peak == pytest.approx(peak, rel=0.05, abs=3 * MIB)
    else:  # `time` knows the largest process, and nothing of the others
        assert whole_peak > peak


def test_a_failing_task_is_told_and_not_observed() -> None:
    with pytest.raises(ObservationFailed, match=r"task 0: GET http://127\.0\.0\.1:9/bytes"):
        observe(a_job("sequential", "download-talk", server_url="http://127.0.0.1:9"))


def test_a_wrong_answer_is_told_and_not_observed(tmp_path: Path) -> None:
    file = tmp_path / "wrong_sums.py"
    file.write_text(
        "from workloads.computation import Computation\n"
        "WORKLOADS = (Computation('wrong-sums', abs, tasks=(1, -2), answers=(1, 3)),)\n"
    )
    with pytest.raises(ObservationFailed, match=r"wrong-sums: task 1 \(-2\) gave 2 and the right answer is 3"):
        observe(a_job("threading", "wrong-sums", file=str(file)))


def test_what_the_tasks_print_is_not_in_the_way(tmp_path: Path) -> None:
    file = tmp_path / "loud.py"
    file.write_text(
        "from workloads.computation import Computation\n"
        "def say(number):\n"
        "    print('{\"mark\":', end='', flush=True)\n"
        "    return number\n"
        "WORKLOADS = (Computation('loud', say, tasks=(1, 2), answers=(1, 2)),)\n"
    )
    assert observe(a_job("sequential", "loud", file=str(file))).processes == 1


@every_pattern
def test_what_never_ends_is_ended_with_all_its_processes(pattern: str, tmp_path: Path) -> None:
    file = tmp_path / "endless.py"
    file.write_text(
        "import time\n"
        "from workloads.contract import Workload, expect\n"
        "class Endless(Workload):\n"
        "    name = 'endless'\n"
        "    tasks = (1, 2, 3)\n"
        "    def perform(self, client, task):\n"
        "        while True: time.sleep(0.01)\n"
        "    async def perform_async(self, client, task):\n"
        "        while True: time.sleep(0.01)\n"
        "    def check(self, results): expect(self.name, self.tasks, results, self.tasks)\n"
        "WORKLOADS = (Endless(),)\n"
    )
    job = a_job(pattern, "endless", file=str(file), limit_seconds=1.0)
    with pytest.raises(ObservationFailed, match="had not ended after 1 s: raise --time-limit if it takes that long"):
        observe(job)
    assert processes_of(job) == []


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_nothing_is_left_when_who_observes_is_killed(local_server: LocalServer) -> None:
    job = a_job("multiprocessing", "download-typical", local_server)
    program = f"from harness.observation import observe; from harness.observed import Job; observe({job!r})"
    with subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parent.parent) as observer:
        deadline = time.monotonic() + 30
        while not (found := processes_of(job)) and time.monotonic() < deadline:
            time.sleep(0.01)
        family = [*found, *(child for one in found for child in one.children(recursive=True))]
        observer.kill()
    assert found
    assert psutil.wait_procs(family, timeout=15)[1] == []


def processes_of(job: Job) -> list[psutil.Process]:
    """The processes that observe this very job."""
    return [one for one in psutil.process_iter(["cmdline"]) if job.as_argument() in (one.info["cmdline"] or [])]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(values: Sequence[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)
    assert sum(value < found for value in values) < share * len(values)


def test_percentiles_of_a_hundred() -> None:
    assert [percentile(range(1, 101), share) for share in (0.5, 0.95, 0.99)] == [50, 95, 99]
    assert percentile([7.0], 0.99) == 7.0


def test_a_hundred_tasks_are_too_many_for_a_timeline(local_server: LocalServer) -> None:
    assert observe(a_job("asyncio", "download-typical", local_server)).timeline is None
