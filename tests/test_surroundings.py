"""What surrounds Python and changes what is measured: kept out, found, told, and not mixed."""

from __future__ import annotations

import asyncio
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner

from analysis.cli.main import app
from analysis.documents.encoding import show_plainly
from analysis.findings.gate import newest_alike
from campaign.environments import _side
from campaign.supervise import kept
from harness import flags
from harness.ab import BASE, ABRequest, RequestedSide
from harness.host import conditions, surroundings
from harness.host.intruders import SENTENCES, found, untraced
from harness.host.processes import module_environment
from harness.servers.server import LocalServer
from patterns import asyncio as asyncio_pattern
from runfile.digests import Reader
from tests import saved, test_versus
from tests.suite import SUITE
from tests.toys import Doubling

OMP = {"name": "OMP_NUM_THREADS", "value": "1", "sentence": "it is set", "is_setting": True}


def traced(frame: object, event: str, argument: object) -> None:
    """A tracer that only has to be there."""


# What is inherited


def test_what_looks_for_faults_is_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    kept_out = ("COV_CORE_SOURCE", "COVERAGE_PROCESS_START", "PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONTRACEMALLOC")
    for name in kept_out:
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("PYTHONMALLOC", "pymalloc_debug")
    assert not {*kept_out, "PYTHONMALLOC"} & module_environment().keys()
    told = surroundings.kept_out()
    assert told is not None
    assert all(name in told for name in (*kept_out, "PYTHONMALLOC"))


def test_an_allocator_is_a_setting_and_its_debug_hooks_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONMALLOC", "malloc")
    assert module_environment()["PYTHONMALLOC"] == "malloc"
    assert [(one.name, one.value, one.is_setting) for one in surroundings.settings()] == [
        ("PYTHONMALLOC", "malloc", True)
    ]


def test_flags_that_choose_how_python_works_are_passed_on_and_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_xoptions", {"cpu_count": "1", "utf8": True, "dev": True})
    environment = module_environment()
    assert (environment["PYTHON_CPU_COUNT"], environment["PYTHONUTF8"]) == ("1", "1")
    assert "PYTHONDEVMODE" not in environment
    assert "-X dev" in str(surroundings.kept_out())
    assert [one.name for one in surroundings.settings()] == ["PYTHON_CPU_COUNT"]


def test_a_python_that_ignores_its_variables_starts_others_that_do() -> None:
    code = "from harness.host.surroundings import inherited; print(sorted(n for n in inherited() if n[:6] == 'PYTHON'))"
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(SUITE)!r}); {code}"]
    environment = {**os.environ, "PYTHONPATH": "/nowhere"}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert said == "['PYTHONNOUSERSITE']\n"


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "AIOHTTP_NO_EXTENSIONS", "LD_PRELOAD", "MALLOC_ARENA_MAX"])
def test_what_chooses_how_a_library_works_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1")
    assert [one.name for one in surroundings.settings()] == [name]


def test_passwords_are_not_looked_for_at_every_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NETRC", raising=False)
    assert "NETRC" not in module_environment()
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret")
    code = "import requests.utils as u; print(u.get_netrc_auth('http://127.0.0.1'))"
    for environment, password in ((dict(os.environ), "('me', 'secret')\n"), (module_environment(), "None\n")):
        said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert said.stdout == password
    assert "~/.netrc" in str(surroundings.kept_out())


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="Windows has classes of priority")
def test_a_low_priority_is_told() -> None:
    code = "from harness.host.conditions import niceness; print(niceness())"
    command = ["nice", "-n", "5", sys.executable, "-c", code]
    said = subprocess.run(command, cwd=SUITE, capture_output=True, text=True, check=True).stdout
    assert "it runs with nice" in said


# What has got into a process


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("tracer", "sys.settrace(lambda *_: None)"),
        ("tracer", "threading.settrace(lambda *_: None)"),
        ("profiler", "sys.setprofile(lambda *_: None)"),
        pytest.param(
            *("profiler", "sys.monitoring.use_tool_id(sys.monitoring.PROFILER_ID, 'sampler')"),
            marks=pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is of 3.12"),
        ),
        ("tracemalloc", "import tracemalloc; tracemalloc.start()"),
        ("switch-interval", "sys.setswitchinterval(0.1)"),
        ("gc", "import gc; gc.disable()"),
        (
            "event-loop",
            "import asyncio; asyncio.set_event_loop_policy(type('P', (asyncio.DefaultEventLoopPolicy,), {})())",
        ),
        ("tasks", "import asyncio; asyncio.tasks.Task = asyncio.tasks._CTask = asyncio.tasks._PyTask"),
        ("agent", "sys.modules['ddtrace'] = sys"),
    ],
)
def test_what_has_got_in_is_found_from_within(name: str, code: str) -> None:
    program = f"import sys, threading\nfrom harness.host.intruders import found\n{code}\nprint(*found())"
    said = subprocess.run([sys.executable, "-c", program], cwd=SUITE, capture_output=True, text=True, check=True)
    assert said.stdout == f"{name}\n"


