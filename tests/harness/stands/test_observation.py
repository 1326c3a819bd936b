"""Observing a program: what it costs is what other tools say it costs, and nothing of it stays."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import patterns
from harness.servers.server import LocalServer
from harness.stands.handle import StandFailed
from harness.stands.job import Job
from harness.stands.observation import latency_of, observe, percentile
from harness.stands.stands import SpawnedStands, Stands, stands_of
from runfile.benchmarks import Latency
from tests.support.every import CHEAPEST, every_pattern, here
from tests.support.standing import LIMIT_SECONDS
from tools.agreement import time_v
from workloads.contract import usable_cores
from workloads.server import ServerStats

MIB = 1024 * 1024
# A tick of the clock that `time` counts in, for user and system time each.
TICKS_SECONDS = 0.02


def a_job(pattern: str, workload: str, server: LocalServer | None = None, **changes: object) -> Job:
    job = {
        "pattern": pattern,
        "workload": workload,
        "workers": 4,
        "cold": False,
        "start_method": CHEAPEST,
        "server_url": server.url if server else "",
        "recorded": True,
    }
    return Job(**(job | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def stands() -> Iterator[Stands]:
    found = stands_of()
    yield found
    found.close()


@every_pattern
def test_observes_each_pattern(pattern: str, local_server: LocalServer, stands: Stands) -> None:
    before: ServerStats = local_server.stats()
    seen = observe(a_job(pattern, "download-typical", local_server, tasks=20), stands, LIMIT_SECONDS)
    how = patterns.get(pattern)
    tasks, warm_up = 20, 4 if how.worker_bytes else 1  # for each worker
    warm_up += 12 if how.pickles and usable_cores() >= 4 else 0
    assert local_server.stats().requests - before.requests == tasks + warm_up
    assert seen.cpu_user_seconds + seen.cpu_system_seconds > 0
    assert seen.whole_cpu_seconds > seen.cpu_user_seconds + seen.cpu_system_seconds
    assert seen.peak_bytes > MIB
    assert 0.020 <= seen.latency_seconds.p50 <= seen.latency_seconds.p95 <= seen.seconds
    assert seen.timeline is not None
    assert len(seen.timeline) == tasks
    assert all(0 <= start < end <= seen.seconds for _, start, end in seen.timeline)
    workers = {worker for worker, _, _ in seen.timeline}
    assert workers == set(range(len(workers)))
    threads = {"sequential": 1, "threading": 1 + 4, "asyncio": 1}
    if pattern in threads:
        assert (seen.threads, seen.processes) == (threads[pattern], 1)
    if pattern == "multiprocessing":
        assert seen.processes >= 1 + 4


def test_a_cold_observation_includes_starting_the_workers(stands: Stands) -> None:
    cold, warm = (
        observe(
            a_job("multiprocessing", "nap", cold=cold, tasks=20, workers=2, start_method="spawn"), stands, LIMIT_SECONDS
        )
        for cold in (True, False)
    )
    # Two interpreters to start, or two workers to wake.
    assert cold.cpu_user_seconds > warm.cpu_user_seconds


@pytest.mark.skipif(shutil.which("time") is None, reason="there is no /usr/bin/time (GNU time) here")
# One of those with a pool is enough, and one of those without processes: what they have in common is measured.
@pytest.mark.parametrize("pattern", [here(name) for name in ("multiprocessing", "threading")])
def test_agrees_with_time_v(pattern: str, tmp_path: Path) -> None:
    notes = tmp_path / "time.txt"
    job = a_job(pattern, "math-primes", tasks=8, workers=2)
    under = SpawnedStands(under=[str(shutil.which("time")), "-v", "-o", str(notes)])
    seen = observe(job, under, LIMIT_SECONDS, wrapped=True)
    seconds, peak = time_v(notes.read_text())
    assert seen.whole_cpu_seconds == pytest.approx(seconds, rel=0.05, abs=TICKS_SECONDS)
    whole_peak = seen.idle_bytes + seen.peak_bytes
    if seen.processes == 1:
        assert whole_peak == pytest.approx(peak, rel=0.05, abs=3 * MIB)
    else:  # `time` knows the largest process, and nothing of the others
        assert whole_peak > peak


@given(st.lists(st.floats(0, 100), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(values: Sequence[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)
    assert sum(value < found for value in values) < share * len(values)


def test_percentiles_of_a_hundred_and_of_fewer_in_which_the_longest_is_not_called_p99() -> None:
    assert [percentile(range(1, 101), share) for share in (0.5, 0.95, 0.99)] == [50, 95, 99]
    assert percentile([7.0], 0.99) == 7.0
    assert latency_of(range(1, 101)) == Latency(50, 95, 99)
    assert latency_of(range(1, 100)) == Latency(50, 95, None)


def test_a_hundred_tasks_are_too_many_for_a_timeline(local_server: LocalServer, stands: Stands) -> None:
    assert observe(a_job("asyncio", "download-typical", local_server), stands, LIMIT_SECONDS).timeline is None


def test_what_fails_is_not_observed(stands: Stands) -> None:
    with pytest.raises(StandFailed, match=r"task 0: GET http://127\.0\.0\.1:9/bytes"):
        observe(a_job("sequential", "download-talk", server_url="http://127.0.0.1:9"), stands, LIMIT_SECONDS)


@pytest.mark.parametrize("pattern", ["sequential", "asyncio"])
def test_the_same_clients_take_the_same_memory_whoever_imports_them(
    pattern: str, local_server: LocalServer, stands: Stands, tmp_path: Path
) -> None:
    """The suite's own workloads import them when they are opened, and a file of one's own does so at its top."""
    file = tmp_path / "my_work.py"
    file.write_text(
        "import aiohttp, requests\nfrom workloads.download import KIB, Download, equal_requests\n"
        "WORKLOADS = (Download('copied', equal_requests(count=5, size=16 * KIB, latency_ms=20)),)\n"
    )
    for kind in (stands, SpawnedStands()):
        own = observe(a_job(pattern, "copied", local_server, file=str(file)), kind, LIMIT_SECONDS)
        theirs = observe(a_job(pattern, "download-typical", local_server, tasks=5), kind, LIMIT_SECONDS)
        # They take 10 MiB and more, and these downloads one.
        assert own.peak_bytes == pytest.approx(theirs.peak_bytes, rel=0.5, abs=2 * MIB), kind
