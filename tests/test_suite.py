"""The suite as its users run it: pytest in a process of its own, saving, comparing, failing and being stopped."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from pytest_httpserver import HTTPServer

import patterns
from benchmarks.test_other import ELSEWHERE
from harness.host.machine import SCHEMA
from tests.processes import in_the_background, left_of
from tests.suite import ONE_NAME, PYTEST, SUITE, USAGE_ERROR, copy_of_the_suite, refusal, run_suite, saved_runs
from workloads import registry

HASHING = "test_cpu_bound[sequential-math-hashing]"


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with two saved runs, and what the second one, compared with the first, has printed."""
    storage = tmp_path_factory.mktemp("runs")
    chosen = ["-k", "math-hashing or asyncio-download-overhead"]
    assert run_suite(storage, *chosen).returncode == 0
    second = run_suite(storage, *chosen, "--benchmark-compare=0001")
    assert second.returncode == 0
    return storage, second.stdout


def test_saves_what_was_measured_with_its_raw_data(two_runs: tuple[Path, str]) -> None:
    first, second = saved_runs(two_runs[0])
    for run in (first, second):
        names = {one["name"] for one in run["benchmarks"]}
        assert names == {
            *(
                f"test_cpu_bound[{pattern}-math-hashing]"
                for pattern in ("asyncio", "multiprocessing", "sequential", "threading")
            ),
            "test_io_bound[asyncio-download-overhead]",
        }
        for one in run["benchmarks"]:
            facts = one["extra_info"]
            assert len(one["stats"]["data"]) == one["stats"]["rounds"] >= 1
            assert facts["schema"] == SCHEMA
            assert facts["lifecycle"] == "warm"
            assert one["name"] == f"{one['name'].partition('[')[0]}[{facts['pattern']}-{facts['workload']}]"
            assert facts["tasks"] == (500 if facts["workload"] == "download-overhead" else 8)
            assert facts["workers"] == (16 if facts["workload"] == "download-overhead" else facts["workers"])
            assert facts["ideal_seconds"] >= 0
            assert ("server_cores" in facts) == (facts["workload"] == "download-overhead")
        assert run["machine_info"]["three_patterns"]["packages"]["aiohttp"]
        assert "hz_actual" not in run["machine_info"]["cpu"]


def test_compares_with_an_earlier_run(two_runs: tuple[Path, str]) -> None:
    output = two_runs[1]
    assert f"{HASHING} (0001" in output
    assert f"{HASHING} (NOW)" in output


def test_pytest_benchmarks_own_command_reads_the_runs(two_runs: tuple[Path, str]) -> None:
    command = [sys.executable, "-m", "pytest_benchmark", f"--storage={two_runs[0]}", "compare"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0
    assert f"{HASHING} (0001" in outcome.stdout
    assert f"{HASHING} (0002" in outcome.stdout


def test_a_table_holds_one_workload_sorted_from_fastest(two_runs: tuple[Path, str]) -> None:
    table = two_runs[1].partition("'cpu-bound: math-hashing, ")[2].split("\n\n")[0]
    rows = [line.split() for line in table.splitlines() if line.startswith("test_")]
    assert len(rows) == 8
    fastest = [float(row[2].replace(",", "")) for row in rows]
    assert fastest == sorted(fastest)


def test_selects_by_marker_and_by_keyword() -> None:
    def selected(*arguments: str) -> set[str]:
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *arguments]
        output = subprocess.run(command, cwd=SUITE, capture_output=True, text=True, check=True).stdout
        return {line.partition("::")[2] for line in output.splitlines() if "::" in line}

    talk = ("asyncio", "multiprocessing", "sequential", "threading")
    default = [name for name in patterns.names() if patterns.get(name).by_default]
    found = selected("-m", "talk or mixed or io_bound or cpu_bound")
    by_question = Counter(name.partition("[")[0] for name in found)
    assert by_question == {
        "test_talk": len(talk),
        "test_mixed": len(default),
        "test_io_bound": len(registry.names("download-*")) * len(default),
        "test_cpu_bound": len(registry.names("math-*")) * len(default),
    }
    assert {name for name in found if "_talk[" in name} == {f"test_talk[{pattern}]" for pattern in talk}
    assert {name for name in found if "_mixed[" in name} == {f"test_mixed[{pattern}-mixed]" for pattern in default}
    assert selected("-k", "threading and download-typical and io_bound") == {
        "test_io_bound[threading-download-typical]"
    }


