"""What a stand is asked to do, and the lines that go to and fro."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import patterns
from patterns import Pattern
from workloads import registry
from workloads.contract import Workload, made_ready
from workloads.network import Address

# Of the lines that go to and fro, the fork server's included: a stand of another checkout has to understand them.
PROTOCOL = 1


class Ask(StrEnum):
    """What a stand is told to do next."""

    START = "start"  # the workers, and warm them up
    GO = "go"  # a round; or on with one
    STOP = "stop"  # the workers, and end


class Checkpoint(StrEnum):
    """Where a stand waits to be told what to do next."""

    IDLE = "idle"  # the suite and the clients are imported, the workload is prepared, and no worker has been started
    READY = "ready"  # the workers are up and warm; for cold rounds, they have been once
    RAN = "ran"  # a round is done and its results are checked
    LEFT = "left"  # after a cold round that was looked at, its workers have been stopped
    STOPPED = "stopped"  # the workers have been stopped


@dataclass(frozen=True)
class Job:
    """What to measure; strings, numbers and truth values, since it travels as a line of JSON."""

    pattern: str
    workload: str
    workers: int
    cold: bool  # a round starts and stops the workers, too
    start_method: str
    tasks: int = 0  # 0: as many as the workload has
    server_url: str = ""
    authority: str = ""  # of the server's certificate, where it is reached over TLS
    server: str = ""  # a kind of `harness.servers.in_process`, to be started in the stand itself
    file: str = ""  # where the workload is, when it is one's own
    expected: str = ""  # a file with what the plain loop returned, where one's own workload has no check
    program: str = ""  # "module:function", to be timed in place of the pattern
    recorded: bool = False  # note down who does each task, and when; one round
    disable_gc: bool = False

    def as_line(self) -> str:
        """The job as it travels: without what is as usual, which an older checkout may not know."""
        usual = {field.name: field.default for field in dataclasses.fields(self)}
        return json.dumps({name: value for name, value in dataclasses.asdict(self).items() if value != usual[name]})

    def find(self, server_url: str) -> tuple[Pattern, Workload]:
        """The pattern and the workload, ready to start."""
        if self.file:
            registry.load_file(Path(self.file))
        workload = registry.get(self.workload)
        return patterns.get(self.pattern), made_ready(
            workload, self.tasks, lambda _: Address(server_url, self.authority)
        )
