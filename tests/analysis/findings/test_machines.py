"""Machines side by side: which tables are the same, where the choice changes, and which runs are taken."""

from pathlib import Path
from typing import Any

import pytest

from analysis.documents.document import Items, Paragraph
from analysis.findings.machines import Agreement, Machines, SharedTable
from analysis.views.machines import caveats, choices, differences, document, only
from runfile.runs import RunError
from tests.support.made_up import saved
from tests.support.made_up.side_by_side import ASYNCIO_WINS, LAPTOP, PI, SERVER, THREADING_WINS, Shelf, primes, table
from tests.support.shown import as_text

TIE = {"sequential": 2.4, "threading": 0.151, "asyncio": 0.15}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def only_contest(found: Machines) -> SharedTable:
    (contest,) = found.contests
    return contest


def sentences(found: Machines) -> list[str]:
    blocks = (block for block in choices(found) if isinstance(block, Paragraph | Items))
    return [one.text for block in blocks for one in (block.items if isinstance(block, Items) else [block])]


def test_another_winner_on_another_machine_is_told_first(shelf: Shelf) -> None:
    shelf.add(LAPTOP, table(ASYNCIO_WINS), primes(2))
    shelf.add(SERVER, table(THREADING_WINS), primes(2))
    found = shelf.side_by_side()
    assert [contest.agreement for contest in found.contests] == [Agreement.CHANGES, Agreement.SAME]
    assert sentences(found) == [
        "The choice changes in 1 of 2 tables:",
        "io-bound: download-typical: asyncio on laptop (16.0×), threading on server (16.0×)",
        "The choice is the same in 1 of 2 tables: asyncio in 1.",
    ]
    assert as_text(document(found)).startswith("The choice changes")


def test_the_same_choice_everywhere_is_a_sentence(shelf: Shelf) -> None:
    for machine in (LAPTOP, SERVER, PI):
        shelf.add(machine, table(ASYNCIO_WINS), primes(2, THREADING_WINS))
    assert sentences(shelf.side_by_side()) == [
        "The choice is the same on all machines, in both tables: asyncio in 1, threading in 1."
    ]


def test_a_win_here_and_a_tie_with_it_there_is_not_decided_and_no_change(shelf: Shelf) -> None:
    shelf.add(LAPTOP, table(ASYNCIO_WINS))
    shelf.add(SERVER, table(TIE))
    found = shelf.side_by_side()
    assert only_contest(found).agreement is Agreement.UNDECIDED
    assert sentences(found) == [
        "The choice changes in none of 1 table, as far as it is decided.",
        "Decided on one machine and not on another in 1 of 1 table:",
        "io-bound: download-typical: asyncio on laptop (16.0×), "
        "not decided on server (asyncio 16.0× or threading 15.9×)",
    ]


def test_a_win_here_of_what_is_slower_for_sure_in_a_tie_there_is_a_change(shelf: Shelf) -> None:
    shelf.add(LAPTOP, table({**TIE, "processes": 0.1}))
    shelf.add(SERVER, table({**TIE, "processes": 0.3}))
    assert only_contest(shelf.side_by_side()).agreement is Agreement.CHANGES


def test_ties_everywhere_are_told_as_such(shelf: Shelf) -> None:
    shelf.add(LAPTOP, table(TIE))
    shelf.add(SERVER, table(TIE))
    assert sentences(shelf.side_by_side())[-1] == "Decided on no machine in 1 of 1 table: io-bound: download-typical."


def test_machines_that_agree_are_named_together(shelf: Shelf) -> None:
    shelf.add(LAPTOP, table(ASYNCIO_WINS))
    shelf.add(SERVER, table(THREADING_WINS))
    shelf.add(PI, table(ASYNCIO_WINS))
    (_, detail) = sentences(shelf.side_by_side())
    assert detail.endswith("asyncio on laptop (16.0×) and pi (16.0×), threading on server (16.0×)")


def test_a_winner_that_another_machine_lacks_is_told_with_the_change(shelf: Shelf) -> None:
    shelf.add(LAPTOP, table({**ASYNCIO_WINS, "asyncio-uvloop": 0.1}))
    shelf.add(SERVER, table(ASYNCIO_WINS))
    found = shelf.side_by_side()
    assert "asyncio on server (16.0×; no asyncio-uvloop there)" in sentences(found)[1]
    assert only_contest(found).cell("asyncio-uvloop", 1) is None
    assert " –\n" in as_text(document(found))


def test_a_contender_alone_is_no_choice(shelf: Shelf) -> None:
    shelf.add(LAPTOP, table({"asyncio": 1.0}))
    shelf.add(SERVER, table({"asyncio": 1.0}))
    assert sentences(shelf.side_by_side()) == ["No two machines share a table in which there is something to choose."]


def test_a_worker_for_each_core_is_the_same_question_with_any_number_of_cores(shelf: Shelf) -> None:
    for machine, cores in ((LAPTOP, 2), (SERVER, 8), (PI, 4)):
        shelf.add(machine, primes(cores))
    found = shelf.side_by_side()
    assert only_contest(found).title == "cpu-bound: math-primes, a worker for each core, warm"
    assert only_contest(found).titles == tuple(f"cpu-bound: math-primes, {cores} workers, warm" for cores in (2, 8, 4))
    assert not found.only


