"""One's own workload, from a file: what it gets, what it is refused for, and what it costs to lack something."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

import patterns
from harness.custom.validate import TrialError, try_own
from harness.custom.workload import worker_counts
from tests import SUITE
from tests.support.processes import command_of, eventually
from tests.support.suite import measured, refusal
from workloads import registry

WORK = """
from workloads.contract import Workload, expect

class Work(Workload):
    name = "my-work"
    tasks = (1, 2, 3)

    def perform(self, client, task):
        return task * 2

    async def perform_async(self, client, task):
        return task * 2

    def check(self, results):
        expect(self.name, self.tasks, results, [2, 4, 6])

WORKLOADS = (Work(),)
"""
TWIN = """
    async def perform_async(self, client, task):
        return task * 2
"""
NO_TWIN = WORK.replace(TWIN, "")
COMPUTATION = """
from workloads.computation import Computation
WORKLOADS = [Computation("my-work", abs, tasks=(1, 2, 3), answers=(1, 2, 3))]
"""


def fault(file: Path, code: str, limit_seconds: float = 20.0) -> str:
    """What a trial finds wrong with a file, without the file's name."""
    file.write_text(code)
    with pytest.raises(TrialError) as refused:
        try_own(file, limit_seconds, server_url=None)
    sentence = str(refused.value)
    assert sentence.startswith(str(file))
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    return sentence.removeprefix(str(file))


@pytest.mark.parametrize("code", [WORK, NO_TWIN, WORK.replace("def perform(", "def other("), COMPUTATION])
def test_accepts_what_has_one_twin_at_least(file: Path, code: str) -> None:
    file.write_text(code)
    try_own(file, 20.0, server_url=None)


def test_accepts_the_example_that_computes(file: Path) -> None:
    text = (SUITE / "examples/word_count.py").read_text(encoding="utf-8")
    assert all(number in text for number in ("20_000", "180_000"))
    file.write_text(text.replace("20_000", "200").replace("180_000", "1_800"))
    assert try_own(file, 20.0, server_url=None).tried == 8


