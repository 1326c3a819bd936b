"""`python -m analysis fleet`: a run on each machine of a Dask cluster, and what becomes of those that are lost.

The machines are workers at 127.0.0.1, 127.0.0.2, …, and so this one under several names.
"""

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, cast

import psutil
import pytest
from typer.testing import Result

from campaign import remote_run
from campaign.cluster import connected
from campaign.fleet import _Lost, _save, _understood
from runfile.runs import RunError
from tests import SUITE
from tests.support.clusters import TestCluster, cluster
from tests.support.commands import analysis, refused
from tests.support.made_up import saved
from tests.support.processes import eventually, hear_ctrl_c, left_of
from tests.support.suite import ONE, ONE_NAME, QUICK, saved_runs

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
ONE_CORE = min(os.sched_getaffinity(0)) if CORES > 1 else None
LITTLE = ["--", "--fast", *QUICK, *ONE]
# Runs nothing of the suite, which each machine would compile anew, until a file is there; and then saves a run.
WAITING = """
import pathlib, shutil, time

def test_waiting(benchmark):
    while not pathlib.Path({go!r}).exists():
        time.sleep(0.05)
    shutil.copytree({made!r}, "../runs", dirs_exist_ok=True)
"""


@pytest.fixture
def waiting(tmp_path: Path) -> list[str]:
    """What has a machine wait for a file `go`, for ever if it never comes."""
    (tmp_path / "pytest.ini").touch()
    made = saved.save(tmp_path / "made/machine/0001_run.json", saved.run([saved.benchmark("threading", [0.2])]))
    code = WAITING.format(go=str(tmp_path / "go"), made=str(made.parent.parent))
    (tmp_path / "test_waiting.py").write_text(code)
    return ["--", "-c", str(tmp_path / "pytest.ini"), str(tmp_path / "test_waiting.py")]


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the workers keep temporary files."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("temporary")
        patch.setenv("TMPDIR", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def nothing_left(temporary: Path) -> Iterator[None]:
    """Fail a test after which something of a run is left there."""
    yield
    assert eventually(lambda: not list(temporary.glob("three-patterns-*")))


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory, temporary: Path) -> Iterator[TestCluster]:
    """A cluster of two machines, with two workers on the one that has fewer cores, if there are any to leave out."""
    with cluster(tmp_path_factory.mktemp("cluster"), workers=0) as started:
        for host, core in (("127.0.0.2", ONE_CORE), ("127.0.0.2", ONE_CORE), ("127.0.0.1", None)):
            started.start_worker(host, threads=1, core=core)
        yield started


def command(scheduler: str, storage: Path, *arguments: str) -> list[str]:
    where = ["--dask-scheduler", scheduler, "--storage", str(storage)]
    return [sys.executable, "-m", "analysis", "fleet", *where, *arguments]


def begun(scheduler: str, storage: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(scheduler, storage, *arguments),
        cwd=SUITE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_ctrl_c,
    )


def fleet(scheduler: str, storage: Path, *arguments: str) -> Result:
    """Run it in this process, for what is not about that process."""
    return analysis(*command(scheduler, storage, *arguments)[3:])


def measuring(machines: TestCluster) -> list[psutil.Process]:
    """What the workers have started, once two of them have a run under way: an errand, and its pytest."""

    def started() -> list[psutil.Process]:
        found = [started_by(worker) for worker in machines.workers]
        return [one for some in found for one in some] if sum(len(one) >= 2 for one in found) >= 2 else []

    running = eventually(started)
    assert running
    return running


