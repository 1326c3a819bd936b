"""What single runs are worth, on made-up runs whose answers are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.made_up import saved
from tests.support.made_up.answered import DOWNLOADS, MIXED, Benchmarks, table
from tools import first_answer

OTHERWISE = (0.16, 0.32, 0.32, 0.31)


def save(folder: Path, *runs: Benchmarks) -> list[str]:
    """The files of these runs, each a little slower than the one before."""
    return [
        str(
            saved.save(
                folder / f"{number:04}_run.json", saved.run([saved.slower(one, 1 + number / 1000) for one in run])
            )
        )
        for number, run in enumerate(runs)
    ]


def test_runs_that_agree_are_all_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = [*table("io-bound", "download-typical", DOWNLOADS), *table("mixed", "mixed", MIXED)]
    assert first_answer.main(save(tmp_path, run, run, run)) == 0
    assert capsys.readouterr().out.splitlines() == [
        "3 runs, each on its own",
        "  waiting, 16 workers: asyncio or threading by all runs (conclusive), and by 3 of 3, 3 decided",
        "  both, 16 workers: multiprocessing by all runs (conclusive), and by 3 of 3, 3 decided",
        "6 of 6 name exactly what all runs together name; 6 are decided",
        "0 name as best a pattern that is more than 10% behind",
    ]


def test_a_run_that_names_something_else_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right = table("cpu-bound", "math-primes", (0.31, 0.32, 0.32, 0.16), workers=2)
    wrong = table("cpu-bound", "math-primes", OTHERWISE, workers=2)
    assert first_answer.main(save(tmp_path, *[right] * 9, wrong)) == 0
    output = capsys.readouterr().out
    assert "multiprocessing by all runs (conclusive), and by 9 of 10, 10 decided; sequential 1 times" in output
    assert "9 of 10 name exactly" in output
    assert "1 name as best a pattern that is more than 10% behind" in output


def test_what_cannot_be_compared_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert first_answer.main(save(tmp_path, table("mixed", "mixed", MIXED))) == 2
    assert "1 run cannot be compared with others: name a folder or files with many" in capsys.readouterr().err
    alone = table("dispatch", "nothing", MIXED)
    assert first_answer.main(save(tmp_path / "more", alone, alone)) == 2
    assert "no headline answer" in capsys.readouterr().err
