"""The guide to the patterns: what is a win, a loss and a price, and how it looks."""

import json
import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from analysis.documents import markdown
from analysis.documents.document import Items, Paragraph
from analysis.findings.guide import Chapter, Guide, guide
from analysis.views.guide import BEGIN, END, chapter_of, document, write_into
from runfile.runs import RunError
from tests.support.commands import analysis, printed, refused
from tests.support.made_up import saved
from tests.support.shown import as_text, check_golden

MS = 1e-3
DESCRIBED = {
    "asyncio": {
        "summary": "Coroutines on one event loop.",
        "pitfall": "What does not await holds up all: use a thread.",
    },
    "multiprocessing": {"summary": "Processes of a pool.", "pitfall": "Tasks are pickled: send few, and large ones."},
    "sequential": {"summary": "One after the other.", "pitfall": "It waits for one thing at a time."},
    "threading": {"summary": "Threads of an executor.", "pitfall": "Only one runs Python at a time: use processes."},
    "unmeasured": {"summary": "It needs what is not there.", "pitfall": "None that anybody has seen."},
}


def rows(title: str, medians: dict[str, float], **facts: Any) -> list[dict[str, Any]]:
    """A table of patterns; what else is said of one of them, by its name, is in `facts` too."""
    own = {name: facts.pop(name) for name in list(facts) if name in medians}
    return [
        saved.benchmark(name, [s * 0.995, s, s * 1.005], title, **{**facts, **own.get(name, {})})
        for name, s in medians.items()
    ]


def guide_of(*runs: list[dict[str, Any]], **session: Any) -> Guide:
    session = {"patterns": DESCRIBED, **session}
    return guide(saved.parsed(*(saved.run(one, **session) for one in runs)))


def wandered(run: int, medians: dict[str, float]) -> dict[str, float]:
    rng = random.Random(f"{run} {medians}")
    return {name: seconds * rng.gauss(1, 0.004) for name, seconds in medians.items()}


def chapter(found: Guide, name: str) -> Chapter:
    return next(one for one in found.chapters if one.name == name)


def titles(places: Sequence[Any]) -> list[str]:
    return [place.title for place in places]


def startup(workers: int, medians: dict[str, float], mebibytes: dict[str, float]) -> list[dict[str, Any]]:
    title = f"startup: nap-x{workers}, {workers} worker{'s' if workers > 1 else ''}, cold"
    seen: dict[str, Any] = {name: {"observation": saved.observation(0.01, size)} for name, size in mebibytes.items()}
    facts = {"question": "startup", "workload": f"nap-x{workers}", "lifecycle": "cold", "ideal_seconds": 0.01}
    return rows(title, medians, workers=workers, tasks=workers, **facts, **seen)


def everything(number: int) -> list[dict[str, Any]]:
    """A run with wins, a tie, losses, prices, tables that are no contest, and a pattern that is not described."""
    computing = {"question": "cpu-bound", "workload": "math-primes", "workers": 2, "tasks": 8}
    overhead = {"workload": "download-overhead", "tasks": 500, "ideal_seconds": 0.0}
    patterns = {"sequential": 2.31, "threading": 0.155, "asyncio": 0.151, "multiprocessing": 0.19, "fibres": 0.1515}
    cpu = {"sequential": 0.06, "threading": 0.05, "asyncio": 0.01, "multiprocessing": 0.1, "fibres": 0.02}
    observed: dict[str, Any] = {name: {"observation": saved.observation(value, 12)} for name, value in cpu.items()}
    bound = {"asyncio": {**observed["asyncio"], "flags": [saved.flag("server-bound", 0.61)]}}
    return [
        *rows(saved.TYPICAL, wandered(number, patterns), **observed),
        *rows(
            "io-bound: download-overhead, 16 workers, warm",
            wandered(number, {"sequential": 0.25, "threading": 0.27, "asyncio": 0.03, "multiprocessing": 0.14}),
            **overhead,
            **bound,
        ),
        *rows(saved.PRIMES, wandered(number, {**dict.fromkeys(patterns, 0.31), "multiprocessing": 0.16}), **computing),
        *rows(
            "io-scaling: download-typical-x100, 64 workers, warm",
            wandered(number, {"threading": 0.068, "asyncio": 0.046}),
            question="io-scaling",
            workers=64,
        ),
        *startup(
            1,
            {"sequential": 0.0101, "threading": 0.0103, "asyncio": 0.0104, "multiprocessing": 0.016},
            {"threading": 0.1, "asyncio": 0.02, "multiprocessing": 4.0},
        ),
        *startup(
            16,
            {"sequential": 0.16, "threading": 0.0118, "asyncio": 0.0103, "multiprocessing": 0.055},
            {"threading": 0.4, "asyncio": 0.05, "multiprocessing": 34.0},
        ),
        *rows(
            "dispatch: nothing, 16 workers, warm",
            {"sequential": 0.00005, "threading": 0.005, "asyncio": 0.0036, "multiprocessing": 0.0025},
            question="dispatch",
            workload="nothing",
            tasks=1000,
            ideal_seconds=0.0,
            multiprocessing={"flags": [saved.flag("noisy", 0.31)]},
        ),
        *rows(
            "server-bias: 5 downloads of 20 ms, warm, server in-process",
            {"sequential": 0.2, "fibres": 0.1},
            question="server-bias",
            server="in-process",
            fibres={"flags": [saved.flag("server-bound", 0.99)]},
        ),
        *[
            saved.benchmark(contender, [seconds] * 2, "lifecycle: threading", pattern="threading", baseline="cold")
            for contender, seconds in (("cold", 0.05), ("warm", 0.01))
        ],
    ]


