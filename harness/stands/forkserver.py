"""The process that stands are forked from: it has imported what they need, has one thread, and does nothing else.

    python -m harness.stands.forkserver FD

It is told what to do over a socket, FD: `start`, with the socket of the new stand's own, or `end` and a number. It says
the number of each stand that it has started, and where its temporary files are, or why it cannot; and the number of
each that has ended. What a stand leaves behind, it kills; and when the other end of the socket is closed, in whatever
way that process ended, it kills all stands with all they have started, removes their temporary files, and ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from harness.host.processes import PREFIX, naming
from harness.stands import stand

LINE_BYTES = 4096


@dataclass
class ForkServer:
    """Starts stands, and ends what they leave behind."""

    control: socket.socket
    temporary: str  # the folder where its stands have their files, and nobody else
    stands: set[int] = field(default_factory=set)
    own: list[socket.socket | selectors.BaseSelector] = field(default_factory=list)  # which no stand is to have

    def serve(self) -> None:
        """Do what is asked for until nobody is there to ask."""
        woken, waker = socket.socketpair()
        waker.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        with selectors.DefaultSelector() as selector:
            self.own += [self.control, woken, waker, selector]
            selector.register(self.control, selectors.EVENT_READ)
            selector.register(woken, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is not self.control:
                        woken.recv(LINE_BYTES)
                        self._reap()
                    elif not self._answer():
                        self._end_all()
                        return

    def _answer(self) -> bool:
        """Do one thing that is asked for; False when nobody is there any more."""
        try:
            message, sockets, _, _ = socket.recv_fds(self.control, LINE_BYTES, 1)
        except OSError:
            return False
        if not message:
            return False
        asked = json.loads(message)
        if "end" in asked:
            self._kill(asked["end"])
        else:
            self._start(socket.socket(fileno=sockets[0]))
        return True

    def _start(self, channel: socket.socket) -> None:
        try:
            pid = os.fork()
        except OSError as error:
            channel.close()
            self._say(refused=error.strerror)
            return
        if not pid:
            _become_a_stand(channel, self.own)
        # Both set it, as either may come first.
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        channel.close()
        self.stands.add(pid)
        self._say(pid=pid, temporary=self.temporary)

    def _reap(self) -> None:
        """Look which stands have ended, and kill what they have left behind while their numbers are still theirs."""
        for pid in list(self.stands):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                self._kill(pid)
                _, status = os.waitpid(pid, 0)
                self.stands.remove(pid)
                self._say(ended=pid, code=os.waitstatus_to_exitcode(status))

    def _kill(self, pid: int) -> None:
        if pid in self.stands:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)

    def _end_all(self) -> None:
        for pid in self.stands:
            self._kill(pid)
        for pid in self.stands:
            os.waitpid(pid, 0)

    def _say(self, **report: Any) -> None:
        with contextlib.suppress(OSError):
            self.control.sendall(json.dumps(report).encode() + b"\n")


def _become_a_stand(channel: socket.socket, servers_own: Sequence[socket.socket | selectors.BaseSelector]) -> NoReturn:
    """Leave all that was the server's, and serve the channel."""
    try:
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for one in servers_own:
            one.close()
        reader, writer = channel.makefile("r", encoding="utf-8"), channel.makefile("w", encoding="utf-8")
    except BaseException:
        traceback.print_exc()
        os._exit(stand.FAILED)
    stand.serve_and_end(stand.Channel(reader, writer))


def main() -> None:
    """Import what stands need, and serve."""
    import patterns
    from workloads import registry

    control = socket.socket(fileno=int(sys.argv[1]))
    os.dup2(2, 1)  # what tasks print goes to standard error
    patterns.names()
    registry.names()
    stand.import_clients()
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as temporary:
        os.environ.update(naming(temporary))
        tempfile.tempdir = temporary  # it has looked already
        ForkServer(control, temporary).serve()


if __name__ == "__main__":
    main()
