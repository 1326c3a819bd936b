"""`--advise` and `--check-advice`: what they print, what they measure, and what they are refused for."""

import re
from pathlib import Path

import pytest

from harness.host.machine import this_machine
from tests.support.made_up import model_runs, saved
from tests.support.suite import listed, refusal, run_here, saved_runs

PAGES = "--workload=examples/pages.py"
WAITING = """
import asyncio, time
tasks = list(range(12))

def perform(task):
    time.sleep(0.01)
    return task

async def perform_async(task):
    await asyncio.sleep(0.01)
    return task
"""
WILD = """
import time
tasks = list(range(1000))

def perform(task):
    time.sleep(0.3 if task == 999 else 0.001)
    return task
"""


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Of this machine a whole run, and then one of less; and a newer whole one of another."""
    part = saved.of_day(25, saved.run([saved.benchmark("threading", [0.2])]))
    saved.store(tmp_path / "runs", model_runs.run(), part, room=this_machine().folder)
    other = saved.of_day(26, model_runs.run(2, fingerprint="ffffffff"))
    return saved.store(tmp_path / "runs", other, room="other")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--advise"], "--advise is for a workload of your own: add --workload FILE"),
        (["--check-advice"], "--check-advice is for a workload of your own: add --workload FILE"),
        (["--advise", PAGES, "--workers=4"], "--advise finds the number of workers: leave out"),
        (["--check-advice", PAGES, "--benchmark-skip"], "leave out --benchmark-skip, or give"),
        (["--check-advice", PAGES, "--benchmark-disable"], "leave out --benchmark-disable, or"),
        (["-p", "xdist.plugin", "-n2", "--advise", PAGES], "leave out --numprocesses"),
        (["--advise", PAGES], "no whole run in"),
    ],
)
def test_refuses_before_anything_is_tried(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    assert sentence in refusal(tmp_path, *arguments)


def test_without_a_whole_run_of_this_machine_it_says_how_to_make_one(tmp_path: Path, storage: Path) -> None:
    (storage / this_machine().folder / "0001_run.json").unlink()
    said = refusal(storage, "--advise", PAGES)
    assert f"no whole run in {storage / this_machine().folder}, which would tell what each pattern costs" in said
    assert said.rstrip().endswith("make one with `make bench`")


def test_work_of_which_a_few_tasks_tell_nothing_is_refused(file: Path, storage: Path) -> None:
    file.write_text(WILD)
    said = refusal(storage, "--advise", f"--workload={file}")
    differ = "the 8 tasks that were tried differ too much to tell what all 1,000 take: half take less than"
    busy = "the tasks that were tried had no core to compute on"
    assert f"{file}: {differ}" in said or busy in said


def test_collecting_lists_what_would_be_measured_and_tries_nothing(file: Path, tmp_path: Path) -> None:
    file.write_text(WAITING.replace("time.sleep(0.01)", "raise SystemExit"))
    options = [f"--workload={file}", "--workers=2", "--patterns=threading", f"--benchmark-storage={tmp_path}"]
    assert listed("--check-advice", *options) == ["benchmarks/test_own.py::test_own[my-work-2-threading]"]


def test_advice_is_printed_and_nothing_is_measured(file: Path, storage: Path) -> None:
    file.write_text(WAITING.replace("async def perform_async", "async def other"))
    outcome = run_here(storage, "--advise", f"--workload={file}", "--report=report.html")
    assert outcome.returncode == 0, outcome.stdout
    assert f"workload: my-work, 12 tasks, from {file}" in outcome.stdout
    assert "all 12 tasks, one at a time: perform waits " in outcome.stdout
    assert "by 1 run, of 2026-11-24" in outcome.stdout
    assert "12 tasks, each a wait of " in outcome.stdout
    assert re.search(r"\n(multiprocessing or )?threading with 12 workers: ", outcome.stdout)
    assert "asyncio: my-work has no perform_async: add it" in outcome.stdout
    assert "asyncio-processes: not among --patterns" in outcome.stdout
    assert "tasks will run" not in outcome.stdout
    assert "no report in report.html: nothing was measured" in outcome.stdout
    assert " passed" not in outcome.stdout
    assert len(saved_runs(storage)) == 3


def test_advice_is_checked_by_what_is_measured_then(file: Path, storage: Path) -> None:
    file.write_text(WAITING)
    outcome = run_here(storage, "--check-advice", f"--workload={file}", "--workers=2,12")
    assert outcome.returncode == 0, outcome.stdout
    advice, _, rest = outcome.stdout.partition("three patterns: advice")[2].partition("three patterns: predicted and m")
    assert "perform_async waits" in " ".join(advice.split())
    assert re.search(r"asyncio.* with 12 workers: ", advice)
    rows = set(re.findall(r"^ *([a-z-]+) +(\d+) .*\b(?:yes|no)\b", rest, re.MULTILINE))
    assert rows == {
        ("sequential", "1"),
        *((name, workers) for name in ("threading", "asyncio", "multiprocessing") for workers in ("2", "12")),
    }
    assert "of 7 intervals held what was measured" in rest
    assert len(saved_runs(storage)) == 4
