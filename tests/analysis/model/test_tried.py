"""Work out of what a trial has shown, what is refused, and how it is shown, before and after it is measured."""

from typing import Any

import pytest
from msgspec.structs import replace

from analysis.findings.advice import advise
from analysis.model.check import Checked, checked
from analysis.model.prediction import Prediction, predict
from analysis.model.tried import described
from analysis.model.work import Work
from analysis.stats.intervals import Interval
from analysis.views import tried as view
from runfile.runs import RunError
from runfile.trial import Bare, TriedVersion, TriedWork
from tests.support.made_up import saved
from tests.support.made_up.model_runs import calibration
from tests.support.shown import as_text

NO_WAIT = TriedVersion(
    tried=8,
    seconds=0.02,
    median_seconds=0.02,
    longest_seconds=0.021,
    deviation=0.001,
    spread=0.03,
    waited_seconds=0.0,
    queued_seconds=0.0,
    thread_seconds=0.02,
    others_seconds=0.0,
    children_seconds=0.0,
    gil_free=0.01,
    bare=None,
)
BARE = Bare(latency_seconds=0.02, waited_seconds=0.0205, cpu_seconds=0.0012)
REQUEST = replace(
    NO_WAIT, seconds=0.052, median_seconds=0.052, waited_seconds=0.0505, thread_seconds=0.0013, spread=0.02, bare=BARE
)
LOOPED = replace(REQUEST, thread_seconds=0.0004, bare=replace(BARE, cpu_seconds=0.0004))


def tried(blocking: TriedVersion | None = NO_WAIT, awaitable: TriedVersion | None = None, **facts: Any) -> TriedWork:
    facts = {"tasks": 100, "size_bytes": 500, "connects": False, "is_local": False, **facts}
    return TriedWork(blocking=blocking, awaitable=awaitable, **facts)


def asking(blocking: TriedVersion | None = REQUEST, awaitable: TriedVersion | None = LOOPED) -> TriedWork:
    return tried(blocking, awaitable, connects=True)


def work_of(work: TriedWork) -> Work:
    return described(work, calibration()).work


def test_computing_is_computing() -> None:
    work = work_of(tried())
    assert work == Work(tasks=100, cores=2, cpu_seconds=0.02, size_bytes=500, requests=False, is_warm=True)
    assert predict(work, "sequential", 1, calibration()).seconds.estimate == pytest.approx(2.0, rel=0.01)


def test_of_a_request_what_is_bare_is_in_the_calibration_and_what_both_compute_beyond_it_the_tasks() -> None:
    found = described(asking(), calibration())
    assert found.work.requests
    assert found.work.latency_seconds == pytest.approx(0.05)
    assert (found.work.cpu_seconds, found.work.spread, found.work.gil_free) == (0.0, 0.0, 0.0)
    assert found.calibration == calibration()
    blocking, awaitable = replace(REQUEST, thread_seconds=0.0052), replace(LOOPED, thread_seconds=0.0044)
    found = described(asking(blocking, awaitable), calibration())
    assert found.work.cpu_seconds == pytest.approx(0.004)
    assert found.calibration == calibration()
    assert work_of(asking(None, awaitable)).cpu_seconds == pytest.approx(0.004)


def test_what_one_version_alone_computes_is_a_dearer_client() -> None:
    found = described(asking(awaitable=replace(LOOPED, thread_seconds=0.0012)), calibration())
    assert found.work.cpu_seconds == 0
    for costs, usual in zip(found.calibration.patterns, calibration().patterns, strict=True):
        assert costs.request.value == pytest.approx(usual.request.value * (1 if costs.blocking else 3))
        assert costs.request_cpu.value == pytest.approx(usual.request_cpu.value * (1 if costs.blocking else 3))


def test_a_client_may_be_cheaper_than_the_suites_own() -> None:
    cheap = replace(REQUEST, thread_seconds=0.0006)
    found = described(asking(cheap), calibration()).calibration
    assert found.of("threading").request.value == pytest.approx(calibration().of("threading").request.value / 2)
    assert found.of("asyncio") == calibration().of("asyncio")


