"""The answers of every workload, found in another way, and what a check refuses."""

import hashlib
import itertools
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

import patterns
from benchmarks.test_other import ELSEWHERE
from harness.servers.server import LocalServer
from tests.support.every import shortened
from workloads import contract, fibonacci, hashing, mandelbrot, mixed, primes, registry
from workloads.computation import Computation
from workloads.contract import Scalable, Workload, WrongAnswer, expect, made_ready, prepared, waiting_seconds
from workloads.download import Download, Request
from workloads.server import body_of

NAMES = registry.names()
ENOUGH_TASKS = 3
every_workload = pytest.mark.parametrize("workload", [registry.get(name) for name in NAMES], ids=NAMES)


def sieve(limit: int) -> bytearray:
    """Which numbers up to `limit` are prime, by Eratosthenes."""
    prime = bytearray([0, 0]) + bytearray([1]) * (limit - 1)
    for number in range(2, int(limit**0.5) + 1):
        if prime[number]:
            prime[number * number :: number] = bytes(len(range(number * number, limit + 1, number)))
    return prime


def test_the_scenarios_are_those_of_the_design() -> None:
    sizes = {
        name: (len(work.tasks), work.tasks[0].size, work.tasks[0].latency_ms)
        for name in registry.names("download-*")
        if isinstance(work := registry.get(name), Download)
    }
    scenarios = {
        "download-talk": (20, 16_384, 50),
        "download-overhead": (500, 1_024, 0),
        "download-typical": (100, 16_384, 20),
        "download-large": (32, 1_048_576, 5),
    }
    assert sizes.items() >= scenarios.items()
    computations = ("math-primes", "math-mandelbrot", "math-fibonacci", "math-hashing")
    assert {len(registry.get(name).tasks) for name in computations} == {8}
    assert len(registry.get("mixed").tasks) == 50
    assert len(registry.get("nothing").tasks) == 1_000


def test_prime_counts_agree_with_a_sieve() -> None:
    counts = list(itertools.accumulate(sieve(1_000_000)))
    assert counts[1_000_000] == 78_498  # OEIS A006880
    assert tuple(counts[primes.STARTS.start : 1_000_001 : primes.WIDTH]) == primes.PRIMES_UP_TO


@given(st.integers(min_value=3, max_value=50_000))
def test_count_primes_agrees_with_a_sieve_anywhere(start: int) -> None:
    assert primes.count_primes(start) == sum(SMALL_PRIMES[start : start + primes.WIDTH])


SMALL_PRIMES = sieve(60_000)


def test_fibonacci_numbers_add_up() -> None:
    smaller, larger = 0, 1
    for _ in range(fibonacci.N):
        smaller, larger = larger, smaller + larger
    assert smaller == fibonacci.F_27
    assert [fibonacci.fibonacci(n) for n in range(10)] == [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]


def test_mandelbrot_counts_agree_with_complex_numbers() -> None:
    def stays(c: complex) -> bool:
        z = 0j
        for _ in range(mandelbrot.ITERATIONS):
            if z.real**2 + z.imag**2 > 4:
                return False
            z = z * z + c
        return True

    def count(band: int) -> int:
        return sum(
            stays(complex(-2 + 2.5 * (column + 0.5) / mandelbrot.WIDTH, 1.25 * (row + 0.5) / mandelbrot.ROWS))
            for row in range(band, mandelbrot.ROWS, mandelbrot.BANDS)
            for column in range(mandelbrot.WIDTH)
        )

    assert (count(0), count(5)) == (mandelbrot.INSIDE[0], mandelbrot.INSIDE[5])


def test_digests_are_those_of_the_whole_block() -> None:
    blocks = [bytes([first]) + bytes(8 * 2**20) for first in range(8)]
    assert tuple(hashlib.sha512(block).hexdigest() for block in blocks) == hashing.DIGESTS


@given(st.integers(min_value=0, max_value=20_000))
def test_the_sum_of_lines_is_that_of_its_numbers(size: int) -> None:
    text = body_of(size)
    whole_lines = text[: text.rfind(b"\n") + 1]
    assert mixed.sum_of_lines(text) == sum(int(line) for line in whole_lines.splitlines())


@given(st.integers(min_value=0, max_value=100_000))
def test_a_body_has_the_size_asked_for_and_starts_every_longer_one(size: int) -> None:
    assert len(body_of(size)) == size
    assert body_of(100_000).startswith(body_of(size))


def test_jitter_is_the_same_every_time_and_has_the_median_it_claims() -> None:
    latencies = sorted(task.latency_ms for task in registry.get("download-jittered").tasks)
    assert [task.latency_ms for task in registry.get("download-jittered").tasks[:4]] == [9.9, 20.1, 20.4, 38.2]
    assert 17 < latencies[50] < 23
    assert latencies[0] > 3
    assert latencies[-1] < 200
    assert len(set(latencies)) > 80


FOR_ALL_PATTERNS = [glob for glob in ELSEWHERE if glob != "clients-*"]


