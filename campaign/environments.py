"""What `ab` compares: two Python environments on this suite as it is, or two git revisions of it under this Python."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from campaign.supervise import SUITE, own_environment, temporary_folder
from runfile.runs import RunError

# Prints the Python and all that is installed in it; of what is installed twice, what is imported. RECORD has a hash of
# each installed file: the same version may be other code. direct_url.json says where a package comes from that is not
# from an index (PEP 610).
PROBE = """
import hashlib, importlib.metadata, json, multiprocessing, platform, sys, sysconfig
found, origins, records = {}, {}, hashlib.sha256()
for one in importlib.metadata.distributions():
    name = (one.metadata["Name"] or "").lower().replace("_", "-").replace(".", "-")
    if name and name not in found:
        found[name] = one.version
        records.update((one.read_text("RECORD") or "").encode())
        if origin := one.read_text("direct_url.json"):
            origins[name] = json.loads(origin)
build = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
print(json.dumps({
    "python": f"{platform.python_implementation()} {platform.python_version()}{build}",
    "packages": found,
    "origins": origins,
    "code": records.hexdigest(),
    "start_method": multiprocessing.get_start_method(),
    "system": {"sys_platform": sys.platform, "platform_system": platform.system()},
}))
"""
PROBE_SECONDS = 60
# What a revision has whose benchmarks are contests.
CONTESTS = "harness/stands/forkserver.py"


@dataclass(frozen=True)
class Environment:
    """One side: which Python runs the suite that stands in which folder; `identity` is what makes it itself.

    `commit` is that of the suite, for a revision. `packages` are versions, with the commit of the package's own
    repository where one is known.
    """

    label: str
    python: Path
    suite: Path
    identity: str
    version: str = ""
    start_method: str = ""
    packages: dict[str, str] = field(default_factory=dict)
    commit: str = ""


@contextmanager
def both_sides(base: str, candidate: str) -> Iterator[tuple[Environment, Environment]]:
    """The two sides, ready to be run; the worktrees of revisions are gone afterwards. Raises RunError."""
    pythons, code = (_python_of(base), _python_of(candidate)), _code_as_it_is()
    if pythons[0] and pythons[1]:
        yield _side(base, pythons[0], SUITE, code), _side(candidate, pythons[1], SUITE, code)
        return
    if pythons[0] or pythons[1]:
        environment, revision = (base, candidate) if pythons[0] else (candidate, base)
        raise RunError(
            f"{environment} is a Python environment and {revision!r} is none: "
            "compare two environments, or two git revisions"
        )
    commits = _commit(base), _commit(candidate)
    _refuse_uncommitted()
    with temporary_folder(SUITE) as folder:
        yield (
            _revision(base, commits[0], folder / "base", code),
            _revision(candidate, commits[1], folder / "candidate", code),
        )


def _python_of(name: str) -> Path | None:
    """The Python of an environment that is named by its folder or by its interpreter; None if it is neither."""
    path = Path(name)
    try:
        if path.is_dir():
            found = [path / place for place in ("bin/python", "Scripts/python.exe") if (path / place).exists()]
            return found[0].absolute() if found else None
        if path.is_file() and os.access(path, os.X_OK):
            return path.absolute()
    except (OSError, ValueError):  # too long for a name, or with a zero byte in it
        return None
    return None


def _revision(name: str, commit: str, folder: Path, code: str) -> Environment:
    """A revision in a worktree of its own, measured by this suite's code."""
    _git("worktree", "add", "--detach", "--quiet", str(folder), commit)
    suite = folder / _git("rev-parse", "--show-prefix").strip()
    if (suite / "requirements.txt").exists() and not (suite / CONTESTS).exists():
        raise RunError(
            f"{name} is from before benchmarks were measured in contests ({CONTESTS} is missing): compare later "
            "revisions, or use `ab` of the suite as it was then"
        )
    return replace(_side(name, Path(sys.executable), suite, f"{commit} {code}"), commit=commit[:7])


