"""Tries one's own workload before anything is measured, in a process of its own that can be stopped.

The file is imported, each task is done once by each version that there is, one after the other, and `check` is put to
the test. The process tells what it is about to do, and in the end what it has found, in lines of JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO

from harness.host.processes import end_group, start_module, temporary_folder
from workloads.contract import Served, Workload, lacks_async, lacks_blocking, prepared, short
from workloads.registry import RegistryError, load_file, told

# A trial whose limit is up ends itself so much later, should the process that started it be gone.
GRACE_SECONDS = 10.0


class TrialError(Exception):
    """A workload that cannot be measured. The message names the file, the object and the remedy."""


class MessageKind(StrEnum):
    """What a line of a trial is about."""

    STAGE = "stage"  # what comes next, with the whole limit for it
    STEP = "step"  # what comes next, within a stage
    SERVER = "server"  # the server's URL is needed, as a line on the standard input
    FAULT = "fault"  # the end, and why
    DONE = "done"


@dataclass(frozen=True)
class Message:
    """One line of what a trial tells."""

    kind: MessageKind
    text: str = ""


def validate(file: Path, limit_seconds: float, server_url: Callable[[], str]) -> None:
    """Try a workload file, with so much time for each run. Raises TrialError for what cannot be measured.

    `server_url` is called when the workload turns out to need a server.
    """
    with temporary_folder() as temporary:
        process = start_module("harness.custom.validate", [str(file), str(limit_seconds)], temporary)
        try:
            _follow(process, file, limit_seconds, server_url)
        finally:
            end_group(process)
            process.wait()
            assert process.stdin is not None
            with contextlib.suppress(OSError):
                process.stdin.close()


def _follow(process: subprocess.Popen[str], file: Path, limit_seconds: float, server_url: Callable[[], str]) -> None:
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
            return
        if line.kind is MessageKind.SERVER:
            with contextlib.suppress(OSError):
                print(server_url(), file=process.stdin, flush=True)
        else:
            doing = line.text
        if line.kind is not MessageKind.STEP:
            deadline = time.monotonic() + limit_seconds


def _listen_to(process: subprocess.Popen[str]) -> queue.SimpleQueue[Message | None]:
    """What a process tells, line by line, and None when it has ended."""
    heard: queue.SimpleQueue[Message | None] = queue.SimpleQueue()

    def listen() -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for text in lines:
                line = json.loads(text)
                heard.put(Message(MessageKind(line["kind"]), line["text"]))
        heard.put(None)

    threading.Thread(target=listen, daemon=True).start()
    return heard


def _ending(exit_code: int) -> str:
    return f"exit code {exit_code}" if exit_code >= 0 else signal.Signals(-exit_code).name


@dataclass
class Trial:
    """What happens in the process of its own."""

    file: Path
    limit_seconds: float
    parent: TextIO
    urls: queue.SimpleQueue[str]
    doing: str = ""

    def fault(self) -> str | None:
        """Try everything. Returns None, or a sentence on what cannot be measured."""
        try:
            self.run()
        except RegistryError as error:
            return str(error)
        except TrialError as error:
            return f"{self.file}: {error}"
        except BaseException as error:  # SystemExit too: whatever the file raises, it is told
            at = self.file.parent.resolve() / self.file.name
            return f"{self.file}: {self.doing} raised {told(error, at)}: fix the file"
        return None

    def run(self) -> None:
        self.stage("the import")
        workload = load_file(self.file)
        if isinstance(workload, Served):
            self.tell(MessageKind.SERVER)
            workload = workload.at(self.urls.get())
        self.stage("ideal_seconds")
        ideal: object = workload.ideal_seconds(workers=1, cores=1)
        if not (ideal is None or (isinstance(ideal, float | int) and 0 <= ideal < math.inf)):
            raise TrialError(f"ideal_seconds returned {short(ideal)}: have it return seconds, or None if not known")
        self.stage("prepare")
        with prepared(workload):
            self.try_twins(workload)
            self.stage("the end of prepare")

    def try_twins(self, workload: Workload) -> None:
        if not lacks_blocking(workload):
            self.stage("open")
            results = self.perform(workload)
            self.stage("check, given what perform returned,")
            self.check(workload, results)
        if not lacks_async(workload):
            self.stage("open_async")
            results = asyncio.run(self.perform_async(workload))
            self.stage("check, given what perform_async returned,")
            self.check(workload, results)

    def perform(self, workload: Workload) -> list[Any]:
        with workload.open() as client:
            results = [workload.perform(client, task) for task in self.each(workload.tasks)]
            self.step("closing what open gave")
        return results

    async def perform_async(self, workload: Workload) -> list[Any]:
        async with workload.open_async() as client:
            results = [await workload.perform_async(client, task) for task in self.each(workload.tasks)]
            self.step("closing what open_async gave")
        return results

    def each(self, tasks: Sequence[Any]) -> Iterator[Any]:
        for number, task in enumerate(tasks):
            self.step(f"task {number} ({short(task)})")
            yield task

    def check(self, workload: Workload, results: list[Any]) -> None:
        workload.check(list(results))
        spoilt = {"one result missing": results[:-1], "a foreign object as the first result": [object(), *results[1:]]}
        for how, wrong in spoilt.items():
            try:
                workload.check(wrong)
            except Exception:  # noqa: S112 - whatever it raises, it has noticed
                continue
            raise TrialError(
                f"check accepts {how}: have it compare every result with its known answer and raise WrongAnswer"
            )

    def stage(self, what: str) -> None:
        if hasattr(signal, "setitimer"):  # the kernel's own timer, which no loop in the file can hold up
            signal.setitimer(signal.ITIMER_REAL, self.limit_seconds + GRACE_SECONDS)
        self.step(what, MessageKind.STAGE)

    def step(self, what: str, kind: MessageKind = MessageKind.STEP) -> None:
        self.doing = what
        self.tell(kind, what)

    def tell(self, kind: MessageKind, text: str = "") -> None:
        print(json.dumps(asdict(Message(kind, text))), file=self.parent, flush=True)


def main() -> None:
    """Try the file that the command line names, within the limit that it gives."""
    file, limit_seconds = Path(sys.argv[1]), float(sys.argv[2])
    # What the file reads and prints is not for the parent.
    to_parent = os.fdopen(os.dup(1), "w", encoding="utf-8")
    from_parent = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(2, 1)
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    urls: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        for line in from_parent:
            urls.put(line.strip())
        if hasattr(os, "killpg"):  # the parent has ended, in whatever way
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=listen, daemon=True).start()
    trial = Trial(file, limit_seconds, to_parent, urls)
    fault = trial.fault()
    trial.tell(MessageKind.FAULT if fault else MessageKind.DONE, fault or "")


if __name__ == "__main__":
    main()
