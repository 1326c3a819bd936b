"""The journal of a run: what it keeps, who takes it over, and what is damaged in it."""

import dataclasses
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from msgspec.structs import replace
from pytest_benchmark.stats import Stats

from harness.persistence import journal as unfinished
from harness.persistence.journal import Header, Journal, JournalError, Unfinished, journals, left_behind
from harness.persistence.resume import Finished
from tests.harness.persistence.journals import change
from tests.support.processes import eventually

SAVED: dict[str, Any] = {
    "group": "g",
    "name": "test_it",
    "fullname": "benchmarks/test_it.py::test_it",
    "params": None,
    "param": None,
    "extra_info": {},
    "options": {},
    "stats": {
        **dict.fromkeys((key for key in Stats.fields if key != "outliers"), 1.0),
        "outliers": "0;0",
        "data": [1.0],
        "iterations": 1,
    },
}


@dataclasses.dataclass(frozen=True)
class Line:
    """Any line of a journal."""

    content: dict[str, Any]

    def as_dict(self, include_data: bool = True) -> dict[str, Any]:
        return self.content


def named(name: str) -> Finished:
    return Finished(SAVED | {"fullname": name})


class TestJournal:
    @pytest.fixture
    def journal(self, tmp_path: Path) -> Journal:
        return Journal(tmp_path / "machine", Header(7, {"effort": "fast"}, created=0.0))

    @staticmethod
    def kept(journal: Journal) -> list[str]:
        (found,) = journals(journal._folder)
        assert isinstance(found, Unfinished)
        return [one["fullname"] for one in found.benchmarks]

    def test_holds_what_is_finished(self, journal: Journal) -> None:
        journal.plan(["a", "b"])
        for number in (1, 2, 2):
            journal.keep([named("a"), named("b")][:number])
        (found,) = left_behind(journal._folder)
        assert found.header == replace(journal.header, planned=("a", "b"))
        assert found.benchmarks == tuple(SAVED | {"fullname": name} for name in "ab")
        assert found.damaged == 0

    def test_is_written_anew_when_it_has_gone(self, journal: Journal) -> None:
        journal.keep([named("a")])
        shutil.rmtree(journal._folder)
        journal.keep([named("a"), named("b")])
        assert self.kept(journal) == ["a", "b"]

    def test_makes_up_for_what_could_not_be_written(self, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
        def disk_full(_: int) -> None:
            raise OSError(28, "No space left on device")

        journal.keep([named("a")])
        with monkeypatch.context() as context:
            context.setattr(os, "fsync", disk_full)
            journal.keep([named("a"), named("b")])
        assert journal.failure.endswith("cannot be written (No space left on device)")
        assert self.kept(journal) == ["a"]
        journal.keep([named(name) for name in "abc"])
        assert self.kept(journal) == ["a", "b", "c"]
        assert not journal.failure

    def test_is_taken_over_by_one_alone(self, journal: Journal, tmp_path: Path) -> None:
        journal.keep([named("a")])
        (found,) = left_behind(journal._folder)
        first, second = (Journal(journal._folder, Header(7, {}, pid=pid, created=0.0)) for pid in (1, 2))
        assert first.take_over(found, [named("a")])
        assert not second.take_over(found, [named("a")])
        assert self.kept(first) == ["a"]

    def test_goes_with_those_of_earlier_attempts_at_the_same(self, journal: Journal) -> None:
        folder, parent = journal._folder, psutil.Process(os.getppid())
        here = replace(journal.header, planned=("a", "b"), pid=2**30, datetime="2000")
        for seed, header in enumerate(
            [
                here,
                replace(here, planned=("b",)),
                replace(here, planned=("a", "b", "c")),  # holds more
                replace(here, conditions={"effort": "rigorous"}),  # takes longer to make
                replace(here, datetime="9999"),  # later
                replace(here, pid=parent.pid, created=parent.create_time()),  # at work
                replace(here, node="another"),
            ]
        ):
            Journal(folder, replace(header, order_seed=seed)).keep([named("a")])
        (folder / ".unfinished-999999999-1.part").touch()
        journal.plan(["a", "b"])
        journal.keep([named("b")])
        journal.remove()
        left = [one.header.order_seed for one in journals(folder) if isinstance(one, Unfinished)]
        assert sorted(left) == [2, 3, 4, 5, 6]
        assert not list(folder.glob("*.part"))

    @pytest.mark.parametrize(
        "header",
        [
            {"pid": -1},
            {"pid": 2**40},
            {"pid": "1"},
            {"order_seed": None},
            {"planned": "abc"},
            {"planned": [[]]},
            {"conditions": []},
            {"created": "now"},
            {"node": 1},
            {"more": 1},
        ],
    )
    def test_a_header_that_is_none(self, journal: Journal, header: dict[str, Any]) -> None:
        journal.keep([named("a")])
        change(journal._file, **header)
        (found,) = journals(journal._folder)
        assert isinstance(found, JournalError)
        assert re.match(r".+\.jsonl is damaged \(.+\): remove it and make the run anew$", str(found))

    @pytest.mark.parametrize(
        "damage",
        [
            lambda one: one.pop("name"),
            lambda one: one.update(fullname=1),
            lambda one: one.pop("params"),
            lambda one: one.update(extra_info=[]),
            lambda one: one["stats"].update(data=[]),
            lambda one: one["stats"].update(data=["1"]),
            lambda one: one["stats"].update(min=None),
            lambda one: one["stats"].update(max=float("nan")),
            lambda one: one["stats"].update(rounds=True),
            lambda one: one["stats"].pop("outliers"),
            lambda one: one.update(stats=None),
        ],
    )
    def test_a_benchmark_that_is_none(self, journal: Journal, damage: Callable[[dict[str, Any]], Any]) -> None:
        one = json.loads(json.dumps(SAVED))
        damage(one)
        journal.keep([named("a"), Line(one), named("b")])
        assert self.kept(journal) == ["a", "b"]


class TestAtWork:
    @pytest.fixture
    def process(self) -> Iterator[subprocess.Popen[bytes]]:
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
            yield process
            process.kill()

    def test_a_process_that_runs_is_and_one_that_has_ended_is_not(self, process: subprocess.Popen[bytes]) -> None:
        assert Header(1, {}).at_work
        assert Header(1, {}, pid=process.pid, created=unfinished._created(process.pid)).at_work
        header = Header(1, {}, pid=process.pid, created=unfinished._created(process.pid))
        process.kill()
        assert eventually(lambda: not header.at_work)  # nobody has waited for it yet: it is a zombie
        process.wait()
        assert not header.at_work

    def test_a_later_process_of_the_same_number_is_not_it_and_of_another_computer_nothing_is_known(self) -> None:
        assert not Header(1, {}, created=Header(1, {}).created - 60).at_work
        assert Header(1, {}, pid=999_999_999, node=f"not-{platform.node()}").at_work
