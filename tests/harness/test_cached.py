"""Tasks that are answered from a cache after the first time are flagged, and those that merely get warm are not."""

from __future__ import annotations

from pathlib import Path

from harness import flags
from tests.support.suite import run_here, saved_runs

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
    outcome = run_here(tmp_path / "runs", *arguments)
    assert outcome.returncode == 0, outcome.stdout
    (run,) = saved_runs(tmp_path / "runs")
    for benchmark in run["benchmarks"]:
        raised = [flag["name"] for flag in benchmark["extra_info"]["flags"]]
        assert "cached" in raised, benchmark["name"]


def test_warming_up_is_no_cache() -> None:
    assert flags.cached(9.9, 1.0) is None
    assert flags.cached(1000.0, 0.001) is None
    flag = flags.cached(10.0, 0.002)
    assert flag
    assert flag.sentence.startswith("its tasks were done 10 times faster than the first time in the same process")