def test_as_many_workers_as_cores_by_chance_stay_what_was_asked(shelf: Shelf) -> None:
    shelf.add(LAPTOP, table(ASYNCIO_WINS))
    shelf.add(SERVER | {"usable_cores": 16}, table(ASYNCIO_WINS))
    assert only_contest(shelf.side_by_side()).title == saved.TYPICAL


def test_scaling_is_matched_by_the_number_of_workers_alone(shelf: Shelf) -> None:
    for machine, scales in ((LAPTOP, (1, 2, 4)), (SERVER, (1, 8, 16)), (PI, (1, 4, 8))):
        shelf.add(machine, *(primes(workers, question="scaling") for workers in scales))
    found = shelf.side_by_side()
    assert [contest.title.split(", ")[1] for contest in found.contests] == ["1 worker", "4 workers", "8 workers"]
    assert [[title is not None for title in contest.titles] for contest in found.contests] == [
        [True, True, True],
        [True, False, True],
        [False, True, True],
    ]
    assert found.contests[0].name == found.contests[0].title  # since the short one would be that of all scales
    assert only(found) == [
        "Only on laptop: scaling: math-primes, 2 workers, warm",
        "Only on server: scaling: math-primes, 16 workers, warm",
    ]


def test_ones_own_workload_is_asked_by_cores_and_by_a_number_at_once(shelf: Shelf) -> None:
    for machine, scales in ((LAPTOP, (2, 16)), (SERVER, (8, 16)), (PI | {"usable_cores": 16}, (16,))):
        shelf.add(machine, *(primes(workers, question="own") for workers in scales))
    by_core, by_number = shelf.side_by_side().contests
    assert by_core.titles == tuple(f"own: math-primes, {workers} workers, warm" for workers in (2, 8, 16))
    assert set(by_number.titles) == {"own: math-primes, 16 workers, warm"}


def test_a_group_of_ones_own_is_matched_by_its_name(shelf: Shelf) -> None:
    shelf.add(LAPTOP, table(ASYNCIO_WINS, "the talk", workers=2))
    shelf.add(SERVER, table(ASYNCIO_WINS, "the talk", workers=8))
    assert only_contest(shelf.side_by_side()).title == "the talk"


@pytest.mark.parametrize(
    ("facts", "told"), [({"tasks": 200}, "tasks 200 on server, and 100 on laptop"), ({"server": "remote"}, "server re")]
)
def test_other_work_under_the_same_name_is_kept_apart(shelf: Shelf, facts: dict[str, Any], told: str) -> None:
    shelf.add(LAPTOP, table(ASYNCIO_WINS))
    shelf.add(SERVER, table(THREADING_WINS, **facts))
    shelf.add(PI, table(ASYNCIO_WINS))
    found = shelf.side_by_side()
    assert only_contest(found).titles == (saved.TYPICAL, None, saved.TYPICAL)
    assert only_contest(found).agreement is Agreement.SAME
    assert told in caveats(found)[0]


def test_other_work_on_the_only_other_machine_leaves_nothing_to_compare(shelf: Shelf) -> None:
    shelf.add(LAPTOP, table(ASYNCIO_WINS))
    shelf.add(SERVER, table(ASYNCIO_WINS, tasks=200))
    found = shelf.side_by_side()
    assert (found.contests, found.only) == ((), ())
    assert "is kept apart: tasks 200 on server" in as_text(document(found))


def test_machines_that_share_no_table_are_told_apart_all_the_same(shelf: Shelf) -> None:
    shelf.add(LAPTOP, table(ASYNCIO_WINS))
    shelf.add(SERVER, primes(8))
    shown = as_text(document(shelf.side_by_side()))
    assert shown.startswith("No two machines share a table")
    assert "Only on server: cpu-bound: math-primes, 8 workers, warm" in shown


def test_one_machine_alone_is_refused_with_what_to_do(shelf: Shelf) -> None:
    shelf.add(LAPTOP, table(ASYNCIO_WINS))
    with pytest.raises(RunError, match="the one run there is was made on one machine with one Python, laptop") as error:
        shelf.side_by_side()
    assert f"copy the folder of another's runs into {shelf.folder}, or name its files" in str(error.value)


def test_of_a_machine_the_runs_like_its_newest_are_taken(shelf: Shelf) -> None:
    older = {"requests": "2.34.2", "aiohttp": "3.13.0"}
    shelf.add(SERVER, table(ASYNCIO_WINS))
    shelf.add(LAPTOP, table(THREADING_WINS), packages=older)
    shelf.add(LAPTOP, table(THREADING_WINS), start_method="spawn")
    shelf.add(LAPTOP, table(THREADING_WINS, tasks=50))
    shelf.add(LAPTOP, table(ASYNCIO_WINS))
    shelf.add(LAPTOP, table(ASYNCIO_WINS), run={"order_seed": 1, "effort": "fast"})
    newest = shelf.saved[-1]
    shelf.saved.append(saved.save(shelf.folder / "copied.json", newest.read_bytes()))
    found = shelf.side_by_side()
    laptop = found.hosts[1]
    assert len(laptop.runs) == 2
    assert [reason.partition(" (")[0] for reason in laptop.left_out] == [
        "2 runs unlike the newest",
        "1 run of other work under the same name",
        "1 saved twice",
    ]
    assert "(start method spawn, aiohttp 3.13.0)" in laptop.left_out[0]
    assert "the runs differ in effort" in laptop.differences[0]
    assert only_contest(found).agreement is Agreement.SAME


