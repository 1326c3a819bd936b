"""Where stands come from, and how one is asked to do something, from the side of whoever holds the contest."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from harness.contest.job import Ask, Job, Mark
from harness.processes import SUITE, end_group, module_command, module_environment, start_module, wait_and_end_group

# macOS forks, but its frameworks do not always survive it.
CAN_FORK = hasattr(os, "fork") and hasattr(os, "waitid") and sys.platform != "darwin"
LINE_BYTES = 4096
# Fork servers of a subject; as many as there are repeats in most contests.
SERVERS = 3
NO_MORE = "no more processes can be started here ({}): close other programs, or raise the limit with `ulimit -u`"


class StandFailed(Exception):
    """The work was not done, or not right, or not in time. The message says what happened."""


class NoMoreProcesses(StandFailed):
    """The system starts none. The message says why."""


@contextmanager
def _starting() -> Iterator[None]:
    """Raise NoMoreProcesses when a process cannot be started for want of room."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.ENOMEM):
            raise
        raise NoMoreProcesses(NO_MORE.format(error.strerror)) from error


class StandUnfit(StandFailed):
    """The pattern cannot have so many workers here. The message says why."""


@dataclass(frozen=True)
class Subject:
    """Which Python runs which checkout of the suite; this one's, unless said otherwise."""

    python: str = sys.executable
    suite: Path = SUITE


class Stands(Protocol):
    """Where stands come from."""

    def open(self, job: Job, limit_seconds: float, repeat: int = 1) -> contextlib.AbstractContextManager[Stand]:
        """Start a stand, and end it with all that it has started on the way out, however that happens.

        `repeat` is the number of the repeat that it is for.
        """
        ...

    def close(self) -> None:
        """End what the stands come from."""
        ...