def test_a_sleep_is_no_request() -> None:
    bare = Bare(latency_seconds=0.01, waited_seconds=0.0101, cpu_seconds=0.0002)
    work = work_of(tried(replace(REQUEST, thread_seconds=0.0042, bare=bare)))
    assert not work.requests
    assert work.latency_seconds == pytest.approx(0.0504)
    assert work.cpu_seconds == pytest.approx(0.004)


def test_a_wait_below_what_clocks_differ_by_is_none() -> None:
    assert work_of(tried(replace(NO_WAIT, waited_seconds=0.0003))).latency_seconds == 0
    assert work_of(tried(replace(NO_WAIT, seconds=0.025, waited_seconds=0.005))).latency_seconds == 0.005


def test_unequal_waits_are_spread_and_unequal_computing_is_not() -> None:
    assert work_of(asking(replace(REQUEST, spread=0.4))).spread == 0.4
    assert work_of(asking(replace(REQUEST, spread=9.0, tried=100))).spread == 2.0
    assert work_of(tried(replace(NO_WAIT, spread=0.4))).spread == 0


def test_the_gil_is_held_where_that_is_not_known_and_not_by_other_processes() -> None:
    assert work_of(tried(replace(NO_WAIT, gil_free=0.6))).gil_free == pytest.approx(0.6)
    assert work_of(tried(replace(NO_WAIT, gil_free=None))).gil_free == 0
    shared = replace(NO_WAIT, seconds=0.025, thread_seconds=0.005, children_seconds=0.015, gil_free=0.0)
    assert work_of(tried(shared)).gil_free == pytest.approx(0.75)


def test_tasks_that_compute_on_several_cores_at_a_time() -> None:
    with pytest.raises(RunError, match=r"computes on 1\.9 cores at a time.* one thread, as with OMP_NUM_THREADS=1"):
        described(tried(replace(NO_WAIT, others_seconds=0.018)), calibration())


def test_a_thread_that_computes_while_the_first_one_waits_is_no_second_core() -> None:
    version = replace(NO_WAIT, thread_seconds=0.001, others_seconds=0.019)
    assert work_of(tried(version)).cpu_seconds == pytest.approx(0.02)


WILD = replace(NO_WAIT, seconds=0.1, median_seconds=0.01, longest_seconds=0.73, deviation=0.24, thread_seconds=0.1)


def test_tasks_of_which_some_tell_nothing_of_all() -> None:
    said = r"^the 8 tasks that were tried differ too much .* 10\.0 ms, and the longest 730 ms, 73\.0× as long, .* ±81 %"
    with pytest.raises(RunError, match=said):
        described(tried(WILD), calibration())


def test_nor_of_a_machine_that_was_busy_meanwhile() -> None:
    with pytest.raises(RunError, match=r"^for 50 % of the time, the tasks that were tried had no core .*try it again"):
        described(tried(replace(WILD, thread_seconds=0.05, queued_seconds=0.05)), calibration())


def test_not_if_all_were_tried() -> None:
    assert work_of(tried(WILD, tasks=8)).cpu_seconds == 0.1


def shown(work: TriedWork, **unsuited: str) -> str:
    found = described(work, calibration())
    advice = advise(found.calibration, found.work, unsuited=unsuited)
    return as_text(view.document(work, advice))


def test_advice_begins_with_what_it_rests_on() -> None:
    text = shown(asking())
    assert text.startswith(
        "8 of 100 tasks, one at a time: perform waits 50.5 ms and computes 1.30 ms, perform_async waits "
    )
    assert (
        "100 tasks, each an HTTP request for 500 B that is answered after 50 ms; 2 cores, 24 GiB; the workers are up"
        in text
    )
    assert "Caveats" not in text
    assert "`--check-advice`" not in text.splitlines()[0]
    assert text.rstrip().endswith("measures every pattern too, and compares")
    assert shown(tried(tasks=8)).startswith("all 8 tasks, one at a time: perform computes 20.0 ms\n")


