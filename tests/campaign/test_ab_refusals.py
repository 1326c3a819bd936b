"""What `ab` says to sides, options and suites with which it cannot compare anything."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaign.environments import both_sides
from harness.ab import ABRequest, RequestedSide
from runfile.benchmarks import ComparedSubject
from runfile.runs import RunError
from tests.campaign.toy_repository import ONE_TWO, SIDES, ab
from tests.support import commands
from tests.support.processes import git
from tests.support.suite import refusal

pytestmark = pytest.mark.usefixtures("own_temp")


@pytest.fixture(scope="module")
def bare_environment() -> Iterator[Path]:
    """A Python environment without anything in it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        yield Path(folder)


def refused(folder: Path, *arguments: str) -> str:
    """What a comparison in a folder says that is refused."""
    outcome = ab(folder, *arguments)
    assert (outcome.returncode, outcome.stdout) == (2, "")
    assert "Traceback" not in outcome.stderr
    return " ".join(outcome.stderr.split())


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
        assert sentence in commands.refused("ab", *arguments)
        assert {one.name for one in tmp_path.iterdir()} == {"file"}

    @pytest.mark.parametrize("name", ["nosuch", "--help"])
    def test_what_git_does_not_know(self, name: str) -> None:
        sentence = f"'{name}' is neither a Python environment nor a git revision"
        with pytest.raises(RunError, match=sentence), both_sides(name, "two"):
            pass

    def test_what_pytest_finds_out(self, made_toy: Path) -> None:
        said = refused(made_toy, *SIDES, "--", "--io-server=x")
        assert "Error: --io-server: 'x' is not the address of a server" in said
        assert "Error: unrecognized arguments: --nonsense" in refused(made_toy, *SIDES, "--", "--nonsense")
        assert git(made_toy, "status", "--porcelain") == ""
        assert git(made_toy, "worktree", "list").count("\n") == 1

    def test_an_environment_that_lacks_what_the_suite_needs(self, made_toy: Path, bare_environment: Path) -> None:
        said = refused(made_toy, "--base", sys.executable, "--candidate", str(bare_environment))
        assert re.search(f"{bare_environment} lacks .*requests.*: install what the suite needs with", said)

    def test_something_that_is_no_python(self, made_toy: Path) -> None:
        said = refused(made_toy, "--base", "/bin/true", "--candidate", "/bin/true")
        assert "/bin/true does not run as a Python" in said

    def test_uncommitted_changes(self, toy: Path) -> None:
        (toy / "conftest.py").write_text("", encoding="utf-8")
        said = refused(toy, *ONE_TWO)
        assert "has uncommitted changes (conftest.py), which no revision has: commit or stash them" in said

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
        assert sentence.replace("HEAD", here) in refused(toy, "--base", "two", "--candidate", here)

    def test_a_file_of_subjects_that_is_none(self, tmp_path: Path) -> None:
        said = refusal(tmp_path, "--versus=pytest.ini")
        assert "--versus pytest.ini is for `python -m analysis ab`, which writes it: " in said

    @pytest.mark.parametrize(
        ("old", "new", "sentence"),
        [
            ("PROTOCOL = 1", "PROTOCOL = 99", "other speaks version 99 of the contest's protocol and this suite 1: "),
            ("import", "import nowhere, ", r"other cannot be measured by this version of the suite \(ModuleNotFoundE"),
        ],
    )
    def test_a_suite_that_is_too_far_from_this_one(self, toy: Path, old: str, new: str, sentence: str) -> None:
        job = toy / "harness/stands/job.py"
        job.write_text(job.read_text(encoding="utf-8").replace(f"\n{old}", f"\n{new}", 1), encoding="utf-8")
        other = RequestedSide(sys.executable, str(toy), ComparedSubject("other", "", "fork", {}))
        with pytest.raises(pytest.UsageError, match=sentence):
            ABRequest(other, other, 1.0, [], None).check()