class Stand:
    """A process that does one job. Every answer has to come within a limit."""

    def __init__(
        self,
        job: Job,
        pid: int,
        reader: IO[str],
        writer: IO[str],
        limit_seconds: float,
        end: Callable[[], int | None],
    ) -> None:
        self.job = job
        self.pid = pid
        self._reader, self._writer = reader, writer
        self._limit_seconds = limit_seconds
        self._end = end  # kills it, waits for that, and returns its exit code if it is known

    def begin(self) -> dict[str, Any]:
        """Send the job; the answer comes when the stand is at Mark.IDLE. Raises StandFailed."""
        self._send(self.job.as_line())
        return self.hear(Mark.IDLE)

    def ask(self, ask: Ask, mark: Mark) -> dict[str, Any]:
        """Have it go on to a mark, and return what it says there. Raises StandFailed."""
        self.tell(ask)
        return self.hear(mark)

    def tell(self, ask: Ask) -> None:
        """Have it go on, without waiting for it."""
        self._send(ask)

    def _send(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # it has ended, as will be heard
            self._writer.write(line + "\n")
            self._writer.flush()

    def hear(self, mark: Mark) -> dict[str, Any]:
        """What it says at a mark. Raises StandFailed when it fails before, or takes longer than the limit from now."""
        overdue = threading.Event()

        def end() -> None:
            overdue.set()
            self._end()

        limit = threading.Timer(self._limit_seconds, end)
        limit.daemon = True
        limit.start()
        try:
            answer = self._reader.readline()
        except (OSError, ValueError):
            answer = ""
        finally:
            limit.cancel()
        if not answer.endswith("\n"):  # the stand has ended, in the midst of a line perhaps
            raise StandFailed(self._epitaph(self._end(), overdue.is_set()))
        report: dict[str, Any] = json.loads(answer)
        if "failed" in report:
            raise (StandUnfit if "unfit" in report else StandFailed)(report["failed"])
        assert report["mark"] == mark, f"{report['mark']} and not {mark}"
        return report

    def _epitaph(self, code: int | None, overdue: bool) -> str:
        if overdue:
            return (
                f"{self.job.workload}: it had not ended after {self._limit_seconds:g} s: "
                "raise --time-limit if it takes that long"
            )
        how = "" if code is None else f" ({_ending(code)})"
        return (
            f"{self.job.workload}: the process of {self.job.pattern} ended{how} before it was done: look whether the "
            "system was out of memory, somebody killed it, or a task ends the process"
        )


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


class ForkedStands:
    """Stands that are forked by servers, each started when first needed, and again should it have died.

    What Python draws when it starts, the layout of its memory and the seed of its hashes, makes some processes faster
    than others, by a few percent, and forked processes inherit it. So the stands of one repeat come from the same
    server, and those of the next from another one: the next of several, or with `servers` = 1 a new one.
    """

    def __init__(self, subject: Subject = Subject(), servers: int = SERVERS) -> None:
        self._subject = subject
        self._servers: list[_ForkServer | None] = [None] * servers
        self._repeat = 1

    @contextmanager
    def open(self, job: Job, limit_seconds: float, repeat: int = 1) -> Iterator[Stand]:
        if repeat != self._repeat and len(self._servers) == 1:
            self.close()
        self._repeat = repeat
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                server, pid = self._start(theirs, repeat % len(self._servers))
            reader, writer = ours.makefile("r", encoding="utf-8"), ours.makefile("w", encoding="utf-8")
            try:
                yield Stand(job, pid, reader, writer, limit_seconds, lambda: server.end(pid))
            finally:
                server.end(pid)
                for file in (reader, writer):
                    with contextlib.suppress(OSError):  # what a stand that has ended was still to be told
                        file.close()

    def _start(self, channel: socket.socket, number: int) -> tuple[_ForkServer, int]:
        """A new stand, from a new server if the one of that number turns out to be dead. Raises StandFailed."""
        if server := self._servers[number]:
            try:
                return server, server.start(channel)
            except NoMoreProcesses:
                raise
            except StandFailed:
                server.close()
        with _starting():
            server = self._servers[number] = _ForkServer(self._subject)
        return server, server.start(channel)

    def close(self) -> None:
        for number, server in enumerate(self._servers):
            if server:
                server.close()
            self._servers[number] = None


class _ForkServer:
    """A running `harness.contest.forkserver`, from outside."""

    def __init__(self, subject: Subject) -> None:
        # Where a message is one, however soon the next one follows.
        self._control, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        self._unread = b""
        self._ended: dict[int, int | None] = {}
        with theirs:
            self._process = subprocess.Popen(
                module_command("harness.contest.forkserver", [str(theirs.fileno())], subject.python),
                env=module_environment(subject.suite),
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )

    def start(self, channel: socket.socket) -> int:
        """Have it fork a stand that serves a channel, and return its number. Raises StandFailed."""
        with self._lock:
            try:
                socket.send_fds(self._control, [json.dumps({"start": True}).encode()], [channel.fileno()])
                report = self._report()
                while report is not None and not report.keys() & {"pid", "refused"}:
                    report = self._report()
            except OSError:
                report = None
            if report is None:
                raise StandFailed("the process that starts the others ended: look whether the system was out of memory")
            if "refused" in report:
                raise NoMoreProcesses(NO_MORE.format(report["refused"]))
            self._ended.pop(report["pid"], None)  # of an earlier process with this number
        return int(report["pid"])

    def end(self, pid: int) -> int | None:
        """Kill a stand with all that it has started, and return its exit code; None if it is not known."""
        with self._lock:
            if pid in self._ended:
                return self._ended[pid]
            try:
                self._control.sendall(json.dumps({"end": pid}).encode())
                while pid not in self._ended:
                    if self._report() is None:
                        raise ConnectionError
            except OSError:
                # The server was killed: what it would have ended has no other parent to do so.
                self._ended[pid] = None
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
            return self._ended[pid]

    def _report(self) -> dict[str, Any] | None:
        """The next line; None when there is none to come."""
        while b"\n" not in self._unread:
            more = self._control.recv(LINE_BYTES)
            if not more:
                return None
            self._unread += more
        line, _, self._unread = self._unread.partition(b"\n")
        report: dict[str, Any] = json.loads(line)
        if "ended" in report:
            self._ended[report["ended"]] = report["code"]
        return report

    def close(self) -> None:
        """It ends, with all its stands, when the control socket is closed."""
        self._control.close()
        self._process.wait()


class SpawnedStands:
    """Stands that are started as new Pythons, where there is no fork.

    `under` is a command that runs them, such as `time -v`.
    """

    def __init__(self, subject: Subject = Subject(), under: Sequence[str] = ()) -> None:
        self._subject = subject
        self._under = under

    @contextmanager
    def open(self, job: Job, limit_seconds: float, repeat: int = 1) -> Iterator[Stand]:
        with _starting():
            process = start_module("harness.contest.stand", [], self._under, self._subject.python, self._subject.suite)
        assert process.stdin is not None
        assert process.stdout is not None
        lock = threading.Lock()  # the limit may end it while it is waited for

        def end() -> int | None:
            with lock:
                end_group(process)
                wait_and_end_group(process)
            return process.returncode

        try:
            yield Stand(job, process.pid, process.stdout, process.stdin, limit_seconds, end)
        except BaseException:
            end()
            raise
        finally:
            with contextlib.suppress(OSError):
                process.stdin.close()
            with lock:
                wait_and_end_group(process)
            process.stdout.close()

    def close(self) -> None:
        """There is nothing to end."""


def stands_of(subject: Subject = Subject(), servers: int = SERVERS) -> Stands:
    """Where the stands of a Python and a checkout come from, on this system."""
    return ForkedStands(subject, servers) if CAN_FORK else SpawnedStands(subject)
