"""Every Python: which there are, an environment for each, and `make pythons`."""

import json
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from campaign.interpreters import Interpreter, InterpreterError, named, on_path, probe
from campaign.pythons import PythonOutcome, Wanted, parted, side_by_side
from tests import SUITE
from tests.support.processes import eventually, in_the_background, make, run, script
from tests.support.suite import copy_of_the_suite

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the fakes are shell scripts, and make is asked for")

HERE = probe(sys.executable)
SHIM = 'echo "pyenv: $0: command not found" >&2; echo "The command exists in these versions" >&2; exit 127'
SECONDS = 60


def claims(
    real: str | Path, *numbers: int, implementation: str = "CPython", free_threaded: bool = False, build: str = "other"
) -> str:
    """What a Python does that says this of itself, and otherwise fails."""
    answer = json.dumps([str(real), implementation, numbers, free_threaded, build])
    return f"case \"$*\" in *json.dumps*) echo '{answer}';; *) exit 9;; esac"


def commands(found: list[Interpreter]) -> list[str]:
    return [one.command for one in found]


def test_pythons_are_found_from_the_oldest_and_those_too_old_are_not(tmp_path: Path) -> None:
    for number in (9, 10, 14, 9999):
        script(tmp_path / f"python3.{number}", claims(f"/{number}", 3, number, 0))
    script(tmp_path / "python3.14t", claims("/14t", 3, 14, 0, free_threaded=True))
    script(tmp_path / "python3.100", claims("/100", 3, 100, 1))
    script(tmp_path / "python3.13", claims("/13", 3, 13, 2))
    script(tmp_path / "python3.12-config", "echo no")
    (tmp_path / "python3.11").write_text("not to be executed", encoding="utf-8")
    found = on_path(f"{tmp_path / 'missing'}{os.pathsep}{tmp_path}")
    assert commands(found.interpreters) == ["python3.13", "python3.14", "python3.14t", "python3.100"]
    assert [one.version for one in found.interpreters] == ["3.13.2", "3.14.0", "3.14.0t", "3.100.1"]
    assert found.passed_over == []


def test_a_shim_that_does_not_run_is_passed_over_and_the_next_on_the_path_taken(tmp_path: Path) -> None:
    script(tmp_path / "shims/python3.12", SHIM)
    script(tmp_path / "shims/python3.13", SHIM)
    script(tmp_path / "shims/python3.14", "echo hello")
    script(tmp_path / "bin/python3.13", claims("/13", 3, 13, 0))
    found = on_path(f"{tmp_path / 'shims'}{os.pathsep}{tmp_path / 'bin'}")
    assert commands(found.interpreters) == ["python3.13"]
    shims = tmp_path / "shims"
    assert found.passed_over == [
        f"{shims}/python3.12 does not run (pyenv: {shims}/python3.12: command not found)",
        f"{shims}/python3.14 does not run as a Python (JSONDecodeError)",
    ]


def test_an_interpreter_counts_once_however_many_names_it_has(tmp_path: Path) -> None:
    script(tmp_path / "a/python3.11", f'exec "{sys.executable}" "$@"')
    (tmp_path / "a/python3.12").symlink_to(sys.executable)
    script(tmp_path / "b/python3.11", f'exec "{HERE.executable}" "$@"')
    script(tmp_path / "b/python3.13", claims("/opt/here", *HERE.numbers))
    found = on_path(f"{tmp_path / 'a'}{os.pathsep}{tmp_path / 'b'}")
    assert found.interpreters == [HERE]
    assert found.passed_over == [f"python3.13 is {HERE} too"]


def test_other_implementations_are_passed_over(tmp_path: Path) -> None:
    script(tmp_path / "python3.11", claims("/pypy", 3, 11, 9, implementation="PyPy"))
    found = on_path(str(tmp_path))
    assert (found.interpreters, found.passed_over) == ([], [f"{tmp_path}/python3.11 is PyPy 3.11.9"])


