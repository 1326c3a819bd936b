"""Running the suite as its users do: pytest in a process of its own."""

import atexit
import gc
import io
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import pytest_benchmark.plugin
import pytest_benchmark.session
import pytest_benchmark.utils
from pytest_benchmark.plugin import get_cpu_info
from pytest_benchmark.session import BenchmarkSession
from pytest_benchmark.utils import get_commit_info, get_machine_id

import harness.plugin
from harness.stands.stands import Stands, stands_of
from harness.surroundings.variables import inherited
from tests import SUITE
from tests.support.processes import run
from workloads import registry

PYTEST = [sys.executable, "-m", "pytest", "--benchmark-only", "-p", "no:cacheprovider"]
# One round, and four patterns whichever are measured by default; a later option on the command line overrules it.
QUICK = [
    "--benchmark-min-rounds=1",
    "--benchmark-max-time=0.01",
    "--patterns=sequential,threading,asyncio,multiprocessing",
]
# The quickest benchmark there is, for what is the same with any.
ONE = ("benchmarks/test_startup.py", "-k", "test_dispatch and sequential")
ONE_NAME = "test_dispatch[sequential]"
ONE_WITH_A_SERVER = (
    *("benchmarks/test_startup.py", "benchmarks/test_io_bound.py"),
    *("-k", "(test_dispatch and sequential) or asyncio-download-large"),
)
USAGE_ERROR = 4


def run_suite(
    storage: Path,
    *arguments: str,
    effort: str = "--fast",
    suite: Path = SUITE,
    env: dict[str, str] | None = None,
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """Run benchmarks and wait for them, `--fast` unless another effort is given; `env` is added to the environment."""
    return run(*PYTEST, *options_of(storage, arguments, effort), folder=suite, env=env, **options)


def options_of(storage: Path, arguments: Sequence[str], effort: str) -> list[str]:
    return [*QUICK, *filter(None, [effort]), f"--benchmark-storage={storage}", *arguments]


def run_here(
    storage: Path, *arguments: str, effort: str = "--fast", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run benchmarks as `run_suite` does, by a pytest in this process; for tests that are not about that process.

    What is measured has processes of its own all the same. All output is in `stdout`.
    """
    code, said = pytest_here(*PYTEST[3:], *options_of(storage, arguments, effort), env=env)
    return subprocess.CompletedProcess(arguments, code, said, "")


def measured(storage: Path, *arguments: str, **options: Any) -> tuple[dict[str, Any], str]:
    """The one run that is saved by benchmarks which end well, and what is printed; as `run_here` does it."""
    outcome = run_here(storage, *arguments, **options)
    assert outcome.returncode == 0, outcome.stdout
    (run,) = saved_runs(storage)
    return run, outcome.stdout


def refusal(storage: Path, *arguments: str, effort: str = "--fast") -> str:
    """What is said to arguments that are refused before anything is measured."""
    files = set(storage.glob("*/*.json"))
    code, said = pytest_here(*PYTEST[3:], *options_of(storage, arguments, effort))
    assert code == pytest.ExitCode.USAGE_ERROR, said
    assert "Traceback" not in said
    assert "INTERNALERROR" not in said
    assert set(storage.glob("*/*.json")) == files
    return said


def listed(*arguments: str, folder: Path = SUITE, env: dict[str, str] | None = None) -> list[str]:
    """The benchmarks that would be measured by a pytest in a folder, as it lists them: with their files."""
    code, said = pytest_here(*PYTEST[3:], "--collect-only", "-q", *arguments, folder=folder, env=env)
    assert code == pytest.ExitCode.OK, said
    return [line for line in said.splitlines() if "::" in line]


def pytest_here(*arguments: str, folder: Path = SUITE, env: dict[str, str] | None = None) -> tuple[int, str]:
    """The exit code and output of a pytest in this process, which need not import everything once more.

    What it changes in this one is put right.
    """
    keep = not env and folder == SUITE
    with chdir(folder), _as_it_was(keep), redirect_stdout(io.StringIO()) as output, redirect_stderr(output):
        os.environ.update(env or {})
        code = pytest.main([*arguments])
    return int(code), output.getvalue()


@contextmanager
def _as_it_was(keep_stands: bool) -> Iterator[None]:
    """Leave the start method, the environment, the modules, the workloads and pytest-benchmark as they are."""
    method, environment = multiprocessing.get_start_method(allow_none=True), dict(os.environ)
    modules, path, workloads = set(sys.modules), list(sys.path), registry.names()
    # It collects garbage ten times, and would look at all that is here by now.
    gc.freeze()
    try:
        with pytest.MonkeyPatch.context() as patch:
            # The pytest of the tests has loaded the suite's plugins too, which replace these.
            patch.setattr(pytest_benchmark.plugin, "BenchmarkSession", BenchmarkSession)
            patch.setattr(pytest_benchmark.session, "get_machine_id", get_machine_id)
            if keep_stands:
                patch.setattr(harness.plugin, "stands_of", lambda: _kept(frozenset(_inherited().items())))
            # What stays the same takes several processes to find out: what a run may be called, and the processor.
            patch.setattr(pytest_benchmark.utils, "get_commit_info", lambda *_: dict(_commit(Path.cwd())))
            patch.setattr(pytest_benchmark.plugin, "get_cpu_info", lambda: dict(_processor()))
            yield
    finally:
        multiprocessing.set_start_method(method, force=True)
        os.environ.clear()
        os.environ.update(environment)
        folders = {Path(folder) for folder in set(sys.path) - set(path)}  # those of files for --workload
        for name in set(sys.modules) - modules:
            file = getattr(sys.modules[name], "__file__", None)
            if name.partition(".")[0] == "benchmarks" or (file and Path(file).parent in folders):
                del sys.modules[name]
        sys.path[:] = path
        for name in set(registry.names()) - set(workloads):
            del registry._workloads()[name]


class _KeptStands:
    """Stands for the runs of several tests: what they come from would take a quarter of a second to import the same."""

    def __init__(self) -> None:
        stands = stands_of()
        self.open, self.prepare = stands.open, stands.prepare
        atexit.register(stands.close)

    def close(self) -> None:
        """Nothing ends before the tests do."""


@cache
def _kept(environment: frozenset[tuple[str, str]]) -> Stands:
    return _KeptStands()


def _inherited() -> dict[str, str]:
    """What stands find in the environment, but for what differs from test to test."""
    return {name: value for name, value in inherited().items() if name != "PYTEST_CURRENT_TEST"}


@cache
def _commit(folder: Path) -> dict[str, Any]:
    return dict(get_commit_info())  # type: ignore[no-untyped-call]


@cache
def _processor() -> dict[str, Any]:
    return dict(get_cpu_info())  # type: ignore[no-untyped-call]


def saved_runs(storage: Path) -> list[dict[str, Any]]:
    """The runs in a folder, from the oldest."""
    return [json.loads(file.read_text(encoding="utf-8")) for file in sorted(storage.glob("*/*.json"))]


def copy_of_the_suite(folder: Path, without: Sequence[str] = ("tests", "docs")) -> Path:
    """A copy of the suite, to be changed by a test; what is compiled already need not be so again."""
    ignored = shutil.ignore_patterns(".*", *without)
    return shutil.copytree(SUITE, folder / "copy", ignore=ignored)
