"""Base and candidate in turns: verdicts, going on after an interruption, and leaving nothing behind.

Most of it runs on a copy of the suite in a repository of its own, whose two benchmarks sleep as long as its code says.
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
from typer.testing import CliRunner

from analysis.cli.main import app
from campaign.environments import origin_of
from harness.ab import ABRequest, RequestedSide
from tests.processes import hear_ctrl_c, left_of
from tests.suite import copy_of_the_suite, refusal

WORKLOADS = """
import time
from dataclasses import dataclass
from workloads.contract import Workload

@dataclass(frozen=True)
class Sleep(Workload):
    name: str
    seconds: float
    tasks: tuple = (1, 2)

    def perform(self, client, task):
        time.sleep(self.seconds / 2)
        return task

    def check(self, results):
        if not self.seconds:
            raise AssertionError("it is wrong")

    def ideal_seconds(self, workers, cores):
        return 0.0

WORKLOADS = tuple(Sleep(name, seconds) for name, seconds in {seconds!r}.items())
"""
BENCHMARKS = """
import pytest

@pytest.mark.parametrize("workload", ["steady", "it"])
def test_toy(measure, workload):
    measure.warm("sequential", workload, workers=1)
"""
SECONDS = 0.004
SIDES = ["--base", sys.executable, "--candidate", sys.executable]
ONE_TWO = ["--base", "one", "--candidate", "two"]
PAIRS = re.compile(r"^test_toy\[(\w+)\]: \d+ pairs in \d+ s$", re.MULTILINE)


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def commit(folder: Path, tag: str, **seconds: float) -> None:
    """Commit a toy whose benchmarks take so many seconds."""
    (folder / "workloads/toy.py").write_text(WORKLOADS.format(seconds=seconds), encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", tag)
    git(folder, "tag", tag)


@pytest.fixture(scope="module")
def made_toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a toy suite: without `it`, `one`, and `two`, in which `it` takes longer.

    Its fork servers, of which each pair has two new ones, do not import the clients that it does not need.
    """
    folder = copy_of_the_suite(tmp_path_factory.mktemp("toy"))
    for file in (folder / "benchmarks").glob("test_*.py"):
        file.unlink()
    (folder / "benchmarks/test_toy.py").write_text(BENCHMARKS, encoding="utf-8")
    server = folder / "harness/stands/forkserver.py"
    server.write_text(
        re.sub(r"(?m)^CLIENTS = .*", "CLIENTS = ()", server.read_text(encoding="utf-8")), encoding="utf-8"
    )
    (folder / ".gitignore").write_text("__pycache__\n.benchmarks\n", encoding="utf-8")
    git(folder, "init", "--quiet")
    commit(folder, "without", steady=SECONDS)
    commit(folder, "broken", steady=SECONDS, it=0)
    commit(folder, "one", steady=SECONDS, it=SECONDS)
    commit(folder, "two", steady=SECONDS, it=5 * SECONDS)
    return folder


@pytest.fixture
def toy(made_toy: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made_toy, tmp_path / "toy")


@pytest.fixture(autouse=True)
def own_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for temporary files that is empty again afterwards."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    deadline = time.monotonic() + 10
    while [*folder.glob("three-patterns-*")] and time.monotonic() < deadline:
        time.sleep(0.01)
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


def runs_in(folder: Path) -> list[Path]:
    return sorted(folder.glob(".benchmarks/ab/*/*/[0-9]*.json"))


