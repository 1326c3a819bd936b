"""Where stands come from: forked by a server, or spawned where there is no fork."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from harness.host.processes import end_group, start_module, temporary_folder, wait_and_end_group
from harness.stands.forked import SERVERS, ForkedStands
from harness.stands.handle import THIS, Stand, StandFailed, Subject, starting
from harness.stands.job import Job

# macOS forks, but its frameworks do not always survive it.
CAN_FORK = hasattr(os, "fork") and hasattr(os, "waitid") and sys.platform != "darwin"


class Stands(Protocol):
    """Where stands come from."""

    def open(self, job: Job, limit_seconds: float, repeat: int = 1) -> contextlib.AbstractContextManager[Stand]:
        """Start a stand, and end it with all that it has started on the way out, however that happens.

        `repeat` is the number of the repeat that it is for.
        """

    def prepare(self, repeat: int) -> None:
        """Begin to start what the stands of a repeat come from. Raises StandFailed."""

    def close(self) -> None:
        """End what the stands come from."""


@dataclass(frozen=True)
class SpawnedStands:
    """Stands that are started as new Pythons, where there is no fork."""

    subject: Subject = THIS
    under: Sequence[str] = ()  # a command that runs them, such as `time -v`

    @contextmanager
    def open(self, job: Job, limit_seconds: float, repeat: int = 1) -> Iterator[Stand]:
        with temporary_folder() as temporary, self._open(job, limit_seconds, temporary) as stand:
            yield stand

    @contextmanager
    def _open(self, job: Job, limit_seconds: float, temporary: str) -> Iterator[Stand]:
        python, suite = self.subject.python, self.subject.suite
        with starting():
            process = start_module("harness.stands.stand", [], temporary, self.under, python, suite)
        assert process.stdin is not None
        assert process.stdout is not None
        lock = threading.Lock()  # the limit may end it while it is waited for

        def end() -> int | None:
            with lock:
                end_group(process)
                wait_and_end_group(process)
            return process.returncode

        def end_what_it_leaves() -> None:
            with contextlib.suppress(ChildProcessError):  # it has been waited for
                os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
                end()

        if hasattr(os, "waitid"):
            # Forked workers hold its end of the pipe: should it be killed, no end would be heard.
            threading.Thread(target=end_what_it_leaves, daemon=True).start()
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

    def prepare(self, repeat: int) -> None:
        """There is nothing to start."""

    def close(self) -> None:
        """There is nothing to end."""


@dataclass(frozen=True)
class PairedStands:
    """Stands of one subject beside those of another. What both come from is started at the same time."""

    own: Stands
    other: Stands

    def open(self, job: Job, limit_seconds: float, repeat: int = 1) -> contextlib.AbstractContextManager[Stand]:
        with contextlib.suppress(StandFailed):  # which the other one says itself
            self.prepare(repeat)
        return self.own.open(job, limit_seconds, repeat)

    def prepare(self, repeat: int) -> None:
        for one in (self.own, self.other):
            one.prepare(repeat)

    def close(self) -> None:
        self.own.close()


def stands_of(subject: Subject = THIS, servers: int = SERVERS, *, anew: bool = False) -> Stands:
    """Where the stands of a Python and a checkout come from, on this system; see ForkedStands."""
    return ForkedStands(subject, servers, anew=anew) if CAN_FORK else SpawnedStands(subject)
