"""How the summary is come by: with `python -m analysis summary`, and at the end of a run."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests import SUITE
from tests.support.commands import printed, refused
from tests.support.made_up import saved
from tests.support.processes import eventually, in_the_background, run
from tests.support.suite import pytest_here

ANALYSIS = (sys.executable, "-m", "analysis")


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return saved.store(tmp_path, saved.plausible(1), saved.plausible(2))


def test_the_command_prints_each_format(storage: Path) -> None:
    there = ("--storage", str(storage))
    assert "2 runs on 1a2b3c4d" in printed("summary", *there)
    assert "1 run on 1a2b3c4d" in printed("summary", "0002", *there)
    assert len(json.loads(printed("summary", storage, "--format", "json"))["summary"]["runs"]) == 2
    assert printed("summary", "1", "--format=markdown", *there).startswith("## The three patterns")


@pytest.mark.parametrize(
    "arguments", [["summary", "9"], ["summary", "--format", "xml"], ["sumary"], ["summary", "--x"]]
)
def test_bad_input_gets_a_sentence_and_exit_code_2(storage: Path, arguments: list[str]) -> None:
    refused(*arguments, *(["--storage", str(storage)] if "summary" in arguments else []))


def test_bad_input_gets_no_traceback(storage: Path) -> None:
    broken = saved.save(storage / "broken.json", b"{")
    outcome = run(*ANALYSIS, "summary", broken)
    assert (outcome.returncode, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith(f"Error: {broken} is damaged: it is not JSON")
    assert len(outcome.stderr.splitlines()) == 1


def test_a_pipe_that_knows_no_stars_gets_something_plain(storage: Path) -> None:
    outcome = run(*ANALYSIS, "summary", "--storage", storage, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert "* asyncio " in outcome.stdout
    assert "?" not in outcome.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no SIGPIPE to speak of")
def test_a_pipe_that_nobody_reads_ends_in_silence(storage: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    streams: dict[str, Any] = {"capture_output": False, "stdout": writer, "stderr": subprocess.PIPE}
    outcome = run(*ANALYSIS, "summary", "--storage", storage, **streams)
    os.close(writer)
    assert (outcome.returncode, outcome.stderr) == (141, "")


def test_help_waits_for_no_statistics() -> None:
    modules = "analysis.cli, analysis.plugin, analysis.findings.trend, analysis.cli.export"
    code = f"import sys, {modules}; print({{'scipy', 'rich', 'numpy'}} & {{*sys.modules}})"
    assert run(sys.executable, "-c", code).stdout == "set()\n"
    outcome = run(*ANALYSIS, "--help")
    assert outcome.returncode == 0
    assert "summary" in outcome.stdout


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a file that does not end")
def test_ctrl_c_ends_in_silence(tmp_path: Path) -> None:
    endless = tmp_path / "endless.json"
    os.mkfifo(endless)

    def opened() -> int:
        with contextlib.suppress(OSError):  # nobody reads it yet
            return os.open(endless, os.O_WRONLY | os.O_NONBLOCK)
        return 0

    with in_the_background([*ANALYSIS, "summary", str(endless)]) as process:
        writer = eventually(opened)
        time.sleep(0.5)  # until it reads: Python would not see a signal in the moment before
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
        os.close(writer)
    assert (process.returncode, output) == (130, "")


CONFTEST = """
import time
import pytest
from pathlib import Path
from typing import Any
from tests.support.made_up import saved

pytest_plugins = ["analysis.plugin"]

def pytest_benchmark_generate_machine_info():
    return saved.run([])["machine_info"]  # and without looking at the CPU, which takes a second

@pytest.fixture
def own(benchmark):
    def measure(contender, seconds=0.001, **facts):
        benchmark.group = saved.TYPICAL
        benchmark.extra_info.update(saved.benchmark(contender, [seconds] * 2, **facts)["extra_info"], path=Path("/tmp"))
        benchmark.pedantic(time.sleep, [seconds], rounds=2)
    return measure
