"""What the suite does about what is wrong: it refuses to start, or that costs one benchmark."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.servers.server import ask
from tests.support.servers import running
from tests.support.suite import (
    ONE_NAME,
    ONE_WITH_A_SERVER,
    USAGE_ERROR,
    copy_of_the_suite,
    refusal,
    run_suite,
    saved_runs,
)

# Looks for patterns and workloads, as pytest does, and says why it cannot.
FIND = """
import patterns
from workloads import registry
try:
    patterns.names(), registry.names()
except registry.RegistryError as error:
    print(error)
"""


class TestRefusesAtTheStart:
    """One sentence, pytest's exit code for wrong usage, and nothing written."""

    @pytest.mark.parametrize(
        ("url", "sentence"),
        [("nonsense", "'nonsense' is not the address of a server"), ("http://127.0.0.1:9", "no answer from the ")],
    )
    def test_a_server_url_that_is_none_or_nobody_answers(self, tmp_path: Path, url: str, sentence: str) -> None:
        assert sentence in refusal(tmp_path, f"--io-server={url}")

    def test_a_server_whose_certificate_nobody_trusts(self, tmp_path: Path) -> None:
        with running() as (_, url):
            secure = f"https://127.0.0.1:{ask(url).https_port}"
            output = refusal(tmp_path, f"--io-server={secure}")
        assert f"--io-server: the certificate of the server at {secure} is signed by nobody whom" in output

    @pytest.mark.parametrize("run", ["0099", "no/such/run.json", "../0001", "/no/such/run", "*/*"])
    def test_a_run_to_compare_with_that_does_not_exist(self, tmp_path: Path, run: str) -> None:
        assert f"--benchmark-compare={run}: no such file" in refusal(tmp_path, f"--benchmark-compare={run}")

    @pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"machine_info": {}, "benchmarks": [{}]}', "\0"])
    def test_a_run_to_compare_with_that_is_none(self, tmp_path: Path, content: str) -> None:
        file = tmp_path / "run.json"
        file.write_text(content)
        output = refusal(tmp_path / "runs", f"--benchmark-compare={file}")
        assert f"{file} is not a saved run" in output
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
            ("patterns/broken.py", "name = 'broken'", "is not a pattern: it lacks summary, pitfall, start; add"),
            ("workloads/broken.py", "1 / 0", "workloads/broken.py does not import (ZeroDivisionError"),
            ("workloads/broken.py", "WORKLOADS = (7,)", "7 is not a workload, as it lacks name, tasks"),
            ("workloads/broken.py", "from workloads.nothing import WORKLOADS", "two workloads are named 'nothing'"),
        ],
    )
    def test_a_module_that_cannot_be_used(self, tmp_path: Path, file: str, code: str, sentence: str) -> None:
        copy = copy_of_the_suite(tmp_path)
        (copy / file).write_text(code)
        found = subprocess.run([sys.executable, "-c", FIND], cwd=copy, capture_output=True, text=True, check=True)
        assert sentence in found.stdout

    def test_a_module_that_cannot_be_used_ends_pytest(self, tmp_path: Path) -> None:
        copy = copy_of_the_suite(tmp_path)
        (copy / "patterns/broken.py").write_text("import nowhere_to_be_found")
        outcome = run_suite(copy / "runs", suite=copy)
        assert outcome.returncode == USAGE_ERROR
        assert "patterns/broken.py does not import" in outcome.stderr
        assert "Traceback" not in outcome.stdout + outcome.stderr
        assert "INTERNALERROR" not in outcome.stdout + outcome.stderr
        assert not (copy / "runs").is_dir() or not saved_runs(copy / "runs")


def test_what_cannot_run_or_fails_costs_its_own_benchmark(tmp_path: Path) -> None:
    copy = copy_of_the_suite(tmp_path)

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
