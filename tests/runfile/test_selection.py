"""Which runs are meant: by number, range, and by what they are."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runfile.digests import Reader
from runfile.runs import LARGEST_BYTES, RunError, load
from runfile.selection import select
from tests.support.made_up import saved

NEWER = saved.machine(python="3.13.1", free_threaded=True)


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Four runs: of two Pythons, two machines, two days, two versions of aiohttp."""
    runs: list[tuple[str, dict[str, Any], str, str]] = [
        ("fox/0001_a.json", {}, "2026-11-01T12:00:00+00:00", "aaaa111"),
        ("fox/0002_b.json", {"packages": {"aiohttp": "3.13.2"}}, "2026-11-02T12:00:00+00:00", "bbbb222"),
        ("owl/0001_c.json", {"machine": saved.machine("feedbeef", name="owl")}, "2026-11-03T12:00:00", "aaaa111"),
        ("elk/0001_d.json", {"machine": NEWER}, "2026-11-04T12:00:00Z", "cccc333"),
    ]
    for name, session, day, commit in runs:
        run = saved.plausible(1, **session) | {"datetime": day, "commit_info": {"id": commit, "dirty": False}}
        saved.save(tmp_path / name, run)
    return tmp_path


def names(storage: Path, *words: str) -> str:
    return "".join(record.path.stem[-1] for record in select(storage, words).records)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "abcd"),
        (("all",), "abcd"),
        (("1",), "acd"),
        (("2-3",), "b"),
        (("2", "machine=owl"), "bc"),
        (("1,machine=fox",), "a"),
        (("machine=feedbeef",), "c"),
        (("python=3.11",), "abc"),
        (("python=3.13.1t",), "d"),
        (("commit=aaaa",), "ac"),
        (("aiohttp=3.14",), "acd"),
        (("aiohttp=3.13.2",), "b"),
        (("since=2026-11-02,until=2026-11-03",), "bc"),
        (("since=2026-11-03T12:30:00",), "d"),
        (("effort=default",), "abcd"),
        (("last=2",), "cd"),
        (("last=1,python=3.11",), "c"),
    ],
)
def test_what_words_mean(storage: Path, words: tuple[str, ...], expected: str) -> None:
    assert names(storage, *words) == expected


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("python=3.1", "no run in {0} is 'python=3.1': `python -m analysis list` lists those there are"),
        ("python=", "python= is not a filter without a value"),
        ("last=0", "last=0 is not a number of runs: write it like last=5"),
        ("last=-1", "last=-1 is not a number of runs"),
        ("since=yesterday", "since=yesterday is not a date: write it like since=2026-11-30"),
        ("9-12", "no run 9-12 in {0}"),
        ("python=3.11,nonsense", "there is no file or folder 'python=3.11,nonsense'"),
        ("nosuch=1", "no run in {0} is 'nosuch=1'"),
    ],
)
def test_words_without_meaning_or_without_runs(storage: Path, word: str, sentence: str) -> None:
    with pytest.raises(RunError, match=re.escape(sentence.format(storage))):
        select(storage, [word])


@given(st.text(max_size=30))
def test_any_word_is_understood_or_refused_in_a_sentence(word: str) -> None:
    with pytest.raises(RunError) as caught:
        select(Path("/nonexistent"), [f"{word}\0"])
    assert "\n" not in str(caught.value)


def test_runs_of_a_comparison_lie_deeper_and_are_no_history(storage: Path) -> None:
    saved.save(storage / "ab/x/0001-base/fox/0001_e.json", saved.plausible(1))
    assert names(storage) == "abcd"


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "torn": (json.dumps(saved.plausible(1)).encode()[:-9], "is damaged: it is not JSON"),
    "foreign": (b'{"machine_info": {}, "benchmarks": [], "datetime": "x"}', "was not made by this suite"),
    "newer": (json.dumps(saved.plausible(1, schema=99)).encode(), "has schema 99"),
    "nan": (json.dumps(saved.plausible(1, machine=saved.machine(usable_cores=float("nan")))).encode(), "is damaged"),
    "latin": ("{é".encode("latin-1"), "is damaged"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_file_that_is_no_run_is_skipped_with_the_reason(storage: Path, kind: str) -> None:
    data, reason = BAD[kind]
    file = saved.save(storage / "fox/0009_bad.json", data)
    found = select(storage)
    assert len(found.records) == 4
    assert [one.path for one in found.skipped] == [file]
    assert reason in found.skipped[0].reason
    with pytest.raises(RunError, match=re.escape(reason)):
        select(storage, [str(file)])


def test_a_gigabyte_is_not_read(storage: Path) -> None:
    file = storage / "fox/0009_huge.json"
    with file.open("wb") as out:
        out.truncate(2**30)
    assert LARGEST_BYTES < 2**30
    with pytest.raises(RunError, match=r"has 1,024 MiB, and no run is larger than 64"):
        Reader().read(file)
    with pytest.raises(RunError, match="no run is larger than"):
        load(file)
    assert len(select(storage).records) == 4


def test_a_record_holds_medians_of_rounds_and_shares_what_is_alike(storage: Path) -> None:
    one, other, *_ = select(storage).records
    name = next(iter(one.seconds))
    assert one.seconds[name] == saved.plausible(1)["benchmarks"][0]["stats"]["median"]
    assert one.works[name] is other.works[name]
    assert (one.number, one.commit.short) == ("0001", "aaaa111")


def test_benchmarks_of_others_in_a_run_are_left_out(storage: Path) -> None:
    run = saved.plausible(1)
    own = len(run["benchmarks"])
    run["benchmarks"] += [{}, {"extra_info": []}, {"name": "theirs", "stats": {"min": "x"}}]
    record = Reader().read(saved.save(storage / "fox/0005_mixed.json", run))
    assert len(record.seconds) == own
