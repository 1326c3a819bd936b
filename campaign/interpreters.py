"""Python interpreters: those that are on the PATH, and whether an environment has the one that is asked for.

    python -m campaign.interpreters python3.13 command line

Ends with 2 and a sentence if this Python is not python3.13; or only notes it, if PYTHON is not from `command line` or
`environment` but the Makefile's own. Needs nothing that has to be installed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

OLDEST = (3, 11)
COMMAND = re.compile(r"python3\.([0-9]{1,3})(t?)")  # one that is built without the GIL ends in t
PROBE_SECONDS = 30
BAD_INPUT = 2
DEFAULT = "file"  # what make says of a variable that nobody has given

# Old Pythons have to understand it too, to be told apart from what is broken.
PROBE = """
import json, os, platform, sys, sysconfig
real = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
print(json.dumps([real, platform.python_implementation(), list(sys.version_info[:3]), free_threaded, sys.version]))
"""


class InterpreterError(Exception):
    """An interpreter that cannot be used. The message is a sentence that names it, what is wrong, and the remedy."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that runs. `executable` is its own, whatever shim or environment it was reached by."""

    executable: Path
    implementation: str
    numbers: tuple[int, int, int]
    free_threaded: bool
    build: str  # its version with compiler and date, which no other build has

    @property
    def command(self) -> str:
        """What it is called on a PATH: python3.13, python3.14t."""
        return f"python{self.numbers[0]}.{self.numbers[1]}{'t' if self.free_threaded else ''}"

    @property
    def environment(self) -> str:
        """The folder of its environment, as the Makefile calls it."""
        return f".venv-{self.command}"

    @property
    def version(self) -> str:
        return ".".join(map(str, self.numbers)) + ("t" if self.free_threaded else "")

    def __str__(self) -> str:
        return f"{self.implementation} {self.version}"


@dataclass(frozen=True)
class InterpretersFound:
    """The interpreters that were found, and sentences on what was passed over."""

    interpreters: list[Interpreter]
    passed_over: list[str]


def probe(command: str) -> Interpreter:
    """Ask a Python what it is, by running it. Raises InterpreterError when it does not run, or is not a Python."""
    try:
        answer = subprocess.run(
            [command, "-E", "-s", "-c", PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_SECONDS,
            check=True,
        ).stdout
        real, implementation, (major, minor, micro), free_threaded, build = json.loads(answer.splitlines()[-1])
        return Interpreter(Path(real), implementation, (major, minor, micro), free_threaded, build)
    except FileNotFoundError:
        raise InterpreterError(f"there is no {command} on the PATH: install it, or name another Python") from None
    except subprocess.CalledProcessError as error:
        said = next(filter(None, map(str.strip, error.stderr.splitlines())), f"exit code {error.returncode}")
        raise InterpreterError(f"{command} does not run ({said}): fix it, or name another Python") from error
    except (OSError, subprocess.TimeoutExpired, ValueError, LookupError, TypeError) as error:
        raise InterpreterError(
            f"{command} does not run as a Python ({type(error).__name__}): fix it, or name another Python"
        ) from error


def named(words: Sequence[str]) -> InterpretersFound:
    """The interpreters of these commands or paths, each once, in their order.

    Raises InterpreterError when one does not run, is too old, or would share its environment with another.
    """
    found: dict[str, Interpreter] = {}
    for word in words:
        one = probe(word)
        if one.numbers < OLDEST:
            raise InterpreterError(
                f"{word} is Python {one.version} and the suite needs {'.'.join(map(str, OLDEST))} or later: "
                "name one such as python3.13"
            )
        other = found.setdefault(one.environment, one)
        if other.executable != one.executable:
            raise InterpreterError(
                f"{other.executable} and {one.executable} would share {one.environment}: name one of them"
            )
    return InterpretersFound(list(found.values()), [])


def on_path(path: str) -> InterpretersFound:
    """Each CPython on a PATH that the suite runs on, once, from the oldest.

    Of one command, the first that runs: what a version manager has put there for a Python that is not chosen does not.
    """
    found: dict[str, Interpreter] = {}
    passed_over = []
    for command, places in sorted(_commands(path).items(), key=lambda item: _order(item[0])):
        reasons = []
        for place in places:
            try:
                one = probe(str(place))
            except InterpreterError as error:
                reasons.append(str(error).partition(": fix it")[0])
                continue
            if one.numbers < OLDEST or one.implementation != "CPython":
                reasons.append(f"{place} is {one}")
                continue
            reasons = []
            if found.setdefault(one.environment, one).executable != one.executable:
                reasons = [f"{command} is {one} too"]
            break
        passed_over += reasons
    return InterpretersFound(sorted(found.values(), key=lambda one: _order(one.command)), passed_over)


def _commands(path: str) -> dict[str, list[Path]]:
    """The commands on a PATH that are called after a Python that is not too old, and the files of each in order."""
    found: dict[str, list[Path]] = {}
    for folder in dict.fromkeys(filter(None, path.split(os.pathsep))):
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208 - of a folder with a thousand commands, only names
        except OSError:
            continue
        for name in names:
            match = COMMAND.fullmatch(name)
            if match and int(match[1]) >= OLDEST[1] and shutil.which(name, path=folder):
                found.setdefault(name, []).append(Path(folder, name))
    return found


def _order(command: str) -> tuple[int, str]:
    match = COMMAND.fullmatch(command)
    return (int(match[1]), match[2]) if match else (0, command)


def unlike_this(asked: str) -> str | None:
    """None if this Python is the one that is asked for, else a sentence. Raises InterpreterError."""
    here, wanted = probe(sys.executable), probe(asked)
    if here.build == wanted.build:
        return None
    place = Path(sys.prefix)
    place = place.relative_to(Path.cwd()) if place.is_relative_to(Path.cwd()) else place
    return (
        f"{place} was made with {here} and {asked} is {wanted}"
        f"{', another build' if here.version == wanted.version else ''}: remove it with `make clean VENV={place}`, or "
        f"use it as it is with VENV={place} and without PYTHON"
    )


def main(arguments: Sequence[str]) -> int:
    """Check that this Python is the one that is asked for. Returns 0, or 2."""
    asked, *origin = arguments
    try:
        sentence = unlike_this(asked)
    except InterpreterError as error:
        sentence = str(error)
    if sentence is None:
        return 0
    is_note = origin == [DEFAULT]
    sys.stderr.write(f"{'note: ' if is_note else ''}{sentence}\n")
    return 0 if is_note else BAD_INPUT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
