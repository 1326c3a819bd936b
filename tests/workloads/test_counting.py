"""Counting in shared state: each way counts right, whoever shares it, and a lost update is found."""

import threading
from collections.abc import Sequence

import pytest

import patterns
from benchmarks.test_shared_state import ROWS
from workloads import counting, registry
from workloads.contract import WrongAnswer, prepared
from workloads.counting import ByThreads, Counts, SharedState


@pytest.mark.parametrize("number", range(counting.CHUNKS))
def test_every_word_is_as_often_in_a_chunk_as_every_other(number: int) -> None:
    words = counting.chunk(number).split()
    assert {word: words.count(word) for word in counting.WORDS} == dict.fromkeys(counting.WORDS, counting.TIMES)


@pytest.mark.parametrize(("pattern", "workload"), ROWS)
def test_each_way_counts_right_round_after_round(pattern: str, workload: str) -> None:
    work = registry.get(workload)
    with prepared(work), patterns.get(pattern).start(work, 3) as run:
        run(work.tasks[:3])  # a warm-up, which nobody checks
        for _ in range(3):
            work.check(run(work.tasks))


class Interrupted(Counts):
    """Counts whose first two updates have both read before either writes; all others do as they should."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()
        self.both = threading.Barrier(2)
        self.racing = True

    def add(self, word: str, times: int = 1) -> None:
        read, racing = self.words, self.racing
        if racing:
            self.both.wait()
            self.racing = False
        with self.lock:
            super().add(word, times)
            if racing:
                self.words = read + times


def without_a_lock(shared: SharedState, words: Sequence[str]) -> None:
    for word in words:
        shared.counts.add(word)


def test_an_update_that_was_lost_is_found() -> None:
    work = ByThreads("racing", without_a_lock)
    with prepared(work), patterns.get("threading").start(work, 2) as run:
        work.shared.counts = work.counted[0] = Interrupted()
        results = run(work.tasks[:2])
        work.tasks = work.tasks[:2]
        with pytest.raises(WrongAnswer, match=r"racing: all words counted \d+ times and there 4000 times: updates wer"):
            work.check(results)


@pytest.mark.parametrize("way", ["threads", "coroutines"])
def test_a_dict_is_not_for_processes(way: str) -> None:
    reason = patterns.get("multiprocessing" if way == "threads" else "asyncio-processes").unsuited(
        registry.get(f"counting-{way}-lock")
    )
    assert "another process would count in its own memory" in str(reason)


def test_what_processes_inherit_is_for_no_others() -> None:
    work = registry.get("counting-processes-lock")
    reason = "counting-processes-lock shares what only processes of multiprocessing inherit"
    assert str(patterns.get("dask").unsuited(work)).startswith(reason)
    assert patterns.get("process-pool").unsuited(work) is None