@pytest.mark.parametrize("name", [name for name in NAMES if any(fnmatchcase(name, glob) for glob in FOR_ALL_PATTERNS)])
def test_what_a_question_asks_of_all_patterns_lacks_nothing_that_they_need(name: str) -> None:
    workload = registry.get(name)
    found = (contract.lacks_blocking(workload), contract.lacks_async(workload), contract.lacks_pickling(workload))
    assert found == (None, None, None)


@given(st.integers(1, 30), st.integers(1, 100))
def test_repeated_work_goes_through_the_tasks_again_and_says_how_many_there_are(length: int, count: int) -> None:
    computation = Computation("squares", square, tasks=range(length), answers=[square(n) for n in range(length)])
    download = Download("pages", tuple(Request(number, size=number, latency_ms=1) for number in range(length)))
    for work in (computation, download):
        assert isinstance(work, Scalable)
    more, pages = computation.repeated(count), download.repeated(count)
    assert (more.name, pages.name) == (f"squares-x{count}", f"pages-x{count}")
    assert list(more.tasks) == [number % length for number in range(count)]
    more.check([square(task) for task in more.tasks])
    assert [(task.number, task.size) for task in pages.tasks] == [(number, number % length) for number in range(count)]
    pages.check([body_of(task.size) for task in pages.tasks])
    assert computation.tasks == range(length)


def square(number: int) -> int:
    return number * number


@every_workload
def test_refuses_a_missing_and_a_wrong_answer(workload: Workload, local_server: LocalServer) -> None:
    work = shortened(made_ready(workload, 0, local_server.address), ENOUGH_TASKS)
    pattern = patterns.get("asyncio" if contract.lacks_blocking(work) else "sequential")
    with prepared(work):
        with pattern.start(work, 1) as run:
            results = run(work.tasks)
        work.check(results)
        for wrong in (results[:-1], [*results[:-1], None]):
            with pytest.raises(WrongAnswer):
                work.check(wrong)


def test_a_wrong_answer_is_named_by_its_task() -> None:
    with pytest.raises(WrongAnswer, match=r"sums: task 1 \(b\) gave 5 and the right answer is 2"):
        expect("sums", ["a", "b"], [1, 5], [1, 2])
    with pytest.raises(WrongAnswer, match="sums: 2 tasks gave 3 results"):
        expect("sums", ["a", "b"], [1, 2, 3], [1, 2])
    with pytest.raises(WrongAnswer, match=r"gave b'x+… of 1000000 bytes"):
        expect("bodies", ["a"], [b"x" * 1_000_000], [b"y"])


@given(st.lists(st.floats(min_value=0, max_value=500), min_size=1, max_size=50), st.integers(min_value=1, max_value=64))
def test_no_greedy_schedule_beats_the_ideal_of_a_download(latencies_ms: list[float], workers: int) -> None:
    tasks = tuple(Request(number, 1, latency) for number, latency in enumerate(latencies_ms))
    free_at = [0.0] * workers
    for latency in latencies_ms:
        soonest = min(range(workers), key=free_at.__getitem__)
        free_at[soonest] += latency / 1000
    ideal = Download("probe", tasks).ideal_seconds(workers, cores=1)
    assert ideal <= max(free_at) * (1 + 1e-9) + 1e-12
    # Graham 1966: list scheduling is within 2 - 1/m of the best, so the bound is not a looser than that.
    assert max(free_at) <= 2 * ideal * (1 + 1e-9) + 1e-12


def test_the_ideal_of_computing_shrinks_with_workers_and_cores_only_together() -> None:
    work = registry.get("math-primes")
    assert isinstance(work, Computation)
    alone = work.ideal_seconds(workers=1, cores=8)
    assert work.ideal_seconds(workers=8, cores=1) == alone
    assert work.ideal_seconds(workers=4, cores=4) == pytest.approx(alone / 4, rel=0.5)
    assert work.ideal_seconds(workers=4, cores=4) < alone


def test_the_ideal_of_mixed_work_is_at_least_that_of_its_downloads() -> None:
    work = registry.get("mixed")
    assert isinstance(work, mixed.DownloadAndParse)
    for workers in (1, 4, 16, 64):
        assert work.ideal_seconds(workers, cores=2) > work.download.ideal_seconds(workers, cores=2)


@pytest.mark.parametrize(
    ("name", "workers", "seconds"),
    [("download-typical", 16, 0.125), ("mixed", 1, 1.0), ("nap", 5, 0.04), ("math-primes", 1, 0), ("nothing", 1, 0)],
)
def test_how_long_it_waits_does_not_depend_on_the_machine(name: str, workers: int, seconds: float) -> None:
    work = registry.get(name)
    assert waiting_seconds(work, workers) == pytest.approx(seconds)
    assert (work.ideal_seconds(workers, cores=64) or 0) >= waiting_seconds(work, workers)


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(registry.RegistryError, match=r"no workload 'download-tpyical': choose from .*download-typical"):
        registry.get("download-tpyical")