def test_a_slowdown_between_two_revisions_is_found_and_nothing_is_left(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = ab(toy, *ONE_TWO, "--seconds", "1", "--format", "json")
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    comparison = json.loads(outcome.stdout)["comparison"]
    rows = {row["benchmark"].rpartition("[")[2][:-1]: row for row in comparison["rows"]}
    assert rows["it"]["verdict"] == "regression"
    assert rows["steady"]["verdict"] != "regression"
    assert rows["it"]["pairs"] >= 5
    ratio = rows["it"]["candidate_seconds"] / rows["it"]["base_seconds"]
    assert ratio == pytest.approx(rows["it"]["change"]["estimate"])
    assert [comparison[side]["label"] for side in ("base", "candidate")] == ["one", "two"]
    assert outcome.stderr.startswith("2 benchmarks, each 5 pairs at least and then up to 1 s in all\n")
    assert sorted(PAIRS.findall(outcome.stderr)) == ["it", "steady"]
    assert git(toy, "worktree", "list").count("\n") == 1
    assert git(toy, "status", "--porcelain") == ""

    monkeypatch.chdir(toy)
    listed = CliRunner().invoke(app, ["ab", "--list"])
    assert listed.stdout.startswith("1 2")
    assert "one " in listed.stdout
    (file,) = runs_in(toy)
    for word in ("1", str(file), str(file.parent.parent)):
        again = CliRunner().invoke(app, ["ab", word, "--format", "json"])
        assert again.exit_code == 1
        assert json.loads(again.stdout)["comparison"]["rows"] == comparison["rows"]


def test_a_side_that_lacks_a_workload_costs_that_benchmark_alone(toy: Path) -> None:
    outcome = ab(toy, "--base", "without", "--candidate", "one", "--seconds", "1")
    assert outcome.returncode in (0, 1), outcome.stderr
    said = " ".join(outcome.stdout.split())
    assert "toy[it]: not compared: base (without) has no workload 'it'" in said
    assert "1 not compared, by a threshold of 5 %" in said


def test_a_side_that_fails_is_named_and_no_regression_is_no_pass(toy: Path) -> None:
    outcome = ab(toy, "--base", "one", "--candidate", "broken", "--seconds", "1", "--threshold", "10000")
    assert outcome.returncode == 2, outcome.stderr
    said = " ".join(outcome.stdout.split())
    assert "toy[it]: candidate (broken): it: AssertionError: it is wrong" in said
    assert "1 failed, by a threshold of" in said


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_it_goes_on_from_where_it_was_stopped(toy: Path, how: signal.Signals) -> None:
    arguments = [*ONE_TWO, "--seconds", "1", "--", "--order-seed=1"]
    with subprocess.Popen(
        command(*arguments), cwd=toy, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=hear_ctrl_c
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if first := PAIRS.match(line):
                break
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(how)
        process.communicate(timeout=30)
    assert process.returncode in (-signal.SIGKILL, 130)
    assert left_of(family) == []
    assert runs_in(toy) == []
    outcome = ab(toy, *arguments)
    assert "1 benchmark, each 5 pairs" in outcome.stderr, outcome.stderr
    assert first
    assert PAIRS.findall(outcome.stderr) == [{"it": "steady", "steady": "it"}[first[1]]]
    (file,) = runs_in(toy)
    saved = json.loads(file.read_text(encoding="utf-8"))
    assert {one["param"] for one in saved["benchmarks"]} == {"it", "steady"}


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
            (["--base", "one"], "ab compares two sides: give --base and --candidate"),
            ([], "ab compares two sides: give --base and --candidate"),
            (["7"], "no comparison in .benchmarks/ab: make one with --base and --candidate"),
            (["nosuch.json"], "'nosuch.json' is not a comparison: name its number"),
            (["--list"], "no comparison in .benchmarks/ab"),
            (["--base", "HEAD", "--candidate", sys.executable], "compare two environments, or two git revisions"),
            ([*SIDES, "--seconds", "0"], "--seconds 0 is not a duration: give seconds for each benchmark, such as 15"),
            ([*SIDES, "--seconds", "nan"], "--seconds nan is not a duration"),
            ([*SIDES, "--seconds", "abc"], "Invalid value for '--seconds'"),
            ([*SIDES, "--threshold", "-3"], "'-3' (--threshold) is not a threshold"),
            ([*SIDES, "--", "--benchmark-storage=x"], "--benchmark-storage=x is not for pytest here: ab keeps"),
            ([*SIDES, "--", "--benchmark-min-rounds=9"], "not for pytest here: --seconds says how long"),
            ([*SIDES, "--", "--resume"], "not for pytest here: the same command goes on"),
            ([*SIDES, "--storage", "file"], "file/ab (Not a directory): choose another --storage"),
        ],
    )
    def test_gets_a_sentence_and_exit_code_2(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "file").touch()
        outcome = CliRunner().invoke(app, ["ab", *arguments])
        assert outcome.exit_code == 2
        assert sentence in " ".join(outcome.stderr.replace("│", " ").split())
        assert outcome.stdout == ""
        assert {one.name for one in tmp_path.iterdir()} == {"file", "temp"}

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--base", "nosuch", "--candidate", "two"], "'nosuch' is neither a Python environment nor a git revision"),
            (["--base", "--help", "--candidate", "two"], "'--help' is neither"),
            ([*SIDES, "--", "-k", "nosuch"], "no benchmark is chosen by `-k nosuch`: `python -m pytest --collect-only"),
            ([*SIDES, "--", "--io-server=x"], "Error: --io-server: 'x' is not the address of a server"),
        ],
    )
    def test_which_git_or_pytest_find_out(self, made_toy: Path, arguments: list[str], sentence: str) -> None:
        outcome = ab(made_toy, *arguments)
        assert outcome.returncode == 2
        assert sentence in " ".join(outcome.stderr.split())
        assert "Traceback" not in outcome.stderr
        assert outcome.stdout == ""
        assert git(made_toy, "status", "--porcelain") == ""
        assert git(made_toy, "worktree", "list").count("\n") == 1

    def test_an_environment_that_lacks_what_the_suite_needs(self, made_toy: Path, bare_environment: Path) -> None:
        outcome = ab(made_toy, "--base", sys.executable, "--candidate", str(bare_environment))
        assert outcome.returncode == 2
        assert re.search(f"{bare_environment} lacks .*requests.*: install what the suite needs with", outcome.stderr)

    def test_something_that_is_no_python(self, made_toy: Path) -> None:
        outcome = ab(made_toy, "--base", "/bin/true", "--candidate", "/bin/true")
        assert outcome.returncode == 2
        assert "/bin/true does not run as a Python" in outcome.stderr

    def test_uncommitted_changes(self, toy: Path) -> None:
        (toy / "conftest.py").write_text("", encoding="utf-8")
        outcome = ab(toy, *ONE_TWO)
        assert outcome.returncode == 2
        assert "has uncommitted changes (conftest.py), which no revision has: commit or stash them" in outcome.stderr

    @pytest.mark.parametrize(
        ("file", "sentence"),
        [
            ("requirements*.txt", "name a revision that holds this suite"),
            ("harness/stands/forkserver.py", "HEAD is from before benchmarks were measured in contests"),
        ],
    )
    def test_a_revision_without_what_it_takes(self, toy: Path, file: str, sentence: str) -> None:
        git(toy, "rm", "-q", file)
        git(toy, "commit", "-qm", "three")
        here = git(toy, "rev-parse", "HEAD").strip()
        git(toy, "checkout", "-q", "two")
        outcome = ab(toy, "--base", "two", "--candidate", here)
        assert outcome.returncode == 2
        assert sentence.replace("HEAD", here) in outcome.stderr

    def test_a_file_of_subjects_that_is_none(self, tmp_path: Path) -> None:
        said = refusal(tmp_path, "--versus=pytest.ini")
        assert "--versus pytest.ini is for `python -m analysis ab`, which writes it: " in said

    @pytest.mark.parametrize(
        ("old", "new", "sentence"),
        [
            (
                "PROTOCOL = 1",
                "PROTOCOL = 99",
                "other speaks version 99 of the contest's protocol and this suite 1: ",
            ),
            ("import", "import nowhere, ", r"other cannot be measured by this version of the suite \(ModuleNotFoundE"),
        ],
    )
    def test_a_suite_that_is_too_far_from_this_one(self, toy: Path, old: str, new: str, sentence: str) -> None:
        job = toy / "harness/stands/job.py"
        job.write_text(job.read_text(encoding="utf-8").replace(f"\n{old}", f"\n{new}", 1), encoding="utf-8")
        other = RequestedSide("other", sys.executable, str(toy), "fork")
        with pytest.raises(pytest.UsageError, match=sentence):
            ABRequest(other, other, 1.0, [], None).check()


