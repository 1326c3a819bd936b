"""Reading saved runs and finding them: what is accepted, and what is refused in which words."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from statistics import geometric_mean
from typing import Any

import pytest

from analysis.criteria.comparable import check_alike
from runfile.runs import NothingMeasured, RunError, load, parse
from runfile.selection import find
from tests.support.made_up import saved


def decoded(**changes: Any) -> dict[str, Any]:
    return saved.run([saved.benchmark("sequential", [1.0, 1.1], **changes)])


def test_a_run_is_read_with_all_that_is_used_of_it(tmp_path: Path) -> None:
    run = load(saved.save(tmp_path / "0001_x.json", saved.plausible(1)))
    assert run.session.machine.fingerprint == "1a2b3c4d"
    assert run.session.run.order_seed == 7
    asyncio = run.benchmarks[2]
    assert (asyncio.facts.contender, asyncio.table, len(asyncio.seconds)) == ("asyncio", saved.TYPICAL, 8)
    assert asyncio.repeats == {n + 1: geometric_mean(asyncio.seconds[2 * n : 2 * n + 2]) for n in range(4)}
    assert asyncio.facts.observation is not None
    assert asyncio.facts.observation.cpu_seconds == pytest.approx(0.11)


def test_somebody_elses_benchmarks_are_left_out(tmp_path: Path) -> None:
    own = saved.plausible(1)
    foreign = {"name": "test_theirs", "stats": {"data": [math.nan]}, "extra_info": {"schema": "theirs"}}
    mixed = saved.run([{"extra_info": []}, foreign, {}, *own["benchmarks"]])
    assert (
        load(saved.save(tmp_path / "x.json", mixed)).benchmarks == load(saved.save(tmp_path / "y.json", own)).benchmarks
    )


def test_a_timeline_may_be_there_a_group_may_be_missing_and_a_part_of_the_cpu_time_below_zero(tmp_path: Path) -> None:
    seen = {**saved.observation(), "timeline": [["worker-1", 0.0, 0.1], [2, 0.1, 0.2]]}
    (one,) = load(saved.save(tmp_path / "x.json", decoded(group=None, observation=seen))).benchmarks
    assert one.table == "io-bound: download-typical, 16 workers, warm"
    assert one.facts.observation is not None
    assert one.facts.observation.timeline == (("worker-1", 0.0, 0.1), (2, 0.1, 0.2))
    seen = {**saved.observation(), "cpu_user_seconds": 0.0475, "cpu_system_seconds": -0.0025}
    (one,) = load(saved.save(tmp_path / "x.json", decoded(observation=seen))).benchmarks
    assert one.facts.observation is not None
    assert one.facts.observation.cpu_seconds == pytest.approx(0.045)


def without(whole: dict[str, Any], *path: str) -> dict[str, Any]:
    *parents, last = path
    inner = whole
    for key in parents:
        inner = inner[key]
    del inner[last]
    return whole


def own_session(**changes: Any) -> dict[str, Any]:
    return saved.run(decoded()["benchmarks"], **changes)


MAKE_AGAIN = "make the run again, or leave the file out"
BENCHMARK = "benchmark test_it[sequential-io-bound: download-typical, 16 workers, warm]"

BAD = {
    b"": "{} is empty; name another run, or move the file away",
    b" \n": "{} is empty; name another run, or move the file away",
    b"\x00\xff": "{} is damaged: it is not JSON",
    b'{"benchmarks": [': "{} is damaged: it is not JSON",
    b"[" * 100_000: "{} is damaged: it is not JSON",
    b"[]": "{} is damaged: expected `object`, got `array`; " + MAKE_AGAIN,
    b"{}": "{} is damaged: object missing required field `machine_info`; " + MAKE_AGAIN,
}
BAD_RUNS: dict[str, tuple[Callable[[], Any], str]] = {
    "no suite": (
        lambda: without(decoded(), "machine_info", "three_patterns"),
        "{} was not made by this suite (machine_info.three_patterns is missing): "
        "name a run that `make bench` saved",
    ),
    "schema": (lambda: own_session(schema=1), "{} has schema 1 (machine_info.three_patterns.schema) and 4 is"),
    "no schema": (lambda: own_session(schema=None), "{} has schema None"),
    "no benchmarks": (lambda: saved.run([]), "{} holds no benchmark of this suite: name a run that"),
    "session": (
        lambda: own_session(run={"order_seed": "x", "effort": "fast"}),
        "{} is damaged: machine_info.three_patterns.run.order_seed: expected `int`, got `str`; " + MAKE_AGAIN,
    ),
    "missing": (
        lambda: without(own_session(), "machine_info", "three_patterns", "machine", "fingerprint"),
        "{} is damaged: machine_info.three_patterns.machine: object missing required field `fingerprint`",
    ),
    "a fact": (
        lambda: decoded(workers="many"),
        "{} is damaged: " + BENCHMARK + ", extra_info.workers: expected `int`, got `str`; " + MAKE_AGAIN,
    ),
    "a flag": (
        lambda: decoded(flags=[{"name": "noisy", "value": math.inf, "sentence": ""}]),
        "{} is damaged: " + BENCHMARK + ", extra_info.flags[0].value: expected `float` <= ",
    ),
    "infinity": (lambda: decoded(ideal_seconds=math.inf), BENCHMARK + ", extra_info.ideal_seconds: expected `float`"),
    "NaN": (lambda: decoded(stats={"data": [1.0, math.nan]}), BENCHMARK + ", stats.data[1]: expected `float` > 0.0"),
    "zero": (lambda: decoded(stats={"data": [0.0]}), BENCHMARK + ", stats.data[0]: expected `float` > 0.0"),
    "empty": (lambda: decoded(stats={"data": []}), BENCHMARK + " has no rounds (stats.data): save the run "),
    "no data": (lambda: decoded(stats={"median": 1.0}), BENCHMARK + " has no rounds (stats.data)"),
    "rounds": (
        lambda: decoded(contest=saved.contest("x", 2, rounds=2)),
        "{} is damaged: " + BENCHMARK + " has 2 rounds (stats.data) and its repeats 4 (extra_info.contest.repeats); "
        + MAKE_AGAIN,
    ),
    "repeats": (
        lambda: decoded(contest=saved.contest("x", 2) | {"repeats": saved.contest("x", 2)["repeats"][::-1]}),
        "{} is damaged: the repeats of " + BENCHMARK + " (extra_info.contest.repeats) are not in order; " + MAKE_AGAIN,
    ),
    "no repeats": (
        lambda: decoded(contest=saved.contest("x", 0)),
        BENCHMARK + ", extra_info.contest.repeats: expected `array` of length >= 1; " + MAKE_AGAIN,
    ),
    "the end of a contest": (
        lambda: decoded(contest=saved.contest("x", 2, ended="never")),
        BENCHMARK + ", extra_info.contest.ended: invalid enum value 'never'; " + MAKE_AGAIN,
    ),
    "nameless": (
        lambda: saved.run([without(saved.benchmark("a", [1.0]), "name")]),
        "{} is damaged: benchmark without a name: object missing required field `name`",
    ),
    "flagless": (
        lambda: saved.run([without(saved.benchmark("a", [1.0]), "extra_info", "flags")]),
        ", extra_info: object missing required field `flags`; " + MAKE_AGAIN,
    ),
}  # fmt: skip


@pytest.mark.parametrize("data", BAD)
def test_what_is_no_run_is_refused_in_words(tmp_path: Path, data: bytes) -> None:
    file = saved.save(tmp_path / "0001_bad.json", data)
    with pytest.raises(RunError, match=re.escape(BAD[data].format(file))):
        load(file)


@pytest.mark.parametrize("name", BAD_RUNS)
def test_a_run_with_something_wrong_is_refused_by_file_and_field(tmp_path: Path, name: str) -> None:
    make, sentence = BAD_RUNS[name]
    file = saved.save(tmp_path / "0001_bad.json", make())
    with pytest.raises(RunError, match=re.escape(sentence.format(file))) as refused:
        load(file)
    assert str(file) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"gone\.json cannot be read \(No such file or directory\): name another run"):
        load(tmp_path / "gone.json")


def test_a_run_of_nothing_of_ours_is_told_from_a_broken_one() -> None:
    with pytest.raises(NothingMeasured):
        parse(b'{"machine_info": {}, "benchmarks": [], "datetime": ""}', "this run")


def test_runs_of_unlike_machines_are_not_taken_together() -> None:
    other = saved.plausible(2, machine=saved.machine("ffffffff"))
    with pytest.raises(
        RunError, match=r"run 1 was made on machine 1a2b3c4d and run 2 on machine ffffffff: .* one at a"
    ):
        check_alike(saved.parsed(saved.plausible(1), other))


def test_a_run_counts_once() -> None:
    with pytest.raises(RunError, match="run 1 and run 3 are the same run, which counts once: name only one of them"):
        check_alike(saved.parsed(saved.plausible(1), saved.plausible(2), saved.plausible(1)))


def test_other_work_under_the_same_name_is_not_taken_together() -> None:
    with pytest.raises(RunError, match=r"not the same work in two runs \(tasks: 100 in run 1, 50 in run 2\)"):
        check_alike(saved.parsed(decoded(), saved.run([saved.benchmark("sequential", [1.0], tasks=50)])))


def test_ones_own_work_is_other_work_when_its_file_has_changed() -> None:
    def of_file(number: int, digest: str) -> dict[str, Any]:
        how = {"order_seed": 7, "effort": "default", "workload": "/home/my_work.py", "workload_digest": digest}
        return saved.run([saved.benchmark("sequential", [1.0 + number])], run=how)

    check_alike(saved.parsed(of_file(1, "aaaa"), of_file(2, "aaaa")))
    with pytest.raises(RunError, match=r"not the same work in two runs \(/home/my_work.py was changed between"):
        check_alike(saved.parsed(of_file(1, "aaaa"), of_file(2, "bbbb")))


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Three runs of two machines."""
    for name in ("fox/0001_a.json", "owl/0001_b.json", "fox/0012_c.json"):
        saved.save(tmp_path / name, b"{}")
    saved.save(tmp_path / "fox" / "notes.json", b"{}")
    (tmp_path / "fox" / "0099_folder.json").mkdir()
    return tmp_path


