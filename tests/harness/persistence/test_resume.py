"""Going on with a run that was killed or interrupted."""

import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness.persistence.journal import Header
from tests.harness.persistence.journals import JOURNALS, change, change_conditions, finished, journal_in, lines_of
from tests.support.processes import eventually, in_the_background, run
from tests.support.suite import ONE, PYTEST, QUICK, measured, refusal, run_here, saved_runs

# Three tables that take some time and hardly any work.
CHOICE = ["-k", "(math-hashing or (io_bound and download-talk) or (test_startup and 16)) and not multiprocessing"]
NATURAL = [
    f"{table}[{pattern}-{work}]"
    for table, work in (("test_cpu_bound", "math-hashing"), ("test_io_bound", "download-talk"), ("test_startup", "16"))
    for pattern in ("asyncio", "sequential", "threading")
]
# The rows of a table come one right after the other, when it has been measured; the next table takes a while.
TABLE = 3
SEED = "--order-seed=7"

posix = pytest.mark.skipif(os.name != "posix", reason="signals")


def order_of(output: str) -> list[str]:
    return re.findall(r"::(test_\S+) PASSED", output)


def stopped(storage: Path, number: signal.Signals, benchmarks: int, *arguments: str) -> str:
    """The output of a run that is sent a signal when so many benchmarks are finished."""
    command = [*PYTEST, *QUICK, "--fast", "-v", f"--benchmark-storage={storage}", *arguments]
    with in_the_background(command) as process:
        eventually(lambda: finished(storage) >= benchmarks)
        time.sleep(0.15)  # until it is on the disk: what is interrupted before that does not count as kept
        os.killpg(process.pid, number)
        return process.communicate(timeout=60)[0]


@pytest.fixture(scope="module")
def killed_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with a run that was killed in its midst, and its output."""
    storage = tmp_path_factory.mktemp("killed") / "runs"
    return storage, stopped(storage, signal.SIGKILL, TABLE, *CHOICE, SEED)


@pytest.fixture
def killed(killed_run: tuple[Path, str], tmp_path: Path) -> Path:
    """A folder with a run that was killed in its midst, to be changed by a test."""
    return shutil.copytree(killed_run[0], tmp_path / "runs")


@posix
class TestStopped:
    def test_it_is_gone_on_with_twice_and_saved_as_one(self, killed: Path, killed_run: tuple[Path, str]) -> None:
        """Killed after the first table, interrupted after the second, and like a run that nobody has stopped."""
        assert saved_runs(killed) == []
        assert finished(killed) == TABLE
        interrupted = stopped(killed, signal.SIGINT, 2 * TABLE, "--resume")
        assert f"resumed: {TABLE} of 9 benchmarks are taken over from the run of" in interrupted
        assert "KeyboardInterrupt" in interrupted
        assert "INTERNALERROR" not in interrupted
        kept = finished(killed)
        assert kept == 2 * TABLE
        assert interrupted.splitlines()[-1] == (
            f"interrupted: {kept} finished benchmarks are kept; go on with --resume"
        )
        assert saved_runs(killed) == []
        lines = lines_of(killed)
        made, said = measured(killed, "--resume", "-v")
        assert f"resumed: {kept} of 9 benchmarks are taken over from the run of" in said
        assert "order seed: 7" in said
        assert [one["name"] for one in made["benchmarks"]] == NATURAL
        assert [one for one in made["benchmarks"] if one in lines] == sorted(lines, key=lambda one: one["fullname"])
        assert made["machine_info"]["three_patterns"]["run"] == {"order_seed": 7, "effort": "fast", "resumed": kept}
        assert not list(killed.glob(JOURNALS))
        for name in NATURAL:
            assert said.count(f"\n{name} ") == 1, "a row of pytest-benchmark's table"
        whole = run_here(killed, *CHOICE, SEED, "-v")
        _, like = saved_runs(killed)
        assert shape(made) == shape(like)
        parts = [order_of(output) for output in (killed_run[1], interrupted, said)]
        assert [name for part in parts for name in part] == order_of(whole.stdout)

    def test_a_smaller_run_tells_of_it_and_leaves_it(self, killed: Path) -> None:
        kept = finished(killed)
        made, said = measured(killed, *ONE)
        told = rf"an unfinished run of [-\d]+ \d\d:\d\d UTC with {kept} finished benchmarks is here: --resume"
        assert re.search(told, said)
        assert "resumed" not in made["machine_info"]["three_patterns"]["run"]
        assert finished(killed) == kept

    def test_what_is_missing_can_be_listed(self, killed: Path) -> None:
        before = journal_in(killed).read_bytes()
        outcome = run_here(killed, "--resume", "--collect-only", "-q")
        assert outcome.stdout.count("::test_") == 9 - finished(killed)
        assert journal_in(killed).read_bytes() == before

    def test_several_runs_go_on_with_the_first_of_them_and_what_is_not_chosen_is_kept(
        self, killed: Path, tmp_path: Path
    ) -> None:
        """And end with one report of all."""
        names = {one["name"] for one in lines_of(killed)}
        another = next(name for name in reversed(NATURAL) if "sequential" in name and name not in names)
        file = tmp_path / "page.html"
        command = [sys.executable, "-m", "campaign.repeat", "2", f"--benchmark-storage={killed}", "--resume"]
        outcome = run(*command, f"--report={file}", *QUICK, "--fast", "-p", "no:cacheprovider", "-k", another)
        assert outcome.returncode == 0, outcome.stdout
        resumed = [made["machine_info"]["three_patterns"]["run"].get("resumed", 0) for made in saved_runs(killed)]
        assert resumed == [TABLE, 0]
        measured = [{one["name"] for one in made["benchmarks"]} for made in saved_runs(killed)]
        assert measured == [{*names, another}, {another}]
        assert "run 2 of 2 is saved in" in outcome.stdout
        assert "2 runs" in outcome.stdout
        assert outcome.stdout.splitlines()[-1] == f"report: {file}"
        assert "2 runs on" in file.read_text(encoding="utf-8")


# What is there or not, or is a number or null, by how busy the machine was and how long it took.
BY_CHANCE = ("flags", "repeats", "conditions", "resumed", "other_cores", "stolen_cores")


def shape(value: Any) -> Any:
    """What a document consists of, without its numbers and with lists of any length."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items() if key not in BY_CHANCE}
    if isinstance(value, list) and not all(isinstance(part, dict) for part in value):
        return "list"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number"  # of a single round, pytest-benchmark's deviation is the integer 0
    return [shape(part) for part in value] if isinstance(value, list) else type(value)