def test_what_a_file_prints_and_reads_is_not_the_trials(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file.write_text(NO_TWIN.replace("return task * 2", "print('{}', flush=True); return task * 2"))
    try_own(file, 20.0, server_url=None)
    assert capfd.readouterr() == ("", "{}\n" * 3)
    assert ": task 0 (1) raised EOFError in line 9" in fault(file, NO_TWIN.replace("return task * 2", "input()"))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("class Work", "class Work(", r" does not import \(SyntaxError in line 4: .*\): fix the file"),
        ("name =", "nowhere.name =", r" does not import \(NameError in line 5: name 'nowhere' is .*\): fix the file"),
        ("class Work", "raise SystemExit(3)\nclass Work", r" does not import \(SystemExit in line 4: 3\): fix"),
        ("(Work(),)", "()", ": WORKLOADS holds 0 workloads: leave one"),
        ("(Work(),)", "(Work(), Work())", ": WORKLOADS holds 2 workloads: leave one"),
        ("(Work(),)", "(Work())", r": WORKLOADS is <my_work.Work object at \w+> and no tuple: write"),
        ("(Work(),)", "(Work,)", r": WORKLOADS holds the class Work: write WORKLOADS = \(Work\(\),\)"),
        ("(Work(),)", "(7,)", ": 7 lacks tasks and perform: write tasks = "),
        ("def check", "check = 7\n    def cheque", ": check is 7 and no function: have it take the results, or"),
        ('"my-work"', '"my work"', ": 'my work' cannot be a workload's name: use letters"),
        ('"my-work"', '"math-primes"', ": there is a workload 'math-primes' already: rename"),
        ("(1, 2, 3)", "()", ": my-work has no tasks: give it some"),
        ("(1, 2, 3)", "{1, 2, 3}", r": the tasks of my-work are \{1, 2, 3\}, which has no order .*: make them a tuple"),
        ("perform", "do", ": <my_work.Work .* lacks perform: write tasks = "),
    ],
)  # fmt: skip
def test_refuses_when_it_is_imported_with_file_object_and_remedy(
    refused_import: Callable[[str], str], old: str, new: str, sentence: str
) -> None:
    assert old in WORK
    assert re.match(sentence, refused_import(WORK.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("class Work", "class Work(", r" does not import \(SyntaxError in line 4: .*\): fix the file"),
        ("tasks =", "def open(self): return 1 / 0\n    tasks =", ": open raised ZeroDivisionError in line 6: .*: fix"),
        ("tasks =", "def prepare(self): 1 / 0\n    tasks =", ": prepare raised ZeroDivisionError in line 6: .*: fix"),
        ("tasks =", "def prepare(self): raise OSError('\\udcff')\n    tasks =", ": prepare raised OSError .*udcff"),
        ("def check", "def ideal_seconds(*_, **__): return -1\n    def check", ": ideal_seconds returned -1: have it"),
        ("return task * 2", "return 6 // (task - 2)", r": task 1 \(2\) raised ZeroDivisionError in line 9: .*: fix"),
        ("return task * 2", "import os; os._exit(3)", r": task 0 \(1\) ended the process \(exit code 3\): "),
        ("return task * 2", "return task", ": check, given what perform returned, raised WrongAnswer in line 15: "),
        ("expect(", "return expect.nothing(", ": check, given .*, raised AttributeError in line 15"),
        ("[2, 4, 6]", "[2, 4]", ": check, given .*: my-work: 2 answers are known for 3 tasks: there must be one each"),
        ("expect(", "return print(", ": check accepts one result missing: have it compare"),
        ("expect(", "assert len(results) == 3\n        return print(", ": check accepts a foreign object as the first"),
    ],
)  # fmt: skip
def test_refuses_with_file_object_and_remedy(file: Path, old: str, new: str, sentence: str) -> None:
    assert old in WORK
    assert re.match(sentence, fault(file, WORK.replace(old, new)))


@pytest.mark.parametrize("broken", ["return 0", "raise OSError('closed')"])
def test_tries_the_awaitable_twin_too(file: Path, broken: str) -> None:
    sentence = fault(file, WORK.replace(TWIN, TWIN.replace("return task * 2", broken)))
    assert "given what perform_async returned" in sentence or sentence.startswith(": task 0 (1) raised OSError")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("class Work", "import time; time.sleep(60)\nclass Work", "the import"),
        ("return task * 2", "import time; time.sleep(60 if task == 3 else 0); return task * 2", "task 2 (3)"),
        ("return task * 2", "return 10 ** 10 ** 9", "task 0 (1)"),  # holds the GIL
        ("expect(", "import time; time.sleep(60)\n        expect(", "check, given what perform returned,"),
    ],
)
def test_stops_and_names_what_does_not_end(file: Path, old: str, new: str, what: str) -> None:
    for limit_seconds in (1.5, 6.0, 24.0):  # in the first of which a busy machine may not come so far
        sentence = fault(file, NO_TWIN.replace(old, new), limit_seconds)
        if sentence.startswith(f": {what} "):
            break
    assert sentence.startswith(f": {what} had not ended after {limit_seconds:g} s, the longest that a run may take: ")
    assert sentence.endswith("raise --time-limit")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing.py", "there is no such file: give a Python file that holds your work"),
        ("folder.py", "this is a folder: give a Python file that holds your work"),
        ("my_work.txt", "Python cannot import a file of that name: rename it to one like my_work.py"),
        ("my-work.py", "Python cannot import a file of that name: rename it to one like my_work.py"),
        ("requests.py", "there is a module 'requests' already"),
        ("workloads.py", "there is a module 'workloads' already"),
        ("sys.py", "there is a module 'sys' already"),
        ("package.py", "there is a module 'package' already"),
    ],
)
def test_refuses_a_file_that_cannot_be_imported_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, sentence: str
) -> None:
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    if name not in ("missing.py", "folder.py"):
        (tmp_path / name).write_text(WORK)
    monkeypatch.setattr(sys, "path", [*sys.path])
    with pytest.raises(registry.RegistryError, match=re.escape(f"{tmp_path / name}: {sentence}")):
        registry.load_file(tmp_path / name)


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.usefixtures("own_temp")
def test_a_trial_ends_with_the_session_that_was_killed(file: Path) -> None:
    file.write_text(WORK.replace("return task * 2", "while True: pass"))
    command = [sys.executable, "-m", "pytest", "--benchmark-only", "-p", "no:cacheprovider", f"--workload={file}"]
    with subprocess.Popen(command, cwd=SUITE, stdout=subprocess.DEVNULL) as session:

        def trials() -> list[psutil.Process]:
            children = psutil.Process(session.pid).children()
            return [one for one in children if "harness.custom.trial" in command_of(one)]

        trial = eventually(trials)
        session.send_signal(signal.SIGKILL)
    assert trial
    assert psutil.wait_procs(trial, timeout=10)[1] == []