def test_two_environments_that_are_the_same(toy: Path) -> None:
    outcome = ab(toy, *SIDES, "--seconds", "1", "--threshold", "10000", "--", "-k", "steady")
    assert outcome.returncode == 0, outcome.stderr
    assert "no regression" in outcome.stdout
    assert "toy[steady]" in outcome.stdout
    assert "differs: nothing that is known of" in outcome.stdout


def test_a_package_is_told_with_the_commit_or_folder_that_it_comes_from(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "code.py").write_text("1\n", encoding="utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    editable = {"url": tmp_path.as_uri(), "dir_info": {"editable": True}}
    short = git(tmp_path, "rev-parse", "--short=7", "HEAD").strip()
    assert origin_of(editable) == f"at {short}"
    (tmp_path / "code.py").write_text("2\n", encoding="utf-8")
    assert re.fullmatch(rf"at {short}\+[0-9a-f]{{7}}", origin_of(editable))
    assert origin_of({"url": tmp_path.as_uri(), "dir_info": {}}) == f"from {tmp_path.name}"
    repository = {"url": "https://x.example/y.git", "vcs_info": {"vcs": "git", "commit_id": "0badcaf" + "0" * 33}}
    assert origin_of(repository) == "at 0badcaf"
    assert origin_of({"url": "https://x.example/y.whl"}) == origin_of({}) == ""
