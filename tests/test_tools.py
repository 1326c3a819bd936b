"""The programs that measure the suite itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import saved
from tools import stability


def runs_in(folder: Path, *threading_seconds: float) -> list[str]:
    """The files of runs in which asyncio takes half a second, sequential one, and threading as given."""
    files = []
    for number, seconds in enumerate(threading_seconds):
        medians = {"sequential": 1.0, "asyncio": 0.5, "threading": seconds}
        rows = [saved.benchmark(name, [s * 0.999, s, s * 1.001]) for name, s in medians.items()]
        files.append(str(saved.save(folder / f"{number:04}_run.json", saved.run(rows))))
    return files


def test_runs_that_say_the_same_are_stable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stability.main(runs_in(tmp_path, 0.600, 0.601, 0.599, 0.6005)) == 0
    output = capsys.readouterr().out
    assert "4 runs, each taken on its own" in output
    assert "order, where intervals do not touch: 4 of 4 (100.0%)" in output
    assert "coverage: 8 of 8 (100.0%)" in output
    assert "spread: 100.0% of 12 benchmarks at most 5%, 0.0% over 15%" in output


def test_a_run_that_says_otherwise_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stability.main(runs_in(tmp_path, 0.6, 0.601, 0.599, 0.4)) == 0
    output = capsys.readouterr().out
    assert "order, where intervals do not touch: 3 of 4 (75.0%)" in output
    assert "coverage: 7 of 8 (87.5%)" in output


def test_one_run_says_nothing_of_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stability.main(runs_in(tmp_path, 0.6)) == 2
    assert "1 run says nothing of how runs differ: name a folder or files with many" in capsys.readouterr().err
