"""What CI runs: that its commands are ones there are, and that its shell says what happened and loses nothing."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from analysis.cli.main import app
from tests import SUITE
from tests.support.processes import git, run
from tests.support.processes import script as executable
from tests.support.suite import listed

WORKFLOWS = sorted((SUITE / ".github/workflows").glob("*.yml"))
DOCUMENTS = [*WORKFLOWS, SUITE / "docs/ci.md"]
QUOTED = r"\"[^\"]*\"|'[^']*'"
# Up to where the shell or the Markdown goes on with something else.
REST = rf"((?:{QUOTED}|[^\n\"'])*?)(?=\s*(?:\d?>|[|&;#`\n]|\|\||$))"
VERB = re.compile(rf"python3? -m analysis {REST}")
MAKE = re.compile(rf"(?:^|[\s`])make (?=[a-z]+\b){REST}", re.MULTILINE)
CODE = re.compile(r"^```\w*\n(.*?)^```$|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]  # as GitHub starts it


def workflow(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((SUITE / ".github/workflows" / name).read_text(encoding="utf-8"))
    return found


def steps(name: str) -> Iterator[dict[str, Any]]:
    for job in workflow(name)["jobs"].values():
        yield from job["steps"]


def code_of(document: Path) -> str:
    """What is to be run: of Markdown only the blocks and spans of code. Continued lines are one."""
    text = document.read_text(encoding="utf-8")
    if document.suffix == ".md":
        text = "\n".join(block or f"`{span}`" for block, span in CODE.findall(text))
    return re.sub(r"\\\n\s*", "", text)


def commands(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    return sorted(
        {(document.name, found) for document in DOCUMENTS for found in pattern.findall(code_of(document)) if found}
    )


def test_there_are_commands_to_check() -> None:
    verbs = {arguments.split()[0] for _, arguments in commands(VERB)}
    assert {"ab", "gate", "trend"} <= verbs
    assert {document for document, _ in commands(VERB)} == {"ab.yml", "history.yml", "ci.md"}
    assert {"check", "test", "bench"} <= {arguments.split()[0] for _, arguments in commands(MAKE)}


@pytest.mark.parametrize("name", [path.name for path in WORKFLOWS])
def test_jobs_have_a_time_limit_and_say_what_they_may_do(name: str) -> None:
    found = workflow(name)
    assert found["permissions"] == {}
    for job in found["jobs"].values():
        assert int(job["timeout-minutes"]) <= 60
        assert set(job["permissions"]) == {"contents"}
    used = [step["uses"] for step in steps(name) if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", one) for one in used)


@pytest.mark.parametrize(("document", "arguments"), commands(VERB))
def test_verbs_and_their_options_are_there(document: str, arguments: str) -> None:
    verb, *others = shlex.split(arguments)
    group: Any = typer.main.get_command(app)
    assert verb in group.commands, f"{document} names a verb that is none: {verb}"
    if others:  # prose names a verb alone
        group.commands[verb].make_context(verb, others)


@pytest.mark.parametrize(("document", "arguments"), commands(MAKE))
def test_targets_of_make_are_there(document: str, arguments: str) -> None:
    makefile = (SUITE / "Makefile").read_text(encoding="utf-8")
    for word in shlex.split(arguments):
        name, is_variable, _ = word.partition("=")
        wanted = rf"^{re.escape(name)} \?=" if is_variable else rf"^{re.escape(name)}:"
        assert re.search(wanted, makefile, re.MULTILINE), f"{document}: the Makefile has no {name}"


def test_what_a_pull_request_is_measured_by_is_there() -> None:
    (chosen,) = [arguments for document, arguments in commands(VERB) if document == "ab.yml"]
    _, _, arguments = chosen.partition(" -- ")
    there = " ".join(listed(*shlex.split(arguments)))
    assert {"test_talk", "test_io_bound", "test_cpu_bound"} <= set(re.findall(r"::(\w+)", there))


class Job:
    """A checkout whose origin is beside it, and a `python` that says and ends as it is told instead of measuring."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.origin, self.summary = folder / "checkout", folder / "origin", folder / "summary.md"
        self.temp = folder / "temp"
        for new in (self.folder / ".venv/bin", self.origin, self.temp):
            new.mkdir(parents=True)
        git(self.origin, "init", "--quiet", "--bare")
        git(self.folder, "init", "--quiet")
        git(self.folder, "remote", "add", "origin", str(self.origin))
        self.commit("one")
        git(self.folder, "push", "--quiet", "origin", "main")

    def commit(self, message: str) -> str:
        git(self.folder, "commit", "--quiet", "--allow-empty", "-m", message)
        return git(self.folder, "rev-parse", "HEAD").strip()

    def python_does(self, script: str) -> None:
        noted = f'echo "$@" >> {shlex.quote(str(self.temp / "calls"))}'
        executable(self.folder / ".venv/bin/python", f"{noted}\n{script}")

    @property
    def calls(self) -> list[str]:
        return (self.temp / "calls").read_text(encoding="utf-8").splitlines()

    def step(self, name: str, step: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a step's own script, with a new summary as every step has."""
        (script,) = [one["run"] for one in steps(name) if one.get("name") == step]
        self.summary.write_text("", encoding="utf-8")
        file = self.temp / "script"
        file.write_text(script, encoding="utf-8")
        given = {"GITHUB_STEP_SUMMARY": str(self.summary), "GITHUB_RUN_ID": "7", "RUNNER_TEMP": str(self.temp)}
        path = f"{self.folder / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"
        return run(*BASH, file, folder=self.folder, env={"PATH": path, **given, **environment})

    def said(self) -> str:
        return self.summary.read_text(encoding="utf-8")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    if os.name != "posix":
        pytest.skip("bash")
    return Job(tmp_path)


class TestPullRequest:
    @pytest.mark.parametrize("code", [0, 1])
    def test_a_comparison_is_in_the_summary_and_decides(self, job: Job, code: int) -> None:
        job.python_does(f"echo 'pair 1 of 10' >&2; echo '## the table'; exit {code}")
        outcome = job.step("ab.yml", "Compare", BASE="main", HEAD="HEAD")
        assert outcome.returncode == code
        assert job.said() == "## the table\n"
        assert "pair 1 of 10" in outcome.stdout

    @pytest.mark.parametrize("code", [1, 2, 130])
    def test_without_a_comparison_the_summary_says_why(self, job: Job, code: int) -> None:
        job.python_does(f"echo 'Error: <b>aiohttp</b> is missing' >&2; exit {code}")
        outcome = job.step("ab.yml", "Compare", BASE="main", HEAD="HEAD")
        assert outcome.returncode == code
        assert job.said() == f"## There is no comparison: exit code {code}\n\n    Error: <b>aiohttp</b> is missing\n"

    def test_what_the_main_branch_has_got_meanwhile_is_not_compared(self, job: Job) -> None:
        parted = git(job.folder, "rev-parse", "HEAD").strip()
        head = job.commit("theirs")
        git(job.folder, "checkout", "--quiet", "-b", "later", parted)
        base = job.commit("ours")
        job.python_does("echo '## the table'")
        job.step("ab.yml", "Compare", BASE=base, HEAD=head)
        assert f"ab --base {parted} --candidate {head} " in job.calls[0]


class TestHistory:
    @pytest.mark.parametrize("code", [0, 1])
    def test_gate_and_trend_are_in_the_summary_and_the_gate_decides(self, job: Job, code: int) -> None:
        job.python_does(f'echo "## $3"; [ "$3" != gate ] || exit {code}')
        outcome = job.step("history.yml", "Gate and trend")
        assert outcome.returncode == code
        assert job.said() == "## gate\n## trend\n"

    def test_too_few_runs_are_told_and_no_failure(self, job: Job) -> None:
        job.python_does('echo "Error: no $3 of few" >&2; exit 2')
        outcome = job.step("history.yml", "Gate and trend")
        assert outcome.returncode == 0
        assert "gate cannot tell yet:\n\n    Error: no gate of few\n" in job.said()
        assert "trend cannot tell yet:\n\n    Error: no trend of few\n" in job.said()
        assert "::warning title=gate::Error: no gate of few" in outcome.stdout

    def test_runs_are_kept_from_week_to_week(self, job: Job) -> None:
        runs = job.folder / ".benchmarks"
        for week in ("0001", "0002"):
            assert job.step("history.yml", "Restore the runs").returncode == 0
            for name in (f"Linux-CPython/{week}_run.json", f"Linux-CPython/.unfinished-{week}.jsonl", "ab/x/0001.json"):
                (runs / name).parent.mkdir(parents=True, exist_ok=True)
                (runs / name).write_text(week, encoding="utf-8")
            outcome = job.step("history.yml", "Save the runs", TOKEN="t")  # noqa: S106 - none
            assert outcome.returncode == 0, outcome.stderr
            subprocess.run(["rm", "-r", str(runs)], check=True)  # the next job's machine has none
            git(job.folder, "fetch", "--quiet", "origin")
        assert git(job.origin, "ls-tree", "-r", "--name-only", "benchmarks").splitlines() == [
            "Linux-CPython/0001_run.json",
            "Linux-CPython/0002_run.json",
        ]
        assert git(job.origin, "rev-list", "--count", "benchmarks") == "2\n"
        assert git(job.folder, "status", "--porcelain", "--untracked-files=no") == ""

    def test_a_job_that_has_restored_nothing_deletes_nothing(self, job: Job) -> None:
        for name in ("0001_run.json", "0002_run.json"):
            (job.folder / ".benchmarks/Linux").mkdir(parents=True)
            (job.folder / ".benchmarks/Linux" / name).write_text(name, encoding="utf-8")
            assert job.step("history.yml", "Save the runs", TOKEN="t").returncode == 0  # noqa: S106
            git(job.folder, "fetch", "--quiet", "origin")
            subprocess.run(["rm", "-r", str(job.folder / ".benchmarks")], check=True)
        (job.folder / ".benchmarks").mkdir()
        assert "there is no run to save" in job.step("history.yml", "Save the runs", TOKEN="t").stdout  # noqa: S106
        assert git(job.origin, "ls-tree", "-r", "--name-only", "benchmarks").count(".json") == 2