def test_an_interpreter_is_its_own_whatever_environment_it_is_reached_by(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    assert probe(str(tmp_path / "venv/bin/python")) == HERE
    assert HERE.numbers == sys.version_info[:3]
    assert HERE.environment.startswith(f".venv-python3.{sys.version_info.minor}")


@pytest.mark.parametrize(
    ("does", "told"),
    [
        (claims("/old", 3, 8, 18), "is Python 3.8.18 and the suite needs 3.11 or later: name one such as python3.13"),
        (SHIM, "does not run (pyenv: "),
        ("exit 3", "does not run (exit code 3): fix it, or name another Python"),
        ("echo '[1, 2]'", "does not run as a Python (ValueError)"),
        (None, "on the PATH: install it, or name another Python"),
    ],
)
def test_one_that_is_named_and_cannot_be_used_is_refused_with_a_sentence(
    tmp_path: Path, does: str | None, told: str
) -> None:
    one = script(tmp_path / "python3.13", does) if does else tmp_path / "none"
    with pytest.raises(InterpreterError, match=re.escape(told)) as error:
        named([sys.executable, str(one)])
    assert str(one) in str(error.value)


def test_those_named_keep_their_order_and_count_once_and_share_no_environment(tmp_path: Path) -> None:
    newer = script(tmp_path / "newer", claims("/newer", 3, 99, 0))
    same = script(tmp_path / "same", claims("/same", 3, 99, 1))
    assert commands(named([str(newer), sys.executable, str(newer)]).interpreters) == ["python3.99", HERE.command]
    with pytest.raises(InterpreterError, match=r"^/newer and /same would share .venv-python3.99: name one of them$"):
        named([str(newer), str(same)])


@pytest.mark.parametrize(
    ("given", "folder"),
    [
        ([], ".venv"),
        (["PYTHON=python3"], ".venv"),
        (["PYTHON=python3.13"], ".venv-python3.13"),
        (["PYTHON=/opt/python3.14t/bin/python3.14t"], ".venv-python3.14t"),
        (["PYTHON=/opt/bin/python3"], ".venv-python3"),
        (["PYTHON=python3.13", "VENV=mine"], "mine"),
    ],
)
def test_each_python_has_an_environment_of_its_own(given: list[str], folder: str) -> None:
    assert make("--dry-run", "clean", *given).stdout.startswith(f"rm -rf {folder} ")


def test_an_environment_of_another_python_is_not_used_in_silence(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    other = script(tmp_path / "python3", claims("/other", 3, 99, 0))
    sentence = (
        f"{venv} was made with {HERE} and {{}} is CPython 3.99.0: remove it with `make clean VENV={venv}`, "
        f"or use it as it is with VENV={venv} and without PYTHON\n"
    )
    refused = make("same-python", f"VENV={venv}", f"PYTHON={other}")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith(sentence.format(other))
    assert make("same-python", f"VENV={venv}", PYTHON=str(other)).returncode == 2
    for given in ([f"PYTHON={sys.executable}"], []):  # VENV alone: it is used as it is
        allowed = make("same-python", f"VENV={venv}", *given)
        assert (allowed.returncode, allowed.stderr) == (0, "")
    # Nobody has asked for a Python, and the system has another one since.
    makefile = tmp_path / "Makefile"
    makefile.write_text((SUITE / "Makefile").read_text(encoding="utf-8").replace("?= .venv", f"?= {venv}#"))
    noted = make("-f", makefile, "same-python", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert (noted.returncode, noted.stderr) == (0, "note: " + sentence.format("python3"))


def test_an_environment_is_there_for_all_that_is_run() -> None:
    for target in ("bench", "test", "check", "format", "overhead"):
        assert "campaign.interpreters" in make("--dry-run", target).stdout, target


# make pythons


class Place:
    """A copy of the suite with little in it to test, and an environment that is ready."""

    def __init__(self, folder: Path) -> None:
        self.suite = copy_of_the_suite(folder)
        makefile = self.suite / "Makefile"
        text = makefile.read_text(encoding="utf-8")
        # To make a report takes longer than all the rest, and the few tests here need no workers.
        for part in ("--report=report.html ", "--numprocesses=4 --dist=worksteal "):
            assert part in text
            text = text.replace(part, "")
        makefile.write_text(text, encoding="utf-8")
        self.bin = folder / "bin"
        self.tests = self.suite / "tests"
        self.tests.mkdir()
        self.write_test("def test_it(): pass")
        self.prepare(HERE.environment)

    def write_test(self, text: str) -> None:
        (self.tests / "test_it.py").write_text(text, encoding="utf-8")

    def prepare(self, name: str, startup: str = "") -> None:
        """An environment with the packages of this one, as if they were installed there."""
        venv = self.suite / name
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
        (packages,) = venv.glob("lib/python*/site-packages")
        here = [path for path in sys.path if "site-packages" in path or "dist-packages" in path]
        (packages / "here.pth").write_text("\n".join([*here, startup]), encoding="utf-8")
        for mark in ("installed", "installed-dev"):
            (venv / mark).touch()

    def pythons(self, *arguments: str) -> list[str]:
        return ["make", "-C", str(self.suite), "pythons", f"VENV={HERE.environment}", *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        narrow = "--patterns sequential,threading -k dispatch --benchmark-min-rounds=1 --benchmark-max-time=0.01"
        return run(*self.pythons(*arguments, f"ARGS={narrow}"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_each_python_runs_tests_and_a_benchmark_and_they_end_side_by_side(place: Place) -> None:
    """And tests that fail are named, and the benchmark runs all the same."""
    # This Python, saying that it is another: only a real one could tell more than a version.
    place.prepare(".venv-python3.99", 'import platform; platform.python_version = lambda: "3.99.0"')
    newest = script(file := place.bin / "python3.99", claims(file, 3, 99, 0, build=HERE.build))
    broken = script(file := place.bin / "python3.98", claims(file, 3, 98, 0))
    place.write_test(
        "import platform\ndef test_it(): assert platform.python_version() != '3.99.0'\ndef test_other(): assert 0"
    )
    outcome = place.run(f"PYTHONS={sys.executable} {broken} {newest}", "TESTS=-k 'it and not other'")
    said = outcome.stdout
    assert outcome.returncode != 0
    assert f"{HERE.command} ({HERE}): tests and benchmark passed\n" in said
    assert "python3.98 (CPython 3.98.0): its environment failed\n" in said
    assert "python3.99 (CPython 3.99.0): tests failed\n" in said
    assert "1 failed" in said
    _, _, machines = said.partition("=== all")
    assert "How the Pythons differ" in machines
    assert "CPython 3.99.0: 1 run; " in machines
    assert "dispatch: nothing" in machines


def test_one_alone_is_held_beside_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert side_by_side([PythonOutcome(HERE, [], is_saved=True)], datetime.now(UTC), []) == 0
    assert capsys.readouterr().out.startswith(f"only {HERE.command} was measured")


def test_a_python_that_is_too_old_is_told_in_a_sentence(place: Place) -> None:
    old = script(place.bin / "python3.8", claims("/old", 3, 8, 18))
    outcome = place.run(f"PYTHONS={old}")
    assert outcome.returncode == 2
    assert outcome.stderr.startswith(f"{old} is Python 3.8.18 and the suite needs 3.11 or later: name one such")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_behind_when_it_is_stopped(place: Place, number: signal.Signals) -> None:
    place.write_test(
        "import os, pathlib, time\n"
        "def test_it():\n"
        "    pathlib.Path('pid').write_text(str(os.getpid()))\n"
        f"    time.sleep({SECONDS})\n"
    )
    file = place.suite / "pid"
    with in_the_background(place.pythons(f"PYTHONS={sys.executable}")) as process:
        pid = int(eventually(lambda: file.exists() and file.read_text()))
        if number is signal.SIGINT:
            os.killpg(process.pid, number)  # as a terminal does
        else:
            process.send_signal(number)
        output, _ = process.communicate(timeout=SECONDS)
        assert eventually(lambda: not psutil.pid_exists(pid))
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
    assert process.returncode != 0
    assert "=== all" not in output
    if number is signal.SIGINT:
        assert "stopped after 0 of 1 Pythons; what they saved stays" in output


def test_the_command_line_is_parted_at_its_first_two_separators() -> None:
    assert parted([]) == Wanted([], [], [])
    assert parted(["python3.11", "--", "-k", "a or b"]) == Wanted(["python3.11"], ["-k", "a or b"], [])
    assert parted(["--", "--", "-m", "x", "--", "y"]) == Wanted([], [], ["-m", "x", "--", "y"])
