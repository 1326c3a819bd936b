"""Which one to choose: the answer in words, on made-up runs in which it is known."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.json import encode
from rich.console import Console

from analysis import answer_words
from analysis.answer import Answer, Sureness, answer
from analysis.runs import parse
from analysis.summary import summarise
from tests import saved

PATTERNS = ("sequential", "threading", "asyncio", "multiprocessing")
DOWNLOADS = (2.0, 0.151, 0.15, 0.18)
MATH = (0.31, 0.312, 0.311, 0.161)
MIXED = (1.2, 0.2, 0.168, 0.15)

Benchmarks = list[dict[str, Any]]


def table(question: str, workload: str, seconds: Sequence[float], title: str = "", **facts: Any) -> Benchmarks:
    """A benchmark for each of the four patterns, or for as many as there are times."""
    group = title or f"{question}: {workload}, 16 workers, warm"
    return [
        saved.benchmark(name, [value, value * 1.001], group, question=question, workload=workload, **facts)
        for name, value in zip(PATTERNS, seconds, strict=False)
    ]


def answered(benchmarks: Benchmarks, runs: int = 5, spread: float = 0.001) -> Answer:
    """What so many runs of these benchmarks answer, each pattern a little faster or slower in each."""
    made = []
    for number in range(runs):
        varied = []
        for place, one in enumerate(benchmarks):
            factor = 1 + spread * ((number * 7 + place * 3) % runs - runs // 2)
            varied.append(saved.slower(one, factor))
        made.append(parse(encode(saved.run(varied)), f"{number}.json"))
    return answer(summarise(made), made)


def said(found: Answer) -> str:
    out = io.StringIO()
    answer_words.show(found, Console(file=out, width=200))
    return out.getvalue()


EVERYTHING = [
    *table("io-bound", "download-typical", DOWNLOADS),
    *table("cpu-bound", "math-primes", MATH),
    *table("mixed", "mixed", MIXED),
    *table("cpu-bound", "math-hashing", (0.057, 0.029, 0.057, 0.0295)),
]


def test_the_answer_is_three_lines() -> None:
    assert said(answered(EVERYTHING)).splitlines() == [
        "waiting: asyncio or threading, 13.2× as fast as sequential, within 1 % of each other; sure, by 5 runs",
        "computing: multiprocessing, 1.93× as fast as sequential; sure, by 5 runs",
        "both: multiprocessing, 8.00× as fast as sequential; sure, by 5 runs",
    ]


def test_one_run_is_a_first_guess() -> None:
    guess = "; a first guess, from one run"
    assert said(answered(EVERYTHING, runs=1)).splitlines() == [
        "waiting: asyncio or threading, 13.2× as fast as sequential, within 1 % of each other" + guess,
        "computing: multiprocessing, 1.93× as fast as sequential" + guess,
        "both: multiprocessing, 8.00× as fast as sequential" + guess,
    ]


def test_what_is_not_headlined_is_there_too() -> None:
    (hashing,) = answered(EVERYTHING).others
    assert hashing.kind == "computing in C that releases the GIL"
    assert answer_words.chosen(hashing) == ("threading", "multiprocessing")
    assert answer_words.how_much(hashing) == (
        "1.93× as fast as sequential, within 2 % of each other, asyncio gains nothing"
    )


def test_the_next_best_is_named_with_how_far_it_is_behind() -> None:
    (choice,) = answered(table("io-bound", "download-typical", DOWNLOADS)).choices
    assert answer_words.how_much(choice).endswith("within 1 % of each other, multiprocessing takes 1.20× as long")


def test_a_pattern_that_is_not_in_all_tables_counts_where_it_is() -> None:
    (choice,) = answered(
        [*table("io-bound", "download-typical", DOWNLOADS), *table("io-bound", "download-jittered", DOWNLOADS[:3])]
    ).choices
    assert answer_words.how_much(choice).endswith("multiprocessing takes 1.20× as long")


def test_what_cannot_be_told_apart_is_not_decided() -> None:
    (choice,) = answered(table("mixed", "mixed", MIXED), spread=0.05).choices
    assert choice.sureness is Sureness.OPEN
    assert set(choice.chosen) >= {"multiprocessing", "asyncio"}
    assert "not told apart (1.1" in answer_words.how_much(choice)
    assert answer_words.how_sure(choice) == "not decided between them by 5 runs"


def test_where_no_pattern_gains_anything_the_plain_loop_is_chosen() -> None:
    (choice,) = answered(table("cpu-bound", "math-primes", (0.31, 0.312, 0.311, 0.9))).choices
    assert answer_words.chosen(choice) == ("sequential",)
    assert answer_words.how_much(choice).startswith("no pattern makes it any faster")


def test_what_changes_the_choice_is_told_by_what_it_is() -> None:
    (choice,) = answered(
        [
            *table("io-bound", "download-typical", DOWNLOADS),
            *table("io-bound", "download-talk", (1.0, 0.1, 0.0995, 0.1)),
            *table("talk", "download-talk", (1.0, 0.2, 0.05, 0.5), "talk: download-talk, cold"),
            *table("io-scaling", "download-typical-x100", DOWNLOADS, "io-scaling: x, 8 workers, warm", workers=8),
            *table("io-scaling", "download-typical-x100", (2.0, 0.07, 0.045, 0.08), "io-scaling: x", workers=64),
        ]
    ).choices
    assert choice.chosen == ("asyncio", "threading")
    changes = answer_words.changes(choice)
    assert changes[0] == "downloads of 50 ms: multiprocessing too, within 1 %"
    assert changes[1].startswith("the talk’s own program, with 5 threads or all at once: asyncio, 4.00× [")
    assert changes[1].endswith("] as fast as threading")
    assert changes[2].startswith("64 at a time, 100 downloads: asyncio, 1.56× [")
    assert len(changes) == 3


def test_a_choice_that_holds_everywhere_says_where() -> None:
    (choice,) = answered(
        [*table("cpu-bound", "math-primes", MATH), *table("cpu-bound", "math-fibonacci", MATH)]
    ).choices
    assert answer_words.changes(choice) == []
    assert answer_words.unchanged(choice) == "the same for primes and Fibonacci numbers"


def test_tables_of_a_kind_with_nothing_in_common_go_by_the_first() -> None:
    (choice,) = answered(
        [*table("cpu-bound", "math-primes", MATH), *table("cpu-bound", "math-fibonacci", (0.3, 0.1, 0.3, 0.2))]
    ).choices
    assert choice.chosen == ("multiprocessing",)
    assert answer_words.changes(choice)[0].startswith("Fibonacci numbers: threading, 2.00×")


def test_a_workload_that_nobody_knows_gets_an_answer_of_its_own() -> None:
    found = answered([*EVERYTHING, *table("io-bound", "download-martian", DOWNLOADS)])
    (martian,) = [choice for choice in found.others if choice.kind == "download-martian"]
    assert martian.chosen == ("asyncio", "threading")


def test_ones_own_work_comes_first() -> None:
    few = table("own", "my-work", (0.4, 0.21, 0.4, 0.3), "own: my-work, 2 workers, warm", workers=2)
    many = table("own", "my-work", (0.4, 0.03, 0.025, 0.3), "own: my-work, 16 workers, warm", workers=16)
    found = answered([*EVERYTHING, *few, *many])
    assert said(found).startswith("my-work: threading, 1.90× as fast as sequential; sure, by 5 runs\n")
    assert answer_words.changes(found.choices[0])[0].startswith("my-work, 16 workers: asyncio, 1.20×")


def test_starting_workers_is_no_contest_with_having_none() -> None:
    (choice,) = answered(table("dispatch", "nothing", (0.00005, 0.005, 0.0035, 0.0025))).choices
    assert choice.chosen == ("multiprocessing",)
    assert answer_words.how_much(choice) == "asyncio takes 1.40× as long"


def test_flags_of_the_chosen_and_of_the_next_are_told() -> None:
    flags = [saved.flag("server-bound", 0.6)]
    benchmarks = table("io-bound", "download-overhead", (0.25, 0.27, 0.03, 0.17))
    benchmarks[2]["extra_info"]["flags"] = flags
    (choice,) = answered(benchmarks).choices
    assert answer_words.how_sure(choice) == "sure, by 5 runs (flagged server-bound)"


@pytest.mark.parametrize(
    "benchmarks",
    [
        table("server-bias", "download-typical-x10", DOWNLOADS),
        table("lifecycle", "download-typical-x20", DOWNLOADS),
        [saved.benchmark("kept", [0.1], "connection-reuse: x", pattern="asyncio", question="connection-reuse")],
        table("io-bound", "download-typical", DOWNLOADS[:1]),
    ],
    ids=["bias", "lifecycle", "no patterns", "a single pattern"],
)
def test_what_compares_no_patterns_answers_nothing(benchmarks: Benchmarks) -> None:
    found = answered(benchmarks)
    assert found.choices == ()
    assert "compare no patterns" in said(found)


def test_a_name_from_elsewhere_moves_no_cursor() -> None:
    title = "own: bad\u202ename, warm"
    assert "bad name: asyncio" in said(answered(table("own", "bad\u202ename", DOWNLOADS, title)))
