"""The suite as its users run it: pytest in a process of its own, choosing, saving and comparing."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import patterns
from benchmarks.test_io_bound import LONG
from benchmarks.test_other import ELSEWHERE
from runfile.runs import SCHEMA
from tests import SUITE
from tests.support.servers import running
from tests.support.suite import (
    ONE_WITH_A_SERVER,
    copy_of_the_suite,
    listed,
    measured,
    pytest_here,
    run_here,
    run_suite,
    saved_runs,
)
from workloads import registry

HASHING = "test_cpu_bound[sequential-math-hashing]"


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with two saved runs, and what the second one, compared with the first, has printed."""
    storage = tmp_path_factory.mktemp("runs")
    chosen = ["-k", "math-hashing or (io_bound and asyncio-download-talk)"]
    assert run_suite(storage, *chosen).returncode == 0
    second = run_here(storage, *chosen, "--benchmark-compare=0001")
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
            "test_io_bound[asyncio-download-talk]",
        }
        for one in run["benchmarks"]:
            facts = one["extra_info"]
            assert len(one["stats"]["data"]) == one["stats"]["rounds"] >= 1
            assert facts["schema"] == SCHEMA
            assert facts["lifecycle"] == "warm"
            assert one["name"] == f"{one['name'].partition('[')[0]}[{facts['pattern']}-{facts['workload']}]"
            assert facts["tasks"] == (20 if facts["workload"] == "download-talk" else 8)
            assert facts["workers"] == (16 if facts["workload"] == "download-talk" else facts["workers"])
            assert facts["ideal_seconds"] >= 0
            assert facts.get("waiting_seconds", 0) == pytest.approx(
                0.0625 if facts["workload"] == "download-talk" else 0
            )
            assert ("server_cores" in facts) == (facts["workload"] == "download-talk")
        assert run["machine_info"]["three_patterns"]["packages"]["aiohttp"]
        assert "hz_actual" not in run["machine_info"]["cpu"]


def test_runs_are_compared_and_read_by_pytest_benchmarks_own_command(two_runs: tuple[Path, str]) -> None:
    output = two_runs[1]
    assert f"{HASHING} (0001" in output
    assert f"{HASHING} (NOW)" in output
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
        return {line.partition("::")[2] for line in listed(*arguments)}

    talk = ("asyncio", "multiprocessing", "sequential", "threading")
    default = [name for name in patterns.names() if patterns.get(name).by_default]
    found = selected("-m", "talk or mixed or io_bound or cpu_bound")
    by_question = Counter(name.partition("[")[0] for name in found)
    assert by_question == {
        "test_talk": len(talk),
        "test_mixed": len(default),
        "test_io_bound": len(set(registry.names("download-*")) - set(LONG)) * len(default),
        "test_cpu_bound": len(registry.names("math-*")) * len(default),
    }
    assert {name for name in found if "_talk[" in name} == {f"test_talk[{pattern}]" for pattern in talk}
    assert {name for name in found if "_mixed[" in name} == {f"test_mixed[{pattern}-mixed]" for pattern in default}
    assert selected("-k", "threading and download-typical and io_bound") == {
        "test_io_bound[threading-download-typical]"
    }


def test_where_other_questions_take_all_workloads_nothing_is_left_to_skip(tmp_path: Path) -> None:
    copy = copy_of_the_suite(tmp_path)
    question = copy / "benchmarks" / "test_other.py"
    question.write_text(re.sub(r"(?ms)^ELSEWHERE = \(.*?\)$", 'ELSEWHERE = ("*",)', question.read_text()))
    outcome = run_suite(copy / "runs", "-rs", "benchmarks/test_other.py", suite=copy)
    assert outcome.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "collected 0 items" in outcome.stdout
    assert "skipped" not in outcome.stdout.lower()


def test_what_a_question_takes_by_a_glob_is_not_left_to_the_one_for_all_others() -> None:
    files = [file.read_text(encoding="utf-8") for file in (SUITE / "benchmarks").glob("test_*.py")]
    asked = {glob for text in files for glob in re.findall(r'@every_workload\("([^"]+)"', text)}
    assert asked >= {"math-*", "download-*"}
    assert asked <= set(ELSEWHERE)


def test_shows_what_its_own_seam_costs(tmp_path: Path) -> None:
    run, said = measured(tmp_path, "-m", "overhead", "-k", "asyncio-download", effort="--rigorous")
    assert "what the harness itself costs" in said
    (one,) = run["benchmarks"]
    assert len(one["extra_info"]["plain_seconds"]) == one["stats"]["rounds"] == 3
    assert f"{one['extra_info']['seam_ratio']:.3f}  (3 pairs)" in said


def test_runs_once_and_saves_nothing_with_benchmarks_disabled(tmp_path: Path) -> None:
    options = ["--benchmark-disable", f"--benchmark-storage={tmp_path}", "-p", "no:cacheprovider"]
    code, said = pytest_here(*options, *ONE_WITH_A_SERVER)
    assert code == 0, said
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
    outcome = run_here(storage, "-k", "multiprocessing-math-hashing", *failing)
    assert outcome.returncode == 1
    assert "Performance has regressed" in outcome.stdout + outcome.stderr
    assert "Traceback" not in outcome.stdout + outcome.stderr
    _, there, here = (run["machine_info"]["three_patterns"]["start_method"] for run in saved_runs(storage))
    assert here == "spawn"
    assert f"not like for like: three_patterns.start_method: {there} there, spawn here" in outcome.stdout
    assert "test_cpu_bound[multiprocessing-math-hashing] (0002" in outcome.stdout


def test_downloads_from_a_server_that_runs_elsewhere_and_goes_around_a_proxy(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    env = {"http_proxy": nowhere, "HTTPS_PROXY": nowhere, "no_proxy": "", "NO_PROXY": ""}
    chosen = ["-k", "io_bound and download-large and (asyncio or threading)"]
    with running() as (process, url):
        run, said = measured(tmp_path, *chosen, f"--io-server={url}", env=env)
        assert process.poll() is None
    assert "HTTPS_PROXY, http_proxy is set: requests to 127.0.0.1 go around the proxy" in said
    assert {one["extra_info"]["server"] for one in run["benchmarks"]} == {"remote"}
