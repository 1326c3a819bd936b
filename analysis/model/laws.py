"""The laws: how long work takes with a pattern and so many workers, and what it takes of the processors and the memory.

Each law is a line of text that Python and JavaScript both read, so that what `advise` prints and what the page draws is
one and the same. A law may use what is given, and the laws before it. Durations are in seconds, sizes in bytes.
docs/model.md derives them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import CodeType

# What a formula may call, by the name that JavaScript's Math has for it.
FUNCTIONS = {one.__name__: one for one in (min, max, math.ceil, math.floor, math.exp, math.pow, math.log)}


@dataclass(frozen=True)
class Law:
    """A quantity, its formula, what it is in words, and where it is from."""

    name: str
    formula: str
    says: str
    source: str = ""


# What the laws are given. Of work: see `Work`. Of a pattern and a machine: see `PatternCosts`.
GIVEN = (
    *("tasks", "cores", "latency", "spread", "compute", "gil_free", "size", "requests", "cold", "local"),
    *("workers", "looped", "chunked", "request", "waking", "crowding", "request_cpu", "byte", "idle", "task"),
    *("python_share", "free_share", "first", "further", "connect", "first_bytes", "further_bytes", "client_bytes"),
    *("core_share", "served", "late"),
)

AMDAHL = "G. M. Amdahl, AFIPS Spring Joint Computer Conference (1967), 483–485"
GRAHAM = "R. L. Graham, SIAM J. Appl. Math. 17 (1969), 416–429"
DENNING = "P. J. Denning and J. P. Buzen, ACM Computing Surveys 10 (1978), 225–261"
JOINER = "B. L. Joiner and J. R. Rosenblatt, J. Amer. Statist. Assoc. 66 (1971), 394–399"
BLOM = "G. Blom, Statistical Estimates and Transformed Beta-Variables (1958)"
GUNTHER = "N. J. Gunther, Guerrilla Capacity Planning (2007), chapter 4"

LAWS = (
    Law("in_flight", "min(workers, tasks)", "tasks under way at a time"),
    Law("rank", "(in_flight - 0.375) / (in_flight + 0.25)", "the share of waits shorter than the longest", BLOM),
    Law(
        "deviation",
        "4.91 * (pow(rank, 0.14) - pow(1 - rank, 0.14))",
        "how many standard deviations the longest of the waits under way is above the mean",
        JOINER,
    ),
    Law("longest", "exp(spread * (deviation - spread / 2))", "the longest of them over the mean"),
    Law("shortest", "exp(-spread * (deviation + spread / 2))", "the shortest of them over the mean"),
    Law("chunk", "max(1, ceil(chunked * tasks / (4 * workers)))", "tasks that a worker takes at a time"),
    Law("chunks", "ceil(tasks / chunk)", "pieces that are handed out"),
    Law(
        "loops",
        "1 + looped * min(1, 10 * python_share) * (min(in_flight, cores) - 1)",
        "loops in processes, to which the tasks are dealt out beforehand",
    ),
    Law(
        "rows",
        "ceil(ceil(chunks / loops) / floor(in_flight / loops))",
        "pieces that a worker does one after the other",
        GRAHAM,
    ),
    Law("last", "max(1, chunks - (rows - 1) * in_flight)", "workers that are in the last row"),
    Law(
        "rounds",
        "chunk * rows - max(0, 2 - last) * (chunk * chunks - tasks)",
        "tasks that a worker does one after the other; the last piece may be smaller",
    ),
    Law(
        "turns",
        "max(rounds, tasks / in_flight + longest - 1 + min(1, tasks / in_flight - 1) * min(0.25, spread))",
        "waits that go by one after the other",
        GRAHAM,
    ),
    Law("pythons", "1 + python_share * (min(workers, cores) - 1)", "cores that run its Python", AMDAHL),
    Law("frees", "1 + free_share * (min(workers, cores) - 1)", "cores that run what releases the GIL", AMDAHL),
    Law("processors", "1 + core_share * (cores - 1)", "what all cores do when all are busy, in cores", AMDAHL),
    Law("wakes", "(1 - looped) * min(1, latency / 0.005)", "whether a worker is woken for each task"),
    Law(
        "dearer",
        "(1 + (waking - 1) * wakes) * (1 + (1 - looped) * crowding * max(0, log(in_flight / 16)))",
        "than at best",
        GUNTHER,
    ),
    Law(
        "own",
        "requests * (request * dearer + size * byte) + (1 - requests) * task",
        "what a task costs a lane of the pattern, besides its computing",
    ),
    Law("held", "(own + compute * (1 - gil_free)) / pythons", "the time of a lane, for each task", DENNING),
    Law("free", "compute * gil_free / frees", "and what is computed without the GIL"),
    Law("beside", "min(1, 10 * max(0, free_share - python_share))", "whether that goes on beside the lane: in threads"),
    Law(
        "step",
        "held + free - beside * max(0.2 * free, free - held)",
        "from task to task where the lanes are always busy",
    ),
    Law(
        "core_step",
        "(requests * (request_cpu * dearer + size * byte + local * served) + compute) / processors",
        "the time from task to task where the cores are always busy",
        DENNING,
    ),
    Law(
        "waiting",
        "latency + requests * (local * (2 * served + late * min(1, latency / 0.001)) + idle * min(1, latency / 0.02))",
        "what a task waits",
    ),
    Law(
        "busy",
        "tasks * max(step, core_step) + max(0, shortest * waiting - looped * in_flight * own / pythons / 4)",
        "no less than lanes and cores need",
        DENNING,
    ),
    Law(
        "together",
        "max(0, min(shortest * waiting, (last - 1) * step) - (longest - shortest) * waiting)",
        "what ends at the same time is served one after the other",
    ),
    Law(
        "lockstep",
        "looped * max(0, 1 - 3 * spread) * 0.7 * compute * (tasks / pythons - rounds)",
        "a loop begins no task while it computes for those whose waits are over",
    ),
    Law(
        "idling",
        "turns * waiting + rounds * (own + compute) + max(together, lockstep)",
        "no less than the waits need",
        DENNING,
    ),
    Law("running", "max(busy, idling)", "both bounds at once"),
    Law("started", "looped * loops + (1 - looped) * in_flight", "threads or processes"),
    Law(
        "starting", "cold * (first + further * (started - 1) + requests * connect * in_flight)", "starting the workers"
    ),
    Law("seconds", "running + starting", "the whole"),
    Law("cpu_seconds", "tasks * core_step * processors + starting", "CPU time of all processes"),
    Law(
        "peak_bytes",
        "first_bytes + further_bytes * (started - 1) + requests * client_bytes * in_flight + size * tasks",
        "memory above an idle interpreter, with all results",
    ),
)


@cache
def _compiled() -> CodeType:
    """All laws as one program, which runs three times as fast as one by one."""
    return compile("\n".join(f"{law.name} = {law.formula}" for law in LAWS), "laws", "exec")


def quantities(given: Mapping[str, float]) -> dict[str, float]:
    """Every quantity that the laws give, with what they are given: all of `GIVEN`."""
    found = dict(given)
    exec(_compiled(), {"__builtins__": {}, **FUNCTIONS}, found)  # noqa: S102 - the formulas above
    return found
