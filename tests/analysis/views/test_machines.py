"""Machines side by side: what they are called, and how it looks."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from markdown_it import MarkdownIt
from rich.cells import cell_len

from analysis.criteria.labels import LONGEST, labels
from analysis.documents import markdown
from analysis.findings.machines import Machines
from analysis.views.machines import document
from runfile.runs import Machine
from tests.support.commands import printed, refused
from tests.support.made_up import saved
from tests.support.made_up.side_by_side import ASYNCIO_WINS, LAPTOP, PI, SERVER, THREADING_WINS, Shelf, primes, table
from tests.support.shown import as_text, check_golden


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def named(*facts: dict[str, Any]) -> list[str]:
    found = [
        msgspec.convert(saved.machine(**{"fingerprint": f"{number:08x}", **one}), Machine)
        for number, one in enumerate(facts)
    ]
    return labels(found)


def test_pythons_on_one_machine_are_called_after_their_versions() -> None:
    free: dict[str, Any] = {"python": "3.13.0", "free_threaded": True}
    assert named({}, {"python": "3.13.0"}, {**free, "gil": False}, free, {"python": "3.13.0", "jit": True}) == [
        "CPython 3.11.7",
        "CPython 3.13.0",
        "CPython 3.13.0t",
        "CPython 3.13.0t GIL",
        "CPython 3.13.0 JIT",
    ]


def test_machines_are_called_by_name_or_fingerprint_and_by_version_as_well_where_that_is_not_enough() -> None:
    other = {"cpu": "other"}
    assert named({"name": "laptop"}, other) == ["laptop", "00000001"]
    assert named({"name": "laptop"}, {"name": "laptop", "python": "3.13.0"}, {"name": "server", **other}) == [
        "laptop 3.11.7",
        "laptop 3.13.0",
        "server 3.11.7",
    ]
    assert named({"name": "blue"}, {"name": "green", "python": "3.13.0"}) == ["blue 3.11.7", "green 3.13.0"]
    assert named({}, {"compiler": "Clang 18"}) == ["00000000 3.11.7", "00000001 3.11.7"]
    assert named({"name": "x" * 40}, {"name": "x" * 40, **other}) == ["3.11.7 00000000", "3.11.7 00000001"]


HOSTILE = ["[bold red]x[/]", "[link](http://x)|`<b>", "\x1b[31mred\n# h\u202e", "機" * 40, "é" * 1000, "", "[/nothing]"]


def test_hostile_names_become_short_unlike_and_printable() -> None:
    facts = [{"cpu": str(n), "name": name, "python": name or "3"} for n, name in enumerate(HOSTILE)]
    for found in (
        named(*facts),
        named(*facts, *facts),
        named(*({**one, "fingerprint": "f" * 99} for one in facts * 2)),
    ):
        assert len(set(found)) == len(found)
        assert all(cell_len(label) <= LONGEST and label.isprintable() for label in found)


def test_hostile_names_do_not_break_what_is_printed(shelf: Shelf) -> None:
    names = [name.replace("\x1b", "") for name in HOSTILE]  # which is refused when a run is read
    for number, name in enumerate(names):
        rivals = {"sequential": 2.0, **{one: 1.0 + place / 5 for place, one in enumerate(names)}}
        for title in ("[/b]\n# " + name, "> [/x]|"):
            shelf.add({"fingerprint": name + str(number), "cpu": name, "name": name}, table(rivals, title))
    found = shelf.side_by_side()
    shown = as_text(document(found), 100)
    assert "\u202e" not in shown
    assert "[bold red]x[/]" in shown
    assert "> [/x]|" in shown
    marked = markdown.render(document(found))
    rows = [line.replace(r"\|", "") for line in marked.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {len(HOSTILE) + 2}
    assert not any(mark in marked for mark in ("\u202e", "\n# h", "\n> ", "- > "))
    tokens = MarkdownIt("commonmark").enable("table").parse(marked)
    assert not {"link_open", "image", "html_inline"} & {part.type for one in tokens for part in one.children or ()}
    assert r"[link\](http:\//x)\|\`\<b>" in marked


def three_machines(shelf: Shelf) -> Machines:
    noisy = [saved.flag("noisy", 0.3)]
    primes_seconds = {"sequential": 0.4, "threading": 0.41, "multiprocessing": 0.41}
    for number in range(5):

        def wandered(medians: dict[str, float], number: int = number) -> dict[str, float]:
            return {name: value * (1 + (number - 2) / 90 * (-1) ** len(name)) for name, value in medians.items()}

        for machine, cores, yardstick in ((LAPTOP, 2, 0.005), (SERVER, 8, 0.0035), (PI, 4, 0.011)):
            downloads = wandered(THREADING_WINS if machine is SERVER else ASYNCIO_WINS)
            speed: dict[str, Any] = {"yardstick_seconds": yardstick}
            flags = noisy if machine is PI else []
            computing = wandered(primes_seconds | {"multiprocessing": 0.41 / cores})
            tables = [table(downloads, flags=flags, **speed), primes(cores, computing)]
            if machine is SERVER:
                tables.append(primes(2 * cores, computing, "scaling"))
            for row in (row for rows in tables[1:] for row in rows):
                row["extra_info"] |= speed | {"ideal_seconds": 0.4 / cores}
            shelf.add(machine, *tables)
    return shelf.side_by_side()


def test_they_are_shown_as_they_were_looked_at(shelf: Shelf) -> None:
    found = three_machines(shelf)
    check_golden("machines", document(found), found)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_many_machines_stand_in_blocks_beneath_each_other(shelf: Shelf, width: int) -> None:
    for number in range(9):
        shelf.add({"fingerprint": f"{number}" * 8, "cpu": f"{number}"}, table(ASYNCIO_WINS))
    shown = as_text(document(shelf.side_by_side()), width)
    assert all(f"{number}" * 8 in shown.partition("GiB")[2] for number in range(9))
    table_lines = [line for line in shown.splitlines() if line.startswith(("asyncio ", "sequential "))]
    assert len(table_lines) > 2
    assert max(map(cell_len, table_lines)) <= width


def test_the_command_prints_each_format_and_refuses_one_machine(shelf: Shelf) -> None:
    shelf.add(LAPTOP, table(ASYNCIO_WINS))
    there = ("--storage", str(shelf.folder))
    assert refused("machines", *there).startswith("Error: the one run there is")
    shelf.add(SERVER, table(THREADING_WINS))
    assert printed("machines", *there).startswith("The choice changes in 1 of 1 table:")
    assert "threading on server (16.0×), asyncio on laptop" in printed("machines", "machine=server", "1", *there)
    assert len(json.loads(printed("machines", "--format=json", *there))["machines"]["hosts"]) == 2
    assert printed("machines", "--format=markdown", *there).startswith("## The three patterns")
