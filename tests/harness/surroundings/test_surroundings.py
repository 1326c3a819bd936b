"""What surrounds Python and changes what is measured: kept out of processes, found in them, and told."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness import flags
from harness.host import conditions
from harness.host.processes import module_environment
from harness.servers.server import LocalServer
from harness.surroundings import variables
from harness.surroundings.intruders import SENTENCES, found, untraced
from patterns import asyncio as asyncio_pattern
from tests import SUITE
from tests.support.toys import Doubling


def traced(frame: object, event: str, argument: object) -> None:
    """A tracer that only has to be there."""


def test_what_looks_for_faults_is_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    kept_out = ("COV_CORE_SOURCE", "COVERAGE_PROCESS_START", "PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONTRACEMALLOC")
    for name in kept_out:
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("PYTHONMALLOC", "pymalloc_debug")
    assert not {*kept_out, "PYTHONMALLOC"} & module_environment().keys()
    told = variables.kept_out()
    assert told is not None
    assert all(name in told for name in (*kept_out, "PYTHONMALLOC"))


def test_an_allocator_is_a_setting_and_its_debug_hooks_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONMALLOC", "malloc")
    assert module_environment()["PYTHONMALLOC"] == "malloc"
    assert [(one.name, one.value, one.is_setting) for one in conditions.settings()] == [
        ("PYTHONMALLOC", "malloc", True)
    ]


def test_flags_that_choose_how_python_works_are_passed_on_and_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_xoptions", {"cpu_count": "1", "utf8": True, "dev": True})
    environment = module_environment()
    assert (environment["PYTHON_CPU_COUNT"], environment["PYTHONUTF8"]) == ("1", "1")
    assert "PYTHONDEVMODE" not in environment
    assert "-X dev" in str(variables.kept_out())
    assert list(variables.settings()) == ["PYTHON_CPU_COUNT"]


def test_a_python_that_ignores_its_variables_starts_others_that_do() -> None:
    shown = "print(sorted(name for name in inherited() if name[:6] == 'PYTHON'))"
    code = f"from harness.surroundings.variables import inherited; {shown}"
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(SUITE)!r}); {code}"]
    environment = {**os.environ, "PYTHONPATH": "/nowhere"}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert said == "['PYTHONNOUSERSITE']\n"


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "AIOHTTP_NO_EXTENSIONS", "LD_PRELOAD", "MALLOC_ARENA_MAX"])
def test_what_chooses_how_a_library_works_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1")
    assert list(variables.settings()) == [name]


def test_passwords_are_not_looked_for_at_every_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NETRC", raising=False)
    assert "NETRC" not in module_environment()
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret")
    code = "import requests.utils as u; print(u.get_netrc_auth('http://127.0.0.1'))"
    for environment, password in ((dict(os.environ), "('me', 'secret')\n"), (module_environment(), "None\n")):
        said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert said.stdout == password
    assert "~/.netrc" in str(variables.kept_out())


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="Windows has classes of priority")
def test_a_low_priority_is_told() -> None:
    code = "from harness.host.conditions import niceness; print(niceness())"
    command = ["nice", "-n", "5", sys.executable, "-c", code]
    said = subprocess.run(command, cwd=SUITE, capture_output=True, text=True, check=True).stdout
    assert "it runs with nice" in said


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
    program = f"import sys, threading\nfrom harness.surroundings.intruders import found\n{code}\nprint(*found())"
    said = subprocess.run([sys.executable, "-c", program], cwd=SUITE, capture_output=True, text=True, check=True)
    assert said.stdout == f"{name}\n"


def test_nothing_is_found_in_a_python_as_it_is_and_each_find_has_a_sentence() -> None:
    program = (
        "import asyncio, aiohttp, requests, uvloop\nfrom harness.surroundings.intruders import found\nprint(found())"
    )
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
        assert "PYTHONASYNCIODEBUG" not in psutil.Process(server.stats().pid).environ()
    finally:
        server.stop()


def test_one_worker_that_keeps_several_cores_busy_is_parallel_already_and_nothing_beats_the_ideal() -> None:
    flag = flags.already_parallel(0.19, 0.1)
    assert flag is not None
    assert flag.value == pytest.approx(1.9)
    assert "OMP_NUM_THREADS=1" in flag.sentence
    assert flags.already_parallel(0.11, 0.1) is None
    assert flags.already_parallel(0.0019, 0.001) is None  # the harness is in that
    flag = flags.beyond_ideal(1.2)
    assert flag is not None
    assert "120% of the ideal" in flag.sentence
    assert flags.beyond_ideal(1.05) is None
