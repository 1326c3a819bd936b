"""How much of one's own work a trial does, and what it finds of work that can be measured in part."""

import io
from pathlib import Path

import pytest

from harness.custom import trial
from harness.custom.progress import CLEAR, shown_on
from harness.custom.validate import TrialFindings, try_own
from harness.custom.workload import compared
from tests.support.suite import measured
from tests.support.toys import Doubling

SLOW = """
import time
tasks = range(64)

def perform(task):
    time.sleep(0.02)
    return task
"""
CHECKED = f"""{SLOW}
def check(results):
    assert list(results) == list(tasks)
"""


@pytest.mark.parametrize(
    ("count", "numbers"), [(1, [0]), (3, [0, 1, 2]), (8, [*range(8)]), (64, [0, 9, 18, 27, 36, 45, 54, 63])]
)
def test_some_tasks_are_spread_over_the_list(count: int, numbers: list[int]) -> None:
    assert trial.spread(count, 8) == numbers


@pytest.mark.parametrize(("code", "again"), [(SLOW, [0]), (CHECKED, [])])
def test_of_slow_tasks_a_few_are_tried(file: Path, code: str, again: list[int]) -> None:
    file.write_text(code)
    steps: list[str] = []
    found = try_own(file, 20.0, server_url=None, tell=steps.append)
    tried = [0, 9, 18, 27, 36, 45, 54, 63]
    assert found.tried == len(tried)
    assert [step for step in steps if step.startswith("task")] == [f"task {n} ({n})" for n in [*tried, *again]]


def test_of_quick_tasks_all_are_tried(file: Path) -> None:
    file.write_text(CHECKED.replace("0.02", "0"))
    assert try_own(file, 20.0, server_url=None).tried == 64


def test_the_header_says_how_much_there_is_to_do(file: Path, tmp_path: Path) -> None:
    file.write_text(SLOW)
    arguments = ["--workers=4,8", "--patterns=threading", "--benchmark-min-rounds=9"]
    _, said = measured(tmp_path / "runs", f"--workload={file}", *arguments)
    assert "it has no check: the results of 8 of the 64 tasks are compared with those of a plain loop" in said
    assert "at least 384 tasks will run, 64 in each repeat (3) of 2 benchmarks, and more" in said
    assert "warning: cached" not in said


def test_the_header_says_whether_check_has_seen_right_results() -> None:
    assert compared(Doubling(), TrialFindings(tried=8)) == [
        "the trial did 8 of the 40 tasks, so check has not seen right results yet"
    ]
    assert compared(Doubling(), TrialFindings(tried=40)) == []


class Terminal(io.StringIO):
    """What a terminal would be sent."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_is_shown_what_is_tried_in_one_line_and_a_file_nothing() -> None:
    terminal = Terminal()
    with shown_on(terminal, "trying my_work.py") as show:
        show("task 0 (1)")
        show("x" * 500)
    *lines, end = terminal.getvalue().split(CLEAR)[1:]
    assert lines[0] == "trying my_work.py: task 0 (1)"
    assert len(lines[1]) < 500
    assert end == ""
    file = io.StringIO()
    with shown_on(file, "trying my_work.py") as show:
        show("task 0 (1)")
    assert file.getvalue() == ""
