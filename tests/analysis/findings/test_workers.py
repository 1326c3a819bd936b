"""How many workers are enough: on made-up runs in which it is known, and where they do not say."""

import math
import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.findings.evidence.workers import ENOUGH, QUESTION, Sufficiency, WorkerCounts, worker_counts
from analysis.findings.guide import guide
from analysis.findings.summary import PRACTICAL, summarise
from analysis.views import answer as view
from analysis.views import guide as guide_view
from benchmarks import test_scaling
from harness.contest.race import MARGIN
from harness.facts import MeasuringSession
from harness.host.machine import usable_cores
from harness.measure import AskedQuestion, Entrant, Measure
from harness.options.effort import Effort, planned
from harness.servers.server import LocalServer
from tests.support.made_up import saved
from tests.support.made_up.answered import DOWNLOADS, EVERYTHING, Benchmarks, answered, made, only, said, table
from tests.support.shown import as_text

THREADS = {16: 0.15, 32: 0.1, 64: 0.099, 100: 0.13}


def numbers(
    seconds: Mapping[int, float],
    noise: float | Mapping[int, float] = 0.002,
    repeats: int = 5,
    pattern: str = "threading",
    workload: str = "download-typical",
    seed: int = 1,
    tasks: int = 100,
) -> Benchmarks:
    """A table of numbers of workers, on a machine with two speeds; each worker takes a mebibyte."""
    group = f"workers: {pattern} on {workload}, warm"
    rng = random.Random(seed)
    noises = noise if isinstance(noise, Mapping) else dict.fromkeys(seconds, noise)
    speeds = [rng.choice([1.0, 2.5]) for _ in range(repeats)]
    return [
        saved.benchmark(
            test_scaling.called(workers),
            [value * speed * math.exp(rng.gauss(0, noises[workers])) for speed in speeds],
            group,
            question=QUESTION,
            pattern=pattern,
            workload=workload,
            workers=workers,
            baseline=test_scaling.called(next(iter(seconds))),
            observation=saved.observation(mebibytes=float(workers)),
            tasks=tasks,
        )
        for workers, value in seconds.items()
    ]


def found(benchmarks: Benchmarks, runs: int = 1) -> WorkerCounts:
    of_all = saved.parsed(*made(*[benchmarks] * runs))
    (one,) = worker_counts(summarise(of_all), of_all)
    return one


def test_the_smallest_number_that_is_hardly_slower_than_the_best_is_enough() -> None:
    one = found(numbers(THREADS))
    assert (one.fewest, one.worse) == ((32,), 100)
    assert [count.standing for count in one.counts] == [
        Sufficiency.SLOWER,
        Sufficiency.ENOUGH,
        Sufficiency.ENOUGH,
        Sufficiency.SLOWER,
    ]
    assert view.enough(one) == (
        "32 workers are enough (within 5 % of the best; 16 take 1.51× as long; 100 take 1.31× as long and 100 MiB), "
        "with 32.0 MiB"
    )
    assert found(numbers(THREADS), runs=5).fewest == (32,)


@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [
        ({2: 0.1, 4: 0.1}, "2 workers or fewer are enough (within 5 % of the best; no longer with up to 4)"),
        ({1: 0.1, 2: 0.1}, "1 worker is enough (within 5 % of the best; no longer with up to 2)"),
        ({1: 0.2, 2: 0.1}, "2 workers are enough (within 5 % of the best; 1 takes 2.00× as long; more were not "),
        ({64: 0.2, 100: 0.1}, "100 workers are enough (within 5 % of the best; 64 take 2.00× as long; 100 is all "),
    ],
)
def test_where_it_does_not_get_worse(seconds: dict[int, float], sentence: str) -> None:
    assert view.enough(found(numbers(seconds))).startswith(sentence)


def test_where_it_is_not_decided_no_single_number_is_named() -> None:
    one = found(numbers({16: 0.15, 32: 0.1, 64: 0.1, 100: 0.1}, noise=0.05))
    assert one.fewest[0] == 32
    assert len(one.fewest) > 1
    assert view.enough(one).startswith("32")
    assert "workers are enough (not decided which; 16 take 1." in view.enough(one)
    once = found(numbers(THREADS, repeats=1))
    assert once.fewest == (16, 32, 64, 100)
    assert view.enough(once).startswith("100 workers or fewer are enough (not decided how few; ")


def test_whether_more_take_longer_may_be_open_too() -> None:
    one = found(numbers({16: 0.1, 32: 0.05, 64: 0.05, 100: 0.0525}, {16: 0.01, 32: 0.002, 64: 0.002, 100: 0.03}))
    assert (one.fewest, one.worse) == ((32,), None)
    assert "; not decided whether 100 take longer)" in view.enough(one)


