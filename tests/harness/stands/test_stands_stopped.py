"""Whoever holds stands is killed or interrupted, and nothing is left of them."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.processes import in_the_background, marked, wait_until_ended
from tests.support.standing import forking, posix

# Holds stands of two patterns, and goes on and on.
HOLDER = """
import sys
from harness.stands.forked import ForkedStands
from harness.stands.job import Ask, Checkpoint, Job
from harness.stands.stands import SpawnedStands
from tests.support.standing import warm
stands = (ForkedStands if sys.argv[1] == "forked" else SpawnedStands)()
print("up", flush=True)
try:
    while True:
        for pattern in ("multiprocessing", "threading", "process-pool"):
            job = Job(pattern, "nap", 2, False, sys.argv[2], tasks=20)
            with warm(stands, job) as one, warm(stands, job) as other:
                for stand in (one, other, one):
                    stand.ask(Ask.GO, Checkpoint.RAN)
                    print("ran", flush=True)
finally:
    stands.close()
"""


@contextmanager
def holder(kind: str, mark: dict[str, str], method: str = "fork") -> Iterator[subprocess.Popen[str]]:
    """A program that holds stands, and has begun to."""
    with in_the_background([sys.executable, "-c", HOLDER, kind, method], mark) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process


@posix
class TestWhoeverHoldsItIsStopped:
    @pytest.mark.parametrize("kind", [pytest.param("forked", marks=forking), "spawned"])
    def test_killed_at_any_moment(self, kind: str) -> None:
        self.kill_at_random_moments(kind, times=2, latest=0.7)

    @pytest.mark.stress
    @pytest.mark.parametrize("kind", [pytest.param("forked", marks=forking), "spawned"])
    def test_killed_at_fifty_moments(self, kind: str) -> None:
        self.kill_at_random_moments(kind, times=50, latest=1.5)

    @staticmethod
    def kill_at_random_moments(kind: str, times: int, latest: float) -> None:
        for _ in range(times):
            mark = marked()
            with holder(kind, mark) as process:
                time.sleep(random.uniform(0.0, latest))
                process.kill()
            assert wait_until_ended(mark) == []

    @pytest.mark.parametrize("kind", [pytest.param("forked", marks=forking), "spawned"])
    def test_interrupted(self, kind: str) -> None:
        mark = marked()
        with holder(kind, mark) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ran\n"
            os.killpg(process.pid, signal.SIGINT)
            output, _ = process.communicate(timeout=60)
        assert output.count("KeyboardInterrupt") == 1
        assert wait_until_ended(mark) == []
