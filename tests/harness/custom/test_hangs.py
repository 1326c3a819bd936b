"""One's own work that keeps workers from starting, from ending or from going on: each is ended within the limit."""

import re
from pathlib import Path

import pytest

from harness.stands.handle import StandFailed
from harness.stands.job import Ask, Checkpoint
from harness.stands.stands import Stands
from tests.support.commands import printed
from tests.support.processes import marked, wait_until_ended
from tests.support.standing import SHORT_SECONDS, forking, job_of, posix, sentence_of, warm, with_more
from tests.support.suite import run_here, saved_runs

POOL = """
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(2)
pool.submit(abs, 1).result()
"""


@posix
def test_workers_that_do_not_stop_are_ended_and_told(stands: Stands, tmp_path: Path) -> None:
    job = job_of(tmp_path, "threading.Thread(target=time.sleep, args=(3600,)).start()", "process-pool")
    with warm(stands, job) as stand:
        stand.limit_seconds = SHORT_SECONDS
        with pytest.raises(StandFailed, match=r"the workers of process-pool had not stopped after 0\.3 s: look for a"):
            stand.ask(Ask.STOP, Checkpoint.STOPPED)


@posix
def test_workers_that_do_not_start_are_ended(stands: Stands, tmp_path: Path) -> None:
    job = job_of(tmp_path, "pass", "threading")
    file = Path(job.file)
    file.write_text(file.read_text().replace("import contextlib", "time.sleep(3600)"))
    assert "it had not ended after 0.3 s" in sentence_of(stands, job, SHORT_SECONDS)


@forking
def test_a_hang_after_a_fork_beside_threads_names_the_start_method(stands: Stands, tmp_path: Path) -> None:
    job = with_more(job_of(tmp_path, "return pool.submit(abs, task).result()", "multiprocessing"), POOL)
    found = sentence_of(stands, job, SHORT_SECONDS)
    assert re.search(r"its process had \d threads when the workers of multiprocessing were forked from it, ", found)
    assert "use --start-method=spawn or forkserver" in found


# Done by the main thread of a program alone: a worker of a pool is killed, and a thread never ends.
WORK = """
import multiprocessing, os, signal, threading, time
tasks = (1, 2, 3, 4)

def perform(task):
    if multiprocessing.parent_process() and task == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    while threading.current_thread() is not threading.main_thread():
        time.sleep(0.01)
    return task

async def perform_async(task):
    return task
"""


@posix
def test_what_hangs_costs_its_own_benchmark_and_leaves_nothing(file: Path, tmp_path: Path) -> None:
    file.write_text(WORK)
    mark = marked()
    outcome = run_here(tmp_path / "runs", *(f"--workload={file}", "--workers=2", "--time-limit=2"), env=mark)
    assert outcome.returncode == 1
    assert outcome.stdout.count("my-work: it had not ended after 2 s: raise --time-limit if it takes that long") >= 2
    assert "2 failed, 2 passed" in outcome.stdout
    assert "Traceback" not in outcome.stdout + outcome.stderr
    (run,) = saved_runs(tmp_path / "runs")
    assert {one["extra_info"]["pattern"] for one in run["benchmarks"]} == {"asyncio", "sequential"}
    missing = run["machine_info"]["three_patterns"]["missing"]
    failed = [f"test_own[my-work-2-{name}]" for name in ("multiprocessing", "threading")]
    assert sorted(one["benchmark"].rpartition("::")[2] for one in missing) == failed
    for verb in ("answer", "summary"):
        shown = printed(verb, "--storage", tmp_path / "runs")
        assert f"warning: failed: {failed[1]}: my-work: it had not ended after 2 s" in shown
    assert wait_until_ended(mark) == []
