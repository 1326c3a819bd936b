"""Which one to choose: the answer in words, on made-up runs in which it is known."""

import json

import pytest
from msgspec import convert

from analysis.documents import as_json, markdown
from analysis.documents.document import Heading
from analysis.findings.answer import Answer, Confidence, answer
from analysis.findings.summary import summarise
from analysis.views import answer as view
from tests.support.made_up import saved
from tests.support.made_up.answered import (
    DOWNLOADS,
    EVERYTHING,
    MATH,
    MIXED,
    Benchmarks,
    answered,
    made,
    only,
    said,
    table,
)
from tests.support.shown import as_text


def test_the_answer_is_three_lines_with_the_number_of_workers() -> None:
    assert said(answered(EVERYTHING)).splitlines() == [
        "waiting, 16 workers: asyncio or threading, the same within 4 %, with 10.0 or 17.0 MiB, "
        "13.2× as fast as sequential; conclusive (1 run, 5.00 s)",
        "computing, 2 workers: multiprocessing, 1.92× as fast as sequential; conclusive (1 run, 5.00 s)",
        "both, 16 workers: multiprocessing, 7.99× as fast as sequential; conclusive (1 run, 5.00 s)",
    ]


def test_several_runs_answer_together() -> None:
    choice = only(table("mixed", "mixed", MIXED), runs=5)
    assert view.how_sure(choice) == "conclusive (5 runs, 25.0 s)"


def test_what_is_not_headlined_is_there_too() -> None:
    (hashing,) = answered(EVERYTHING).others
    assert view.name(hashing) == "computing in C that releases the GIL, 2 workers"
    assert view.chosen(hashing) == ("threading", "multiprocessing")
    assert view.how_much(hashing) == "the same within 5 %, with 17.0 or 499 MiB, 1.93× as fast as sequential"
    assert view.next_best(hashing) == "asyncio gains nothing"


def test_other_kinds_of_work_have_a_heading_where_others_come_first() -> None:
    everything, alone = (view.document(answered(of)).blocks for of in (EVERYTHING, table("dispatch", "nothing", MIXED)))
    assert [block.text for block in everything if isinstance(block, Heading)] == [view.OTHERS]
    assert not any(isinstance(block, Heading) for block in alone)


def test_the_next_best_is_named_with_how_far_it_is_behind() -> None:
    choice = only(table("io-bound", "download-typical", DOWNLOADS))
    assert view.next_best(choice) == "multiprocessing takes 1.20× as long"


def test_a_pattern_that_is_not_in_all_tables_counts_where_it_is() -> None:
    choice = only(
        [*table("io-bound", "download-typical", DOWNLOADS), *table("io-bound", "download-jittered", DOWNLOADS[:3])]
    )
    assert view.next_best(choice) == "multiprocessing takes 1.20× as long"


def test_starting_workers_is_no_contest_with_having_none() -> None:
    choice = only(table("dispatch", "nothing", (0.00005, 0.005, 0.0035, 0.0025)))
    assert choice.chosen == ("multiprocessing",)
    assert view.how_much(choice) == "asyncio takes 1.40× as long"


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
    assert "no patterns on" in said(found)


def test_what_is_open_is_told_with_what_would_decide_it() -> None:
    choice = only(table("mixed", "mixed", (1.2, 0.2, 0.156, 0.15), noise=0.05))
    assert choice.confidence is Confidence.OPEN
    assert view.how_sure(choice) == "not decided (1 run, 5.00 s)"
    sentence = view.to_decide(choice)
    assert sentence.startswith("open by 5 repeats: ")
    assert sentence.endswith('would decide it: `make bench ARGS="--rigorous -m mixed -k mixed"`')
    (needed,) = {one.repeats_needed for one in choice.open}
    assert needed is not None
    assert f"about {needed} would" in sentence
    assert 5 < needed < 200


def test_more_repeats_decide_what_was_open() -> None:
    seconds = (1.2, 0.2, 0.156, 0.15)
    needed = only(table("mixed", "mixed", seconds, noise=0.05)).open[0].repeats_needed
    assert needed
    assert only(table("mixed", "mixed", seconds, noise=0.05, repeats=4 * needed)).confidence is Confidence.CONCLUSIVE


def test_a_tie_that_is_not_shown_is_no_tie() -> None:
    choice = only(table("io-bound", "download-typical", (2.0, 0.15, 0.15, 0.5), noise=0.04))
    assert set(choice.chosen) == {"threading", "asyncio"}
    assert "no significant difference (1.0" in view.how_much(choice)


@pytest.mark.parametrize(
    ("behind", "noise", "is_named"),
    [(1.02, 0.001, True), (1.05, 0.001, False), (1.05, 0.04, True), (1.1, 0.04, False)],
)
def test_who_is_near_is_named_unless_it_is_surely_slower(behind: float, noise: float, is_named: bool) -> None:
    choice = only(table("io-bound", "download-typical", (2.0, 0.15, 0.15 * behind, 0.5), noise=noise))
    assert ("asyncio" in choice.chosen) == is_named
    assert "threading" in choice.chosen


def test_one_repeat_decides_nothing() -> None:
    far = only(table("mixed", "mixed", (9.0, 0.1), repeats=1))
    assert far.chosen == ("threading",)
    assert view.how_sure(far).startswith("not decided")
    assert view.to_decide(far) == ('one repeat does not decide; more: `make bench ARGS="--rigorous -m mixed -k mixed"`')


def test_where_it_is_shown_that_no_pattern_gains_anything_the_plain_loop_is_chosen() -> None:
    choice = only(table("cpu-bound", "math-primes", (0.31, 0.312, 0.311, 0.9)))
    assert view.chosen(choice) == ("sequential",)
    assert view.how_much(choice) == "no pattern makes it any faster"