def test_nothing_is_found_in_a_python_as_it_is_and_each_find_has_a_sentence() -> None:
    program = "import asyncio, aiohttp, requests, uvloop\nfrom harness.host.intruders import found\nprint(found())"
    said = subprocess.run([sys.executable, "-c", program], cwd=SUITE, capture_output=True, text=True, check=True)
    assert said.stdout == "{}\n"
    for name in SENTENCES:
        told = conditions.intruder(name, "something")
        assert told.is_setting
        assert ": " in told.sentence


def test_a_tracer_is_off_for_a_while() -> None:
    before = sys.gettrace()
    sys.settrace(traced)
    try:
        assert "tracer" in found()
        with untraced():
            assert sys.gettrace() is None
        assert sys.gettrace() is traced
    finally:
        sys.settrace(before)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_asyncio_runs_on_its_own_loop_whatever_the_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loop(asyncio.SelectorEventLoop):
        pass

    class Policy(asyncio.DefaultEventLoopPolicy):  # type: ignore[misc, name-defined, unused-ignore]
        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            return Loop()

    class Asking(Doubling):
        async def perform_async(self, client: int, task: int) -> Any:
            return type(asyncio.get_running_loop())

    asyncio.set_event_loop_policy(Policy())
    try:
        with asyncio_pattern.start(Asking(), 1) as run:
            (loop,) = run([1])
        assert found()["event-loop"].endswith("Policy")
    finally:
        asyncio.set_event_loop_policy(None)
    assert loop is asyncio_pattern.OwnLoop


def test_the_server_starts_where_python_has_a_safe_path_and_without_debug_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    server = LocalServer()
    try:
        assert server.stats().requests == 0
        (process,) = (one for one in psutil.Process().children() if "workloads.server" in one.cmdline())
        assert "PYTHONASYNCIODEBUG" not in process.environ()
    finally:
        server.stop()


# Flags


def test_one_worker_that_keeps_several_cores_busy_is_parallel_already() -> None:
    flag = flags.already_parallel(0.19, 0.1)
    assert flag is not None
    assert flag.value == pytest.approx(1.9)
    assert "OMP_NUM_THREADS=1" in flag.sentence
    assert flags.already_parallel(0.11, 0.1) is None
    assert flags.already_parallel(0.0019, 0.001) is None  # the harness is in that


def test_nothing_beats_the_ideal_by_a_tenth() -> None:
    flag = flags.beyond_ideal(1.2)
    assert flag is not None
    assert "120% of the ideal" in flag.sentence
    assert flags.beyond_ideal(1.05) is None


# What is not mixed


