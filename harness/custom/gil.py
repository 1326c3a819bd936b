"""How much of a thread's computing is done without the GIL, as another thread sees that wants it all the time."""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from harness.host.cpu import has_gil, queued_seconds
from workloads.contract import usable_cores

try:
    from resource import RUSAGE_THREAD, getrusage
except ImportError:  # only Linux and FreeBSD tell it of a thread
    CAN_WATCH = False
else:
    CAN_WATCH = hasattr(time, "pthread_getcpuclockid")

# Above 5 KiB, crc32 lets go of the GIL and takes it again, and takes a microsecond.
LETS_GO = bytes(6 * 1024)
# Less CPU time tells nothing, and nor does less than this share of it.
LEAST_SECONDS = 0.001
LEAST_SEEN = 0.75


@dataclass
class GilWatch:
    """CPU time of a thread while it held the GIL, while it did not, and in all, in seconds."""

    held: float = 0.0
    free: float = 0.0
    spent: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def free_share(self) -> float | None:
        """The share without the GIL; None where it cannot be told, as with one core, or on a busy machine."""
        if not has_gil():
            return 1.0
        seen = self.held + self.free
        return self.free / seen if seen >= max(LEAST_SECONDS, LEAST_SEEN * self.spent) else None

    def watch(self, clock: int, started: threading.Event) -> None:
        """Take the GIL again and again until it has ended, and look each time at what the thread has spent meanwhile.

        If this thread had to wait for the GIL, which the system counts, the other one had it. Nothing is known of the
        time in which this one had no core.
        """
        began = spent = time.clock_gettime(clock)
        before, queued, was_put_aside = getrusage(RUSAGE_THREAD), queued_seconds(), False
        started.set()
        while not self.ended.is_set():
            zlib.crc32(LETS_GO)
            spent_now, now = time.clock_gettime(clock), getrusage(RUSAGE_THREAD)
            is_put_aside = now.ru_nivcsw > before.ru_nivcsw
            if now.ru_nvcsw > before.ru_nvcsw:
                queued_now = queued_seconds()
                self.held += max(0.0, spent_now - spent - (queued_now - queued))
                queued = queued_now
            elif not (is_put_aside or was_put_aside):
                self.free += spent_now - spent
            if is_put_aside:
                queued = queued_seconds()
            spent, before, was_put_aside = spent_now, now, is_put_aside
        self.spent = spent - began


@contextmanager
def watched_gil() -> Iterator[GilWatch]:
    """Have another thread watch what this one does."""
    watch = GilWatch()
    if not (CAN_WATCH and has_gil() and usable_cores() > 1):
        yield watch
        return
    started = threading.Event()
    clock = time.pthread_getcpuclockid(threading.get_ident())
    watcher = threading.Thread(target=watch.watch, args=(clock, started), daemon=True)
    watcher.start()
    started.wait()
    try:
        yield watch
    finally:
        watch.ended.set()
        watcher.join()