def test_that_no_pattern_gains_anything_is_not_said_where_it_is_not_shown() -> None:
    choice = only(table("cpu-bound", "math-primes", (0.31, 0.312, 0.311, 0.32), noise=0.1))
    assert "no pattern makes it any faster" not in view.how_much(choice)
    assert "it is not decided whether any pattern makes it faster" in view.how_much(choice)
    assert "sequential" in view.chosen(choice)


def test_flags_of_the_chosen_and_of_the_next_are_told() -> None:
    flags = [saved.flag("server-bound", 0.6)]
    benchmarks = table("io-bound", "download-overhead", (0.25, 0.27, 0.03, 0.17))
    benchmarks[2]["extra_info"]["flags"] = flags
    assert view.how_sure(only(benchmarks)) == "conclusive (1 run, 5.00 s), flagged server-bound"


def test_contenders_that_no_run_has_both_of_are_not_decided() -> None:
    runs = saved.parsed(*(saved.run(table("mixed", "mixed", MIXED)[start : start + 2]) for start in (0, 2)))
    (choice,) = answer(summarise(runs), runs).choices
    assert choice.confidence is Confidence.OPEN


def test_the_whole_answer_is_told_as_text_markdown_and_json() -> None:
    found = answered(EVERYTHING)
    lines = as_text(view.document(found)).splitlines()
    assert lines[0].startswith("1 run on 1a2b3c4d (AMD EPYC 7B13, 2 usable cores")
    other = lines[lines.index("Other kinds of work") + 1]
    assert other.startswith("computing in C that releases the GIL, 2 workers: threading or multiprocessing")
    shown = markdown.render(view.document(found))
    assert shown.startswith("## Which one to choose?\n\n*1 run on")
    assert "\n- **waiting for the network, 16 workers**: asyncio or threading, the same within 4 %" in shown
    assert shown.count("\n- **") == 4
    assert convert(json.loads(as_json.render(answer=found))["answer"], Answer) == found


def test_what_would_decide_it_is_code_in_markdown() -> None:
    found = answered(table("io-bound", "download-typical", (2.0, 0.15, 0.151, 0.5), noise=0.05))
    assert '`make bench ARGS="--rigorous -m io_bound -k download-typical"`\n' in markdown.render(view.document(found))


def test_a_name_from_elsewhere_is_no_markdown_and_no_command() -> None:
    name = "[x](http://y)`<b>"
    strange = table("sorting", name, (2.0, 0.15, 0.151, 0.5), f"sorting: {name}", noise=0.05)
    shown = markdown.render(view.document(answered(strange)))
    assert "[x](http" not in shown.replace("\\[", "")
    assert '`make bench ARGS="--rigorous -m sorting"`' in shown


def test_a_name_from_elsewhere_moves_no_cursor() -> None:
    title = "own: bad\u202ename, warm"
    assert "bad name, 16 workers: asyncio" in said(answered(table("own", "bad\u202ename", DOWNLOADS, title)))


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
    assert changes[0] == "downloads of 50 ms: multiprocessing too, within 4 %"
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
    """In one table it is more than four percent behind, by chance, and in the others less."""
    tables = {"math-primes": 0.162, "math-mandelbrot": 0.155, "math-fibonacci": 0.154}
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
        "primes: threading too, within 3 %",
        "the Mandelbrot set: threading too, within 3 %",
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


@pytest.mark.parametrize(("disturbed", "confidence"), [(1, Confidence.CONCLUSIVE), (2, Confidence.OPEN)])
def test_what_was_measured_beside_other_programs_is_not_decided(disturbed: int, confidence: Confidence) -> None:
    quiet, busy = table("mixed", "mixed", MIXED), table("mixed", "mixed", MIXED, other_cores=1.2)
    read = saved.parsed(*made(*[busy] * disturbed, *[quiet] * (3 - disturbed)))
    (choice,) = answer(summarise(read), read).choices
    assert (choice.chosen, choice.confidence) == (("multiprocessing",), confidence)
    said_of_it = "made while other programs or the hypervisor took more than a fifth of a core: measure again"
    assert (said_of_it in view.to_decide(choice)) == (confidence is Confidence.OPEN)


def test_an_answer_counts_the_runs_that_have_what_is_chosen() -> None:
    every = table("mixed", "mixed", MIXED)
    some = [one for one in every if one["extra_info"]["contender"] != "multiprocessing"]
    read = saved.parsed(*made(some, some, every))
    (choice,) = answer(summarise(read), read).choices
    assert (choice.chosen, choice.runs) == (("multiprocessing",), 1)


def test_runs_that_are_not_alike_are_told() -> None:
    runs = made(*[table("mixed", "mixed", MIXED)] * 2)
    runs[0]["machine_info"]["three_patterns"]["run"]["effort"] = "fast"
    read = saved.parsed(*runs)
    shown = as_text(view.document(answer(summarise(read), read)))
    assert "unlike runs: the runs differ in effort (fast, default)" in shown


def test_ones_own_work_is_measured_more_often_with_its_file() -> None:
    names = ("mine", "yours")
    works = [table("own", name, (0.4, 0.2, 0.19, 0.3), noise=0.1) for name in names]
    assert view.to_decide(only(works[0])).endswith('`make bench WORKLOAD=FILE ARGS="--rigorous --workers=16"`')
    runs = made(*works)
    for name, run in zip(names, runs, strict=True):
        run["machine_info"]["three_patterns"]["run"]["workload"] = f"/home/{name}.py"
    read = saved.parsed(*runs)
    choices = answer(summarise(read), read).choices
    assert [choice.file for choice in choices] == ["/home/mine.py", "/home/yours.py"]
