"""What is said of runs on one's own work alone: that work, its own numbers of workers, and how to make more of it."""

from pathlib import Path
from typing import Any

import pytest

from analysis.criteria.commands import bench
from tests.support.commands import analysis, printed
from tests.support.made_up import pictured, saved
from tests.support.made_up.answered import table

FILE = "/home/me/my work.py"
OWN = {"order_seed": 7, "effort": "fast", "workload": FILE}
WITH_SPACES = "WORKLOAD='/home/me/my work.py'"


def own_work(counts: tuple[int, ...] = (1, 4, 16)) -> list[dict[str, Any]]:
    times = {1: (2.0, 2.0, 2.0, 2.0), 4: (2.0, 0.5, 0.5, 0.6), 16: (2.0, 0.2, 0.2, 0.3)}
    return [row for count in counts for row in table("own", "my-work", times[count], workers=count)]


def page(storage: Path, *runs: dict[str, Any]) -> str:
    file = storage / "page.html"
    assert printed("report", "--storage", saved.store(storage, *runs), "-o", file)
    return file.read_text(encoding="utf-8").partition("<main>")[2].partition("<script")[0]


def test_the_report_shows_that_work_alone(tmp_path: Path) -> None:
    shown = page(tmp_path, saved.run(own_work(), run=OWN))
    headings = [part.partition("</h2>")[0].rpartition(">")[2] for part in shown.split("<section ")[1:]]
    assert headings == ["The answer", "How fast", "More workers", "What it costs", "How to repeat it"]
    assert shown.count("<li><a href=") == len(headings)
    assert "claim" not in shown
    assert "Not measured" not in shown
    assert "Your own work with more workers: how much faster" in shown
    assert "&#39;--workload=/home/me/my work.py&#39; --workers=1,4,16" in shown


def test_beside_other_work_the_report_is_whole(tmp_path: Path) -> None:
    shown = page(tmp_path, saved.run([*own_work(), *pictured.downloads()], run=OWN))
    assert "The talk’s claims" in shown
    assert "Not measured" in shown


def test_two_works_have_no_picture_in_common() -> None:
    other = [row for count in (1, 4, 16) for row in table("own", "other", (2.0, 0.5), workers=count)]
    assert "scaling-own-speed-up" in pictured.drawn(pictured.material(own_work()))
    assert "scaling-own-speed-up" not in pictured.drawn(pictured.material([*own_work(), *other]))


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["answer", "1"], f'make bench {WITH_SPACES} ARGS="--rigorous --workers=16"'),
        (["compare", "1", "2"], f"make bench RUNS=5 {WITH_SPACES}"),
        (["gate", "1", "2"], f"make bench RUNS=5 {WITH_SPACES}"),
        (["trend"], f"make bench RUNS=10 {WITH_SPACES}"),
    ],
)
def test_more_runs_are_of_the_same_file(tmp_path: Path, words: list[str], command: str) -> None:
    open_one = table("own", "my-work", (2.0, 0.2, 0.21, 0.2), noise=0.1)
    saved.store(tmp_path, *(saved.of_day(day, saved.run(open_one, run=OWN)) for day in (1, 2)))
    assert command in " ".join(analysis(*words, "--storage", tmp_path).output.split())


def test_a_command_holds_no_path_that_would_be_more_than_a_path() -> None:
    assert bench() == "make bench"
    assert bench(runs=5, options="-m talk") == 'make bench RUNS=5 ARGS="-m talk"'
    assert bench("my_work.py") == "make bench WORKLOAD=my_work.py"
    assert bench("`rm`; my_work.py") == "make bench WORKLOAD=FILE"
