"""One's own work that keeps workers from starting, from ending or from going on: each is ended within the limit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.stands.handle import StandFailed
from harness.stands.job import Ask, Checkpoint
from harness.stands.stands import Stands
from tests.support.standing import SHORT_SECONDS, forking, job_of, posix, sentence_of, warm, with_more

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
    job = with_more(job_of(tmp_path, "pass", "threading"), "")
    file = Path(job.file)
    file.write_text(file.read_text().replace("import contextlib", "time.sleep(3600)"))
    assert "it had not ended after 0.3 s" in sentence_of(stands, job, SHORT_SECONDS)


@forking
def test_a_hang_after_a_fork_beside_threads_names_the_start_method(stands: Stands, tmp_path: Path) -> None:
    job = with_more(job_of(tmp_path, "return pool.submit(abs, task).result()", "multiprocessing"), POOL)
    found = sentence_of(stands, job, SHORT_SECONDS)
    assert re.search(r"its process had \d threads when the workers of multiprocessing were forked from it, ", found)
    assert "use --start-method=spawn or forkserver" in found
