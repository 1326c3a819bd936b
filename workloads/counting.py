"""Counting words in a dict that all tasks share: under a lock, through a queue to one owner, or merged at the end.

To count a word is to read and then to write, so that two who do it at once lose an update. A task counts the words of
one chunk, and takes care of that in one of these ways:

    lock      each word under a Lock
    queue     each word through a Queue to one owner, a thread, coroutine or process that alone counts
    merged    in a dict of its own, which it adds to the shared one at its end, under a Lock
    in place  as it is: that is for a plain loop, or for one event loop, as nothing awaits between reading and writing

Threads share a dict; processes, which share no objects, an array of `multiprocessing`; coroutines what their event loop
has. `check` looks at what has been counted, and so finds an update that was lost.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableSequence, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NoReturn

from workloads.contract import Workload, WrongAnswer, expect

CHUNKS = 8
WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
PLACES = {word: place for place, word in enumerate(WORDS)}
# So often is each word in a chunk.
TIMES = 200


@cache
def chunk(number: int) -> str:
    """A text with every word equally often."""
    return " ".join((WORDS[number:] + WORDS[:number]) * TIMES)


class Counts:
    """How often each word was counted, in a dict, and how many words: for one at a time."""

    def __init__(self) -> None:
        self.by_word: dict[str, int] = {}
        self.words = 0

    def add(self, word: str, times: int = 1) -> None:
        self.by_word[word] = self.by_word.get(word, 0) + times
        self.words += times


class CountsInArray:
    """The same in memory that processes share, with a place for each word and one for how many."""

    def __init__(self) -> None:
        self._places = multiprocessing.RawArray("q", len(WORDS) + 1)

    def add(self, word: str, times: int = 1) -> None:
        self._places[PLACES[word]] += times
        self._places[-1] += times

    @property
    def by_word(self) -> dict[str, int]:
        return dict(zip(WORDS, self._places, strict=False))

    @property
    def words(self) -> int:
        return int(self._places[-1])


@dataclass
class SharedState:
    """What workers share. The lock and the queue are of the library for such workers: of these there are three."""

    counts: Counts | CountsInArray
    lock: Any
    queue: Any


@dataclass(eq=False)
class Counting(Workload):
    """Count the words of each chunk. A task is the number of a chunk, and its result how many words that has.

    `counted` is what was counted since `prepare`, and `done` how often each chunk was, each in a place that no other
    task writes to.
    """

    name: str
    tasks: Sequence[int] = field(default=tuple(range(CHUNKS)), init=False, repr=False)
    counted: list[Counts | CountsInArray] = field(default_factory=list, init=False, repr=False)
    done: MutableSequence[int] = field(default_factory=list, init=False, repr=False)

    @contextmanager
    def prepare(self) -> Iterator[None]:
        self.counted, self.done = [], [0] * CHUNKS
        try:
            yield
        finally:
            self.counted, self.done = [], []

    def check(self, results: Sequence[int]) -> None:
        expect(self.name, self.tasks, results, [TIMES * len(WORDS)] * len(self.tasks))
        times = TIMES * sum(self.done)
        for word in WORDS:
            self._compare(repr(word), sum(one.by_word.get(word, 0) for one in self.counted), times)
        self._compare("all words", sum(one.words for one in self.counted), times * len(WORDS))

    def _compare(self, what: str, counted: int, times: int) -> None:
        if counted != times:
            raise WrongAnswer(f"{self.name}: {what} counted {counted} times and there {times} times: updates were lost")


class InOneProcess(Counting):
    """Counts in the memory of this process."""

    def __reduce__(self) -> NoReturn:
        raise TypeError("another process would count in its own memory")


class InPlace(InOneProcess):
    """Every worker counts in a dict of its own: a plain loop, or one event loop, has no other worker."""

    @contextmanager
    def open(self) -> Iterator[Counts]:
        counts = Counts()
        self.counted.append(counts)
        yield counts

    @asynccontextmanager
    async def open_async(self) -> AsyncIterator[Counts]:
        with self.open() as counts:
            yield counts

    def perform(self, client: Counts, task: int) -> int:
        words = chunk(task).split()
        for word in words:
            client.add(word)
        self.done[task] += 1
        return len(words)

    async def perform_async(self, client: Counts, task: int) -> int:
        return self.perform(client, task)


@dataclass(eq=False)
class ByCoroutines(InOneProcess):
    """The coroutines of a loop share a dict. They need a lock or a queue only where an update awaits something."""

    count: Callable[[SharedState, Sequence[str]], Awaitable[None]]

    @asynccontextmanager
    async def open_async(self) -> AsyncIterator[SharedState]:
        shared = SharedState(Counts(), asyncio.Lock(), asyncio.Queue())
        self.counted.append(shared.counts)
        owner = asyncio.create_task(self._own(shared))
        yield shared
        owner.cancel()
        with suppress(asyncio.CancelledError):
            await owner

    async def perform_async(self, client: SharedState, task: int) -> int:
        words = chunk(task).split()
        await self.count(client, words)
        self.done[task] += 1
        return len(words)

    @staticmethod
    async def _own(shared: SharedState) -> NoReturn:
        while True:
            shared.counts.add(await shared.queue.get())
            shared.queue.task_done()


async def under_asyncio_lock(shared: SharedState, words: Sequence[str]) -> None:
    for word in words:
        async with shared.lock:
            shared.counts.add(word)


async def through_asyncio_queue(shared: SharedState, words: Sequence[str]) -> None:
    for word in words:
        shared.queue.put_nowait(word)
    await shared.queue.join()


def under_lock(shared: SharedState, words: Sequence[str]) -> None:
    for word in words:
        with shared.lock:
            shared.counts.add(word)


def through_queue(shared: SharedState, words: Sequence[str]) -> None:
    for word in words:
        shared.queue.put(word)
    shared.queue.join()


def merged(shared: SharedState, words: Sequence[str]) -> None:
    own = Counts()
    for word in words:
        own.add(word)
    with shared.lock:
        for word, times in own.by_word.items():
            shared.counts.add(word, times)


def own(shared: SharedState) -> None:
    """Count what comes through the queue, up to None."""
    while (word := shared.queue.get()) is not None:
        shared.counts.add(word)
        shared.queue.task_done()


@dataclass(eq=False)
class ByWorkers(Counting, ABC):
    """Workers that block, and count in what they share in one of three ways. The owner of the queue is always there."""

    count: Callable[[SharedState, Sequence[str]], None]
    shared: SharedState = field(init=False, repr=False)

    @abstractmethod
    def share(self) -> AbstractContextManager[SharedState]:
        """What such workers share."""

    @contextmanager
    def prepare(self) -> Iterator[None]:
        with super().prepare(), self.share() as self.shared:
            self.counted.append(self.shared.counts)
            try:
                yield
            finally:
                del self.shared

    def perform(self, client: None, task: int) -> int:
        words = chunk(task).split()
        self.count(self.shared, words)
        self.done[task] += 1
        return len(words)


class ByThreads(ByWorkers, InOneProcess):
    """Threads share a dict."""

    @contextmanager
    def share(self) -> Iterator[SharedState]:
        shared = SharedState(Counts(), threading.Lock(), queue.Queue())
        owner = threading.Thread(target=own, args=(shared,))
        owner.start()
        try:
            yield shared
        finally:
            shared.queue.put(None)
            owner.join()


class ByProcesses(ByWorkers):
    """Processes share an array."""

    inherited = True

    @contextmanager
    def share(self) -> Iterator[SharedState]:
        self.done = multiprocessing.RawArray("q", CHUNKS)
        shared = SharedState(CountsInArray(), multiprocessing.Lock(), multiprocessing.JoinableQueue())
        owner = multiprocessing.Process(target=own, args=(shared,))
        owner.start()
        try:
            yield shared
        finally:
            # Without a last word, which would wait for ever where a worker was killed that held the queue.
            owner.terminate()
            owner.join()
            shared.queue.close()
            shared.queue.join_thread()


WORKLOADS = (
    InPlace("counting-in-place"),
    ByCoroutines("counting-coroutines-lock", under_asyncio_lock),
    ByCoroutines("counting-coroutines-queue", through_asyncio_queue),
    ByThreads("counting-threads-lock", under_lock),
    ByThreads("counting-threads-queue", through_queue),
    ByThreads("counting-threads-merged", merged),
    ByProcesses("counting-processes-lock", under_lock),
    ByProcesses("counting-processes-queue", through_queue),
    ByProcesses("counting-processes-merged", merged),
)
