"""Advice for work that was not measured: what is chosen, within which limits, and where the choice changes."""

import json
from dataclasses import dataclass
from functools import cache
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from analysis.findings.advice import FURTHEST, RANGES, WHOLE, Advice, Quantity, advise, calibrated
from analysis.findings.summary import PRACTICAL
from analysis.model.prediction import predict
from analysis.model.work import Work
from analysis.model.workers import ENOUGH, SAME
from runfile.runs import RunError
from tests.support.made_up import model_runs, saved
from tests.support.made_up.model_runs import calibration

WAITING = Work(tasks=500, cores=2, latency_seconds=0.1, size_bytes=1000)
COMPUTING = Work(tasks=200, cores=2, cpu_seconds=0.05, requests=False)
BOTH = Work(tasks=2000, cores=8, latency_seconds=0.3, cpu_seconds=0.004, size_bytes=20480)
MIB = 2**20


@cache
def advised(work: Work, memory_bytes: int | None = None, blocking_only: bool = False) -> Advice:
    return advise(calibration(), work, memory_bytes, blocking_only)


def test_a_loop_is_advised_for_waiting_and_processes_for_computing_a_worker_for_each_core() -> None:
    found = advised(WAITING)
    assert found.chosen == ("asyncio",)
    assert found.options[0].best.workers == WAITING.tasks
    found = advised(COMPUTING)
    assert set(found.chosen) <= {"asyncio-processes", "multiprocessing"}
    assert found.options[0].best.workers == COMPUTING.cores


def test_threads_are_as_good_where_computing_releases_the_gil() -> None:
    assert "threading" in advised(replace(COMPUTING, gil_free=1.0)).chosen
    assert "threading" not in advised(COMPUTING).chosen


def test_a_single_task_needs_no_pattern() -> None:
    found = advised(replace(WAITING, tasks=1))
    assert found.chosen == ("sequential",)
    assert [one.best.workers for one in found.options] == [1] * len(found.options)


@settings(max_examples=6)
@given(
    st.builds(
        Work,
        tasks=st.integers(1, 3000),
        cores=st.sampled_from([1, 2, 8]),
        latency_seconds=st.sampled_from([0.0, 0.002, 0.05, 0.5]),
        cpu_seconds=st.sampled_from([0.0, 0.0002, 0.01]),
        gil_free=st.sampled_from([0.0, 0.7]),
        size_bytes=st.sampled_from([0, 100_000]),
        is_warm=st.booleans(),
    )
)
def test_the_first_is_as_fast_as_any_in_practice(work: Work) -> None:
    found = advised(work)
    assert found.options[0].slowness < PRACTICAL
    assert min(one.slowness for one in found.options) == 1
    assert tuple(one.pattern for one in found.named) == found.chosen
    for one in found.options:
        times = {point.workers: point.seconds for point in one.curve}
        assert times[one.best.workers] == pytest.approx(one.best.seconds.estimate)
        assert times[one.best.workers] <= SAME * min(times.values())
        assert one.fewest == min(count for count in times if times[count] <= ENOUGH * times[one.best.workers])
        assert one.best.seconds.low < one.best.seconds.estimate < one.best.seconds.high


def test_blocking_code_is_given_to_no_loop() -> None:
    found = advised(WAITING, blocking_only=True)
    assert {one.pattern for one in found.options} == model_runs.BLOCKING
    assert {(one.pattern, one.reason) for one in found.excluded} == {
        ("asyncio", "takes coroutines"),
        ("asyncio-processes", "takes coroutines"),
    }


def test_no_option_takes_more_memory_than_there_is() -> None:
    limit = 40 * MIB
    free, found = advised(BOTH), advised(BOTH, memory_bytes=limit)
    assert max(one.best.peak_bytes for one in free.options) > limit
    assert all(one.best.peak_bytes <= limit for one in found.options)
    assert [one.pattern for one in free.options if one.is_limited] == []
    assert {one.pattern for one in found.options if one.is_limited} | {one.pattern for one in found.excluded} == {
        "asyncio",
        "asyncio-processes",
        "multiprocessing",
        "threading",
        "sequential",
    } - {one.pattern for one in found.options if not one.is_limited}


def test_a_pattern_without_the_memory_for_one_worker_is_left_out() -> None:
    found = advised(replace(WAITING, size_bytes=0), memory_bytes=5 * MIB)
    assert ("multiprocessing", "needs more than 5.00 MiB") in {(one.pattern, one.reason) for one in found.excluded}
    assert "asyncio" in {one.pattern for one in found.options}


def test_too_little_memory_for_any_is_refused_with_what_it_takes() -> None:
    with pytest.raises(RunError, match=r"does not fit in 1\.00 KiB, as it takes .*: describe a part"):
        advised(WAITING, memory_bytes=1024)


@dataclass(frozen=True)
class Near:
    """Just short of a value of a quantity, and there."""

    before: Advice
    there: Advice