def started_by(worker: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(worker.pid).children(recursive=True) if worker.poll() is None else []


def test_one_run_of_each_machine_comes_home(machines: TestCluster, tmp_path: Path) -> None:
    home = tmp_path / "home"
    outcome = fleet(machines.address, home, "--format", "json", *LITTLE)
    assert outcome.exit_code == 0, outcome.stderr
    assert "one run each on 127.0.0.1, 127.0.0.2\n" in outcome.stderr
    for run in saved_runs(home):
        assert [one["name"] for one in run["benchmarks"]] == [ONE_NAME]
        assert len(run["commit_info"]["id"]) == 40
    names = sorted(file.name[:5] for file in home.glob("*/*.json"))
    if ONE_CORE is None:
        assert names == ["0001_", "0002_"]
        return
    assert names == ["0001_", "0001_"], "unlike machines have a folder each, and are put side by side"
    hosts = json.loads(outcome.stdout)["machines"]["hosts"]
    assert sorted(host["machine"]["usable_cores"] for host in hosts) == [1, CORES]


def test_a_worker_that_is_killed_costs_its_run_and_nothing_else(
    machines: TestCluster, tmp_path: Path, waiting: list[str]
) -> None:
    home = tmp_path / "home"
    with begun(machines.address, home, *waiting) as process:
        measuring(machines)
        started = started_by(machines.workers[-1])
        machines.kill_worker(-1)
        assert len(started) >= 2
        assert left_of(started) == []
        (tmp_path / "go").touch()
        stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "127.0.0.1 is lost: its worker tcp://127.0.0.1:" in stderr
    assert "Traceback" not in stderr
    assert len(list(home.glob("*/*.json"))) == 1
    assert stdout.startswith("1 run on ")
    machines.start_worker("127.0.0.1", threads=1)


def test_a_scheduler_that_is_killed_costs_all_that_are_not_home(tmp_path: Path, waiting: list[str]) -> None:
    """And one that has no workers yet is refused."""
    with cluster(tmp_path, workers=0) as started:
        told = refused(*command(started.address, tmp_path)[3:])
        assert "has no workers: start some with `dask worker tcp://" in told
        for host in ("127.0.0.1", "127.0.0.2"):
            started.start_worker(host, threads=1)
        with begun(started.address, tmp_path / "home", *waiting) as process:
            measuring(started)
            started.kill_scheduler()
            stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    assert stdout == ""
    assert stderr.splitlines() == [
        "one run each on 127.0.0.1, 127.0.0.2",
        *(
            f"{host} is lost: the scheduler has gone, or has no worker any more; see what it has logged"
            for host in ("127.0.0.1", "127.0.0.2")
        ),
    ]


def test_a_scheduler_that_goes_while_a_result_comes_home_is_told() -> None:
    future: Future[object] = Future()
    future.cancel()  # which Dask's client does to its own when the connection is lost
    with pytest.raises(_Lost, match="the scheduler has gone"):
        _understood(cast("Any", future))


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_nothing_goes_on_after_ctrl_c(machines: TestCluster, tmp_path: Path, waiting: list[str]) -> None:
    with begun(machines.address, tmp_path / "home", *waiting) as process:
        running = measuring(machines)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped; what has come home is kept" in stderr
    assert "Traceback" not in stderr
    assert left_of(running) == []
    assert list(tmp_path.glob("home/*/*.json")) == []


def test_a_run_that_measures_nothing_is_lost_with_what_pytest_said(machines: TestCluster, tmp_path: Path) -> None:
    outcome = fleet(machines.address, tmp_path / "home", "--", "--noconftest", "nothing_of_this_name")
    assert outcome.exit_code == 1
    assert "127.0.0.2 is lost: pytest ended with exit code 4 and 0 saved runs, and said:" in outcome.stderr
    assert "ERROR: file or directory not found: nothing_of_this_name" in outcome.stderr
    assert outcome.stdout == ""


class TestAnErrand:
    """What a worker machine does, without a cluster."""

    def test_names_what_its_python_lacks(self, tmp_path: Path) -> None:
        report = self.done(
            tmp_path / "folder", packed({"requirements-measure.txt": "nosuchpackage>=1 # why\nrequests<1\npip\n"})
        )
        assert report["failed"].startswith("its Python lacks nosuchpackage, requests<1 (it has 2.")
        assert f"install what the suite needs there with `{sys.executable} -m pip install" in report["failed"]
        assert list(tmp_path.iterdir()) == []

    def test_stops_when_nobody_wants_it_any_more(self, tmp_path: Path, waiting: list[str]) -> None:
        before = {*tmp_path.iterdir()}
        program = Path(remote_run.__file__).read_text(encoding="utf-8")
        impatient = program.replace("PATIENCE_SECONDS = 120.0", "PATIENCE_SECONDS = 0.5")
        archive = packed({"requirements-measure.txt": ""})
        report = self.done(tmp_path / "folder", archive, *waiting[1:], program=impatient)
        assert report == {"failed": "nobody wanted its run any more"}
        assert {*tmp_path.iterdir()} - before <= {tmp_path / "__pycache__"}

    def test_does_not_inherit_what_a_nanny_sets(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OMP_NUM_THREADS", "1")
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://127.0.0.1:1")
        tell = "import os, json, pathlib\npathlib.Path('../runs/x').mkdir(parents=True)\n"
        tell += "pathlib.Path('../runs/x/0001_y.json').write_text(json.dumps(dict(os.environ)))\n"
        report = self.done(tmp_path / "folder", packed({"requirements-measure.txt": "", "conftest.py": tell}))
        inherited = json.loads(report["run"])
        assert "PATH" in inherited
        assert not {"OMP_NUM_THREADS", "DASK_SCHEDULER_ADDRESS"} & inherited.keys()

    @staticmethod
    def done(folder: Path, archive: bytes, *arguments: str, program: str = "") -> dict[str, Any]:
        program = program or Path(remote_run.__file__).read_text(encoding="utf-8")
        command = [sys.executable, "-c", program, str(folder), json.dumps(arguments)]
        ran = subprocess.run(command, input=archive, capture_output=True, check=True, timeout=60)
        report: dict[str, Any] = json.loads(ran.stdout)
        return report


def packed(files: dict[str, str]) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return into.getvalue()


class TestBadInput:
    @pytest.mark.parametrize(
        ("scheduler", "arguments", "sentence"),
        [
            ("tcp://127.0.0.1:1", [], "no scheduler at tcp://127.0.0.1:1 ("),
            ("nonsense", [], "'nonsense' is not the address of a scheduler: write it like tcp://10.0.0.1:8786"),
            ("tcp://127.0.0.1:abc", [], "is not the address of a scheduler"),
            ("tcp://127.0.0.1:1", ["--", "--benchmark-json=x"], "--benchmark-json=x is not for pytest here"),
            ("tcp://127.0.0.1:1", ["--", "--advise"], "--advise is not for fleet, which brings home saved runs only"),
            ("tcp://127.0.0.1:1", ["--", "--workload", "/home/me/mine.py"], "put the file into examples/"),
        ],
    )
    def test_gets_a_sentence_and_exit_code_2(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheduler: str, arguments: list[str], sentence: str
    ) -> None:
        monkeypatch.setattr("campaign.cluster.ANSWER_SECONDS", 0.5)
        assert sentence in refused(*command(scheduler, tmp_path, *arguments)[3:])

    def test_without_dask(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "distributed", None)
        with pytest.raises(RunError, match="missing: install it with"), connected("tcp://127.0.0.1:1"):
            pass


class TestSaving:
    @pytest.mark.parametrize("folder", ["..", "a/b", "", ".hidden", "a\\b"])
    def test_a_folder_from_elsewhere_stays_in_storage(self, tmp_path: Path, folder: str) -> None:
        with pytest.raises(RunError, match="cannot be the name of a machine's folder"):
            _save({"folder": folder, "run": json.dumps({"datetime": "2026-11-01T00:00:00"})}, tmp_path / "storage")
        assert list(tmp_path.iterdir()) == []
