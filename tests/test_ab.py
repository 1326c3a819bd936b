"""Base and candidate in turns: the order, the pairs, going on after an interruption, and leaving nothing behind.

Most of it runs on a toy suite in a repository of its own, whose one benchmark takes as long as its code says.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.processes import hear_ctrl_c
from tests.suite import ONE, SUITE

CONFTEST = """
import pathlib
import time
import pytest
from tests import saved

def pytest_addoption(parser):
    parser.addoption("--io-server")
    parser.addoption("--order-seed")

def pytest_benchmark_generate_machine_info():
    return saved.run([])["machine_info"]

@pytest.fixture
def own(benchmark, request):
    def measure(contender, seconds):
        assert request.config.getoption("--io-server").startswith("http://127.0.0.1:")
        log = pathlib.Path(request.config.rootpath, "log")
        benchmark.group = saved.TYPICAL
        benchmark.extra_info.update(saved.benchmark(contender, [])["extra_info"])
        benchmark.pedantic(time.sleep, [seconds], rounds=9)  # the median counts, on a busy machine too
    return measure
"""
TESTS = """
def test_steady(own): own("steady", 0.02)
def test_it(own): own("it", {seconds})
"""
# Without the plugins that the toy has no use for: each run is a process of its own.
PYTEST_INI = """
[pytest]
addopts = --benchmark-autosave --benchmark-save-data -p no:hypothesispytest -p no:asyncio -p no:pytest_httpserver
"""
SERVER = "import time; print('serving on http://127.0.0.1:1', flush=True); time.sleep(600)"
SIDES = ["--base", sys.executable, "--candidate", sys.executable]


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A repository with a toy suite: tagged `one`, and `two`, in which one benchmark is half as slow again."""
    folder = tmp_path / "toy"
    shutil.copytree(SUITE / "analysis", folder / "analysis", ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in {
        "tests/__init__.py": "",
        "tests/saved.py": (SUITE / "tests/saved.py").read_text(encoding="utf-8"),
        "workloads/__init__.py": "",
        "workloads/server.py": SERVER,
        "requirements.txt": "pytest\npytest-benchmark\n",
        "pytest.ini": PYTEST_INI,
        "conftest.py": CONFTEST,
        "test_toy.py": TESTS.format(seconds=0.02),
        ".gitignore": "__pycache__\n.benchmarks\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "one")
    git(folder, "tag", "one")
    (folder / "test_toy.py").write_text(TESTS.format(seconds=0.03), encoding="utf-8")
    git(folder, "commit", "--quiet", "-am", "two")
    git(folder, "tag", "two")
    return folder


@pytest.fixture(autouse=True)
def own_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for temporary files that is empty again afterwards."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    deadline = time.monotonic() + 10
    while [*folder.glob("three-patterns-*")] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [*folder.glob("three-patterns-*")] == []


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "analysis", "ab", *arguments]


def ab(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def runs_in(folder: Path) -> list[str]:
    return sorted(place.name for place in folder.glob(".benchmarks/ab/*/[0-9]*"))


def test_a_slowdown_between_two_revisions_is_found_and_nothing_is_left(toy: Path) -> None:
    outcome = ab(toy, "--base", "one", "--candidate", "two", "--runs", "5", "--format", "json")
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    comparison = json.loads(outcome.stdout)["comparison"]
    verdicts = {row["benchmark"]: row["verdict"] for row in comparison["rows"]}
    assert verdicts["test_toy.py::test_it"] == "regression"
    assert verdicts["test_toy.py::test_steady"] != "regression"
    assert comparison["paired"]
    assert git(toy, "worktree", "list").count("\n") == 1
    assert git(toy, "status", "--porcelain") == ""
    turns = re.findall(r"pair (\d) of 5: (\w+) took", outcome.stderr)
    assert turns[:4] == [("1", "base"), ("1", "candidate"), ("2", "candidate"), ("2", "base")]


def test_it_ends_early_once_everything_is_decided(toy: Path) -> None:
    outcome = ab(toy, "--base", "one", "--candidate", "two", "--runs", "10", "--threshold", "20")
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    assert re.search(r"^5 of 10 pairs, kept in ", outcome.stderr, re.MULTILINE)
    assert "1 regression, 1 unchanged, by a threshold of 20 %" in outcome.stdout


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_it_goes_on_from_where_it_was_stopped(toy: Path, how: signal.Signals) -> None:
    arguments = ["--base", "one", "--candidate", "two", "--runs", "2"]
    with subprocess.Popen(
        command(*arguments), cwd=toy, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=hear_ctrl_c
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("pair 2"):
                break
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(how)
        process.communicate(timeout=30)
    assert process.returncode in (-signal.SIGKILL, 130)
    assert psutil.wait_procs(family, timeout=15)[1] == []
    kept = [name for name in runs_in(toy) if "unfinished" not in name]
    assert "0001-base" in kept
    times = {name: place.stat().st_mtime for name in kept for place in toy.glob(f".benchmarks/ab/*/{name}")}
    outcome = ab(toy, *arguments)
    assert "going on after 1 of 2 pairs" in outcome.stderr, outcome.stderr
    assert runs_in(toy) == [f"{pair:04}-{side}" for pair in (1, 2) for side in ("base", "candidate")]
    assert {name: place.stat().st_mtime for name in kept for place in toy.glob(f".benchmarks/ab/*/{name}")} == times
    assert "pair 1" not in outcome.stderr


def test_a_finished_one_is_begun_anew(toy: Path) -> None:
    for _ in range(2):
        assert ab(toy, *SIDES, "--runs", "2").returncode == 0
    assert len(runs_in(toy)) == 8


def test_a_side_that_fails_says_why_and_costs_no_finished_pair(toy: Path) -> None:
    arguments = ["--base", "one", "--candidate", "two", "--runs", "2", "--", "-k", "nothing_of_this_name"]
    outcome = ab(toy, *arguments)
    assert outcome.returncode == 2
    assert "one cannot be measured: pytest ended with exit code 5 and 0 saved runs in pair 1" in outcome.stderr
    assert "deselected" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert runs_in(toy) == []


@pytest.fixture(scope="module")
def bare_environment() -> Iterator[Path]:
    """A Python environment without anything in it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        yield Path(folder)


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--base", "nosuch", "--candidate", "two"], "'nosuch' is neither a Python environment nor a git revision"),
            (["--base", "--help", "--candidate", "two"], "'--help' is neither"),
            (["--base", "one", "--candidate", sys.executable], "compare two environments, or two git revisions"),
            (["--base", "one"], "Missing option '--candidate'"),
            ([*SIDES, "--runs", "1"], "--runs 1 is no number of pairs: give one from 2 to 1000"),
            ([*SIDES, "--runs", "abc"], "Invalid value for '--runs'"),
            ([*SIDES, "--threshold", "-3"], "'-3' (--threshold) is no threshold"),
            ([*SIDES, "--", "--benchmark-storage=x"], "--benchmark-storage=x is not for pytest here"),
            ([*SIDES, "--storage", "conftest.py"], "conftest.py/ab (Not a directory): choose another --storage"),
        ],
    )
    def test_gets_a_sentence_and_exit_code_2(self, toy: Path, arguments: list[str], sentence: str) -> None:
        outcome = ab(toy, *arguments)
        assert outcome.returncode == 2
        assert sentence in " ".join(outcome.stderr.replace("│", " ").split())
        assert "Traceback" not in outcome.stderr
        assert outcome.stdout == ""
        assert git(toy, "status", "--porcelain") == ""
        assert git(toy, "worktree", "list").count("\n") == 1

    def test_an_environment_that_lacks_what_the_suite_needs(self, toy: Path, bare_environment: Path) -> None:
        outcome = ab(toy, "--base", sys.executable, "--candidate", str(bare_environment))
        assert outcome.returncode == 2
        assert f"{bare_environment} lacks pytest, pytest-benchmark: install what the suite needs with" in outcome.stderr

    def test_something_that_is_no_python(self, toy: Path) -> None:
        outcome = ab(toy, "--base", "/bin/true", "--candidate", "/bin/true")
        assert outcome.returncode == 2
        assert "/bin/true does not run as a Python" in outcome.stderr

    def test_uncommitted_changes(self, toy: Path) -> None:
        (toy / "test_toy.py").write_text("", encoding="utf-8")
        outcome = ab(toy, "--base", "one", "--candidate", "two")
        assert outcome.returncode == 2
        assert "has uncommitted changes (test_toy.py), which no revision has: commit or stash them" in outcome.stderr

    def test_a_revision_without_the_suite(self, toy: Path) -> None:
        git(toy, "rm", "-q", "requirements.txt")
        git(toy, "commit", "-qm", "three")
        outcome = ab(toy, "--base", "two", "--candidate", "HEAD")
        assert outcome.returncode == 2
        assert "name a revision that holds this suite" in outcome.stderr


def test_the_suite_itself_against_itself(tmp_path: Path) -> None:
    arguments = ["--storage", str(tmp_path / "runs"), "--runs", "2", "--", "--fast", *ONE]
    outcome = ab(SUITE, *SIDES, *arguments)
    assert outcome.returncode == 0, outcome.stderr
    assert "no regression" in outcome.stdout
    assert "dispatch[sequential]" in outcome.stdout