def test_patterns_that_do_not_fit_are_left_out_with_the_reason() -> None:
    text = shown(asking(), asyncio="my-work has no perform_async")
    assert "asyncio: my-work has no perform_async" in text
    assert "\nasyncio with" not in text
    with pytest.raises(
        RunError, match=r"^no pattern that was calibrated can do this work: sequential: no; threading: no"
    ):
        shown(asking(), **{one.pattern: "no" for one in calibration().patterns})


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (
            replace(NO_WAIT, longest_seconds=0.1, deviation=0.01),
            "unequal tasks: the longest that was tried takes 100 ms, 5.00× as long as the median, and no pattern takes "
            "less than it; what all take is known to ±17 %",
        ),
        (replace(NO_WAIT, gil_free=None), "the GIL: whether the computing holds it could not be told here"),
        (replace(NO_WAIT, thread_seconds=0.01, others_seconds=0.01), "other threads: 10.0 ms of the computing"),
        (
            replace(NO_WAIT, seconds=0.03, queued_seconds=0.01, longest_seconds=0.1),
            "Caveats\nwarning: a busy machine: for 33 % of the time, tasks had no core to compute on: try it again\n\n",
        ),
    ],
)
def test_what_speaks_against_it(version: TriedVersion, said: str) -> None:
    assert said in shown(tried(version))


def test_versions_that_are_not_the_same_work() -> None:
    text = shown(asking(awaitable=replace(LOOPED, seconds=0.5, waited_seconds=0.49)))
    assert "unlike versions: perform waits 50.5 ms and perform_async 490 ms: the advice is for the first" in text


def test_each_pattern_is_checked_once_from_the_fastest() -> None:
    rows = [
        ("sequential", 2, 2.1),
        ("threading", 2, 2.0),
        ("sequential", 16, 2.1),
        ("multiprocessing", 16, 1.2),
        ("new", 2, 3.0),
    ]
    flags = [saved.flag("noisy", 0.3)]
    benchmarks = [
        saved.benchmark(name, [seconds], f"own, {workers} workers", workers=workers, flags=flags)
        for name, workers, seconds in rows
    ]
    (run,) = saved.parsed(saved.run(benchmarks))
    found = checked(work_of(tried()), calibration(), run)
    names = [(one.pattern, one.workers) for one in found]
    assert names == [("multiprocessing", 16), ("threading", 2), ("sequential", 1), ("new", 2)]
    assert [one.measured for one in found] == pytest.approx([1.2, 2.0, 2.1, 3.0])
    assert found[-1].predicted is None
    assert found[2].ratio == pytest.approx(2.0 / 2.1, rel=0.02)
    assert found[2].holds
    assert found[2].flags == ("noisy",)


def row(pattern: str, workers: int, measured: float, predicted: float | None) -> Checked:
    if predicted is None:
        return Checked(pattern, workers, measured, None, ("noisy",))
    interval = Interval(predicted, predicted * 0.8, predicted * 1.25, 2)
    return Checked(pattern, workers, measured, Prediction(pattern, workers, interval, 1.0, 1.0))


def check(*rows: Checked) -> str:
    advice = advise(calibration(), work_of(tried()))
    assert advice.options[0].pattern == "asyncio-processes"
    return as_text(view.check(advice, rows))


def test_the_check_says_what_held_and_whether_the_advice_was_right() -> None:
    text = check(row("asyncio-processes", 2, 1.0, 1.1), row("threading", 2, 2.0, 1.0), row("new", 2, 3.0, None))
    assert [line.split() for line in text.splitlines()[1:4]] == [
        ["asyncio-processes", "2", "1.10", "s", "880", "ms–1.38", "s", "1.00", "s", "1.10×", "yes"],
        ["threading", "2", "1.00", "s", "800", "ms–1.25", "s", "2.00", "s", "0.500×", "no"],
        ["new", "2", "not", "calibrated", "3.00", "s", "noisy"],
    ]
    assert "1 of 2 intervals held what was measured" in text
    assert "what was advised was the fastest, or as fast in practice: asyncio-processes with 2 workers, 1.00 s" in text
    assert "--workers" not in text


def test_the_check_says_by_how_much_the_advice_was_wrong_and_what_was_not_measured() -> None:
    wrong = check(row("threading", 2, 1.0, 1.0), row("asyncio-processes", 16, 1.5, 1.0))
    assert (
        "the fastest was threading with 2 workers, 1.00 s; what was advised took 1.50× as long, asyncio-proc" in wrong
    )
    assert "not measured with the 2 workers that are advised: `--workers` says with how many" in wrong
    assert "what was advised was not measured; the fastest was threading with 2 workers" in check(
        row("threading", 2, 1, 1)
    )
