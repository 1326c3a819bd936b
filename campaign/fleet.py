"""The suite once on every machine of a Dask cluster, each for itself, and the runs brought home.

Dask hands out the errands, one to a worker of each machine, and brings the reports back. They name functions of
Python's library alone, so that client and workers may have unlike Pythons: nothing is pickled by value.
"""

from __future__ import annotations

import io
import json
import multiprocessing.spawn
import os
import re
import secrets
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import chdir, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from campaign import remote_run
from campaign.cluster import connected, machines_of, workers_of
from campaign.supervise import SINGLE, SUITE
from runfile.runs import RunError
from runfile.saving import save

if TYPE_CHECKING:
    from distributed import Client, Future

# What can be the name of a folder in storage, and nothing outside it.
FIT_FOLDER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
SENT = (
    *("conftest.py", "pytest.ini", "requirements.txt", "requirements-measure.txt"),
    *("analysis", "benchmarks", "examples", "harness", "patterns", "runfile", "workloads"),
)
# Ours to give: where a run is saved, and that it is one.
OURS = (
    *("--benchmark-storage", "--benchmark-save", "--benchmark-autosave", "--benchmark-json"),
    *("--collect-only", "--co", "--resume", "--dask-scheduler"),
)
LOOK_SECONDS = 1.0
# Much less than an errand's patience.
HEARTBEAT_SECONDS = 15.0

NO_SCHEDULER = "the scheduler has gone, or has no worker any more; see what it has logged"

Report = Callable[[str], None]


@dataclass(frozen=True)
class FleetOutcome:
    """The files of the runs that came home, and a sentence on each machine whose run did not, or is not whole."""

    files: list[Path]
    lost: list[str]


@dataclass(frozen=True)
class Errand:
    """A run that is under way on a machine: whose worker has it, and the file there that keeps it going."""

    host: str
    worker: str
    alive: str
    future: Future[Any]
    started: float


def fleet(scheduler: str, arguments: Sequence[str], storage: Path, report: Report) -> FleetOutcome:
    """Run the suite once on every machine. Raises RunError when it cannot even begin, or nothing can be saved."""
    _check(arguments)
    files: list[Path] = []
    lost: list[str] = []
    with connected(scheduler) as client, _sent(client, arguments) as errands:
        report(f"one run each on {', '.join(one.host for one in errands)}")
        for one, said in _ended(client, errands):
            try:
                found = _understood(said)
            except _Lost as error:
                lost.append(f"{one.host} is lost: {error}")
                report(lost[-1])
                continue
            files.append(_save(found, storage))
            report(f"{one.host} took {time.monotonic() - one.started:.0f} s: {files[-1]}")
            if found["code"]:
                lost.append(f"{one.host}: pytest ended with exit code {found['code']}, and its run is not whole")
                report(lost[-1])
    return FleetOutcome(files, lost)


class _Lost(Exception):
    """A machine's run does not come home. The message says why."""


def _check(arguments: Sequence[str]) -> None:
    for argument, following in pairwise([*arguments, ""]):
        name, _, value = argument.partition("=")
        if name in OURS:
            raise RunError(f"{argument} is not for pytest here: fleet keeps the runs itself, below --storage")
        if name in SINGLE:
            raise RunError(f"{argument} is not for fleet, which brings home saved runs only: use it on each machine")
        if name == "--workload" and PurePath(value or following).parts[:1] not in [(room,) for room in SENT]:
            raise RunError(
                f"--workload {value or following} is not sent to other machines: put the file into examples/, and "
                "name it as --workload=examples/NAME.py"
            )