def test_a_run_is_found_by_number_file_and_folder_and_only_once(storage: Path) -> None:
    newest = storage / "fox/0012_c.json"
    assert find(storage, ["12", "0012", str(newest), str(storage / "owl")]).files == [
        newest,
        storage / "owl/0001_b.json",
    ]
    assert len(find(storage, [str(storage)]).files) == 4  # notes.json too: whoever names a folder means all of it


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (["7"], "no run 7 in {0}: `python -m analysis list` lists those there are"),
        (["{0}/none"], "there is no file or folder '{0}/none': name a saved run by its file, its folder, its number"),
        (["{0}/empty"], "no runs in {0}/empty: name a folder that holds saved runs"),
        (["x" * 5000], f"there is no file or folder {'x' * 200!r}…: name a saved run"),
        (["9" * 5000], f"there is no file or folder {'9' * 200!r}…"),
        (["a\0b"], "there is no file or folder 'a\\x00b'"),
        ([""], "there is no file or folder ''"),
        (["٣"], "there is no file or folder '٣'"),
    ],
)
def test_what_is_not_found_is_said_in_words(storage: Path, wanted: list[str], sentence: str) -> None:
    (storage / "empty").mkdir()
    with pytest.raises(RunError, match=re.escape(sentence.format(storage))):
        find(storage, [one.format(storage) for one in wanted])


def test_an_empty_storage_says_how_to_make_a_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no runs in .*none: make one with `make bench`, or name the folder with -"):
        find(tmp_path / "none", ["3"])
