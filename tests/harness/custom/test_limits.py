"""What of one's own work cannot leave its process or its thread costs the patterns that need that, with the reason."""

import re
from pathlib import Path

import pytest

from harness.custom.validate import try_own
from harness.stands.stands import Stands
from tests.support.standing import job_of, sentence_of, with_more
from tests.support.suite import measured

MATCHES = """
import re
tasks = ["a1", "b2"]

def perform(task):
    return re.match("(.)(.)", task)
"""
DATABASE = """
import sqlite3
from contextlib import closing
tasks = [1, 2, 3, 4]

def open():
    return closing(sqlite3.connect(":memory:"))

def perform(client, task):
    return client.execute("select ?", (task,)).fetchone()[0]
"""
# An exception that pickles, and does not unpickle.
ODD = """
class Odd(Exception):
    def __init__(self, code, why):
        super().__init__(f"{code} {why}")
"""


def test_a_result_that_cannot_be_pickled_is_found(file: Path) -> None:
    file.write_text(MATCHES)
    found = try_own(file, 20.0, server_url=None)
    assert re.match(
        r"the result of task 0 of my-work cannot be pickled and unpickled \(TypeError: cannot pickle 're.Match' .*\): "
        "have perform return what can be",
        found.results_stay,
    )
    assert not found.kept


def test_a_client_that_stays_in_its_thread_is_found(file: Path) -> None:
    file.write_text(DATABASE)
    found = try_own(file, 20.0, server_url=None)
    assert found.client_stays.startswith(
        "what `open` of my-work gives cannot be opened by one thread and closed by another (ProgrammingError: SQLite"
    )
    assert found.client_stays.endswith("have `open` allow that, as sqlite3.connect does with check_same_thread=False")
    file.write_text(DATABASE.replace('":memory:"', '":memory:", check_same_thread=False'))
    assert not try_own(file, 20.0, server_url=None).client_stays


def test_it_costs_the_patterns_that_need_it(file: Path, tmp_path: Path) -> None:
    # A cursor stays in its process, the connection in its thread.
    file.write_text(DATABASE.replace(".fetchone()[0]", ""))
    _, said = measured(tmp_path / "runs", f"--workload={file}", "--workers=2")
    assert "1 passed, 3 skipped" in said
    for pattern in ("multiprocessing", "threading"):
        assert re.search(rf"{pattern} cannot run {file}: .* cannot be ", said), pattern
    assert "sequential cannot run" not in said


@pytest.mark.parametrize("pattern", ["multiprocessing", "process-pool"])
def test_a_result_that_cannot_be_unpickled_is_told_at_once(stands: Stands, tmp_path: Path, pattern: str) -> None:
    """One that the trial has not seen: a Pool waits for it for ever, and an executor is broken by it."""
    odd = "class Result:\n    def __reduce__(self): return int, ('x',)\n"
    job = with_more(job_of(tmp_path, "if in_a_worker() and task == 2: return Result()", pattern), odd)
    said = sentence_of(stands, job, limit_seconds=60.0)
    assert said.startswith(f"my-work: what {pattern} was sent by a worker cannot be unpickled (ValueError: invalid lit")
    assert "have `perform` return what can be" in said


@pytest.mark.parametrize("pattern", ["multiprocessing", "process-pool"])
def test_an_exception_that_cannot_be_unpickled_comes_home_as_text(stands: Stands, tmp_path: Path, pattern: str) -> None:
    job = with_more(job_of(tmp_path, "if in_a_worker(): raise Odd(3, 'no')", pattern), ODD)
    assert re.match(
        r"Odd: 3 no; told as text, since the exception cannot be pickled and unpickled \(TypeError: .*\): have its",
        sentence_of(stands, job),
    )
