"""The pattern dask: a cluster of its own that leaves nothing, and a running one with processes that get lost."""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

import patterns
from campaign.cluster import workers_of
from harness.dask.cluster import ClusterError, checked, out_of_reach, ship, unship
from harness.servers.server import LocalServer
from patterns import NotSoManyWorkers, dask
from patterns._cluster import choose, threads_of
from tests import SUITE
from tests.support.clusters import TestCluster, cluster
from tests.support.every import shortened
from tests.support.processes import command_of
from tests.support.suite import measured, refusal
from workloads import registry
from workloads.contract import TaskFailed, made_ready, prepared
from workloads.nap import Nap

THREADS = 4
OWN_ADDRESSES = [one.address for every in psutil.net_if_addrs().values() for one in every]
# What is of one class travels alike, and tests/patterns has each workload done by other processes.
ONE_OF_EACH_CLASS = list({type(registry.get(name)): name for name in registry.names()}.values())
# Five seconds of work for them.
NAPS = Nap("naps", tasks=range(2_000))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestCluster]:
    """A cluster of two workers with two threads each."""
    with cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture(scope="class")
def shipped(running: TestCluster) -> Iterator[None]:
    """Have the running cluster know the suite's code, and the pattern the cluster."""
    ship(running.address)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(dask.SCHEDULER, running.address)
        yield
    unship(running.address)


@pytest.mark.usefixtures("shipped")
class TestARunningCluster:
    @pytest.mark.parametrize("workload", ONE_OF_EACH_CLASS)
    def test_gives_the_right_answers(self, workload: str, local_server: LocalServer) -> None:
        work = registry.get(workload)
        if reason := patterns.get("dask").unsuited(work):
            pytest.skip(reason)
        work = shortened(made_ready(work, 0, local_server.address), THREADS + 1)
        with prepared(work), dask.start(work, THREADS) as run:
            work.check(run(work.tasks))


