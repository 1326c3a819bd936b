"""Tries one's own workload, in a process of its own that `harness.custom.validate` starts and listens to.

The file is imported, some tasks are done once by each version that there is, one after the other, or all where that
takes little time, and `check` is put to the test. Requests to somebody else's service are not to be wasted. If asked
for, what the tasks take is measured too.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any, TextIO
from urllib.parse import urlsplit

import msgspec

from harness.custom import unmeasurable
from harness.custom.bare import BareWork, bare_requests, bare_sleeps
from harness.custom.measuring import Doing, Opened, Pass, awaitable, blocking, connecting, measured, pickled_bytes
from harness.custom.validate import Message, MessageKind, TrialError, TrialFindings
from harness.host.environment import is_this_machine
from runfile.trial import TriedVersion, TriedWork
from workloads.contract import Served, Workload, has, lacks_async, lacks_blocking, made_ready, prepared, short
from workloads.expected import Expected, lacks_travel, same
from workloads.network import PLAIN, Address, Network
from workloads.registry import RegistryError, load_file, told

# A trial whose limit is up ends itself so much later, should the process that started it be gone.
GRACE_SECONDS = 10.0
# So many tasks are tried, and the others too where that makes no more than so many seconds in all.
TRIED = 8
ALL_SECONDS = 1.0

# What came of tasks, by their numbers and in the order in which they were done.
Results = list[tuple[int, Any]]


@dataclass
class Trial:
    """What happens in the process of its own."""

    file: Path
    limit_seconds: float
    parent: TextIO
    addresses: queue.SimpleQueue[Address]
    results: Path  # where those of the plain loop are kept, if there is no check
    measures: bool = False
    doing: str = ""
    found: TrialFindings = field(default_factory=TrialFindings)
    firsts: list[Pass] = field(default_factory=list)  # each task that was done, by the version that is tried
    is_near: bool = True  # the server, if one is asked

    def fault(self) -> str | None:
        """Try everything. Returns None, or a sentence on what cannot be measured."""
        try:
            self.run()
        except RegistryError as error:
            return str(error)
        except TrialError as error:
            return f"{self.file}: {error}"
        except BaseException as error:  # SystemExit too: whatever the file raises, it is told
            at = self.file.parent.resolve() / self.file.name
            return f"{self.file}: {self.doing} raised {told(error, at)}: fix the file"
        return None

    def run(self) -> None:
        self.stage("the import")
        workload = load_file(self.file)
        self.refuse(unmeasurable.lacks_start_method())
        workload = made_ready(workload, 0, self.reach)
        self.stage("ideal_seconds")
        ideal: object = workload.ideal_seconds(workers=1, cores=1)
        if not (ideal is None or (isinstance(ideal, float | int) and 0 <= ideal < math.inf)):
            raise TrialError(f"ideal_seconds returned {short(ideal)}: have it return seconds, or None if not known")
        self.stage("prepare")
        with prepared(workload):
            self.try_versions(workload)
            self.stage("the end of prepare")
        self.refuse(unmeasurable.lacks_clock())

    def refuse(self, reason: str | None) -> None:
        if reason:
            raise TrialError(reason)

    def reach(self, network: Network) -> Address:
        self.tell(MessageKind.SERVER, json.dumps(asdict(network)))
        address = self.addresses.get()
        self.is_near = is_this_machine(urlsplit(address.url).hostname or "")
        return address

    def try_versions(self, workload: Workload) -> None:
        results: Results = []
        taken: dict[str, TriedVersion | None] = {}
        connections = connecting() if self.measures else []
        if not lacks_blocking(workload):
            self.stage("open")
            results = self.perform(workload)
            self.judge(workload, "perform", results)
            self.stage("open, in a thread of its own,")
            self.close_elsewhere(workload)
            taken["blocking"] = self.measure(workload, "perform", results, blocking, bool(connections))
        if not lacks_async(workload):
            self.stage("open_async")
            results = asyncio.run(self.perform_async(workload))
            self.judge(workload, "perform_async", results)
            taken["awaitable"] = self.measure(workload, "perform_async", results, awaitable, bool(connections))
        if self.measures:
            self.found.work = TriedWork(
                tasks=len(workload.tasks),
                size_bytes=pickled_bytes([(workload.tasks[number], result) for number, result in results]),
                connects=bool(connections),
                is_local=isinstance(workload, Served) and self.is_near,
                **taken,
            )

    def measure(
        self, workload: Workload, version: str, results: Results, opened: Opened, connects: bool
    ) -> TriedVersion | None:
        """What the tasks take that a version has done, if asked for. Whenever they are done, the results are judged."""
        if not self.measures:
            return None
        self.stage(f"{version}, done again,")
        known = dict(results)

        def judge(again: Sequence[Any]) -> None:
            other = {number: one for number, one in zip(cycle(known), again) if not same(one, known[number])}
            if other:
                self.judge(workload, version, [*(known | other).items()])

        with opened(workload) as perform:
            doing = Doing([workload.tasks[number] for number in known], perform, judge)
            bare = self.bare(connects, results)
            if bare is None:
                return measured(self.firsts, doing)
            with opened(bare.workload) as perform_bare:
                beside = Doing(bare.workload.tasks, perform_bare, bare.judge)
                return measured(self.firsts, doing, beside, bare.latency_seconds)

    def bare(self, connects: bool, results: Results) -> BareWork | None:
        """What is to be done in turns with tasks that have been done once, if there is anything."""
        waited = median(one.waited for one in self.firsts)
        if not connects:
            return bare_sleeps(waited)
        address = self.reach(PLAIN)
        return bare_requests(address.url, waited, pickled_bytes([result for _, result in results]), self.is_near)

    def perform(self, workload: Workload) -> Results:
        with workload.open() as client:
            results = [(number, workload.perform(client, task)) for number, task in self.each(workload)]
            self.step("closing what open gave")
        return results

    async def perform_async(self, workload: Workload) -> Results:
        async with workload.open_async() as client:
            self.found.connections = most_connections(client)
            results = [(number, await workload.perform_async(client, task)) for number, task in self.each(workload)]
            self.step("closing what open_async gave")
        return results

    def close_elsewhere(self, workload: Workload) -> None:
        """Find out whether one thread may close what another one has opened, as some patterns do."""
        client = ExitStack()
        try:
            with ThreadPoolExecutor(1) as executor:
                executor.submit(lambda: client.enter_context(workload.open())).result()
            client.close()
        except Exception as error:
            reason = " ".join(str(error).split())
            self.found.client_stays = (
                f"what `open` of {workload.name} gives cannot be opened by one thread and closed by another "
                f"({type(error).__name__}: {reason}): have `open` allow that, as sqlite3.connect does with "
                "check_same_thread=False"
            )

    def each(self, workload: Workload) -> Iterator[tuple[int, Any]]:
        """Some tasks, all if they take little time, and one again where nothing else says whether a result is right."""
        tasks, self.firsts = workload.tasks, []
        some = spread(len(tasks), TRIED)
        began = time.monotonic()
        yield from self.told(tasks, some)
        if (time.monotonic() - began) / len(some) * len(tasks) <= ALL_SECONDS:
            yield from self.told(tasks, sorted(set(range(len(tasks))) - set(some)))
        if not has(workload, "check"):
            yield from self.told(tasks, some[:1])

    def told(self, tasks: Sequence[Any], numbers: Sequence[int]) -> Iterator[tuple[int, Any]]:
        for number in numbers:
            what = f"task {number} ({short(tasks[number])})"
            guard = unmeasurable.TaskGuard(tasks[number])
            self.step(what)
            self.firsts.append(Pass())
            with self.firsts[-1].single():
                yield number, tasks[number]
            self.refuse(guard.fault(f"task {number}"))

    def judge(self, workload: Workload, version: str, results: Results) -> None:
        """Look at what a version returned: whether it is right, and whether another process could have returned it."""
        self.stage(f"pickling what {version} returned")
        self.found.tried = len(dict(results))
        for number, result in results:
            self.refuse(unmeasurable.lacks_result(result, version))
            if (reason := lacks_travel(result)) and not self.found.results_stay:
                self.found.results_stay = (
                    f"the result of task {number} of {workload.name} cannot be pickled and unpickled ({reason}): have "
                    f"{version} return what can be, such as text, numbers or a dict"
                )
        if has(workload, "check"):
            self.stage(f"check, given what {version} returned,")
            self.check(workload, dict(results))
        elif not self.found.results_stay:
            self.stage(f"a comparison of what {version} returned")
            self.keep(workload, version, results)

    def keep(self, workload: Workload, version: str, results: Results) -> None:
        """Keep what the first version returned, with which the patterns are compared, and so is the second."""
        if not self.found.kept:
            Expected(dict(reversed(results))).write(self.results)
            self.found.kept = True
        expected = Expected.read(str(self.results)).results
        for number, result in results:
            if number in expected and not same(result, expected[number]):
                raise TrialError(
                    f"task {number} ({short(workload.tasks[number])}) gave {short(expected[number])} first and then, "
                    f"with {version}, {short(result)}, and no check says which is right: have it return the same each "
                    "time, or add a check(results) that raises for a wrong one"
                )

    def check(self, workload: Workload, results: dict[int, Any]) -> None:
        """Put right and wrong results to the check; only wrong ones where not all tasks were tried."""
        any_result = next(iter(results.values()))
        right = [results.get(number, any_result) for number in range(len(workload.tasks))]
        if len(results) == len(workload.tasks):
            workload.check(list(right))
        spoilt = {"one result missing": right[:-1], "a foreign object as the first result": [object(), *right[1:]]}
        for how, wrong in spoilt.items():
            try:
                workload.check(wrong)
            except Exception:  # noqa: S112 - whatever it raises, it has noticed
                continue
            raise TrialError(
                f"check accepts {how}: have it compare every result with its known answer and raise WrongAnswer"
            )

    def stage(self, what: str) -> None:
        if hasattr(signal, "setitimer"):  # the kernel's own timer, which no loop in the file can hold up
            signal.setitimer(signal.ITIMER_REAL, self.limit_seconds + GRACE_SECONDS)
        self.step(what, MessageKind.STAGE)

    def step(self, what: str, kind: MessageKind = MessageKind.STEP) -> None:
        self.doing = what
        self.tell(kind, what)

    def tell(self, kind: MessageKind, text: str = "") -> None:
        # A file's name, and so a message, may hold what no UTF-8 does.
        plain = text.encode(errors="backslashreplace").decode()
        print(msgspec.json.encode(Message(kind, plain)).decode(), file=self.parent, flush=True)


def most_connections(client: object) -> int:
    """How many connections a client has at most, or one that it holds; 0 for what does not say, or has no limit."""
    aiohttp = sys.modules.get("aiohttp")
    held = client if isinstance(client, tuple | list) else getattr(client, "__dict__", {}).values()
    sessions = [one for one in (client, *held) if aiohttp and isinstance(one, aiohttp.ClientSession)]
    return min((one.connector.limit for one in sessions if one.connector and one.connector.limit), default=0)


def spread(count: int, most: int) -> list[int]:
    """So many of the numbers below a count, or all, from the first to the last and as far apart as can be."""
    some = min(count, most)
    return [number * (count - 1) // max(1, some - 1) for number in range(some)]


def main() -> None:
    """Try the file that the command line names, within that limit, keep the results there, and perhaps measure."""
    file, limit_seconds, results = Path(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
    # What the file reads and prints is not for the parent.
    to_parent = os.fdopen(os.dup(1), "w", encoding="utf-8")
    from_parent = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(2, 1)
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    addresses: queue.SimpleQueue[Address] = queue.SimpleQueue()

    def listen() -> None:
        for line in from_parent:
            addresses.put(Address(*json.loads(line)))
        if hasattr(os, "killpg"):  # the parent has ended, in whatever way
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=listen, daemon=True).start()
    trial = Trial(file, limit_seconds, to_parent, addresses, results, measures=len(sys.argv) > 4)
    fault = trial.fault()
    trial.tell(MessageKind.FAULT if fault else MessageKind.DONE, fault or msgspec.json.encode(trial.found).decode())


if __name__ == "__main__":
    main()