def test_a_run_that_two_words_name_counts_once_and_machines_stand_in_the_order_of_words(shelf: Shelf) -> None:
    shelf.add(LAPTOP, table(ASYNCIO_WINS))
    shelf.add(SERVER, table(ASYNCIO_WINS))
    found = shelf.side_by_side(shelf.saved, shelf.saved[1:])
    assert [(len(host.runs), host.left_out) for host in found.hosts] == [(1, ()), (1, ())]
    shelf.add(LAPTOP, table(ASYNCIO_WINS))
    shelf.add(SERVER, table(ASYNCIO_WINS))
    found = shelf.side_by_side(shelf.saved[1:], shelf.saved[:1])
    assert [host.label for host in found.hosts] == ["server", "laptop"]


def test_pythons_stand_from_the_oldest_version(shelf: Shelf) -> None:
    for number, version in enumerate(("3.13.0", "3.9.18", "3.11.7")):
        shelf.add({"fingerprint": f"{number}" * 8, "python": version}, table(ASYNCIO_WINS))
    assert [host.machine.python for host in shelf.side_by_side().hosts] == ["3.9.18", "3.11.7", "3.13.0"]


def test_of_pythons_on_one_machine_it_is_said_that_the_choice_changes_with_them(shelf: Shelf) -> None:
    free = {"python": "3.14.0", "free_threaded": True, "gil": False, "fingerprint": "ffff1111", "name": "laptop"}
    processes_win = {"sequential": 0.4, "threading": 0.41, "multiprocessing": 0.2}
    threads_win = processes_win | {"threading": 0.15}
    for machine, medians in ((LAPTOP, processes_win), (free, threads_win)):
        shelf.add(machine, primes(2, medians), table(ASYNCIO_WINS))
    found = shelf.side_by_side()
    shown = as_text(document(found), 200)
    assert shown.startswith(
        "The choice changes with the Python in 1 of 2 tables:\n  cpu-bound: math-primes: multiprocessing on "
        "CPython 3.11.7 (2.00×), threading on CPython 3.14.0t (2.67×)\n"
        "The choice is the same in 1 of 2 tables: asyncio in 1.\n\nHow the Pythons differ\n"
    )
    assert "★: significantly fastest on that Python" in shown
    assert "machine" not in shown
    shelf.add(SERVER, primes(2, threads_win), table(ASYNCIO_WINS))
    assert "The choice changes in 1 of 2 tables:" in as_text(document(shelf.side_by_side()), 200)


def test_that_no_choice_changes_is_said_of_pythons_too(shelf: Shelf) -> None:
    for number, medians in enumerate((ASYNCIO_WINS, TIE)):
        shelf.add({"fingerprint": f"{number}" * 8, "python": f"3.{number + 11}.0"}, table(medians))
    shown = as_text(document(shelf.side_by_side()), 200)
    assert shown.startswith(
        "The choice changes with the Python in none of 1 table, as far as it is decided.\n"
        "Decided on one Python and not on another in 1 of 1 table:"
    )


def test_what_doubts_there_are_is_told_for_each_machine(shelf: Shelf) -> None:
    shelf.add(LAPTOP, table(ASYNCIO_WINS, flags=[saved.flag("noisy", 0.3)]))
    shelf.add(SERVER, table(ASYNCIO_WINS), conditions=[{"name": "load", "value": 0.4, "sentence": "busy: close it"}])
    found = shelf.side_by_side()
    assert caveats(found) == ["laptop: noisy (3 rows)", "server: load"]
    assert "  noisy: all on laptop\n" in as_text(document(found))


def test_fixed_work_tells_how_fast_a_machine_is(shelf: Shelf) -> None:
    shelf.add(LAPTOP, table(ASYNCIO_WINS, yardstick_seconds=0.006))
    shelf.add(SERVER, table(ASYNCIO_WINS, yardstick_seconds=0.004))
    shelf.add(SERVER, table(ASYNCIO_WINS, yardstick_seconds=0.004))
    found = shelf.side_by_side()
    assert [host.speed for host in found.hosts] == pytest.approx([1, 1.5])
    laptop, server, both = differences(found)
    assert laptop.startswith("laptop: 1 run; the same fixed work on one core in 6.00 ms; AMD EPYC 7B13, 2 usable cores")
    assert "2 runs; the same fixed work on one core in 4.00 ms, 1.50× as fast as laptop; Ampere Altra" in server
    assert "8 usable cores, Linux 6.1 aarch64" in server
    assert both.startswith("the same on all: 24.0 GiB, CPython 3.11.7")