"""
OWN = """
def test_sequential(own): own("sequential")
def test_asyncio(own): own("asyncio")
"""
FOREIGN = "def test_theirs(benchmark): benchmark.pedantic(lambda: None, rounds=2)"
SUMMARY = "three patterns: summary"


OPTIONS = ("-p", "no:cacheprovider", "--benchmark-storage=runs")


def write_tests(folder: Path, tests: str) -> None:
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_it.py").write_text(tests)


def run_pytest(folder: Path, tests: str, *arguments: str) -> tuple[int, str]:
    """How a run of these tests ends, and what it says."""
    write_tests(folder, tests)
    return pytest_here(*OPTIONS, *arguments, folder=folder, env={"COLUMNS": "100"})


SavedRun = tuple[Path, str]


@pytest.fixture(scope="module")
def saved_run(tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    """A folder with a run in it, and what that has said."""
    folder = tmp_path_factory.mktemp("saved")
    saving = ["--benchmark-autosave", "--benchmark-save-data", "--benchmark-json=run.json"]
    code, said = run_pytest(folder, OWN, *saving)
    assert code == 0, said
    return folder, said


def test_a_run_ends_with_its_summary_after_the_tables_and_once(saved_run: SavedRun) -> None:
    _, said = saved_run
    before, title, after = said.partition(SUMMARY)
    assert title
    assert "Name (time in" in before
    assert SUMMARY not in after
    assert "1 run on 1a2b3c4d" in after
    assert "report" not in after
    assert "2 passed" in after.splitlines()[-1]
    assert "\x1b[" not in said


def test_the_summary_of_the_run_is_that_of_its_file(saved_run: SavedRun) -> None:
    folder, said = saved_run
    assert printed("summary", "--storage", folder / "runs", columns=100) in said


@pytest.mark.parametrize(
    ("tests", "arguments"),
    [
        (OWN, ["--benchmark-json=run.json", "-q"]),
        (OWN, ["--benchmark-disable", "--benchmark-json=run.json"]),
        (FOREIGN, ["--benchmark-json=run.json"]),
    ],
    ids=["quiet", "nothing measured", "nothing of ours"],
)
def test_there_is_no_summary_when_there_is_nothing_to_summarise(
    tmp_path: Path, tests: str, arguments: list[str]
) -> None:
    code, said = run_pytest(tmp_path, tests, *arguments)
    assert code == 0, said
    assert SUMMARY not in said


@pytest.mark.parametrize(
    ("tests", "arguments", "reason"),
    [
        (OWN, ["--benchmark-json=run.json"], "this run was not saved"),
        (OWN + "def test_it(): assert 0", ["--benchmark-autosave", "--benchmark-save-data"], "this run failed, as"),
    ],
)
def test_there_is_no_report_of_what_was_not_saved_or_failed(
    tmp_path: Path, tests: str, arguments: list[str], reason: str
) -> None:
    _, said = run_pytest(tmp_path, tests, *arguments, "--report=page.html", "--color=yes")
    assert f"no report in page.html: {reason}" in said
    assert not (tmp_path / "page.html").exists()
    assert "\x1b[1m" + saved.TYPICAL in said.partition(SUMMARY)[2], "colour is as pytest has it"


def test_a_run_that_cannot_be_summarised_gets_a_line(tmp_path: Path) -> None:
    code, said = run_pytest(tmp_path, OWN, "--benchmark-autosave")
    assert code == 0
    after = said.partition(SUMMARY)[2].splitlines()
    assert after[1].startswith("no summary: this run: benchmark test_sequential has no rounds (stats.data): save the")


def test_a_regression_does_not_take_the_summary_away(saved_run: SavedRun, tmp_path: Path) -> None:
    shutil.copytree(saved_run[0] / "runs", tmp_path / "runs")
    slower = OWN.replace('own("asyncio")', 'own("asyncio", seconds=0.1)')
    arguments = ["--benchmark-json=run.json", "--benchmark-compare", "--benchmark-compare-fail=min:400%"]
    write_tests(tmp_path, slower)
    # In a process of its own, as pytest-benchmark ends it with a traceback where nobody keeps it from that.
    command = [sys.executable, "-m", "pytest", *OPTIONS, *arguments]
    outcome = run(*command, folder=tmp_path, env={"PYTHONPATH": str(SUITE)})
    assert outcome.returncode != 0
    assert "Performance has regressed" in outcome.stdout + outcome.stderr
    assert "1 run on 1a2b3c4d" in outcome.stdout.partition(SUMMARY)[2]
