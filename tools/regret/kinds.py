"""Kinds of work, by what takes the time of a task."""

from __future__ import annotations

from enum import StrEnum

from analysis.model.work import Work

LITTLE_SECONDS = 0.001
# Sixteen requests at a time take about as long as that, whatever they wait for.
SHORT_SECONDS = 0.005
LARGE_BYTES = 256 * 1024
# A task that waits so many times as long as it computes leaves a core to so many others.
MOSTLY_WAITS = 10


class WorkKind(StrEnum):
    """The first that holds."""

    LARGE = "large bodies"  # 256 KiB a task or more, and less than 1 ms to compute
    OVERHEAD = "overhead"  # waits for less than 5 ms, and computes for less than 1 ms
    COMPUTING = "computing"  # computes longer than it waits
    WAITING = "waiting"  # waits at least ten times as long as it computes
    MIXED = "mixed"


def kind_of(work: Work) -> WorkKind:
    if work.size_bytes >= LARGE_BYTES and work.cpu_seconds < LITTLE_SECONDS:
        return WorkKind.LARGE
    if work.latency_seconds < SHORT_SECONDS and work.cpu_seconds < LITTLE_SECONDS:
        return WorkKind.OVERHEAD
    if work.cpu_seconds > work.latency_seconds:
        return WorkKind.COMPUTING
    return WorkKind.WAITING if work.latency_seconds >= MOSTLY_WAITS * work.cpu_seconds else WorkKind.MIXED