def test_where_other_questions_take_all_workloads_nothing_is_left_to_skip(copy: Path) -> None:
    question = copy / "benchmarks" / "test_other.py"
    question.write_text(re.sub(r"(?m)^ELSEWHERE = .*", 'ELSEWHERE = ("*",)', question.read_text()))
    outcome = run_suite(copy / "runs", "-rs", "benchmarks/test_other.py", suite=copy)
    assert outcome.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "collected 0 items" in outcome.stdout
    assert "skipped" not in outcome.stdout.lower()


def test_what_a_question_takes_by_a_glob_is_not_left_to_the_one_for_all_others() -> None:
    files = [file.read_text(encoding="utf-8") for file in (SUITE / "benchmarks").glob("test_*.py")]
    asked = {glob for text in files for glob in re.findall(r'@every_workload\("(.+)"\)', text)}
    assert asked >= {"math-*", "download-*"}
    assert asked <= set(ELSEWHERE)


def test_shows_what_its_own_seam_costs(tmp_path: Path) -> None:
    outcome = run_suite(tmp_path, "-m", "overhead", "-k", "asyncio-math", effort="--rigorous")
    assert outcome.returncode == 0
    assert "what the suite's own seam costs" in outcome.stdout
    (run,) = saved_runs(tmp_path)
    (one,) = run["benchmarks"]
    assert len(one["extra_info"]["plain_seconds"]) == one["stats"]["rounds"] == 3
    assert f"{one['extra_info']['seam_ratio']:.3f}  (3 pairs)" in outcome.stdout


ONE_WITH_A_SERVER = ("-k", "(test_dispatch and sequential) or (io_bound and asyncio-download-large)")