def test_a_running_cluster_is_left_without_the_code(running: TestCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(dask.SCHEDULER, running.address)
    work = registry.get("nothing")
    for _ in range(2):
        ship(running.address)
        with dask.start(work, THREADS) as run:
            work.check(run(work.tasks))
        unship(running.address)
        with (
            pytest.raises(Exception, match=r"No module named|different environments"),
            dask.start(work, THREADS) as run,
        ):
            run(work.tasks)


def test_its_processes_are_known_at_any_moment(running: TestCluster) -> None:
    """Dask's client refreshes what it knows of the cluster from time to time, without them."""
    from dask import config
    from distributed import Client

    with config.set({"distributed.client.scheduler-info-interval": "1ms"}), Client(running.address) as client:
        for _ in range(200):
            assert sorted(threads_of(client).values()) == [2, 2]
            assert len(workers_of(client)) == 2


@pytest.mark.parametrize(
    ("threads", "workers", "processes"),
    [
        ({"a": 2, "b": 2}, 4, {"a", "b"}),
        ({"a": 4, "b": 2, "c": 2}, 4, {"b", "c"}),
        ({"a": 1, "b": 2, "c": 2}, 4, {"b", "c"}),
        ({"a": 8, "b": 1, "c": 3, "d": 3}, 9, {"a", "b"}),
    ],
)
def test_as_many_threads_as_there_are_workers_are_used(
    threads: Mapping[str, int], workers: int, processes: set[str]
) -> None:
    assert set(choose(threads, workers)) == processes


def test_workers_that_the_cluster_cannot_make_up() -> None:
    with pytest.raises(NotSoManyWorkers, match=r"of the threads .*, 2 \+ 2, none make 3 together: start more with"):
        choose({"a": 2, "b": 2}, 3)


@contextmanager
def killing(kill: Callable[[], None]) -> Iterator[None]:
    """Kill something half a second from now, in the midst of what comes next."""
    killer = threading.Timer(0.5, kill)
    killer.start()
    yield
    killer.join()


def test_a_process_of_a_running_cluster_that_is_killed_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one that has none yet is refused."""

    def lose(threads: int, kill: Callable[[], None], told: str) -> None:
        with pytest.raises(TaskFailed, match=told), dask.start(NAPS, threads) as run, killing(kill):
            run(NAPS.tasks)

    lost_worker = r"dask lost tcp://127.0.0.1:\d+.* while tasks ran: see what"
    with cluster(tmp_path, workers=0) as started:
        with pytest.raises(ClusterError, match="has no workers: start some with"):
            checked(started.address)
        for _ in range(2):
            started.start_worker()
        ship(started.address)
        monkeypatch.setenv(dask.SCHEDULER, started.address)
        lose(THREADS, lambda: started.kill_worker(0), lost_worker)
        lose(THREADS // 2, lambda: started.kill_worker(1), lost_worker)  # the last one
        started.start_worker()
        lose(THREADS // 2, started.kill_scheduler, "dask lost its scheduler while tasks ran")


def test_a_process_of_its_own_cluster_that_is_killed_ends_the_run_and_leaves_the_environment_as_it_was() -> None:
    before = dict(os.environ)

    def kill() -> None:
        next(child for child in psutil.Process().children() if "spawn_main" in " ".join(command_of(child))).kill()

    with pytest.raises(TaskFailed, match="dask lost"), dask.start(NAPS, 1) as run, killing(kill):
        run(NAPS.tasks)
    assert dict(os.environ) == before


class TestTheOption:
    def test_measures_on_the_cluster(self, running: TestCluster, tmp_path: Path) -> None:
        chosen = ["--patterns=sequential,dask", f"--dask-scheduler={running.address}"]
        benchmarks = "(cpu_bound and math-hashing) or (io_bound and dask-download-talk)"
        run, said = measured(tmp_path, *chosen, "-k", benchmarks, effort="")
        assert f"dask: {running.address}, with 2 + 2 threads" in said
        names = {one["name"] for one in run["benchmarks"]}
        assert "test_cpu_bound[dask-math-hashing]" in names
        assert "test_io_bound[dask-download-talk]" not in names, "16 workers, which 2 + 2 threads do not make"
        there = {"scheduler": running.address, "threads": [2, 2], "machines": 1}
        assert run["machine_info"]["three_patterns"]["dask"] == there

    def test_sends_a_workload_of_ones_own(self, running: TestCluster, tmp_path: Path) -> None:
        file = tmp_path / "my_squares.py"
        text = (SUITE / "examples/word_count.py").read_text(encoding="utf-8")
        assert all(number in text for number in ("20_000", "180_000"))
        file.write_text(text.replace("20_000", "200").replace("180_000", "1_800"), encoding="utf-8")
        chosen = ["--patterns=dask", f"--dask-scheduler={running.address}", f"--workload={file}", "--workers=4"]
        assert "1 passed" in measured(tmp_path / "runs", *chosen)[1]

    def test_a_scheduler_without_the_pattern_is_refused(self, running: TestCluster, tmp_path: Path) -> None:
        said = refusal(tmp_path, f"--dask-scheduler={running.address}")
        assert "no pattern that is measured uses" in said
        assert "add --patterns default,dask" in said

    def test_a_scheduler_that_is_none(self, local_server: LocalServer, tmp_path: Path) -> None:
        # An address where nobody listens is asked for five seconds; tests/campaign/test_fleet.py does so.
        address = local_server.url.replace("http", "tcp")
        said = refusal(tmp_path, "--patterns=dask", f"--dask-scheduler={address}")
        assert f"--dask-scheduler: no scheduler at {address} (" in said


def test_without_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert dask.unavailable() == "dask.distributed is missing: `pip install distributed`"


@pytest.mark.parametrize(
    "address", ["nonsense", "http://127.0.0.1:80", "tcp://127.0.0.1", "tcp://a:99999", "tcp://a:b"]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ClusterError, match="is not the address of a scheduler: write it like"):
        checked(address)


@pytest.mark.parametrize(
    ("io_server", "hosts", "is_told"),
    [
        (None, {"127.0.0.2", *OWN_ADDRESSES}, False),
        (None, {"127.0.0.1", "192.0.2.7"}, True),
        ("http://127.0.0.1:8000", {"192.0.2.7"}, True),
        ("http://192.0.2.1:8000", {"192.0.2.7"}, False),
    ],
)
def test_a_server_that_another_machine_does_not_reach(io_server: str | None, hosts: set[str], is_told: bool) -> None:
    assert (
        any("dask: 192.0.2.7 is another machine" in sentence for sentence in out_of_reach(io_server, hosts)) is is_told
    )


def test_unlike_versions(running: TestCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import versions

    real = versions.get_versions
    monkeypatch.setattr(versions, "get_versions", lambda packages=None: with_requests(real(packages), "2.0.0"))
    with pytest.raises(
        ClusterError, match=r"has requests 2\.\d+\.\d+, and this client 2\.0\.0: install the same there"
    ):
        checked(running.address)


def with_requests(found: dict[str, dict[str, object]], version: str) -> dict[str, dict[str, object]]:
    return {**found, "packages": {**found["packages"], "requests": version}}
