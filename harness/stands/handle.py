"""A stand from outside: asked to do something, heard, and ended; and how starting or doing so may fail."""

from __future__ import annotations

import contextlib
import errno
import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import patterns
from harness.host.processes import SUITE
from harness.stands.job import Ask, Checkpoint, Job

NO_MORE = "no more processes can be started here ({}): close other programs, or raise the limit with `ulimit -u`"


class StandFailed(Exception):
    """The work was not done, or not right, or not in time. The message says what happened."""


class NoMoreProcesses(StandFailed):
    """The system starts none. The message says why."""


class StandUnfit(StandFailed):
    """The pattern cannot have so many workers here. The message says why."""


@contextmanager
def starting() -> Iterator[None]:
    """Raise NoMoreProcesses when a process cannot be started for lack of room."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.ENOMEM):
            raise
        raise NoMoreProcesses(NO_MORE.format(error.strerror)) from error


@dataclass(frozen=True)
class Subject:
    """Which Python runs which checkout of the suite; this one's, unless said otherwise."""

    python: str = sys.executable
    suite: Path = SUITE


THIS = Subject()


@dataclass
class Stand:
    """A process that does one job. Every answer has to come within a limit."""

    job: Job
    pid: int
    reader: IO[str]
    writer: IO[str]
    limit_seconds: float
    end: Callable[[], int | None]  # kills it, waits for that, and returns its exit code if it is known
    threads: int = 1  # in its process, before any worker was started

    def begin(self) -> dict[str, Any]:
        """Send the job; the answer comes when the stand is at Checkpoint.IDLE. Raises StandFailed."""
        self._send(self.job.as_line())
        report = self.hear(Checkpoint.IDLE)
        self.threads = report.get("threads", 1)  # the stand of an older checkout does not say
        return report

    def ask(self, ask: Ask, mark: Checkpoint) -> dict[str, Any]:
        """Have it go on to a mark, and return what it says there. Raises StandFailed."""
        self.tell(ask)
        return self.hear(mark)

    def tell(self, ask: Ask) -> None:
        """Have it go on, without waiting for it."""
        self._send(ask)

    def _send(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # it has ended, as will be heard
            self.writer.write(line + "\n")
            self.writer.flush()

    def hear(self, mark: Checkpoint) -> dict[str, Any]:
        """What it says at a mark. Raises StandFailed when it fails before, or takes longer than the limit from now."""
        overdue = threading.Event()

        def end() -> None:
            overdue.set()
            self.end()

        limit = threading.Timer(self.limit_seconds, end)
        limit.daemon = True
        limit.start()
        try:
            answer = self.reader.readline()
        except (OSError, ValueError):
            answer = ""
        finally:
            limit.cancel()
        if not answer.endswith("\n"):  # the stand has ended, in the midst of a line perhaps
            raise StandFailed(self._overdue(mark) if overdue.is_set() else self._epitaph(self.end()))
        report: dict[str, Any] = json.loads(answer)
        if "failed" in report:
            raise (StandUnfit if "unfit" in report else StandFailed)(report["failed"])
        assert report["mark"] == mark, f"{report['mark']} and not {mark}"
        return report

    def _overdue(self, mark: Checkpoint) -> str:
        """Why it may have taken longer than the limit to a mark."""
        took = f"after {self.limit_seconds:g} s"
        if mark is Checkpoint.STOPPED:
            return (
                f"{self.job.workload}: the workers of {self.job.pattern} had not stopped {took}: look for a thread "
                "that `open` or a task leaves behind, and have it end when the client is closed, or make it a daemon"
            )
        if self.threads > 1 and self.job.start_method == "fork" and self._has_processes():
            return (
                f"{self.job.workload}: it had not ended {took}, and its process had {self.threads} threads when the "
                f"workers of {self.job.pattern} were forked from it, which have none of them and may wait for one in "
                "vain: use --start-method=spawn or forkserver, start threads in `open` rather than at import, or raise "
                "--time-limit if it takes that long"
            )
        said = f"{self.job.workload}: it had not ended {took}: raise --time-limit if it takes that long"
        if self._has_processes():  # a Pool starts another worker without a word
            said += ", or look whether a task ends its process or the system killed it, as the others wait for it then"
        return said

    def _has_processes(self) -> bool:
        """Whether workers are other processes, if the pattern is known in this checkout."""
        return self.job.pattern in patterns.names() and patterns.get(self.job.pattern).pickles

    def _epitaph(self, code: int | None) -> str:
        how = "" if code is None else f" ({_ending(code)})"
        return (
            f"{self.job.workload}: the process of {self.job.pattern} ended{how} before it was done: look whether the "
            "system was out of memory, somebody killed it, or a task ends the process"
        )


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
