"""What `fleet` has a worker machine do: run the suite once, in a folder that is gone afterwards.

    python -c THIS FOLDER ARGUMENTS < ARCHIVE

It is sent as text, and needs the standard library, and what comes with Dask. It makes the folder, unpacks the archive
of the suite's code there, runs pytest with the arguments, a list in JSON, and prints a report, in JSON. It stops when
the process that started it has gone, and when nobody has touched FOLDER/alive for a while: whoever wants the run does.
"""

from __future__ import annotations

import sys

# Nothing in the working folder is to stand in for a module.
sys.path[:] = [place for place in sys.path if place]

import io
import json
import os
import re
import shutil
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

OLDEST = (3, 11)
POLL_SECONDS = 0.2
PATIENCE_SECONDS = 120.0
TAIL_LINES = 15
# A nanny sets them for its worker, and Dask has settings of its own: a run by hand has none of them.
NOT_INHERITED = re.compile(r"_*DASK_.*|MALLOC_TRIM_THRESHOLD_|(OMP|MKL|OPENBLAS)_NUM_THREADS|PYTHONHASHSEED")


class Failed(Exception):
    """No run comes of it. The message says why."""


def lacking(requirements: Path) -> Iterator[str]:
    """What of a file of requirements is not installed here, or in another version."""
    from packaging.requirements import InvalidRequirement, Requirement

    for line in requirements.read_text(encoding="utf-8").splitlines():
        try:
            wanted = Requirement(line.partition("#")[0].strip())
        except InvalidRequirement:
            continue
        if wanted.marker and not wanted.marker.evaluate():
            continue
        try:
            version = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            yield wanted.name
        else:
            if not wanted.specifier.contains(version, prereleases=True):
                yield f"{wanted} (it has {version})"


def run(folder: Path, arguments: list[str], parent: int) -> dict[str, Any]:
    """Run the suite that has been unpacked, and return a report."""
    if sys.version_info < OLDEST:
        raise Failed(f"its Python is {sys.version.split()[0]}, and the suite takes 3.11 or later: start another worker")
    if missing := list(lacking(folder / "suite" / "requirements-measure.txt")):
        raise Failed(
            f"its Python lacks {', '.join(missing)}: install what the suite needs there with "
            f"`{sys.executable} -m pip install -r requirements.txt`"
        )
    command = [sys.executable, "-m", "pytest", "--benchmark-only", "-p", "no:cacheprovider"]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [*command, f"--benchmark-storage={folder / 'runs'}", *arguments],
            cwd=folder / "suite",
            env={name: value for name, value in os.environ.items() if not NOT_INHERITED.fullmatch(name)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            while process.poll() is None:
                if not is_wanted(folder / "alive", parent):
                    raise Failed("nobody wanted its run any more")
                time.sleep(POLL_SECONDS)
        finally:
            end(process)
    said = (folder / "output").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    files = list((folder / "runs").glob("*/*.json"))
    if len(files) != 1:
        tail = "\n".join(said[-TAIL_LINES:])
        raise Failed(f"pytest ended with exit code {process.returncode} and {len(files)} saved runs, and said:\n{tail}")
    return {"folder": files[0].parent.name, "run": files[0].read_text(encoding="utf-8"), "code": process.returncode}


def is_wanted(alive: Path, parent: int) -> bool:
    """Whether those for whom a run is made are still there."""
    try:
        return os.getppid() == parent and time.time() - alive.stat().st_mtime < PATIENCE_SECONDS
    except OSError:  # it has been removed
        return False


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process, and all that it has started."""
    import psutil

    try:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        family = []
    for one in family:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    process.wait()


def main() -> None:
    """Do the errand of the command line, and report."""
    parent, folder, arguments = os.getppid(), Path(sys.argv[1]), json.loads(sys.argv[2])
    archive = sys.stdin.buffer.read()
    try:
        folder.mkdir()
        (folder / "alive").touch()
        zipfile.ZipFile(io.BytesIO(archive)).extractall(folder / "suite")
        report = run(folder, arguments, parent)
    except (Failed, OSError) as error:
        report = {"failed": str(error)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main()