def a_run(number: int, *told: dict[str, Any]) -> dict[str, Any]:
    benchmarks = [saved.benchmark("asyncio", [1.0 + number / 1000] * 3)]
    return saved.run(benchmarks, conditions=list(told)) | {"datetime": f"2026-11-{number:02}T12:00:00+00:00"}


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Six runs, and then three with a setting."""
    for number in range(1, 10):
        saved.save(tmp_path / f"fox/{number:04}_run.json", a_run(number, *([OMP] if number > 6 else [])))
    return tmp_path


def analysis(*arguments: str | Path) -> tuple[int, str]:
    outcome = CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "1000"})
    return outcome.exit_code, outcome.output


def test_a_gate_takes_runs_of_the_same_settings(storage: Path) -> None:
    runs, _ = Reader().read_all(sorted(storage.glob("*/*.json")))
    assert [run.number for run in newest_alike(runs)] == ["0007", "0008", "0009"]
    code, said = analysis("gate", "7-9", "--storage", storage)
    assert code == 2
    assert "no run before" in said
    assert "settings" in said


def test_a_comparison_tells_settings_that_differ_and_refuses_a_mixture(storage: Path) -> None:
    code, said = analysis("compare", "1-6", "7-9", "--storage", storage)
    assert code == 0
    assert "settings: none → OMP_NUM_THREADS=1" in said
    code, said = analysis("compare", "1-5", "6-9", "--storage", storage)
    assert code == 2
    assert re.search(r"0006_run.json was made with no settings and \S+0007_run.json with OMP_NUM_THREADS=1", said)


def test_a_summary_takes_runs_of_the_newest_settings_and_says_what_is_left_out(storage: Path) -> None:
    code, said = analysis("summary", "--storage", storage)
    assert code == 0
    assert "6 runs unlike the newest (no OMP_NUM_THREADS=1)" in said
    assert "note: OMP_NUM_THREADS (3 of 3 runs): it is set" in said


# What ab sees


def package(folder: Path, name: str, version: str) -> Path:
    """A package that is found before the one that is installed."""
    (folder / f"{name}-{version}.dist-info").mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (folder / f"{name}-{version}.dist-info/METADATA").write_text(metadata)
    (folder / f"{name}.py").write_text(f"__version__ = {version!r}\n")
    return folder


def test_the_probe_of_a_side_and_what_measures_it_see_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(package(tmp_path / "other", "requests", "9.9.9")))
    probed = _side("it", Path(sys.executable), SUITE, "code").packages["requests"]
    code = "import importlib.metadata, requests; print(requests.__version__, importlib.metadata.version('requests'))"
    with kept("run", str(SUITE), sys.executable, "-c", code, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        measured = process.stdout.read()
    assert measured == f"{probed} {probed}\n"
    assert probed != "9.9.9"


def test_what_has_got_into_one_side_of_ab_is_told(tmp_path: Path) -> None:
    one = RequestedSide("one", sys.executable, str(SUITE), "fork")
    request = ABRequest(one, one, 5.0, [], None)
    request.notice({BASE: {}, "asyncio": {"tracer": "coverage.CTracer"}})
    request.notice({BASE: {}, "threading": {"tracer": "coverage.CTracer"}})
    assert request.notes_on("base") == []
    (note,) = request.notes_on("candidate")
    assert "a tracer (coverage.CTracer) is on" in note
    sides = {"base": test_versus.side("old-env"), "candidate": test_versus.side("new-env", notes=[note])}
    file = test_versus.save(tmp_path, test_versus.run([test_versus.pairs("asyncio", 1.0)], **sides))
    _, said = analysis("ab", file)
    assert f"candidate: {note}" in said


def test_ab_says_that_pythonpath_is_kept_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    sides = ["--base", sys.executable, "--candidate", sys.executable]
    code, said = analysis("ab", *sides, "--storage", tmp_path, "--", "-k", "nothing_is_called_so")
    assert code == 2
    assert "PYTHONPATH is kept out of both sides" in said


# What is shown


def test_a_stream_shows_something_plain_for_what_its_encoding_lacks() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    show_plainly(stream)
    stream.write("★ 2.0× → 3 µs…\nσ²\n")
    stream.flush()
    assert stream.buffer.getvalue().decode("latin-1") == "* 2.0× > 3 µs.\n?²\n"


# Where pip is not there


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder with the Makefile, nothing to install, and an environment without pip; no uv is on its PATH."""
    shutil.copy(SUITE / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").touch()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "touch"):
        path = shutil.which(tool)
        assert path is not None
        (tmp_path / "bin" / tool).symlink_to(path)
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    make = shutil.which("make")
    assert make is not None
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHON", "VENV", "MAKEFLAGS")}
    return subprocess.run(
        [make, "--no-print-directory", "VENV=venv", *arguments],
        cwd=folder,
        env={**kept, "PATH": str(folder / "bin"), "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.skipif(os.name != "posix", reason="make is asked for")
class TestWithoutPip:
    def test_uv_installs_where_it_is_there(self, bare: Path) -> None:
        (bare / "bin/uv").write_text('#!/bin/sh\necho "uv $*"\n')
        (bare / "bin/uv").chmod(0o755)
        outcome = make(bare, "venv/installed")
        assert outcome.returncode == 0, outcome.stderr
        assert "uv pip install --quiet --python venv/bin/python --requirement requirements.txt" in outcome.stdout
        assert (bare / "venv/installed").exists()

    def test_pythons_own_pip_is_put_in(self, bare: Path) -> None:
        outcome = make(bare, "venv/installed")
        assert outcome.returncode == 0, outcome.stderr
        assert (bare / "venv/installed").exists()

    def test_where_there_is_none_it_is_said(self, bare: Path) -> None:
        python = bare / "venv/bin/python"
        python.unlink()
        python.write_text("#!/bin/sh\nexit 1\n")
        python.chmod(0o755)
        outcome = make(bare, "venv/installed")
        assert outcome.returncode == 2
        assert outcome.stderr.startswith("venv has no pip, and neither uv nor ensurepip is there to do without")

    def test_make_bench_works_where_python_has_a_safe_path(self, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTHONSAFEPATH", "1")
        (bare / "campaign").mkdir()
        (bare / "campaign/repeat.py").write_text("print('it was found')")
        (bare / "venv/installed").touch()
        outcome = make(bare, "bench")
        assert (outcome.returncode, outcome.stdout) == (0, "it was found\n"), outcome.stderr
