"""Stands that are ready for rounds, of a workload whose task does as a test says."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.stands.handle import Stand, StandFailed
from harness.stands.job import Ask, Checkpoint, Job
from harness.stands.stands import CAN_FORK, Stands
from tests.support.processes import left_of

LIMIT_SECONDS = 60.0
SHORT_SECONDS = 0.3

forking = pytest.mark.skipif(not CAN_FORK, reason="there are no forked stands here")
posix = pytest.mark.skipif(os.name != "posix", reason="signals")
# For what a stand does wherever it comes from. Each that is spawned takes a quarter of a second to start.
of_one_kind = pytest.mark.parametrize("stands", ["forked" if CAN_FORK else "spawned"], indirect=True)

# A workload whose task does as it says.
WORK = """
import json, multiprocessing, os, signal, sys, threading, time
from workloads.contract import TaskFailed, expect

def in_a_worker():
    return multiprocessing.parent_process() is not None

class Work:
    name = "my-work"
    tasks = (1, 2)
    def open(self):
        import contextlib
        return contextlib.nullcontext()
    def perform(self, client, task):
        {body}
        return task
    def check(self, results):
        expect(self.name, self.tasks, results, self.tasks)
    def ideal_seconds(self, workers, cores):
        return None

WORKLOADS = (Work(),)
"""


def job_of(tmp_path: Path, body: str, pattern: str = "sequential", **changes: Any) -> Job:
    """A job whose tasks run some code."""
    file = tmp_path / "my_work.py"
    file.write_text(WORK.replace("{body}", body.replace("\n", "\n        ")))
    known: dict[str, Any] = {"workers": 2, "cold": False, "start_method": "fork" if CAN_FORK else "spawn"}
    return Job(pattern=pattern, workload="my-work", file=str(file), **(known | changes))


@contextmanager
def warm(stands: Stands, job: Job, limit_seconds: float = LIMIT_SECONDS) -> Iterator[Stand]:
    """A stand that is ready for rounds."""
    with stands.open(job, limit_seconds) as stand:
        stand.begin()
        stand.ask(Ask.START, Checkpoint.READY)
        yield stand


def sentence_of(stands: Stands, job: Job, limit_seconds: float = LIMIT_SECONDS) -> str:
    """Why a stand fails, of which nothing is left."""
    family: list[psutil.Process] = []

    def try_a_round() -> None:
        with stands.open(job, LIMIT_SECONDS) as stand:
            family.append(psutil.Process(stand.pid))
            stand.begin()
            stand.limit_seconds = limit_seconds  # a Python may take longer than that to start on a busy machine
            stand.ask(Ask.START, Checkpoint.READY)
            family.extend(family[0].children(recursive=True))
            stand.ask(Ask.GO, Checkpoint.RAN)

    with pytest.raises(StandFailed) as failed:
        try_a_round()
    assert left_of(family) == []
    return str(failed.value)


def with_more(job: Job, code: str) -> Job:
    """The same job, with more at the top of its file."""
    file = Path(job.file)
    file.write_text(code + file.read_text())
    return job
