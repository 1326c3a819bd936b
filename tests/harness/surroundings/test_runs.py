"""Whole runs in surroundings that change what is measured: what is kept out of them, refused or told."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.flags import ONE_CORE, TOLD_SECONDS
from harness.host.machine import this_machine, usable_cores
from harness.options.order import shuffled
from tests import SUITE
from tests.support.suite import ONE, PYTEST, USAGE_ERROR, run_here, run_suite, saved_runs

TRACER = "import sys, threading\ndef tracer(*_): return tracer\nsys.settrace(tracer)\nthreading.settrace(tracer)\n"
DEBUGGING = ("PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONMALLOC", "PYTHONTRACEMALLOC", "COVERAGE_PROCESS_START")
# Notes down which process it is started in, and what of DEBUGGING is there; and traces, if coverage would, all but
# pytest itself, which that would make very slow.
SITECUSTOMIZE = f"""
import json, os, sys
with open(os.path.join(os.path.dirname(__file__), "started"), "a") as out:
    out.write(json.dumps([sys.orig_argv, [name for name in {DEBUGGING!r} if name in os.environ]]) + "\\n")
if "COVERAGE_PROCESS_START" in os.environ and "pytest" not in sys.orig_argv:
    exec({TRACER!r})
"""


def conditions_of(storage: Path) -> dict[str, dict[str, Any]]:
    """What the one run that was saved tells of its surroundings, by name."""
    (run,) = saved_runs(storage)
    return {one["name"]: one for one in run["machine_info"]["three_patterns"]["conditions"] if one["is_setting"]}


def test_what_looks_for_faults_reaches_neither_stands_nor_server(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(SITECUSTOMIZE)
    outcome = run_here(
        tmp_path / "runs",
        *("benchmarks/test_io_bound.py", "-k", "asyncio-download-talk"),
        env=dict.fromkeys(DEBUGGING, "1") | {"PYTHONMALLOC": "debug", "PYTHONPATH": str(tmp_path)},
    )
    assert outcome.returncode == 0, outcome.stdout
    started = [json.loads(line) for line in (tmp_path / "started").read_text().splitlines()]
    for module in ("harness.stands.forkserver", "workloads.server"):
        assert [names for command, names in started if module in command] in ([[]], [[]] * 2, [[]] * 3), module
    assert conditions_of(tmp_path / "runs") == {}
    (note,) = (line for line in outcome.stdout.splitlines() if line.startswith("kept out of the processes"))
    assert all(name in note for name in DEBUGGING)


def test_a_tracer_in_every_process_is_told(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(TRACER)
    outcome = run_here(tmp_path / "runs", *ONE, env={"PYTHONPATH": str(tmp_path)})
    assert outcome.returncode == 0, outcome.stdout
    assert conditions_of(tmp_path / "runs")["tracer"]["value"] == "sitecustomize.tracer"
    assert "note: tracer: a tracer (sitecustomize.tracer) is on in the measured processes" in outcome.stdout


def test_a_tracer_of_pytests_own_process_changes_nothing_that_is_measured(tmp_path: Path) -> None:
    slow = TRACER.replace("def tracer(*_): return", "def tracer(*_):\n    sum(range(200))\n    return")
    off = "sys.settrace(None)\nthreading.settrace(None)\n"
    hooks = {"setup": slow, "teardown": off}
    plugin = [f"def pytest_runtest_{when}():\n    exec({code!r}, globals())\n" for when, code in hooks.items()]
    (tmp_path / "traced.py").write_text("".join(plugin))
    outcome = run_suite(
        tmp_path / "runs",
        *("-p", "traced", "benchmarks/test_cpu_bound.py", "-k", "sequential-math-primes"),
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert outcome.returncode == 0, outcome.stdout
    assert conditions_of(tmp_path / "runs") == {}
    (run,) = saved_runs(tmp_path / "runs")
    for one in run["benchmarks"]:
        assert one["extra_info"]["ideal_seconds"] < 10 * one["stats"]["median"]


def test_a_python_without_asserts_is_refused(tmp_path: Path) -> None:
    outcome = subprocess.run(
        [PYTEST[0], "-O", *PYTEST[1:], *ONE, f"--benchmark-storage={tmp_path}"],
        cwd=SUITE,
        env=without_pythonpath(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == USAGE_ERROR, outcome.stdout
    assert "leave -O out and unset PYTHONOPTIMIZE" in outcome.stderr
    assert saved_runs(tmp_path) == []


def without_pythonpath() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


WORK = """
import asyncio, hashlib, threading
from workloads.contract import Workload, expect

