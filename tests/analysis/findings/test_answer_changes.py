"""What changes the choice: other work, other numbers of workers, and work of one's own."""

from __future__ import annotations

from analysis.views import answer as view
from tests.support.made_up.answered import DOWNLOADS, EVERYTHING, MATH, answered, only, said, table


def test_what_changes_the_choice_is_told_by_what_it_is() -> None:
    choice = only(
        [
            *table("io-bound", "download-typical", DOWNLOADS),
            *table("io-bound", "download-talk", (1.0, 0.1, 0.0995, 0.1)),
            *table("talk", "download-talk", (1.0, 0.2, 0.05, 0.5), "talk: download-talk, cold"),
            *table("io-scaling", "download-typical-x100", DOWNLOADS, workers=8),
            *table("io-scaling", "download-typical-x100", (2.0, 0.07, 0.045, 0.08), workers=64),
        ]
    )
    assert choice.chosen == ("asyncio", "threading")
    changes = view.changes(choice)
    assert changes[0] == "downloads of 50 ms: multiprocessing too, within 2 %"
    assert changes[1].startswith("the talk’s own program, with 5 threads or all at once: asyncio, 4.00× [")
    assert changes[1].endswith("] as fast as threading")
    assert changes[2].startswith("64 at a time, 100 downloads: asyncio, 1.56× [")
    assert len(changes) == 3


def test_a_choice_that_holds_everywhere_says_where() -> None:
    choice = only([*table("cpu-bound", "math-primes", MATH), *table("cpu-bound", "math-fibonacci", MATH)])
    assert view.changes(choice) == []
    assert view.unchanged(choice) == "the same for primes and Fibonacci numbers"
    assert view.how_sure(choice) == "conclusive (1 run, 10.0 s)"


def test_tables_of_a_kind_pool_their_evidence() -> None:
    """In one table it is just over seven percent behind, by chance, and in the others just under."""
    tables = {"math-primes": 0.1645, "math-mandelbrot": 0.157, "math-fibonacci": 0.155}
    choice = only(
        [
            row
            for name, took in tables.items()
            for row in table("cpu-bound", name, (0.31, 0.31, took, 0.153), noise=0.02)
        ]
    )
    assert set(choice.chosen) == {"multiprocessing", "asyncio"}
    assert view.changes(choice) == []


def test_tables_with_opposite_choices_are_not_merged() -> None:
    choice = only(
        [*table("cpu-bound", "math-primes", MATH), *table("cpu-bound", "math-fibonacci", (0.3, 0.1, 0.3, 0.2))]
    )
    assert choice.chosen == ("multiprocessing",)
    assert len(choice.outcomes) == 1
    assert view.changes(choice)[0].startswith("Fibonacci numbers: threading, 2.00×")


def test_who_is_best_in_one_table_and_behind_in_another_is_not_named_for_all() -> None:
    choice = only(
        [
            *table("cpu-bound", "math-primes", (0.31, 0.1, 0.1, 0.1)),
            *table("cpu-bound", "math-mandelbrot", (0.31, 0.1, 0.1, 0.1)),
            *table("cpu-bound", "math-fibonacci", (0.31, 0.119, 0.1, 0.1)),
        ]
    )
    assert set(choice.chosen) == {"asyncio", "multiprocessing"}
    assert view.changes(choice) == [
        "primes: threading too, within 2 %",
        "the Mandelbrot set: threading too, within 2 %",
    ]


def test_other_numbers_of_workers_are_other_choices() -> None:
    found = answered(
        [
            *table("io-bound", "download-overhead", (0.1, 0.2, 0.3, 0.4)),
            *table("io-bound", "download-overhead", (0.1, 0.05, 0.3, 0.4), workers=64),
        ]
    )
    assert said(found).splitlines() == [
        "many small requests, where the network is free, 16 workers: sequential, no pattern makes it any faster; "
        "conclusive (1 run, 5.00 s)",
        "many small requests, where the network is free, 64 workers: threading, 2.00× as fast as sequential; "
        "conclusive (1 run, 5.00 s)",
    ]


def test_a_workload_that_nobody_knows_gets_an_answer_of_its_own() -> None:
    found = answered([*EVERYTHING, *table("io-bound", "download-martian", DOWNLOADS)])
    (martian,) = [choice for choice in found.others if choice.kind == "download-martian"]
    assert martian.chosen == ("asyncio", "threading")


def test_ones_own_work_comes_first_with_a_choice_for_each_number_of_workers() -> None:
    few = table("own", "my-work", (0.4, 0.21, 0.4, 0.3), workers=2)
    many = table("own", "my-work", (0.4, 0.03, 0.025, 0.3), workers=16)
    lines = said(answered([*EVERYTHING, *few, *many])).splitlines()
    assert lines[0] == "my-work, 2 workers: threading, 1.90× as fast as sequential; conclusive (1 run, 5.00 s)"
    assert lines[1] == "my-work, 16 workers: asyncio, 16.0× as fast as sequential; conclusive (1 run, 5.00 s)"


def test_ones_own_work_is_measured_more_often_with_its_file() -> None:
    choice = only(table("own", "my-work", (0.4, 0.2, 0.19, 0.3), noise=0.1))
    assert view.to_decide(choice).endswith('`make bench WORKLOAD=FILE ARGS="--rigorous --workers=16"`')
