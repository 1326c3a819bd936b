"""A workload that notes down each task as it is done: by whom, from when to when."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import Any, NamedTuple


class TaskRecord(NamedTuple):
    """A task that is done: its result, who did it, and when on the system's monotonic clock, in seconds."""

    result: Any
    worker: tuple[int, int]
    started: float
    ended: float


@dataclass(frozen=True)
class Recorded:
    """A workload that notes down each task as it is done. To a pattern it is a workload like any other."""

    workload: Any

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "workload":  # looked up while it is unpickled, before it has a workload
            raise AttributeError(name)
        return getattr(self.workload, name)

    def perform(self, client: Any, task: Any) -> TaskRecord:
        started = time.perf_counter()
        result = self.workload.perform(client, task)
        return TaskRecord(result, (os.getpid(), threading.get_ident()), started, time.perf_counter())

    async def perform_async(self, client: Any, task: Any) -> TaskRecord:
        started = time.perf_counter()
        result = await self.workload.perform_async(client, task)
        return TaskRecord(result, (os.getpid(), threading.get_ident()), started, time.perf_counter())