def test_numbers_that_no_run_has_both_of_are_not_decided() -> None:
    runs = saved.parsed(*(saved.run(numbers({workers: seconds})) for workers, seconds in THREADS.items()))
    (one,) = worker_counts(summarise(runs), runs)
    assert one.fewest == tuple(THREADS)
    assert one.of(16).slowness.estimate > 1.4


def test_without_observation_there_is_no_memory() -> None:
    benchmarks = numbers(THREADS)
    for one in benchmarks:
        one["extra_info"]["observation"] = None
    assert view.enough(found(benchmarks)).endswith("100 take 1.31× as long)")


@given(st.lists(st.floats(0.01, 10), min_size=2, max_size=5), st.floats(0, 0.3), st.integers(1, 6))
def test_the_smallest_is_never_too_slow_and_the_worse_always_more(
    seconds: list[float], noise: float, repeats: int
) -> None:
    one = found(numbers({4**number: value for number, value in enumerate(seconds)}, noise, repeats))
    assert one.fewest
    assert list(one.fewest) == sorted(one.fewest)
    assert all(one.of(workers).standing is not Sufficiency.SLOWER for workers in one.fewest)
    assert all(count.standing is Sufficiency.SLOWER for count in one.fewer)
    if one.worse is not None:
        assert one.worse > one.fewest[-1]
        assert one.of(one.worse).standing is Sufficiency.SLOWER


def test_a_wrong_number_is_seldom_named() -> None:
    """With 32 workers it takes a tenth longer than with 64, and each process differs by 4 %."""
    named = [found(numbers({16: 0.15, 32: 0.11, 64: 0.1}, noise=0.04, seed=seed)).fewest for seed in range(100)]
    assert sum(fewest in ((16,), (32,)) for fewest in named) <= 5
    assert (64,) in named


def test_the_answer_has_a_sentence_on_each_pattern_that_it_names() -> None:
    benchmarks = [
        *EVERYTHING,
        *numbers(THREADS),
        *numbers(THREADS, workload="mixed"),
        *numbers({1: 0.3, 2: 0.16, 4: 0.16}, pattern="multiprocessing", workload="math-primes", tasks=8),
        *numbers(THREADS, pattern="multiprocessing"),
    ]
    answer = answered(benchmarks)
    assert [[(one.pattern, one.fewest) for one in choice.enough] for choice in answer.headlines] == [
        [("threading", (32,))],
        [("multiprocessing", (2,))],
        [],
    ]
    lines = said(answer).splitlines()
    assert lines[1].strip().startswith("threading: 32 workers are enough (within 5 % of the best; 16 take 1.51×")
    assert all(not choice.enough for choice in answer.others)


def test_where_a_choice_is_for_several_kinds_of_work_it_says_for_which() -> None:
    downloads = [row for name in ("typical", "talk") for row in table("io-bound", f"download-{name}", DOWNLOADS)]
    (sentence,) = view.workers(only([*downloads, *numbers(THREADS)]))
    assert sentence.startswith("threading: 32 workers are enough for downloads of 20 ms (within 5 % of the best; ")


def test_numbers_of_workers_alone_choose_no_pattern() -> None:
    answer = answered(numbers(THREADS))
    assert not answer.choices
    assert "numbers of workers of one pattern" in said(answer)


def test_the_guide_has_it_for_each_work() -> None:
    runs = made([*EVERYTHING, *numbers(THREADS), *numbers({2: 0.2, 4: 0.1}, workload="mixed")])
    shown = as_text(guide_view.document(guide(saved.parsed(*runs))))
    assert "download-typical: 32 workers are enough (within 5 % of the best" in shown
    assert "mixed: 4 workers are enough (within 5 % of the best" in shown
    assert shown.count("How many workers:") == 1


def test_what_is_measured_is_what_the_answer_reads_and_decided_by_the_same_margin() -> None:
    entrants: list[Entrant] = []
    (race,) = [mark for mark in vars(test_scaling.test_workers)["pytestmark"] if mark.name == "race"]
    plan = planned(3, 0.25, Effort.DEFAULT)
    asked = AskedQuestion(test_scaling.test_workers.__name__.removeprefix("test_"), plan, margin=race.kwargs["margin"])
    session = MeasuringSession(limit_seconds=60, observing=True, seed=1)
    test_scaling.test_workers(Measure(asked, session, LocalServer(), entrants.append), "threading", "math-primes", 1)
    (entrant,) = entrants
    assert (entrant.facts.question, entrant.facts.workers, entrant.question.margin) == (QUESTION, 1, ENOUGH)
    assert entrant.table == "workers: threading on math-primes, warm"
    assert entrant.facts.contender == "1 worker"
    assert entrant.facts.baseline == test_scaling.called(usable_cores())


def test_the_other_races_and_the_answer_have_one_margin() -> None:
    assert AskedQuestion("io-bound", planned(3, 0.25, Effort.DEFAULT)).margin == MARGIN == PRACTICAL
