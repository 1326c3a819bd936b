"""Tables as their users get them: who is measured together, and what it costs the others when one of them fails."""

from pathlib import Path
from typing import Any

from tests.support.processes import marked, wait_until_ended
from tests.support.suite import measured, run_here, saved_runs

WORK = """
import os, sys, threading
tasks = (1, 2, 3, 4)

def perform(task):
    if threading.current_thread() is not threading.main_thread():
        {in_a_thread}
    return task

async def perform_async(task):
    return task
"""
OWN = ["--workers=2", "--patterns=sequential,threading,asyncio"]


def own_work(tmp_path: Path, in_a_thread: str) -> list[str]:
    """The options that measure a workload that does something of its own in threads."""
    file = tmp_path / "my_work.py"
    file.write_text(WORK.replace("{in_a_thread}", in_a_thread))
    return [f"--workload={file}", *OWN]


def rows(tmp_path: Path) -> dict[str, dict[str, Any]]:
    """What the one saved run says of each pattern."""
    (run,) = saved_runs(tmp_path / "runs")
    return {one["extra_info"]["pattern"]: one["extra_info"] | {"stats": one["stats"]} for one in run["benchmarks"]}


def test_a_table_is_measured_together(tmp_path: Path) -> None:
    """And what prints a lot like any other."""
    loud = "print('x' * 100_000); sys.stderr.write('y' * 100_000); os.write(1, b'z' * 100_000)"
    outcome = run_here(tmp_path / "runs", *own_work(tmp_path, loud), "--benchmark-min-rounds=3", effort="")
    assert outcome.returncode == 0, outcome.stdout[-2000:]
    assert set(rows(tmp_path)) == {"sequential", "threading", "asyncio"}
    contests = [row["contest"] for row in rows(tmp_path).values()]
    assert len({contest["id"] for contest in contests}) == 1
    assert {contest["rows"] for contest in contests} == {3}
    # Whoever takes most of the time, here by printing, may leave after one.
    assert sorted(len(contest["repeats"]) for contest in contests)[1] >= 2
    for row in rows(tmp_path).values():
        assert len(row["stats"]["data"]) == sum(repeat["rounds"] for repeat in row["contest"]["repeats"])
        assert row["contest"]["spread"]["freedom"] >= 2


def test_the_baseline_is_measured_once_for_all_numbers_of_workers(tmp_path: Path) -> None:
    options = [*own_work(tmp_path, "pass"), "--workers=1,2,3"]
    run, said = measured(tmp_path / "runs", *options)
    assert "4 in each repeat (1) of 7 benchmarks, sequential once for all numbers of workers, and" in said
    assert len(run["benchmarks"]) == 9
    facts = [one["extra_info"] for one in run["benchmarks"]]
    assert len({one["contest"]["id"] for one in facts}) == 1
    assert {one["contest"]["rows"] for one in facts} == {3}
    assert sorted((one["workers"], one["contender"]) for one in facts) == [
        (workers, name) for workers in (1, 2, 3) for name in ("asyncio", "sequential", "threading")
    ]
    for name, different in (("sequential", 1), ("threading", 3)):
        assert len({str(one["stats"]["data"]) for one in run["benchmarks"] if name in one["name"]}) == different


def test_one_that_fails_costs_its_own_benchmark(tmp_path: Path) -> None:
    outcome = run_here(tmp_path / "runs", *own_work(tmp_path, "os._exit(3)"))
    assert outcome.returncode == 1
    assert "my-work: the process of threading ended (exit code 3) before it was done" in outcome.stdout
    assert "1 failed, 2 passed" in outcome.stdout
    assert "INTERNALERROR" not in outcome.stdout
    assert {name: row["contest"]["rows"] for name, row in rows(tmp_path).items()} == {"sequential": 2, "asyncio": 2}


def test_the_first_failure_ends_the_session_where_that_is_asked_for(tmp_path: Path) -> None:
    mark = marked()
    outcome = run_here(tmp_path / "runs", *own_work(tmp_path, "os._exit(3)"), "-x", "--order-seed=1", env=mark)
    assert outcome.returncode == 1
    assert "stopping after 1 failures" in outcome.stdout
    assert "passed" not in outcome.stdout
    assert saved_runs(tmp_path / "runs") == [], "a run of failures is not saved"
    assert wait_until_ended(mark) == []


def test_a_mark_of_pytest_benchmark_says_how_many_repeats_there_are(tmp_path: Path) -> None:
    """As it does without the suite, before the option."""
    chosen = ["-k", "server_bias and own-process and asyncio", "--benchmark-min-rounds=3"]
    run, _ = measured(tmp_path / "runs", *chosen, effort="")
    (one,) = run["benchmarks"]
    assert len(one["extra_info"]["contest"]["repeats"]) == 2