def test_a_win_is_to_be_the_fastest_or_close_to_it() -> None:
    found = guide_of(*([*rows(saved.TYPICAL, {"sequential": 9, "asyncio": 1, "threading": t})] for t in (1.069, 1.07)))
    assert titles(chapter(found, "threading").wins) == [saved.TYPICAL]
    found = guide_of(rows(saved.TYPICAL, {"sequential": 9, "asyncio": 1, "threading": 1.08}))
    assert titles(chapter(found, "asyncio").wins) == [saved.TYPICAL]
    assert chapter(found, "threading").wins == []
    (place,) = chapter(found, "threading").places
    assert place.behind is not None
    assert place.behind.estimate == pytest.approx(1.08)
    assert chapter(found, "threading").furthest == place


def test_a_loss_is_to_take_longer_than_the_baseline_for_sure() -> None:
    slower = {"sequential": 1.0, "asyncio": 1.04, "threading": 1.001}
    found = guide_of(*(rows(saved.PRIMES, slower | {"asyncio": 1.04 + n / 1000}) for n in range(5)))
    assert titles(chapter(found, "asyncio").losses) == [saved.PRIMES]
    assert chapter(found, "asyncio").wins == []  # close as it is
    assert chapter(found, "sequential").losses == []
    wide = guide_of(*(rows(saved.PRIMES, slower | {"asyncio": seconds}) for seconds in (0.9, 1.0, 1.2, 1.3, 0.95)))
    assert chapter(wide, "asyncio").losses == []


def test_tables_without_other_patterns_or_workers_are_no_contest() -> None:
    found = guide_of(everything(1))
    assert {place.question for one in found.chapters for place in one.places} == {"io-bound", "cpu-bound", "io-scaling"}
    one_worker = guide_of(rows(saved.PRIMES, {"sequential": 1.0, "asyncio": 2.0}, workers=1))
    assert [one.places for one in one_worker.chapters] == [(), ()]
    alone = guide_of(rows(saved.TYPICAL, {"asyncio": 1.0}))
    assert chapter_of(alone.chapters[0]) == [Paragraph("In no table beside other patterns.")]


def test_contenders_that_no_run_has_both_of_are_not_held_against_each_other() -> None:
    found = guide_of(rows(saved.TYPICAL, {"asyncio": 1.0}), rows(saved.TYPICAL, {"threading": 2.0}))
    (place,) = chapter(found, "threading").places
    assert (place.behind, place.is_win) == (None, False)
    assert chapter(found, "threading").furthest is None
    assert markdown.render(document(found))


def test_of_many_that_cannot_be_told_apart_the_closest_are_named() -> None:
    tie = {"asyncio": 1.0, "a": 1.001, "b": 1.002, "c": 1.003, "d": 1.004}
    runs = [
        {name: took + 0.01 * ((run + 2 * place) % 5 - 2) for place, (name, took) in enumerate(tie.items())}
        for run in range(5)
    ]
    won = chapter_of(chapter(guide_of(*(rows(saved.TYPICAL, one) for one in runs)), "asyncio"))[1]
    assert isinstance(won, Items)
    said = won.items[0].text
    assert re.search(r"no significant difference from a \(1\.00×[^)]*\), b \(1\.00×[^)]*\) and 2 others$", said)


def test_a_pattern_that_nobody_knows_is_told_of_and_one_that_was_not_measured_is_not() -> None:
    found = guide_of(everything(1))
    assert [one.name for one in found.chapters] == ["asyncio", "multiprocessing", "sequential", "threading", "fibres"]
    fibres = chapter(found, "fibres")
    assert fibres.facts is None
    assert titles(fibres.wins) == [saved.TYPICAL]
    assert guide_of(everything(1), patterns={}).chapters[0].facts is None


def test_flags_are_those_of_the_tables_that_are_told_of() -> None:
    found = guide_of(*map(everything, range(5)))
    assert [(flag.name, flag.value, flag.contender) for flag in found.summary.flags] == [
        ("server-bound", 0.61, "asyncio"),
        ("noisy", 0.31, "multiprocessing"),
    ]
    (win,) = [place for place in chapter(found, "asyncio").wins if place.workload == "download-overhead"]
    assert win.flags == ("server-bound",)


