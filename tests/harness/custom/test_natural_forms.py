"""One's own work as one would write it first: functions, or a class that knows nothing of the contract."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.custom.validate import TrialError, try_own
from tests import SUITE
from tests.support.suite import listed, measured, run_here

FUNCTIONS = """
tasks = [1, 2, 3]

def perform(task):
    return task * 2
"""
BOTH = f"""{FUNCTIONS}
async def perform_async(task):
    return task * 2
"""
WITH_A_CLIENT = """
from contextlib import nullcontext
tasks = range(3)

def open():
    return nullcontext(7)

def perform(client, task):
    return client * task

def check(results):
    assert list(results) == [0, 7, 14]
"""
CLASS = """
class Doubling:
    tasks = (1, 2, 3)

    def perform(self, task):
        return task * 2
"""
INHERITING = """
from workloads.contract import Workload

class Doubling(Workload):
    tasks = (1, 2, 3)

    def perform(self, client, task):
        return task * 2
"""
PREPARED = """
from contextlib import contextmanager

class Doubling:
    tasks = (1, 2, 3)

    @contextmanager
    def prepare(self):
        self.factor = 2
        yield

    def perform(self, task):
        return task * self.factor
"""


@pytest.mark.parametrize(
    "code",
    [
        FUNCTIONS,
        BOTH,
        WITH_A_CLIENT,
        CLASS,
        INHERITING,
        PREPARED,
        f"{CLASS}\nwork = Doubling()\n",
        f"{CLASS}\nWORKLOADS = (Doubling(),)\n",
        f"{CLASS}\nclass Other(Doubling):\n    tasks = (7,)\n",
        "tasks = [b'one', b'two']\nfrom hashlib import sha256\ndef perform(task): return sha256(task).hexdigest()\n",
        "tasks = [1]\nperform = abs\n",
    ],
)
def test_what_is_natural_is_accepted(file: Path, code: str) -> None:
    file.write_text(code)
    assert try_own(file, 20.0, server_url=None).tried > 0


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("def perform(task): return task", "it lacks tasks: write tasks = (1, 2, 3) and def perform(task)"),
        ("tasks = [1]", "there is no work in it: write tasks = (1, 2, 3) and def perform(task)"),
        ("tasks = [1]\nasync def perform(task): return 1", "perform is a coroutine function, .*: call it"),
        ("tasks = [1]\ndef perform(): return 1", "perform takes 0 arguments: have it take the task, or the client and"),
        ("tasks = [1]\ndef perform(a, b, c): return 1", "perform takes 3 arguments: have it take the task, or"),
        (f"{FUNCTIONS}\ndef prepare(): pass", "prepare beside functions would not reach other processes .*: make a"),
        (f"{CLASS}\nclass Other(Doubling): pass\nclass Third(Doubling): pass", "it holds 2 that could be the work: "),
        (f"{CLASS}    def __init__(self, n): pass", r"Doubling\(\) fails \(.*\): bind the object that is meant, as in"),
    ],
)
def test_what_is_not_is_refused_with_the_remedy(refused_import: Callable[[str], str], code: str, sentence: str) -> None:
    pattern = sentence.replace("(1, 2, 3)", r"\(1, 2, 3\)").replace("(task)", r"\(task\)")
    assert re.match(f": {pattern}", refused_import(code))


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (BOTH.replace("* 2", "* 3", 1), r"task 0 \(1\) gave 3 first and then, with perform_async, 2, and no check"),
        (
            "from itertools import count\nn = count()\ntasks = [1]\ndef perform(task): return next(n)",
            r"task 0 \(1\) gave 0 first and then, with perform, 1, and no check says .* or add a check\(results\)",
        ),
    ],
)
def test_what_differs_from_itself_is_refused(file: Path, code: str, sentence: str) -> None:
    file.write_text(code)
    with pytest.raises(TrialError, match=f"^{re.escape(str(file))}: {sentence}"):
        try_own(file, 20.0, server_url=None)


@pytest.mark.parametrize(("code", "method"), [(BOTH, "fork"), (PREPARED, "spawn")])
def test_it_is_measured_under_the_name_of_the_file(file: Path, tmp_path: Path, code: str, method: str) -> None:
    file.write_text(code)
    options = (f"--workload={file}", "--workers=2", f"--start-method={method}")
    run, said = measured(tmp_path / "runs", *options)
    assert f"workload: my-work, 3 tasks, from {file}" in said
    assert "it has no check: the results of 3 of the 3 tasks are compared with those of a plain loop" in said
    assert run["machine_info"]["three_patterns"]["run"]["workload"] == str(file)
    names = ["sequential", "threading", *(["asyncio"] if code == BOTH else []), "multiprocessing"]
    assert {one["name"] for one in run["benchmarks"]} == {f"test_own[my-work-2-{name}]" for name in names}


def test_what_differs_from_the_plain_loop_fails_alone(file: Path, tmp_path: Path) -> None:
    file.write_text("import threading\ntasks = [1]\ndef perform(task): return threading.current_thread().name[:4]\n")
    outcome = run_here(tmp_path / "runs", f"--workload={file}", "--workers=2")
    assert outcome.returncode == 1, outcome.stdout
    assert "my-work: task 0 (1) gave 'Thre' and the plain loop 'Main': add a check(results) if both" in outcome.stdout
    assert "2 passed, 1 skipped" in outcome.stdout.replace("1 failed, ", "")


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
@pytest.mark.parametrize("path", ["/home/me/my_work.py", "/home/my folder/my_work.py"])
def test_make_is_given_a_file_from_anywhere(tmp_path: Path, path: str) -> None:
    command = ["make", "-n", "-C", str(SUITE), "bench", f"WORKLOAD={path}", "ARGS=--fast"]
    outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert f'--report=report.html "--workload={path}" --fast' in outcome.stdout


@pytest.mark.parametrize(
    ("cwd", "arguments"),
    [
        (SUITE, ["--workload={there}/my_work.py"]),
        (SUITE, ["benchmarks", "--workload", "{there}/my_work.py"]),
        (None, [f"{SUITE}/benchmarks", "--workload", "./my_work.py"]),
        (None, [f"{SUITE}/benchmarks", "--workload=my_work.py"]),
        (None, [f"{SUITE}/benchmarks", "--workload=~/my_work.py"]),
    ],
)
def test_pytest_is_given_a_file_from_anywhere(tmp_path: Path, cwd: Path | None, arguments: list[str]) -> None:
    there = tmp_path / "a b"
    there.mkdir()
    (there / "my_work.py").write_text(FUNCTIONS)
    if "--workload" not in arguments:  # else pytest would take these for its settings
        (there / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
        (there / "conftest.py").write_text("raise SystemExit(3)\n")
    home = {"HOME": str(there), "USERPROFILE": str(there)}
    found = listed(*(one.format(there=there) for one in arguments), folder=cwd or there, env=home)
    assert found
    assert all("test_own.py::" in line for line in found)


def test_the_five_lines_in_the_readme_are_whole(file: Path) -> None:
    text = (SUITE / "README.md").read_text(encoding="utf-8")
    (example,) = [code for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "tasks = [f" in code]
    assert len(list(filter(None, example.splitlines()))) <= 5
    offline = example.replace("requests.get(task, timeout=10).text", "task.upper()")
    file.write_text(offline)
    assert try_own(file, 20.0, server_url=None).kept
