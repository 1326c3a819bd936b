"""Machines unlike the one at hand: without semaphores, of another architecture, with folders in the way."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.host import semaphores
from tests.every import PROCESS_PATTERNS
from tests.suite import run_suite, saved_runs

# Processes may share a semaphore no more: as where /dev/shm is missing, may not be written, or Python lacks them.
NO_SEMAPHORES = {
    "missing": "raise FileNotFoundError(2, 'No such file or directory')",
    "forbidden": "raise PermissionError(13, 'Permission denied')",
    "full": "raise OSError(28, 'No space left on device')",
}
SITE = """
import _multiprocessing

class SemLock:
    SEM_VALUE_MAX = 1
    def __init__(self, *_):
        {how}

_multiprocessing.SemLock = SemLock
"""
SITE_WITHOUT = "import _multiprocessing; del _multiprocessing.SemLock"


class TestWithoutSemaphores:
    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has them")
    @pytest.mark.parametrize("how", ["missing", "lacking"])
    def test_patterns_with_processes_are_skipped_with_the_reason(self, tmp_path: Path, how: str) -> None:
        site = SITE.format(how=NO_SEMAPHORES[how]) if how in NO_SEMAPHORES else SITE_WITHOUT
        (tmp_path / "sitecustomize.py").write_text(site)
        names = f"--patterns=sequential,{','.join(PROCESS_PATTERNS)}"
        chosen = [names, "-k", "io_bound and download-talk or test_talk and multiprocessing"]
        outcome = run_suite(tmp_path / "runs", *chosen, env={"PYTHONPATH": str(tmp_path)})
        assert outcome.returncode == 0, outcome.stdout
        assert f"1 passed, {len(PROCESS_PATTERNS) + 1} skipped" in outcome.stdout
        said = " ".join(outcome.stdout.split())
        for pattern in PROCESS_PATTERNS:
            assert f"{pattern} cannot run here: processes can share no semaphore here (" in said
        assert "have /dev/shm mounted, writable and not full" in said
        assert "Traceback" not in outcome.stdout + outcome.stderr
        (run,) = saved_runs(tmp_path / "runs")
        assert [one["extra_info"]["pattern"] for one in run["benchmarks"]] == ["sequential"]

    @pytest.mark.parametrize("how", NO_SEMAPHORES)
    def test_it_is_told_whatever_the_system_says(self, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
        space: dict[str, type] = {}
        exec(f"def fail(self, *_):\n    {NO_SEMAPHORES[how]}", space)  # noqa: S102
        broken = type("SemLock", (), {"SEM_VALUE_MAX": 1, "__init__": space["fail"]})
        assert semaphores.lacks_semaphores() is None
        monkeypatch.setattr("_multiprocessing.SemLock", broken)
        assert str(semaphores.lacks_semaphores()).startswith("processes can share no semaphore here (")

    def test_a_task_that_fails_by_itself_has_failed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(semaphores, "lacks_semaphores", lambda: "none")
        with pytest.raises(OSError, match="No such file") as raised:
            (Path("no") / "such" / "file").read_bytes()
        assert semaphores.explain(raised.value) is None
