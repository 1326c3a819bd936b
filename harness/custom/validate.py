"""Has one's own workload tried before anything is measured, in a process of its own that can be stopped.

That process, `harness.custom.trial`, tells what it is about to do, and in the end what it has found, in lines of JSON.
"""

from __future__ import annotations

import contextlib
import json
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from harness.host.processes import end_group, start_module, temporary_folder
from harness.servers.server import LocalServer, RemoteServer, Server
from runfile.trial import TriedWork
from workloads.network import Address, Network


class TrialError(Exception):
    """A workload that cannot be measured. The message names the file, the object and the remedy."""


class MessageKind(StrEnum):
    """What a line of a trial is about."""

    STAGE = "stage"  # what comes next, with the whole limit for it
    STEP = "step"  # what comes next, within a stage
    SERVER = "server"  # the server's address over this network is needed, as a line of JSON on the standard input
    FAULT = "fault"  # the end, and why
    DONE = "done"  # the end, and what was found, as JSON


@dataclass(frozen=True)
class Message:
    """One line of what a trial tells."""

    kind: MessageKind
    text: str = ""


@dataclass
class TrialFindings:
    """What a trial has found of a workload that can be measured. Sentences are empty where there is nothing to say."""

    tried: int = 0  # how many of its tasks were done
    kept: bool = False  # whether the results of the plain loop were kept as there is no check
    results_stay: str = ""  # why a result does not come out of another process
    connections: int = 0  # how many what `open_async` gives has at most; 0 if it does not say
    client_stays: str = ""  # why what `open` gives cannot be closed by another thread
    work: TriedWork | None = None  # what its tasks take, if that was to be measured


def try_own(
    file: Path,
    limit_seconds: float,
    server_url: str | None,
    results: Path | None = None,
    tell: Callable[[str], None] = lambda _: None,
    measures: bool = False,
) -> TrialFindings:
    """Try a workload file against the server at a URL, or one of its own should it need one.

    There is so much time for each run. `results` is a file for what the plain loop returned, if there is no check;
    `tell` is called with what is being done. With `measures`, its tasks are done again to find out what they take.
    Raises TrialError for what cannot be measured, and ServerError.
    """
    server: Server = RemoteServer(server_url) if server_url else LocalServer()
    with temporary_folder() as temporary:
        results = results or Path(temporary, "results")
        arguments = [str(file), str(limit_seconds), str(results), *(["measure"] if measures else [])]
        process = start_module("harness.custom.trial", arguments, temporary)
        try:
            return _follow(process, file, limit_seconds, server.address, tell)
        finally:
            end_group(process)
            process.wait()
            assert process.stdin is not None
            with contextlib.suppress(OSError):
                process.stdin.close()
            server.stop()


def _follow(
    process: subprocess.Popen[str],
    file: Path,
    limit_seconds: float,
    reach: Callable[[Network], Address],
    tell: Callable[[str], None],
) -> TrialFindings:
    """Listen to a trial to its end. Raises TrialError for the fault that it tells, or that it is."""
    assert process.stdin is not None
    heard = _listen_to(process)
    doing, deadline = "the start of Python", time.monotonic() + limit_seconds
    while True:
        try:
            line = heard.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TrialError(
                f"{file}: {doing} had not ended after {limit_seconds:g} s, the longest that a run may take: "
                "fix it, reduce the work, or raise --time-limit"
            ) from None
        if line is None:
            ending = _ending(process.wait())
            raise TrialError(f"{file}: {doing} ended the process ({ending}): have it raise an exception instead")
        if line.kind is MessageKind.FAULT:
            raise TrialError(line.text)
        if line.kind is MessageKind.DONE:
            return msgspec.json.decode(line.text, type=TrialFindings)
        if line.kind is MessageKind.SERVER:
            with contextlib.suppress(OSError):
                print(json.dumps(reach(Network(**json.loads(line.text)))), file=process.stdin, flush=True)
        else:
            doing = line.text
            tell(doing)
        if line.kind is not MessageKind.STEP:
            deadline = time.monotonic() + limit_seconds


def _listen_to(process: subprocess.Popen[str]) -> queue.SimpleQueue[Message | None]:
    """What a process tells, line by line, and None when it has ended."""
    heard: queue.SimpleQueue[Message | None] = queue.SimpleQueue()

    def listen() -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for text in lines:
                heard.put(msgspec.json.decode(text, type=Message))
        heard.put(None)

    threading.Thread(target=listen, daemon=True).start()
    return heard


def _ending(exit_code: int) -> str:
    return f"exit code {exit_code}" if exit_code >= 0 else signal.Signals(-exit_code).name