def test_workers_cost_what_a_cold_round_takes_above_its_naps() -> None:
    found = guide_of(everything(1))
    costs = chapter(found, "multiprocessing").costs
    assert costs.first_worker_seconds == pytest.approx(6 * MS)
    assert costs.further_worker_seconds == pytest.approx((45 - 6) / 15 * MS)
    assert costs.worker_bytes == pytest.approx(2 * 2**20)
    assert costs.task_seconds == pytest.approx(2.5e-6)
    assert chapter(found, "asyncio").costs.further_worker_seconds == 0  # too little to be seen
    sequential = chapter(found, "sequential").costs
    assert (sequential.first_worker_seconds, sequential.further_worker_seconds) == (None, None)
    assert sequential.task_seconds == pytest.approx(5e-8)


def test_downloads_are_those_that_all_patterns_have_in_common() -> None:
    found = guide_of(everything(1))
    # 100 tasks in one table, and in another, which `fibres` is not in, 500.
    assert chapter(found, "asyncio").costs.download_cpu_seconds == pytest.approx(10 * MS)
    assert chapter(found, "fibres").costs.download_cpu_seconds == pytest.approx(20 * MS)
    assert chapter(found, "fibres").costs.download_peak_bytes == 12 * 2**20


def test_what_was_not_measured_costs_nothing_that_is_known() -> None:
    found = guide_of(rows(saved.TYPICAL, {"sequential": 2.0, "asyncio": 1.0}, ideal_seconds=None))
    assert set(msgspec.structs.asdict(chapter(found, "asyncio").costs).values()) == {None}
    assert "cost" not in markdown.render(document(found))


def five_runs() -> Guide:
    return guide_of(*map(everything, range(5)))


def test_it_is_shown_as_it_was_looked_at() -> None:
    check_golden("guide", document(five_runs()), five_runs())


def test_hostile_names_do_not_break_what_is_printed() -> None:
    names = ["[bold red]x[/]", "[link](http://x)|`<b>", "\n# h\u202e", "機" * 30]
    facts = {name: {"summary": name, "pitfall": f"- {name}"} for name in names}
    title = "[/b]\n# [x][y]"
    found = guide_of(rows(title, {name: 1.0 + n for n, name in enumerate(names)}), patterns=facts)
    assert "\u202e" not in as_text(document(found), 60)
    shown = markdown.render(document(found))
    assert not any(mark in shown for mark in ("link](http", "x][y]", "\u202e", "\n# h", "\n# [x]"))


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Two runs that are alike, one with another aiohttp, and the newest of another machine, which comes first."""
    sessions: list[dict[str, Any]] = [{}, {"packages": {"aiohttp": "3.13.0"}}, {}, {}]
    runs = [saved.run(everything(number), patterns=DESCRIBED, **session) for number, session in enumerate(sessions)]
    other = saved.of_day(1, saved.run(everything(9), "99999999", patterns=DESCRIBED))
    saved.store(tmp_path / "runs", other, room="hen")
    return saved.store(tmp_path / "runs", *(saved.of_day(20 + number, run) for number, run in enumerate(runs)))


def test_the_newest_run_and_those_like_it_are_taken_unless_others_are_named(storage: Path) -> None:
    shown = printed("guide", "--storage", storage)
    assert shown.startswith("3 runs on 1a2b3c4d")
    assert "not taken: 1 run unlike the newest (aiohttp 3.13.0" in " ".join(shown.split())
    assert printed("guide", "--storage", storage, storage / "hen").startswith("1 run on 99999999")
    found = json.loads(printed("guide", "--storage", storage, "2", "--format=json"))
    assert [one["name"] for one in found["guide"]["chapters"]][:2] == ["asyncio", "multiprocessing"]
    assert "seconds of unlike machines are not taken together" in refused("guide", "--storage", storage, "all")


def test_a_document_is_rewritten_between_its_marks(storage: Path, tmp_path: Path) -> None:
    place = tmp_path / "patterns.md"
    place.write_text(f"# Mine\n\n{BEGIN}\nold\n{END}\n\nMine too.\n", encoding="utf-8")
    for _ in range(2):
        outcome = analysis("guide", "--storage", storage, "--into", place)
        assert (outcome.exit_code, outcome.output) == (0, "")
    text = place.read_text(encoding="utf-8")
    assert text.startswith(f"# Mine\n\n{BEGIN}\n\n## The patterns, by measurement\n")
    assert text.endswith(f"\n\n{END}\n\nMine too.\n")
    assert (text.count(BEGIN), text.count("### asyncio"), "old\n" in text) == (1, 1, False)


@pytest.mark.parametrize(
    "text", ["# Mine\n", f"{BEGIN}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{BEGIN}\n{END}", f"{BEGIN}{END}{END}"]
)
def test_a_document_without_a_place_is_left_as_it_is(storage: Path, tmp_path: Path, text: str) -> None:
    place = tmp_path / "patterns.md"
    place.write_text(text, encoding="utf-8")
    error = refused("guide", "--storage", storage, "--into", place)
    assert place.read_text(encoding="utf-8") == text
    assert f"{place} has no place for what was measured: give it one line <!--" in error
    for other, told in ((tmp_path, "cannot be rewritten"), (tmp_path / "none.md", "No such file")):
        assert told in refused("guide", "--storage", storage, "--into", other)
    place.write_bytes(b"\xff\xfe")
    with pytest.raises(RunError, match="is not text in UTF-8"):
        write_into(place, "")
