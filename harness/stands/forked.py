"""Stands that are forked by a clean process with the clients imported, a few milliseconds each."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harness.host.processes import module_command, module_environment
from harness.stands.handle import NO_MORE, THIS, NoMoreProcesses, Stand, StandFailed, Subject, starting
from harness.stands.job import Job

LINE_BYTES = 4096
# Fork servers of a subject; as many as there are repeats in most contests.
SERVERS = 3


class ForkedStands:
    """Stands that are forked by servers, each started when first needed, and again should it have died.

    What Python draws when it starts, the layout of its memory and the seed of its hashes, makes some processes faster
    than others, by a few percent, and forked processes inherit it. So the stands of one repeat come from the same
    server, and those of the next from another one: of `servers` that there are, the next one. With `anew`, repeats
    beyond these have a new one each, so that no two repeats of a contest have the same; those of the next contest do.
    """

    def __init__(self, subject: Subject = THIS, servers: int = SERVERS, *, anew: bool = False) -> None:
        self._subject, self._anew = subject, anew
        self._servers: list[_ForkServer | None] = [None] * (servers + anew)
        self._repeat = 1

    def prepare(self, repeat: int) -> None:
        """Begin to start the server for a repeat, if it is not there. Raises NoMoreProcesses."""
        number = self._number(repeat)
        if self._anew and repeat != self._repeat:
            self._close(len(self._servers) - 1)
        self._repeat = repeat
        if not self._servers[number]:
            self._begin(number)

    def _number(self, repeat: int) -> int:
        """Which server a repeat has. The last one is that of the repeats beyond, if they have their own."""
        last = len(self._servers) - 1
        return min(repeat - 1, last) if self._anew else repeat % len(self._servers)

    @contextmanager
    def open(self, job: Job, limit_seconds: float, repeat: int = 1) -> Iterator[Stand]:
        self.prepare(repeat)
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                server, pid = self._start(theirs, self._number(repeat))
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
        server = self._begin(number)
        return server, server.start(channel)

    def _begin(self, number: int) -> _ForkServer:
        with starting():
            server = self._servers[number] = _ForkServer(self._subject)
        return server

    def close(self) -> None:
        for number in range(len(self._servers)):
            self._close(number)

    def _close(self, number: int) -> None:
        if server := self._servers[number]:
            server.close()
        self._servers[number] = None


class _ForkServer:
    """A running `harness.stands.forkserver`, from outside."""

    def __init__(self, subject: Subject) -> None:
        # Where a message is one, however soon the next one follows.
        self._control, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        self._unread = b""
        self._ended: dict[int, int | None] = {}
        self._temporary: str | None = None  # where its stands have their files, which it removes unless it is killed
        with theirs:
            self._process = subprocess.Popen(
                module_command("harness.stands.forkserver", [str(theirs.fileno())], subject.python),
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
            self._temporary = report.get("temporary")  # the server of an older checkout does not say
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
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)
