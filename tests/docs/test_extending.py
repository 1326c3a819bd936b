"""docs/extending.md: each of its examples is one new file, which is measured and tested, and nothing else is edited."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.stands.handle import Subject
from harness.stands.stands import SpawnedStands
from tests import SUITE
from tests.support.processes import run
from tests.support.standing import job_of, sentence_of
from tests.support.suite import copy_of_the_suite, run_suite, saved_runs

TEXT = (SUITE / "docs/extending.md").read_text(encoding="utf-8")
PATTERN, COMPUTATION, LINES = "patterns/asyncio_taskgroup.py", "workloads/collatz.py", "workloads/lines.py"
EXAMPLES = (PATTERN, COMPUTATION, LINES)
# The tests of what is new, with one of the patterns that were there, and of what looks at all files.
PATTERNS, WORKLOADS = "tests/patterns/test_patterns.py", "tests/workloads/test_workloads.py"
TESTS = (PATTERNS, WORKLOADS, "tests/test_architecture.py")
NEW_WORK = "every_workload and threading-fork or test_workloads and (collatz or lines)"
CONCERNED = f"taskgroup or ({NEW_WORK}) or architecture or the_scenarios or lacks_nothing"


def example(file: str) -> str:
    """The code of a file that the document shows whole."""
    (code,) = re.findall(rf"`{re.escape(file)}`[^`]*:\n\n```python\n(.*?)```", TEXT, re.DOTALL)
    return str(code)


def extended(folder: Path) -> Path:
    """A copy of the suite, with the examples written into it."""
    copy = copy_of_the_suite(folder, without=())
    for file in EXAMPLES:
        assert not (copy / file).exists()
        (copy / file).write_text(example(file), encoding="utf-8")
    less = example(COMPUTATION).replace("10_000", "1_000").replace("6_171", "871")  # which takes a tenth of the time
    (copy / COMPUTATION).write_text(less, encoding="utf-8")
    for room in ("patterns", "workloads"):  # what patterns or workloads share is none
        (copy / room / "_shared.py").write_text("import nowhere_to_be_found")
    return copy


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return extended(tmp_path_factory.mktemp("extended"))


def run_tests(suite: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, folder=suite, timeout=300)


def test_the_suites_own_tests_find_and_pass_them(suite: Path) -> None:
    outcome = run_tests(suite, "-rA", *TESTS, "-k", CONCERNED)
    assert outcome.returncode == 0, outcome.stdout
    assert f"PASSED {PATTERNS}::test_says_what_it_is[asyncio-taskgroup]" in outcome.stdout
    for pattern in ("threading", "asyncio-taskgroup"):
        assert f"PASSED {PATTERNS}::test_does_every_workload_and_raises_the_failed_task[{pattern}-" in outcome.stdout
    for work in ("math-collatz", "lines"):
        assert f"PASSED {WORKLOADS}::test_refuses_a_missing_and_a_wrong_answer[{work}]" in outcome.stdout


def test_they_are_measured(suite: Path, tmp_path: Path) -> None:
    chosen = ["--patterns=threading,asyncio-taskgroup", "-rs"]
    outcome = run_suite(tmp_path, *chosen, "-k", "math-collatz or (lines and 16)", suite=suite)
    assert outcome.returncode == 0, outcome.stdout
    (made,) = saved_runs(tmp_path)
    assert {one["name"] for one in made["benchmarks"]} == {
        "test_cpu_bound[threading-math-collatz]",
        "test_cpu_bound[asyncio-taskgroup-math-collatz]",
        "test_other[threading-lines-16]",
    }
    assert "asyncio-taskgroup cannot run here: lines has no perform_async" in outcome.stdout


def test_a_pattern_that_raises_a_group_is_told(suite: Path, tmp_path: Path) -> None:
    """Of a real failure, in a run and in the tests."""
    pattern = suite / PATTERN
    right = pattern.read_text()
    pattern.write_text(right.replace("raise failures.exceptions[0] from None", "raise"))
    job = job_of(tmp_path, "raise TaskFailed('task 1 is broken')", "asyncio-taskgroup", start_method="spawn")
    work = Path(job.file)
    work.write_text(work.read_text().replace("def perform", "async def perform_async").replace("open", "open_async"))
    assert sentence_of(SpawnedStands(Subject(suite=suite)), job) == (
        "my-work: asyncio-taskgroup raised an ExceptionGroup, of TaskFailed: task 1 is broken; unless the task did, "
        "have the pattern raise the task's own exception, see docs/extending.md"
    )
    outcome = run_tests(suite, PATTERNS, "-k", "asyncio-taskgroup and raises_the_failed_task")
    pattern.write_text(right)
    assert outcome.returncode == 1
    assert (
        "asyncio-taskgroup raises an ExceptionGroup: have it raise its first exception, TaskFailed(" in outcome.stdout
    )
