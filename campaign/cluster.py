"""A running Dask cluster: which machines it has, and a client that has the same Dask."""

from __future__ import annotations

import asyncio
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from logging import CRITICAL
from typing import TYPE_CHECKING, Any

from runfile.runs import RunError

if TYPE_CHECKING:
    from distributed import Client

ADDRESS = re.compile(r"(tcp|tls|wss?)://[^/\s]+:[0-9]{1,5}")
ANSWER_SECONDS = 5.0
# Only names from Python's library are sent, which need no more than the same Dask at both ends.
SAME_VERSIONS = ("dask", "distributed")


@contextmanager
def connected(scheduler: str) -> Iterator[Client]:
    """A client of the cluster of a scheduler. Raises RunError when there is none that can be used."""
    if find_spec("distributed") is None:
        raise RunError("dask.distributed is missing: install it with `pip install distributed`")
    if not ADDRESS.fullmatch(scheduler) or int(scheduler.rpartition(":")[2]) > 65_535:
        raise RunError(f"{scheduler!r} is not the address of a scheduler: write it like tcp://10.0.0.1:8786")
    from distributed.utils import silence_logging_cmgr

    with silence_logging_cmgr(CRITICAL):  # what is lost gets a sentence
        asyncio.run(_check(scheduler))
        with _client(scheduler) as client:
            yield client


def _client(scheduler: str) -> Client:
    from distributed import Client

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions that do not matter here
            return Client(scheduler, timeout=ANSWER_SECONDS, set_as_default=False)
    except Exception as error:
        raise RunError(f"{scheduler} does not answer as a scheduler ({error}): see its log") from error


def workers_of(client: Client) -> dict[str, dict[str, Any]]:
    """What the scheduler knows of each worker, by its address. Raises OSError when the scheduler has gone.

    The client's own `scheduler_info()` may list none of them: a timer in the client refreshes it without workers.
    """
    if client.scheduler is None:
        raise ConnectionError("the client is closed")
    workers: dict[str, dict[str, Any]] = client.sync(client.scheduler.identity, n_workers=-1)["workers"]
    return workers


def machines_of(client: Client) -> dict[str, str]:
    """One worker's address for each machine, by its host. Raises OSError when the scheduler has gone."""
    found: dict[str, str] = {}
    for address, worker in sorted(workers_of(client).items()):
        found.setdefault(worker["host"], address)
    return found


async def _check(scheduler: str) -> None:
    """Ask a scheduler what it is: a client would wait for ever for what is none. Raises RunError."""
    from distributed.core import rpc

    try:
        async with asyncio.timeout(ANSWER_SECONDS), rpc(scheduler, timeout=ANSWER_SECONDS) as asked:
            found = await asked.identity(n_workers=-1)
            if found["type"] != "Scheduler":
                raise RunError(f"what answers at {scheduler} is a {found['type']}: name its scheduler")
            theirs = {"the scheduler": await asked.versions(packages=[])}
            theirs |= await asked.broadcast(msg={"op": "versions", "packages": []})
    except (OSError, TypeError, KeyError, MemoryError) as error:  # the last for what speaks another protocol
        reason = " ".join(str(error).split()) or f"no answer in {ANSWER_SECONDS:g} s"
        raise RunError(f"no scheduler at {scheduler} ({reason}): start one with `dask scheduler`") from error
    if not found["workers"]:
        raise RunError(f"the cluster at {scheduler} has no workers: start some with `dask worker {scheduler}`")
    _check_versions(scheduler, theirs)


def _check_versions(scheduler: str, theirs: dict[str, Any]) -> None:
    from distributed.versions import get_package_info

    ours = get_package_info(SAME_VERSIONS)
    for who, versions in theirs.items():
        for package in SAME_VERSIONS:
            if (version := versions["packages"][package]) != ours[package]:
                raise RunError(
                    f"{who}, of the cluster at {scheduler}, has {package} {version}, and this client {ours[package]}: "
                    "install the same there, and start it again"
                )