@posix
class TestRefused:
    """One sentence, pytest's exit code for wrong usage, and the journal is as it was."""

    @staticmethod
    def refusal(storage: Path, *arguments: str, effort: str = "--fast") -> str:
        before = [file.read_bytes() for file in storage.glob(JOURNALS)]
        said = refusal(storage, "--resume", *arguments, effort=effort)
        assert [file.read_bytes() for file in storage.glob(JOURNALS)] == before
        return said

    def test_where_there_is_none(self, tmp_path: Path) -> None:
        assert re.search(r"--resume: there is no unfinished run in \S+: leave --resume out", self.refusal(tmp_path))

    @pytest.mark.parametrize(
        ("option", "difference"),
        [
            ("--benchmark-min-rounds=3", "min_rounds: 1 there, 3 here"),
            ("--benchmark-max-time=0.5", "max_time: 0.01 there, 0.5 here"),
            ("--start-method=spawn", "start_method: fork there, spawn here"),
            ("--benchmark-disable-gc", "disable_gc: False there, True here"),
        ],
    )
    def test_options_that_the_run_was_not_made_with(self, killed: Path, option: str, difference: str) -> None:
        method = [] if option.startswith("--start") else ["--start-method=fork"]
        change_conditions(journal_in(killed), start_method="fork")
        error = self.refusal(killed, *method, option)
        assert f"was made otherwise ({difference}): go on with it as it was made, or leave --resume out" in error

    def test_another_effort_commit_and_package(self, killed: Path) -> None:
        change_conditions(journal_in(killed), commit="abc", packages={"requests": "1.0"})
        error = self.refusal(killed, effort="")
        assert "commit: abc there" in error
        assert "effort: fast there, default here" in error
        assert "packages.requests: 1.0 there" in error

    def test_another_seed(self, killed: Path) -> None:
        assert "has seed 7, which --resume keeps: leave --order-seed out" in self.refusal(killed, "--order-seed=8")

    def test_a_choice_that_has_nothing_of_it(self, killed: Path) -> None:
        assert "none of the benchmarks chosen here is of the unfinished run" in self.refusal(killed, "-k", "mixed")

    def test_a_run_that_is_not_saved(self, killed: Path) -> None:
        error = self.refusal(killed, "-o", "addopts=")
        assert "--resume needs --benchmark-only, and a folder that runs are saved in" in error

    def test_a_process_that_is_still_at_work(self, killed: Path) -> None:
        here = Header(1, {})
        change(journal_in(killed), pid=here.pid, created=here.created)
        assert f"but that of process {here.pid} on {here.node}, still at work" in self.refusal(killed)

    @pytest.mark.parametrize("content", ["", "{", "[]\n", "{}\n", "\0\xff\n", "[" * 100_000])
    def test_a_journal_that_is_none(self, tmp_path: Path, killed: Path, content: str) -> None:
        file = journal_in(killed)
        file.write_text(content, encoding="latin-1")
        assert f"{file} is damaged (its first line does not tell how the run was made): remove" in self.refusal(killed)


@posix
def test_damaged_benchmarks_are_measured_again_with_their_whole_table(killed: Path) -> None:
    file = journal_in(killed)
    names = sorted(one["name"] for one in lines_of(killed))
    head, first, second, *_ = file.read_text().splitlines()
    torn = first.replace("test_", "other_")[:-40]
    file.write_text("\n".join([head, "[1]", '{"name": "x"}', first, second, torn]))
    made, said = measured(killed, "--resume", "-k", f"{names[0].partition('[')[0]} and ({CHOICE[1]})")
    assert "resumed: 0 of 9 benchmarks are taken over" in said
    assert f"resumed: {9 - len(names)} of the run's benchmarks are not chosen here, and it is saved without" in said
    assert f"damaged lines of {file} left out: 3" in said
    assert [one["name"] for one in made["benchmarks"]] == names
    assert len({one["extra_info"]["contest"]["id"] for one in made["benchmarks"]}) == 1
