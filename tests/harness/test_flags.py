"""Flags, each raised by a real cause; and what is noticed of the machine."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness import flags
from harness.host import conditions, cpu
from harness.host.machine import usable_cores
from tests.support.processes import line_of
from tests.support.suite import copy_of_the_suite, measured, run_here, run_suite, saved_runs

QUIET = cpu.CpuShare(own=1.0, others=0.0, stolen=0.0)


def flags_of(storage: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """The flags of each benchmark of the one run that was saved, by name."""
    (run,) = saved_runs(storage)
    return {one["name"]: {flag["name"]: flag for flag in one["extra_info"]["flags"]} for one in run["benchmarks"]}


@contextmanager
def a_core_busy() -> Iterator[None]:
    """Another program that keeps a core busy."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as program:
        try:
            yield
        finally:
            program.kill()


def test_noisy_when_another_program_keeps_a_core_busy(tmp_path: Path) -> None:
    with a_core_busy():
        outcome = run_suite(tmp_path, "benchmarks/test_cpu_bound.py", "-k", "sequential-math-hashing")
    flag = flags_of(tmp_path)["test_cpu_bound[sequential-math-hashing]"]["noisy"]
    assert flag["value"] > 0.15
    assert "warning: noisy" in outcome.stdout
    assert "note: other programs kept" in outcome.stdout
    (run,) = saved_runs(tmp_path)
    assert {"load", "other-programs"} <= {one["name"] for one in run["machine_info"]["three_patterns"]["conditions"]}


def test_server_bound_when_the_server_is_slow(tmp_path: Path) -> None:
    suite = copy_of_the_suite(tmp_path)
    source = suite / "workloads" / "server.py"
    quick = "protocol.response_bytes(200, HEADERS, body_of(size))"
    assert quick in source.read_text()
    source.write_text(source.read_text().replace(quick, f"sum(range(400_000)); {quick}"))
    outcome = run_suite(suite / "runs", "-k", "io_bound and asyncio-download-large", suite=suite)
    assert outcome.returncode == 0, outcome.stdout
    (run,) = saved_runs(suite / "runs")
    cores = run["benchmarks"][0]["extra_info"]["server_cores"]
    raised = flags_of(suite / "runs")["test_io_bound[asyncio-download-large]"]
    if cores > flags.SERVER_CORES:
        assert raised["server-bound"]["value"] == cores
        assert f"the server used {cores:.2f} cores while it served" in raised["server-bound"]["sentence"]
        assert "warning: server-bound" in outcome.stdout
    else:  # on a busy machine, others had the rest of the core
        assert "server-bound" not in raised


def test_server_bound_when_the_server_is_pytest_httpserver_in_process(tmp_path: Path) -> None:
    assert run_here(tmp_path, "-m", "server_bias", "-k", "threading", effort="").returncode == 0
    found = flags_of(tmp_path)
    for server in ("in-process", "in-process-threaded"):
        flag = found[f"test_server_bias[threading-{server}]"]["server-bound"]
        assert flag["value"] > 0
        assert "the server shares its process and the GIL with the client" in flag["sentence"]
    assert "server-bound" not in found["test_server_bias[threading-own-process]"]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="pinning is Linux's")