def _side(name: str, python: Path, suite: Path, code: str) -> Environment:
    """Ask a Python what it is. Raises RunError if it does not run or lacks what the suite needs."""
    try:
        answer = subprocess.run(
            [python, "-c", PROBE],
            # It has to see what the processes will that measure it: the packages of the user, nothing of PYTHONPATH.
            env={**own_environment(), "PYTHONSAFEPATH": "1"},
            capture_output=True,
            text=True,
            timeout=PROBE_SECONDS,
            check=True,
        ).stdout
        found = json.loads(answer)
        packages, system = found["packages"], found["system"]
        version, start_method, origins = found["python"], found["start_method"], found["origins"]
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError) as error:
        raise RunError(f"{name} does not run as a Python ({type(error).__name__}): name another environment") from error
    missing = [one for one in _requirements(_needed(suite), system) if one not in packages]
    if missing:
        raise RunError(
            f"{name} lacks {', '.join(missing)}: install what the suite needs with "
            f"`{python} -m pip install -r requirements.txt`"
        )
    known = {one: origin_of(origin) for one, origin in origins.items()}
    described = {one: f"{number} {known.get(one, '')}".rstrip() for one, number in packages.items()}
    return Environment(name, python, suite, f"{code} {answer} {known}", version, start_method, described)


def origin_of(origin: dict[str, Any]) -> str:
    """Where a package is from that is not from an index: "at" a commit, or "from" a folder; empty if not known.

    What was installed from a folder may have changed there since, unless it is imported from there.
    """
    if commit := origin.get("vcs_info", {}).get("commit_id"):
        return f"at {commit[:7]}"
    url = urlsplit(str(origin.get("url", "")))
    if url.scheme != "file" or "dir_info" not in origin:
        return ""
    folder = Path(url2pathname(url.path))
    if origin["dir_info"].get("editable"):
        with suppress(RunError):
            return f"at {_code_in(folder)}"
    return f"from {folder.name}"


def _needed(suite: Path) -> Path:
    """What lists the packages that measuring takes: an older checkout has one list of all."""
    file = suite / "requirements-measure.txt"
    return file if file.exists() else suite / "requirements.txt"


def _requirements(file: Path, system: dict[str, str]) -> Iterator[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise RunError(f"{file} cannot be read ({error.strerror}): name a revision that holds this suite") from error
    for line in lines:
        text = line.partition("#")[0].strip()
        try:
            one = Requirement(text)
        except InvalidRequirement:
            continue
        if one.marker is None or one.marker.evaluate(dict(system)):
            yield canonicalize_name(one.name)


def _git(*arguments: str, folder: Path = SUITE) -> str:
    """What git says. Raises RunError with its own complaint."""
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True, errors="replace"
        ).stdout
    except FileNotFoundError as error:
        raise RunError("git is not installed: install it, or compare two environments") from error
    except subprocess.CalledProcessError as error:
        complaint = (error.stderr.strip().splitlines() or [f"exit code {error.returncode}"])[-1]
        raise RunError(f"git {arguments[0]} failed in {folder} ({complaint}): fix that and try again") from error


def _commit(name: str) -> str:
    try:
        return _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").strip()
    except RunError as error:
        raise RunError(
            f"{name!r} is neither a Python environment nor a git revision of {SUITE}: "
            "name the folder of a virtual environment, an interpreter, or a branch, a tag or a commit"
        ) from error


def _refuse_uncommitted() -> None:
    if changed := _git("status", "--porcelain", "--untracked-files=no").splitlines():
        raise RunError(
            f"{SUITE} has uncommitted changes ({changed[0][3:]}{', …' if len(changed) > 1 else ''}), "
            "which no revision has: commit or stash them"
        )


def _code_as_it_is() -> str:
    """What stands for the suite's code, uncommitted changes included."""
    if shutil.which("git") is None or not (SUITE / ".git").exists():
        return "as it is"
    try:
        return _code_in(SUITE)
    except RunError:  # a repository without a commit
        return "as it is"


def _code_in(folder: Path) -> str:
    """The commit of a checkout, with a hash of what is not committed. Raises RunError."""
    changes = _git("diff", "HEAD", folder=folder)
    commit = _git("rev-parse", "--short=7", "HEAD", folder=folder).strip()
    return commit + (f"+{hashlib.sha256(changes.encode()).hexdigest()[:7]}" if changes else "")