def test_runs_once_and_saves_nothing_with_benchmarks_disabled(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "benchmarks", "--benchmark-disable", f"--benchmark-storage={tmp_path}"]
    outcome = subprocess.run(
        [*command, "-p", "no:cacheprovider", *ONE_WITH_A_SERVER],
        cwd=SUITE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0
    assert saved_runs(tmp_path) == []


def test_a_slowdown_over_the_limit_ends_with_exit_code_1_and_another_start_method_is_told(
    two_runs: tuple[Path, str], tmp_path: Path
) -> None:
    # The folder is outside the working folder, where pytest-benchmark's own warning fails.
    storage = shutil.copytree(two_runs[0], tmp_path / "runs")
    file = max(storage.glob("*/*.json"))
    run = json.loads(file.read_text())
    for one in run["benchmarks"]:
        one["stats"]["median"] /= 1000
    file.write_text(json.dumps(run))
    failing = ["--benchmark-compare=0002", "--benchmark-compare-fail=median:50%", "--start-method=spawn"]
    outcome = run_suite(storage, "-k", "multiprocessing-math-hashing", *failing)
    assert outcome.returncode == 1
    assert "Performance has regressed" in outcome.stdout + outcome.stderr
    assert "Traceback" not in outcome.stdout + outcome.stderr
    _, there, here = (run["machine_info"]["three_patterns"]["start_method"] for run in saved_runs(storage))
    assert here == "spawn"
    assert f"not like for like: three_patterns.start_method: {there} there, spawn here" in outcome.stdout
    assert "test_cpu_bound[multiprocessing-math-hashing] (0002" in outcome.stdout


def test_goes_around_a_proxy_and_says_so(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    env = {"http_proxy": nowhere, "HTTPS_PROXY": nowhere, "no_proxy": "", "NO_PROXY": ""}
    outcome = run_suite(tmp_path, "-k", "io_bound and download-large and (asyncio or threading)", env=env)
    assert outcome.returncode == 0, outcome.stdout
    assert "HTTPS_PROXY, http_proxy is set: requests to 127.0.0.1 go around the proxy" in outcome.stdout


def test_downloads_from_a_server_that_runs_elsewhere(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "workloads.server", "--port", "0"], cwd=SUITE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        outcome = run_suite(tmp_path, "-k", "io_bound and asyncio-download-large", f"--io-server={url}")
        assert process.poll() is None
        process.kill()
    assert outcome.returncode == 0, outcome.stdout
    (run,) = saved_runs(tmp_path)
    assert run["benchmarks"][0]["extra_info"]["server"] == "remote"


class TestRefusesAtTheStart:
    """One sentence, pytest's exit code for wrong usage, and nothing written."""

    @pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1:1"])
    def test_a_server_url_that_is_none(self, tmp_path: Path, url: str) -> None:
        assert f"'{url}' is not the address of a server" in refusal(tmp_path, f"--io-server={url}")

    def test_a_server_that_does_not_answer(self, tmp_path: Path) -> None:
        assert "no answer from the server" in refusal(tmp_path, "--io-server=http://127.0.0.1:9")

    def test_a_foreign_server(self, tmp_path: Path, httpserver: HTTPServer) -> None:
        url = httpserver.url_for("").rstrip("/")
        assert "is not this version of this suite's" in refusal(tmp_path, f"--io-server={url}")

    @pytest.mark.parametrize("run", ["0099", "no/such/run.json", "../0001", "/no/such/run", "*/*"])
    def test_a_run_to_compare_with_that_does_not_exist(self, tmp_path: Path, run: str) -> None:
        assert f"--benchmark-compare={run}: no such file" in refusal(tmp_path, f"--benchmark-compare={run}")

    @pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"machine_info": {}, "benchmarks": [{}]}', "\0"])
    def test_a_run_to_compare_with_that_is_none(self, tmp_path: Path, content: str) -> None:
        file = tmp_path / "run.json"
        file.write_text(content)
        output = refusal(tmp_path / "runs", f"--benchmark-compare={file}")
        assert f"{file} is no saved run" in output
        assert file.read_text() == content

    def test_a_limit_on_slowdowns_without_an_earlier_run(self, tmp_path: Path) -> None:
        output = refusal(tmp_path, "--benchmark-compare", "--benchmark-compare-fail=median:20%")
        assert "--benchmark-compare-fail needs --benchmark-compare and an earlier run of" in output

    def test_a_start_method_that_does_not_exist(self, tmp_path: Path) -> None:
        assert "invalid choice: 'teleport'" in refusal(tmp_path, "--start-method=teleport")

    @pytest.mark.parametrize("option", ["--benchmark-min-rounds=none", "--benchmark-max-time=soon"])
    def test_an_option_value_that_makes_no_sense(self, tmp_path: Path, option: str) -> None:
        assert "error: argument" in refusal(tmp_path, option)

    @pytest.mark.parametrize(
        ("option", "sentence"),
        [
            ("--benchmark-timer=time.process_time", "rounds are timed in processes of their own, with time.perf_coun"),
            ("--benchmark-cprofile=cumtime", "profile this process, and rounds run in processes of their own: leave"),
            ("--benchmark-cprofile-dump=x", "profile this process, and rounds run in processes of their own: leave"),
        ],
    )
    def test_another_clock_and_a_profile_of_this_process(self, tmp_path: Path, option: str, sentence: str) -> None:
        assert sentence in refusal(tmp_path, option)

    def test_a_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        output = refusal(tmp_path / "file" / "runs", "-k", "hashing")
        assert "runs cannot be saved in" in output
        assert "--benchmark-storage=FOLDER" in output

    @pytest.mark.parametrize("place", ["no/such/folder/run.json", "."])
    def test_a_json_file_that_cannot_be_written(self, tmp_path: Path, place: str) -> None:
        output = refusal(tmp_path / "runs", f"--benchmark-json={tmp_path / place}")
        assert f"--benchmark-json={tmp_path / place} cannot be written" in output

    @pytest.mark.parametrize(
        ("file", "code", "sentence"),
        [
            ("patterns/broken.py", "import nowhere_to_be_found", "patterns/broken.py does not import"),
            ("patterns/broken.py", "def (", "patterns/broken.py does not import (SyntaxError"),
            ("patterns/broken.py", "name = 'broken'", "broken.py is no pattern: it lacks summary, pitfall, start; add"),
            ("workloads/broken.py", "1 / 0", "workloads/broken.py does not import (ZeroDivisionError"),
            (
                "workloads/broken.py",
                "WORKLOADS = (7,)",
                "broken.py: 7 is no workload, as it lacks name, tasks",
            ),
            ("workloads/broken.py", "from workloads.nothing import WORKLOADS", "two workloads are named 'nothing'"),
        ],
    )
    def test_a_module_that_cannot_be_used(self, copy: Path, file: str, code: str, sentence: str) -> None:
        (copy / file).write_text(code)
        outcome = run_suite(copy / "runs", suite=copy)
        assert outcome.returncode == USAGE_ERROR
        assert sentence in outcome.stderr
        assert "Traceback" not in outcome.stdout + outcome.stderr
        assert "INTERNALERROR" not in outcome.stdout + outcome.stderr
        assert not (copy / "runs").is_dir() or not saved_runs(copy / "runs")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the suite, to be changed by a test."""
    return copy_of_the_suite(tmp_path)


def test_a_new_pattern_and_a_new_workload_are_a_file_each(copy: Path) -> None:
    (copy / "patterns" / "backwards.py").write_text(
        (copy / "patterns" / "sequential.py")
        .read_text()
        .replace('"sequential"', '"backwards"')
        .replace(
            "[workload.perform(client, task) for task in tasks]",
            "[workload.perform(client, task) for task in tasks[::-1]][::-1]",
        )
    )
    (copy / "workloads" / "squares.py").write_text(
        "from workloads.computation import Computation\n"
        "def square(number): return number * number\n"
        "WORKLOADS = [Computation('math-squares', square, tasks=(1, 2, 3), answers=(1, 4, 9))]\n"
    )
    for folder in ("patterns", "workloads"):  # what patterns or workloads share is none
        (copy / folder / "_shared.py").write_text("import nowhere_to_be_found")
    chosen = "backwards-math-squares or multiprocessing-math-squares"
    outcome = run_suite(copy / "runs", "--patterns=default", "-k", chosen, suite=copy)
    assert outcome.returncode == 0, outcome.stdout
    assert "test_cpu_bound[backwards-math-squares]" in outcome.stdout


def test_what_cannot_run_or_fails_costs_its_own_benchmark(copy: Path) -> None:
    def change(file: str, old: str, new: str) -> None:
        source = copy / file
        assert old in source.read_text()
        source.write_text(source.read_text().replace(old, new))

    change("patterns/multiprocessing.py", "\npickles", "\nunavailable = lambda: 'the moon is not full'\npickles")
    change("workloads/hashing.py", "c2714e3d", "deadbeef")
    asked_twice = "client.get(url, timeout=9).close()\n            with client.get(url, timeout"
    change("workloads/download.py", "with client.get(url, timeout", asked_twice)
    benchmarks = (
        "test_dispatch and (multiprocessing or sequential)",
        "sequential-math-hashing",
        "threading-download-large",
    )
    chosen = ["--patterns=default", "-k", " or ".join(f"({one})" for one in benchmarks)]
    outcome = run_suite(copy / "runs", "-rs", *chosen, suite=copy)
    assert outcome.returncode == 1
    assert "multiprocessing cannot run here: the moon is not full" in outcome.stdout
    assert "math-hashing: task 1 (1) gave 'c2714e3d" in outcome.stdout
    found = re.search(r"the server saw (\d+) requests and (\d+) were made", outcome.stdout)
    assert found
    assert int(found[1]) == 2 * int(found[2]) > 0
    assert "2 failed, 1 passed, 1 skipped" in outcome.stdout
    assert "Traceback" not in outcome.stdout
    (run,) = saved_runs(copy / "runs")
    assert [one["name"] for one in run["benchmarks"]] == [ONE_NAME]


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_too_few_open_files_skip_the_benchmark_with_the_reason(tmp_path: Path) -> None:
    import resource

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))

    outcome = run_suite(tmp_path, "-rs", *ONE_WITH_A_SERVER, preexec_fn=few)
    assert outcome.returncode == 0
    assert "16 workers need 128 open files and this process may have 100: raise it with `ulimit -n`" in outcome.stdout


@contextmanager
def started(storage: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A run of the suite in the background."""
    with in_the_background([*PYTEST, f"--benchmark-storage={storage}", *arguments]) as process:
        yield process


def descendants(process: subprocess.Popen[str], at_least: int) -> list[psutil.Process]:
    """The processes that a run has started, once there are so many."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = psutil.Process(process.pid).children(recursive=True)
        if len(found) >= at_least:
            return found
        time.sleep(0.02)
    raise AssertionError(f"fewer than {at_least} processes came up")


def next_outcome(process: subprocess.Popen[str]) -> str:
    """Wait for the outcome of the next test in a verbose run, a minute at most."""
    assert process.stdout is not None
    impatience = threading.Timer(60, process.kill)
    impatience.start()
    for line in process.stdout:
        for outcome in ("PASSED", "FAILED"):
            if outcome in line:
                impatience.cancel()
                return outcome
    return "nothing"


LONG = ["-k", "io_bound and multiprocessing-download-talk", "--benchmark-min-rounds=500"]
# The server and sixteen workers.
PROCESSES = 17
# Of the two benchmarks that are chosen below.
MULTIPROCESSING_FIRST = "--order-seed=1"


# Naps for an hour, once a round has been begun by a pattern; the trial does its tasks in the main thread.
PREPARED = """
import contextlib, pathlib, tempfile, threading, time
from workloads.contract import Workload, expect

class Work(Workload):
    name = "my-work"
    tasks = (1, 2, 3)

    @contextlib.contextmanager
    def prepare(self):
        with tempfile.TemporaryDirectory() as folder:
            self.file = pathlib.Path(folder, "prepared")
            self.file.touch()
            yield

    def perform(self, client, task):
        assert self.file.exists()
        if threading.current_thread() is not threading.main_thread():
            pathlib.Path({begun!r}).touch()
            time.sleep(3600)
        return task

    def check(self, results):
        expect(self.name, self.tasks, results, self.tasks)

WORKLOADS = (Work(),)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
class TestLeavesNothingBehind:
    def test_after_success(self, tmp_path: Path) -> None:
        with started(tmp_path, "-k", "io_bound and multiprocessing-download-talk") as process:
            family = descendants(process, PROCESSES)
            assert process.wait(timeout=60) == 0
            assert left_of(family) == []

    def test_after_ctrl_c(self, tmp_path: Path) -> None:
        with started(tmp_path, *LONG) as process:
            family = descendants(process, PROCESSES)
            time.sleep(0.2)
            os.killpg(process.pid, signal.SIGINT)
            output, _ = process.communicate(timeout=60)
        assert process.returncode == 2
        assert "KeyboardInterrupt" in output
        assert "Traceback" not in output
        assert "INTERNALERROR" not in output
        assert left_of(family) == []
        assert saved_runs(tmp_path) == []

    def test_after_ctrl_c_of_what_was_prepared(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file, begun, temporary = tmp_path / "my_work.py", tmp_path / "begun", tmp_path / "temporary"
        file.write_text(PREPARED.format(begun=str(begun)))
        temporary.mkdir()
        monkeypatch.setenv("TMPDIR", str(temporary))
        with started(tmp_path / "runs", f"--workload={file}", "--patterns=threading", "--workers=2") as process:
            deadline = time.monotonic() + 60
            while not begun.exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            assert list(temporary.rglob("prepared"))
            os.killpg(process.pid, signal.SIGINT)
            output, _ = process.communicate(timeout=60)
        assert process.returncode == 2, output
        assert list(temporary.iterdir()) == []

    def test_after_sigkill(self, tmp_path: Path) -> None:
        with started(tmp_path, *LONG) as process:
            family = descendants(process, PROCESSES)
            time.sleep(0.2)
            process.kill()
            process.wait()
            assert left_of(family) == []

    def test_after_the_server_died_which_the_next_benchmark_gets_anew(self, tmp_path: Path) -> None:
        choice = "io_bound and (multiprocessing-download-talk or threading-download-large)"
        long = ["--benchmark-min-rounds=30"]
        with started(tmp_path, "-v", "--fast", "-k", choice, *long, MULTIPROCESSING_FIRST) as process:
            family = descendants(process, PROCESSES)
            (server,) = [one for one in family if "workloads.server" in one.cmdline()]
            time.sleep(0.2)
            server.kill()
            died = time.monotonic()
            outcome = next_outcome(process)
            seconds = time.monotonic() - died
            output, _ = process.communicate(timeout=100)
        assert outcome == "FAILED"
        assert seconds < 5  # how soon a benchmark is promised to fail, not how fast something is
        assert process.returncode == 1
        assert f"the local server (process {server.pid}) ended with exit code -9 while this benchmark ran" in output
        assert "1 failed, 1 passed" in output
        assert left_of(family) == []
        (run,) = saved_runs(tmp_path)
        assert [one["name"] for one in run["benchmarks"]] == ["test_io_bound[threading-download-large]"]
