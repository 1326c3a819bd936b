"""--dask-scheduler: a running Dask cluster, which is checked and sent the suite's code before anything is measured."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from msgspec import to_builtins

from harness.dask import shipped
from harness.host.environment import LOOPBACK, is_loopback, is_this_machine
from harness.host.processes import SUITE
from harness.options.selected_patterns import chosen
from harness.plugin import NOTES
from patterns import dask as pattern
from runfile.runs import KEY, Cluster

if TYPE_CHECKING:
    from distributed import Client

ADDRESS = re.compile(r"(tcp|tls|wss?)://[^/\s]+:[0-9]{1,5}")
ANSWER_SECONDS = 5.0
# What the processes of a cluster import when they run a task, and the name of Dask's plugins that bring it to them.
ROOMS = ("harness", "patterns", "workloads")
SHIPMENT = "three-patterns"
# Beyond these and Python's minor version, nothing that a task needs travels between client and cluster.
SAME_VERSIONS = ("dask", "distributed", "cloudpickle", "requests")

CLUSTER = pytest.StashKey[Cluster]()


class ClusterError(Exception):
    """A cluster that cannot be used. The message says which, why, and what to do."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("three patterns").addoption(
        "--dask-scheduler",
        metavar="ADDRESS",
        help="Have the pattern dask, chosen with --patterns, use the running cluster of this scheduler, such as "
        f"tcp://10.0.0.1:8786. Default: that of {pattern.SCHEDULER}, or a cluster of its own on this machine.",
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Check the cluster and send it the code. The variable is Dask's own; what is observed inherits it."""
    asked = config.getoption("dask_scheduler")
    address = asked or os.environ.get(pattern.SCHEDULER)
    if not address or config.getoption("help") or config.getoption("collectonly"):
        return
    if pattern.name not in chosen(config.getoption("patterns")):
        if asked:
            raise pytest.UsageError(
                f"--dask-scheduler: no pattern that is measured uses {asked}: add --patterns default,{pattern.name}"
            )
        return
    if reason := pattern.unavailable():
        raise pytest.UsageError(f"--dask-scheduler: {reason}")
    try:
        cluster, hosts = checked(address)
        ship(address, config.getoption("workload"))
    except ClusterError as error:
        raise pytest.UsageError(f"--dask-scheduler: {error}") from error
    config.stash[CLUSTER] = cluster
    os.environ[pattern.SCHEDULER] = address
    config.stash[NOTES] += [
        f"dask: {address}, with {' + '.join(map(str, cluster.threads))} threads; what they take is in no column, or "
        "counts as other programs' load if it is on this machine",
        *out_of_reach(config.getoption("io_server"), hosts),
    ]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the cluster as it was."""
    if CLUSTER in config.stash:
        with suppress(ClusterError):
            unship(config.stash[CLUSTER].scheduler, config.getoption("workload"))


@pytest.hookimpl(trylast=True)
def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    if CLUSTER in config.stash:
        machine_info.setdefault(KEY, {})["dask"] = to_builtins(config.stash[CLUSTER])


def checked(address: str) -> tuple[Cluster, set[str]]:
    """The cluster of a scheduler, and the hosts of its processes. Raises ClusterError when it cannot be used."""
    if not ADDRESS.fullmatch(address) or int(address.rpartition(":")[2]) > 65_535:
        raise ClusterError(f"{address!r} is not the address of a scheduler: write it like tcp://10.0.0.1:8786")
    workers = asyncio.run(_workers(address))
    if not workers:
        raise ClusterError(f"the cluster at {address} has no workers: start some with `dask worker {address}`")
    with _client(address) as client:
        versions: Any = client.get_versions(packages=list(SAME_VERSIONS))
    ours = _versions(versions["client"])
    for who, theirs in {"its scheduler": versions["scheduler"], **versions["workers"]}.items():
        for package, version in ours.items():
            if (found := _versions(theirs)[package]) != version:
                raise ClusterError(
                    f"{who}, of the cluster at {address}, has {package} {found or 'not at all'}, and this client "
                    f"{version}: install the same there, and start it again"
                )
    hosts = {str(one["host"]) for one in workers.values()}
    threads = sorted((int(one["nthreads"]) for one in workers.values()), reverse=True)
    return Cluster(address, tuple(threads), len(hosts)), hosts


async def _workers(address: str) -> dict[str, dict[str, Any]]:
    """The processes of a cluster as its scheduler tells; a client would wait for ever for what is not a scheduler."""
    from distributed.core import rpc

    try:
        async with asyncio.timeout(ANSWER_SECONDS), rpc(address, timeout=ANSWER_SECONDS) as scheduler:
            found = await scheduler.identity(n_workers=-1)
        if found["type"] != "Scheduler":
            raise ClusterError(f"what answers at {address} is a {found['type']}: name its scheduler")
    except (OSError, TypeError, KeyError, MemoryError) as error:  # the last for what speaks another protocol
        reason = " ".join(str(error).split()) or f"no answer in {ANSWER_SECONDS:g} s"
        raise ClusterError(f"no scheduler at {address} ({reason}): start one with `dask scheduler`") from error
    workers: dict[str, dict[str, Any]] = found["workers"]
    return workers


def _versions(of: dict[str, Any]) -> dict[str, str | None]:
    packages: dict[str, str | None] = of["packages"]
    python = ".".join(str(packages["python"]).split(".")[:2])
    return {"Python": python, **{name: packages.get(name) for name in SAME_VERSIONS}}


@contextmanager
def _client(address: str) -> Iterator[Client]:
    """A client of a cluster. Raises ClusterError when it does not do what it is to do."""
    from distributed import Client

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of unlike versions, in a table: they get a sentence
            connected = Client(address, timeout=ANSWER_SECONDS, set_as_default=False)
        with connected as client:
            yield client
    except ClusterError:
        raise
    except Exception as error:
        raise ClusterError(f"{address} failed to set up ({type(error).__name__}: {error}): see its log") from error


def ship(address: str, workload: Path | None = None) -> None:
    """Have all processes of a cluster, and those that join it, import the suite's code, and the file of a workload.

    Raises ClusterError when they cannot.
    """
    from distributed.diagnostics.plugin import SchedulerUploadFile, UploadFile

    files = {f"{file.relative_to(SUITE)}": file for room in ROOMS for file in sorted((SUITE / room).rglob("*.py"))}
    if workload:
        files[workload.name] = workload.absolute()
    digest = hashlib.sha256(b"".join(name.encode() + file.read_bytes() for name, file in files.items())).hexdigest()
    with tempfile.TemporaryDirectory() as folder, _client(address) as client:
        archive = Path(folder, f"{shipped.ARCHIVE}{digest[:12]}.zip")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as into:
            for name, file in files.items():
                into.write(file, name)
        _forget(client, workload)
        client.register_plugin(SchedulerUploadFile(str(archive)), name=SHIPMENT)
        client.register_plugin(UploadFile(str(archive)), name=SHIPMENT)


def unship(address: str, workload: Path | None = None) -> None:
    """Have the processes of a cluster forget the code that they were sent. Raises ClusterError when they cannot."""
    with _client(address) as client:
        client.unregister_worker_plugin(SHIPMENT)
        client.unregister_scheduler_plugin(SHIPMENT)
        _forget(client, workload)


def _forget(client: Client, workload: Path | None) -> None:
    import cloudpickle

    modules = (*ROOMS, *([workload.stem] if workload else []))
    # By value: there is nothing to import it from yet.
    cloudpickle.register_pickle_by_value(shipped)
    try:
        client.run(shipped.forget, modules)
        client.run_on_scheduler(shipped.forget, modules)
    finally:
        cloudpickle.unregister_pickle_by_value(shipped)


def out_of_reach(io_server: str | None, hosts: set[str]) -> list[str]:
    """A sentence when one of these hosts would look for the server to download from on itself."""
    others = sorted(host for host in hosts if not is_this_machine(host))
    if not others or (io_server and not is_loopback(urlsplit(io_server).hostname or LOOPBACK)):
        return []
    return [
        f"dask: {others[0]} is another machine, and the server to download from is at {LOOPBACK}: start one that it "
        "reaches with `python -m workloads.server`, and name it with --io-server"
    ]