class Policy(asyncio.DefaultEventLoopPolicy):
    pass

asyncio.set_event_loop_policy(Policy())
BLOCK = bytes(2**22)

def digest():
    for _ in range(4):
        hashlib.sha256(BLOCK).digest()

class Work(Workload):
    name = "my-work"
    tasks = (1, 2, 3)

    def perform(self, client, task):
        threads = [threading.Thread(target=digest) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return task * 2

    def ideal_seconds(self, workers, cores):
        return 60.0

    def check(self, results):
        expect(self.name, self.tasks, results, [2, 4, 6])

WORKLOADS = (Work(),)
"""


def test_what_a_workload_sets_and_that_it_is_parallel_already_is_told(tmp_path: Path) -> None:
    file = tmp_path / "my_work.py"
    file.write_text(WORK)
    outcome = run_suite(
        tmp_path / "runs",
        *(f"--workload={file}", "--workers=2", "--patterns=sequential"),
        effort="",
        env={"OMP_NUM_THREADS": "2"},
    )
    assert outcome.returncode == 0, outcome.stdout
    told = conditions_of(tmp_path / "runs")
    assert told.keys() == {"event-loop", "OMP_NUM_THREADS"}
    assert told["event-loop"]["value"].endswith(".Policy")
    assert "note: OMP_NUM_THREADS=2 changes how Python or a library works" in outcome.stdout
    (run,) = saved_runs(tmp_path / "runs")
    (one,) = run["benchmarks"]
    raised = {flag["name"]: flag["value"] for flag in one["extra_info"]["flags"]}
    assert raised["beyond-ideal"] == pytest.approx(60 / one["stats"]["median"])
    seen = one["extra_info"]["observation"]
    cores = (seen["cpu_user_seconds"] + seen["cpu_system_seconds"]) / seen["seconds"]
    assert seen["seconds"] > TOLD_SECONDS
    if cores > ONE_CORE:
        assert raised["already-parallel"] == pytest.approx(cores)
        assert "warning: already-parallel" in outcome.stdout
    else:  # others had the other core
        assert "already-parallel" not in raised
        assert usable_cores() == 1 or one["extra_info"]["other_cores"] + one["extra_info"]["stolen_cores"] > 0.2


SHUFFLING = """
import random, pytest

@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.nodeid[::-1])

def pytest_runtest_setup():
    random.seed(7)
"""


@pytest.fixture(scope="module")
def dispatched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with a run beside such a plugin and in an encoding that lacks characters, and what it has printed."""
    folder = tmp_path_factory.mktemp("dispatched")
    (folder / "shuffling.py").write_text(SHUFFLING)
    encoding = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    chosen = ["benchmarks/test_startup.py", "-k", "dispatch"]
    arguments = ["-p", "shuffling", "-v", "--order-seed=3", "--machine=lab-3"]
    outcome = run_suite(folder / "runs", *arguments, *chosen, env={"PYTHONPATH": str(folder), **encoding})
    assert outcome.returncode == 0, outcome.stdout
    return folder / "runs", outcome.stdout


def test_a_seed_says_the_order_and_what_is_saved_stays_in_its_own_whoever_shuffles(
    dispatched: tuple[Path, str],
) -> None:
    """And a run is kept under its machine's name; and one that is --fast does not observe."""
    natural = [f"test_dispatch[{name}]" for name in ("asyncio", "multiprocessing", "sequential", "threading")]
    (run,) = saved_runs(dispatched[0])
    assert [one["name"] for one in run["benchmarks"]] == natural
    assert re.findall(r"::(test_\S+) PASSED", dispatched[1]) == shuffled(natural, [0] * 4, 3) != natural
    assert "order seed: 3 (--order-seed 3 repeats the order)" in dispatched[1]
    about = run["machine_info"]["three_patterns"]
    assert about["run"] == {"order_seed": 3, "effort": "fast"}
    (folder,) = dispatched[0].iterdir()
    assert folder.name == this_machine("lab-3").folder
    assert about["machine"]["name"] == "lab-3"
    assert not any("observation" in one["extra_info"] for one in run["benchmarks"])


def test_a_summary_is_readable_in_an_encoding_without_its_characters(dispatched: tuple[Path, str]) -> None:
    summary = dispatched[1].partition("three patterns: summary")[2]
    assert "\\" not in summary
    assert {line.lstrip("* ").partition(" ")[0] for line in summary.splitlines()} >= {"sequential", "threading"}