class TestWithPytest:
    def test_runs_every_pattern_on_the_example_in_the_readme(self, file: Path, tmp_path: Path) -> None:
        text = (SUITE / "README.md").read_text(encoding="utf-8")
        (example,) = [code for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "class MyWork" in code]
        file.write_text(example)
        run, said = measured(tmp_path / "runs", f"--workload={file}", "--workers=2", "--patterns=all")
        assert f"workload: my-work, 20 tasks, from {file}" in said
        assert [one["name"] for one in run["benchmarks"]] == [
            f"test_own[my-work-2-{name}]" for name in patterns.names() if not patterns.get(name).unavailable()
        ]

    def test_runs_the_example_that_downloads(self, tmp_path: Path) -> None:
        arguments = ["--workload", "examples/pages.py", "--workers=2", "--start-method=spawn"]
        assert "1 passed" in measured(tmp_path, *arguments, "-k", "multiprocessing")[1]

    def test_what_it_lacks_costs_it_the_patterns_that_need_it(self, file: Path, tmp_path: Path) -> None:
        file.write_text(NO_TWIN.replace("WORKLOADS", "Work.tasks = [lambda: 1] * 3\nWORKLOADS").replace("task * 2", "2")
                        .replace("[2, 4, 6]", "[2] * 3"))  # fmt: skip
        _, said = measured(tmp_path / "runs", f"--workload={file}", "--workers=2")
        assert "2 passed, 2 skipped" in said
        assert "asyncio-uvloop" not in said, "of patterns that are not measured, nothing is said"
        assert f"asyncio cannot run {file}: my-work has no perform_async: add it" in said
        assert f"multiprocessing cannot run {file}: task 0 of my-work cannot be pickled" in said

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--workload=nowhere.py"], "nowhere.py: there is no such file"),
            (["--workload=workloads/primes.py"], "workloads/primes.py: there is a workload 'math-primes' already"),
            (["--workload=examples/pages.py", "--workers=0"], "--workers: '0' is not a number of workers"),
            (["--workload=examples/pages.py", "--time-limit=never"], "--time-limit: 'never' is not a duration"),
            (["--workers=4"], "--workers is for a workload of your own: add --workload FILE"),
        ],
    )
    def test_refuses_at_the_start(self, tmp_path: Path, arguments: list[str], sentence: str) -> None:
        assert sentence in refusal(tmp_path, *arguments)


@pytest.mark.parametrize(("text", "counts"), [("1", (1,)), ("1,4,16", (1, 4, 16)), ("4,4", (4,))])
def test_reads_numbers_of_workers(text: str, counts: tuple[int, ...]) -> None:
    assert worker_counts(text) == counts