def around(work: Work, quantity: Quantity, value: float, is_above: bool) -> Near:
    if quantity in WHOLE:
        short: float = round(value) + (-1 if is_above else 1)
    else:
        short = value / 1.02 if is_above else value * 1.02
    exact = round(value) if quantity in WHOLE else value
    return Near(advised(replace(work, **{quantity: short})), advised(replace(work, **{quantity: exact})))


@pytest.mark.parametrize(
    "work", [WAITING, COMPUTING, BOTH, replace(WAITING, tasks=1), replace(COMPUTING, gil_free=0.5)]
)
def test_the_choice_changes_where_it_is_said_and_not_before(work: Work) -> None:
    found = advised(work)
    assert found.switches
    assert [one.distance for one in found.switches] == sorted(one.distance for one in found.switches)
    for one in found.switches:
        said = getattr(work, one.quantity)
        assert one.value > said if one.is_above else one.value < said
        low, high = RANGES[one.quantity]
        assert max(low, said / FURTHEST) <= one.value <= (min(high, said * FURTHEST) if said > low else high)
        near = around(work, one.quantity, one.value, one.is_above)
        assert not set(near.there.chosen) & set(found.chosen)
        assert near.there.chosen[0] == one.pattern
        if one.quantity not in WHOLE or one.value < 100:  # beyond, the search is to a percent
            assert set(near.before.chosen) & set(found.chosen)


def test_more_computing_asks_for_processes() -> None:
    (switch,) = (one for one in advised(WAITING).switches if one.quantity is Quantity.CPU)
    assert (switch.is_above, switch.pattern) == (True, "asyncio-processes")


def test_nothing_is_said_of_what_the_work_has_not() -> None:
    quantities = {one.quantity for one in advised(COMPUTING).switches}
    assert not quantities & {Quantity.LATENCY, Quantity.SIZE}
    assert Quantity.GIL_FREE not in {one.quantity for one in advised(WAITING).switches}


@pytest.mark.parametrize("cores", [1, 1024])
def test_what_is_at_the_end_of_a_range_is_looked_for_to_one_side(cores: int) -> None:
    switches = [one for one in advised(replace(BOTH, cores=cores)).switches if one.quantity is Quantity.CORES]
    assert {one.is_above for one in switches} <= {cores == 1}


def test_runs_of_one_question_are_left_out_beside_whole_ones() -> None:
    whole, part = model_runs.run(1), model_runs.run(2)
    part["benchmarks"] = [one for one in part["benchmarks"] if one["extra_info"]["question"] == "cpu-bound"]
    runs = saved.parsed(whole, part)
    assert calibrated(runs).sources == ("run 1",)
    with pytest.raises(RunError, match=r"run 2 does not tell what .* costs.*make a whole run with `make bench`"):
        calibrated(runs[1:])


def test_runs_of_two_machines_are_not_taken_together() -> None:
    runs = [*model_runs.parsed(1), *model_runs.parsed(2, fingerprint="ffffffff")]
    with pytest.raises(RunError, match="unlike machines"):
        calibrated(runs)


def test_the_laws_give_the_time_that_a_figure_was_sought_for() -> None:
    runs = model_runs.parsed(1)
    found = calibrated(runs)
    work = Work(tasks=1000, cores=2, requests=False, is_warm=True)
    measured = {
        one.facts.pattern: median(one.repeats.values()) for one in runs[0].benchmarks if one.facts.workload == "nothing"
    }
    known = {one: seconds for one, seconds in measured.items() if found.of(one).task.value}
    assert len(known) >= 3
    for pattern, seconds in known.items():
        assert predict(work, pattern, 16, found).seconds.estimate == pytest.approx(seconds, rel=1e-9)


def test_crowding_is_measured_with_one_number_of_workers_however_many_a_run_has() -> None:
    whole = model_runs.run(1)
    fewer = [
        json.loads(json.dumps(one)) for one in whole["benchmarks"] if one["extra_info"]["question"] == "io-scaling"
    ]
    for one in fewer:
        one["extra_info"]["workers"] = 4
        one["stats"]["data"] = [seconds * 5 for seconds in one["stats"]["data"]]
        one["group"] = f"{one['group']}, 4 workers"
        one["name"] = f"{one['name']}-4"
    rigorous = {**whole, "benchmarks": [*whole["benchmarks"], *fewer]}
    plain, more = (calibrated(saved.parsed(one)) for one in (whole, rigorous))
    assert [one.crowding for one in more.patterns] == [one.crowding for one in plain.patterns]


def test_runs_of_one_core_say_nothing_of_more() -> None:
    single = calibrated(model_runs.parsed(1, usable_cores=1))
    assert advise(single, replace(COMPUTING, cores=1)).options
    with pytest.raises(RunError, match="the runs are of one core"):
        advise(single, COMPUTING)