def test_cpu_saturated_when_client_and_server_have_one_core(tmp_path: Path) -> None:
    core = min(os.sched_getaffinity(0))
    outcome = run_suite(
        tmp_path,
        *("benchmarks/test_io_bound.py", "-k", "threading-download-overhead"),
        effort="",
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    assert outcome.returncode == 0, outcome.stdout
    (run,) = saved_runs(tmp_path)
    assert run["machine_info"]["three_patterns"]["machine"]["usable_cores"] == 1
    facts = run["benchmarks"][0]["extra_info"]
    raised = flags_of(tmp_path)["test_io_bound[threading-download-overhead]"]
    if facts["busy_cores"] > flags.SATURATED_SHARE:
        assert raised["cpu-saturated"]["value"] == facts["busy_cores"]
    else:  # on a busy machine, others had the rest of the core
        assert "cpu-saturated" not in raised


def test_a_quiet_machine_raises_nothing() -> None:
    assert flags.noisy(0.01, QUIET) is None
    assert flags.server_bound(0.5) is None
    assert flags.cpu_saturated(1.8, cores=2) is None


@pytest.mark.parametrize(
    ("spread", "share", "value", "words"),
    [
        (0.18, QUIET, 0.18, "spread by 18% beside those of the others"),
        (0.0, cpu.CpuShare(own=1, others=0.5, stolen=0), 0.5, "other programs kept 0.50 cores busy"),
        (0.0, cpu.CpuShare(own=1, others=0, stolen=0.3), 0.3, "the hypervisor gave 0.30 cores to others"),
    ],
)
def test_noise_has_a_cause_and_a_remedy(spread: float, share: cpu.CpuShare, value: float, words: str) -> None:
    flag = flags.noisy(spread, share)
    assert flag is not None
    assert flag.value == pytest.approx(value)
    assert words in flag.sentence
    assert ":" in flag.sentence  # what to do comes after it


def test_own_cpu_time_is_told_from_that_of_others() -> None:
    before = cpu.read()
    spin = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    subprocess.run([sys.executable, "-c", spin], check=True)
    after = cpu.read()
    assert after.own - before.own >= 0.3  # the child's, which has ended
    others = cpu.between(before, after).others
    assert others is not None
    assert 0 <= others < usable_cores()


def test_a_process_that_belongs_to_us_is_not_of_others() -> None:
    spin = "import time\nprint(flush=True)\nwhile True: time.process_time()"
    with subprocess.Popen([sys.executable, "-c", spin], stdout=subprocess.PIPE, text=True) as process:
        line_of(process)
        before, mine = cpu.read(), cpu.read([process.pid])
        time.sleep(0.5)
        after = cpu.read([process.pid])
        process.kill()
    assert after.own - mine.own > 0.05
    assert mine.own > before.own


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the child is to have one of its own, from a thread")
def test_a_family_is_all_that_descends_from_a_process() -> None:
    program = (
        "import os, sys, threading\n"
        "def start():\n"
        "    if not os.fork():\n"
        "        os.fork()\n"
        "        print(flush=True)\n"
        "        sys.stdin.read()\n"
        "        os._exit(0)\n"
        "thread = threading.Thread(target=start)\n"
        "thread.start()\n"
        "thread.join()\n"
        "sys.stdin.read()\n"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, text=True) as process:
        assert [line_of(process), line_of(process)] == ["\n", "\n"]
        parent = psutil.Process(process.pid)
        assert {*cpu.family(process.pid)} == {parent, *parent.children(recursive=True)}
        assert len(cpu.family(process.pid)) == 3


def test_of_a_moment_nothing_is_told_of_others() -> None:
    share = cpu.between(cpu.read(), cpu.read())
    assert (share.others, share.stolen) == (None, None)
    assert flags.noisy(0.0, share) is None


def test_what_slows_all_contenders_in_a_repeat_is_no_spread() -> None:
    own, other = {1: 1.0, 2: 2.5, 3: 1.1}, {1: 0.5, 2: 1.25, 3: 0.55}
    assert flags.spread_beside(own, [other]) == pytest.approx(0)
    assert flags.spread_beside(own, []) > flags.SPREAD
    assert flags.spread_beside(own, [{1: 0.5, 2: 1.25}]) > flags.SPREAD  # it was not there all the time
    assert flags.spread_beside({1: 1.0, 2: 1.0, 3: 1.5}, [other]) > flags.SPREAD
    assert flags.spread_beside({1: 1.0}, [other]) == 0


def test_a_process_that_has_gone_has_spent_nothing() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    process = psutil.Process(child.pid)
    child.wait()
    assert cpu.user_and_system(process) == (0.0, 0.0)
    assert cpu.family(child.pid) == []


class TestConditions:
    """Read from files laid out as the kernel does."""

    @staticmethod
    def put(file: Path, text: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="psutil asks another system there")
    def test_nothing_is_known_of_a_battery_where_there_is_no_sys(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("psutil._pslinux.POWER_SUPPLY_PATH", str(tmp_path / "sys/class/power_supply"))
        assert conditions.battery() is None

    def test_a_governor_that_saves_power(self, tmp_path: Path) -> None:
        assert conditions.governor(tmp_path) is None
        self.put(tmp_path / "cpu0/cpufreq/scaling_governor", "performance\n")
        assert conditions.governor(tmp_path) is None
        self.put(tmp_path / "cpu0/cpufreq/scaling_governor", "powersave\n")
        found = conditions.governor(tmp_path)
        assert found is not None
        assert found.value == "powersave"

    @pytest.mark.parametrize(
        ("file", "text", "on"),
        [
            ("intel_pstate/no_turbo", "0\n", True),
            ("intel_pstate/no_turbo", "1\n", False),
            ("cpufreq/boost", "1\n", True),
            ("cpufreq/boost", "0\n", False),
        ],
    )
    def test_turbo(self, tmp_path: Path, file: str, text: str, on: bool) -> None:
        self.put(tmp_path / file, text)
        assert (conditions.turbo(tmp_path) is not None) == on

    @pytest.mark.parametrize(
        ("own", "file", "text", "cores"),
        [
            ("0::/app/job\n", "app/job/cpu.max", "50000 100000\n", 0.5),
            ("0::/app/job\n", "app/cpu.max", "25000 100000\n", 0.25),  # of the group above
            ("0::/app/job\n", "app/job/cpu.max", "max 100000\n", None),
            ("0::/app/job\n", "app/job/cpu.max", "9900000 100000\n", None),  # more than there is
            ("0::/\n", "elsewhere", "", None),
        ],
    )
    def test_a_quota(self, tmp_path: Path, own: str, file: str, text: str, cores: float | None) -> None:
        self.put(tmp_path / "own", own)
        self.put(tmp_path / "groups" / file, text)
        found = conditions.cpu_quota(tmp_path / "own", tmp_path / "groups")
        assert (found.value if found else None) == cores

    def test_a_quota_of_version_1(self, tmp_path: Path) -> None:
        self.put(tmp_path / "own", "4:cpu,cpuacct:/docker/1\n")
        self.put(tmp_path / "groups/cpu/docker/1/cpu.cfs_quota_us", "75000\n")
        self.put(tmp_path / "groups/cpu/docker/1/cpu.cfs_period_us", "100000\n")
        found = conditions.cpu_quota(tmp_path / "own", tmp_path / "groups")
        assert found is not None
        assert found.value == 0.75

    def test_over_a_run(self) -> None:
        assert conditions.over(QUIET) == []
        taken = conditions.over(cpu.CpuShare(own=1, others=0.4, stolen=0.2))
        assert [condition.name for condition in taken] == ["other-programs", "stolen"]


CACHED = """
import time
from functools import lru_cache
tasks = range(10)

@lru_cache
def perform(task):
    time.sleep(0.004)
    return task
"""


def test_tasks_from_a_cache_are_flagged(tmp_path: Path) -> None:
    """And those of the slow work in custom/test_trial.py, which are done anew each time, are not."""
    file = tmp_path / "my_work.py"
    file.write_text(CACHED)
    arguments = [f"--workload={file}", "--workers=2", "--patterns=sequential,threading"]
    run, _ = measured(tmp_path / "runs", *arguments)
    for benchmark in run["benchmarks"]:
        raised = [flag["name"] for flag in benchmark["extra_info"]["flags"]]
        assert "cached" in raised, benchmark["name"]


def test_warming_up_is_no_cache() -> None:
    assert flags.cached(9.9, 1.0) is None
    assert flags.cached(1000.0, 0.001) is None
    flag = flags.cached(10.0, 0.002)
    assert flag
    assert flag.sentence.startswith("its tasks were done 10 times faster than the first time in the same process")