@contextmanager
def _sent(client: Client, arguments: Sequence[str]) -> Iterator[list[Errand]]:
    """An errand on its way to each machine; what has not ended on leaving is told to."""
    token, archive = secrets.token_hex(4), _archive()
    try:
        machines = machines_of(client)
        folders = client.run(tempfile.gettempdir, workers=list(machines.values()))
        pythons = client.run(multiprocessing.spawn.get_executable, workers=list(machines.values()))
    except OSError as error:
        raise RunError(f"the cluster lost a worker before anything had begun ({error}): try again") from error
    errands: list[Errand] = []
    program = Path(remote_run.__file__).read_text(encoding="utf-8")
    for host, worker in machines.items():
        folder = f"{folders[worker]}/three-patterns-{token}-{len(errands)}"
        command = [os.fsdecode(pythons[worker]), "-c", program, folder, json.dumps(arguments)]
        future: Future[Any] = client.submit(
            subprocess.run,
            command,
            input=archive,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            workers=[worker],
            pure=False,
        )
        errands.append(Errand(host, worker, f"{folder}/alive", future, time.monotonic()))
    try:
        yield errands
    finally:
        _tell(client, [one for one in errands if not one.future.done()], os.unlink)


def _ended(client: Client, errands: Sequence[Errand]) -> Iterator[tuple[Errand, Future[Any] | str]]:
    """Each errand as it ends, with what came of it, or a sentence on how its worker was lost."""
    pending, last_beat = list(errands), time.monotonic()
    while pending:
        workers = _workers(client)
        for one in list(pending):
            if not workers:
                pending.remove(one)
                yield one, NO_SCHEDULER
            elif one.future.done():
                pending.remove(one)
                yield one, one.future
            elif one.worker not in workers:
                pending.remove(one)
                yield one, f"its worker {one.worker} has gone; see what it has logged"
        if time.monotonic() - last_beat > HEARTBEAT_SECONDS:
            _tell(client, pending, os.utime)
            last_beat = time.monotonic()
        if pending:
            time.sleep(LOOK_SECONDS)


def _workers(client: Client) -> set[str]:
    # Else it would be asked again and again for half a minute.
    if client.status == "running":
        with suppress(OSError):
            return set(workers_of(client))
    return set()


def _tell(client: Client, errands: Sequence[Errand], how: Callable[[str], None]) -> None:
    """Have workers do something with the file that keeps an errand going, where it is there and they are."""
    workers = _workers(client)
    for one in errands:
        if one.worker in workers:
            with suppress(Exception):
                client.run(how, one.alive, workers=[one.worker], on_error="ignore")


def _understood(said: Future[Any] | str) -> dict[str, Any]:
    """The report of an errand that has ended. Raises _Lost when there is none."""
    if isinstance(said, str):
        raise _Lost(said)
    try:
        ended = said.result()
    except CancelledError as error:
        raise _Lost(NO_SCHEDULER) from error
    except Exception as error:  # whatever Dask says of it
        raise _Lost(f"{' '.join(str(error).split())}; see what its worker has logged") from error
    try:
        report: dict[str, Any] = json.loads(ended.stdout)
    except ValueError as error:
        complaint = ended.stderr.decode(errors="replace").strip().splitlines() or ["nothing"]
        raise _Lost(f"its Python ended with exit code {ended.returncode} and said: {complaint[-1]}") from error
    if "failed" in report:
        raise _Lost(report["failed"])
    return report


def _save(found: dict[str, Any], storage: Path) -> Path:
    """Save a run with the revision of the code that was sent, which is not known where it ran."""
    from pytest_benchmark.utils import get_commit_info

    with chdir(SUITE):
        commit = get_commit_info()
    run = {**json.loads(found["run"]), "commit_info": commit}
    name = f"{commit['id']}_{datetime.fromisoformat(run['datetime']):%Y%m%d_%H%M%S}"
    name += "_uncommitted-changes" if commit["dirty"] else ""
    if not FIT_FOLDER.fullmatch(found["folder"]):
        raise RunError(f"{found['folder']!r} cannot be the name of a machine's folder: see what its worker runs")
    return save(storage / found["folder"], name, json.dumps(run, indent=4).encode(), "choose another --storage")


def _archive() -> bytes:
    """The suite's code, as it is here."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for place in SENT:
            files = [SUITE / place] if (SUITE / place).is_file() else sorted((SUITE / place).rglob("*"))
            for file in files:
                if file.is_file() and file.suffix != ".pyc":
                    archive.write(file, file.relative_to(SUITE))
    return packed.getvalue()
