"""The talk's claims: what evidence says, what comes of it, and what is said where runs do not decide."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import patterns
from analysis.findings.claims import ClaimVerdict, Evidence, Range, Stance, Unit, judge_claims, talk
from analysis.findings.claims.claim import MATTERS, MORE
from analysis.findings.claims.gathered import CPU_TIME, CPUS, MEMORY
from analysis.findings.claims.judge import weigh
from analysis.findings.claims.talk import CLAIMS, EXPENSIVE_SECONDS, PAGE_BYTES, SINGLE_CPU
from analysis.stats.intervals import Interval
from analysis.stats.units import size
from runfile.runs import RunError
from tests import SUITE
from tests.support.made_up import saved
from tests.support.made_up.talked import claim, judged, run
from tests.support.suite import listed


def evidence(says: Stance, estimate: float | None = None) -> Evidence:
    """Evidence on whether something is more than 1.05; of what is undecided, the estimate may be given."""
    reach = 0.01
    if says is Stance.UNDECIDED and estimate is not None:
        reach = abs(estimate - 1.05) * 1.5
    middle = {Stance.FOR: 2.0, Stance.AGAINST: 0.5}.get(says, estimate)
    figure = Interval(middle, middle - reach, middle + reach, 5) if middle is not None else None
    speaks_for = None if says is Stance.NOTHING else MORE
    return Evidence("", "", says, figure, Unit.TIMES, speaks_for, "", (), (), (), (), None)


FOR, AGAINST, NOTHING = evidence(Stance.FOR), evidence(Stance.AGAINST), evidence(Stance.NOTHING, 1.0)
LEANS_FOR, LEANS_AGAINST = evidence(Stance.UNDECIDED, 1.3), evidence(Stance.UNDECIDED, 0.9)
MISSING = evidence(Stance.UNDECIDED)
piles = st.lists(st.sampled_from([FOR, AGAINST, NOTHING, LEANS_FOR, LEANS_AGAINST, MISSING]), max_size=12)


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.floats(0.1, 10), st.sampled_from([MORE, Range(high=1.25)]))
def test_an_interval_speaks_only_when_all_of_it_is_on_one_side(a: float, b: float, c: float, range_: Range) -> None:
    low, estimate, high = sorted((a, b, c))
    says = range_.judge(Interval(estimate, low, high, 5))
    sides = {range_.holds(bound) for bound in (low, estimate, high)}
    assert says == (Stance.UNDECIDED if len(sides) == 2 else Stance.FOR if sides == {True} else Stance.AGAINST)


@given(piles, st.randoms())
def test_the_order_of_evidence_and_what_is_only_shown_have_no_weight(pile: list[Evidence], rng: Any) -> None:
    verdict = weigh(pile)
    rng.shuffle(pile)
    assert weigh(pile) == weigh([one for one in pile if one is not NOTHING]) == verdict


@given(piles)
def test_it_depends_exactly_where_something_surely_speaks_for_it_and_something_surely_against(
    pile: list[Evidence],
) -> None:
    assert (weigh(pile) is ClaimVerdict.DEPENDS) == (FOR in pile and AGAINST in pile)


@given(piles)
def test_nothing_missing_or_leaning_to_the_other_side_is_passed_over(pile: list[Evidence]) -> None:
    if weigh(pile) is ClaimVerdict.SUPPORTED:
        assert {one.leans for one in pile if one is not NOTHING} == {Stance.FOR}
        assert weigh([*pile, MISSING]) is weigh([*pile, LEANS_AGAINST]) is ClaimVerdict.NOT_DECIDED
        assert weigh([*pile, AGAINST]) is ClaimVerdict.DEPENDS


@given(piles)
def test_what_is_turned_round_gets_the_opposite_verdict(pile: list[Evidence]) -> None:
    opposite = {id(FOR): AGAINST, id(AGAINST): FOR, id(LEANS_FOR): LEANS_AGAINST, id(LEANS_AGAINST): LEANS_FOR}
    turned = weigh([opposite.get(id(one), one) for one in pile])
    expected = {ClaimVerdict.SUPPORTED: ClaimVerdict.REFUTED, ClaimVerdict.REFUTED: ClaimVerdict.SUPPORTED}
    assert turned is expected.get(weigh(pile), weigh(pile))


@pytest.mark.parametrize(
    ("pile", "verdict"),
    [
        ([], ClaimVerdict.NOT_DECIDED),
        ([NOTHING, MISSING], ClaimVerdict.NOT_DECIDED),
        ([FOR, FOR], ClaimVerdict.SUPPORTED),
        ([AGAINST, NOTHING], ClaimVerdict.REFUTED),
        ([FOR, LEANS_FOR], ClaimVerdict.SUPPORTED),
        ([FOR, LEANS_FOR, LEANS_FOR], ClaimVerdict.NOT_DECIDED),
        ([FOR, AGAINST, LEANS_FOR, MISSING], ClaimVerdict.DEPENDS),
    ],
)
def test_evidence_is_weighed(pile: list[Evidence], verdict: ClaimVerdict) -> None:
    assert weigh(pile) is verdict


def five(seconds: Mapping[str, float] | None = None, **machine: Any) -> list[dict[str, Any]]:
    return [run(number, seconds, **machine) for number in range(5)]


def test_the_talk_is_judged() -> None:
    assert {one.name: str(one.verdict) for one in judged(five()).claims} == {
        "computing-suits-concurrency": "depends",
        "waiting-suits-concurrency": "depends",
        "reusing-a-session": "supported",
        "a-session-for-each-thread": "not decided",
        "a-process-for-each-cpu": "supported",
        "threads-need-lock-and-queue": "supported",
        "threads-require-memory": "supported",
        "starting-a-thread": "refuted",
        "asyncio-uses-less": "depends",
        "asyncio-is-faster": "depends",
        "asyncio-wins": "depends",
        "multiprocessing-is-for-computing": "depends",
        "multiprocessing-uses-several-cpus": "supported",
        "asyncio-is-for-io": "supported",
        "on-a-single-cpu": "depends",
    }


def test_a_difference_that_does_not_matter_is_none_however_sure_it_is() -> None:
    found = claim(judged(five({"asyncio-download-typical": 0.149})), "asyncio-is-faster")
    (typical,) = (one for one in found.evidence if one.where == "on download-typical")
    assert typical.figure is not None
    assert typical.figure.low > 1
    assert typical.says is Stance.AGAINST


def test_what_one_more_worker_costs_is_the_difference_of_many_and_one() -> None:
    found = judged(five())
    thread, process, coroutine = claim(found, "starting-a-thread").evidence
    asleep, with_a_session, *_ = claim(found, "threads-require-memory").evidence
    for one, cost, within in (
        (thread, (0.0119 - 0.0102) / 15, 0.1),
        (process, (0.0540 - 0.0157) / 15, 0.1),
        (asleep, (400 - 108) * 1024 / 15, 0.02),
        (with_a_session, (11_570 - 9_960) * 1024 / 15, 0.05),
    ):
        assert one.figure is not None
        assert one.figure.estimate == pytest.approx(cost, rel=within)
    assert coroutine.says is Stance.NOTHING


def test_starting_a_thread_is_expensive_where_it_takes_a_noticeable_part_of_a_task() -> None:
    assert claim(judged(five({"threading-nap-x16": 0.040})), "starting-a-thread").verdict is ClaimVerdict.SUPPORTED


def test_the_fastest_other_is_named() -> None:
    evidence = claim(judged(five()), "asyncio-wins").evidence
    assert {one.where: one.beside for one in evidence}["on math-primes"] == "multiprocessing"
    assert {one.where: one.beside for one in evidence}["on math-hashing"] == "threading"


def test_a_pool_that_counts_cpus_it_may_not_use_is_told_of() -> None:
    old = claim(judged(five(usable_cores=1)), "a-process-for-each-cpu")
    assert old.evidence[0].figure == Interval(2, 2, 2, 5)
    assert "before Python 3.13 a pool counts the CPUs of the computer" in old.note
    assert claim(judged(five(python="3.13.0")), "a-process-for-each-cpu").note == ""
    too_few = claim(judged(five(usable_cores=4)), "a-process-for-each-cpu")
    assert too_few.verdict is ClaimVerdict.REFUTED
    assert judged(five(usable_cores=0)).claims  # which no machine has, but a damaged file may


def test_one_cpu_does_not_tell_how_many_are_used() -> None:
    found = judged(five(usable_cores=1))
    for name in ("on-a-single-cpu", "multiprocessing-uses-several-cpus"):
        assert claim(found, name).verdict is ClaimVerdict.NOT_DECIDED
        assert claim(found, name).missing == ("a machine with two usable CPUs",)
        assert claim(found, name).command == ""


def test_a_python_without_the_gil_is_told_of() -> None:
    assert "without the GIL" in claim(judged(five(free_threaded=True, gil=False)), "on-a-single-cpu").note
    assert claim(judged(five()), "on-a-single-cpu").note == ""


def test_of_few_runs_what_is_near_the_limit_is_not_decided_and_more_are_asked_for() -> None:
    found = judged([run(1, {"sequential-connections-new-tls": 0.042 * 1.052})])
    assert claim(found, "starting-a-thread").verdict is ClaimVerdict.REFUTED
    one = claim(found, "reusing-a-session")
    assert (one.verdict, one.more_runs) == (ClaimVerdict.NOT_DECIDED, 54)
    assert one.command == 'make bench RUNS=54 ARGS="-m connection_reuse"'


def without(question: str, pattern: str = "") -> list[dict[str, Any]]:
    runs = five()
    for one in runs:
        one["benchmarks"] = [
            bench
            for bench in one["benchmarks"]
            if (bench["extra_info"]["question"], bench["extra_info"]["pattern"])
            != (question, pattern or bench["extra_info"]["pattern"])
        ]
    return runs


def test_what_is_missing_is_named_with_the_command_that_makes_it() -> None:
    one = claim(judged(without("connection-reuse", "asyncio")), "reusing-a-session")
    assert one.verdict is ClaimVerdict.NOT_DECIDED
    assert one.missing == (
        "asyncio on connections-new-tls (connection-reuse)",
        "asyncio on connections-kept-tls (connection-reuse)",
    )
    assert one.command == 'make bench RUNS=5 ARGS="-m connection_reuse"'


def test_what_is_missing_does_not_undo_what_is_surely_both_ways() -> None:
    assert claim(judged(without("talk")), "asyncio-is-faster").verdict is ClaimVerdict.DEPENDS


def test_runs_without_observation_say_so() -> None:
    runs = five()
    for bench in (bench for one in runs for bench in one["benchmarks"]):
        bench["extra_info"]["observation"] = None
    one = claim(judged(runs), "multiprocessing-uses-several-cpus")
    assert one.verdict is ClaimVerdict.NOT_DECIDED
    assert one.missing[0] == ("an observation of multiprocessing on math-primes (cpu-bound), which --fast leaves out")


def test_benchmarks_that_no_run_has_both_of_are_missing() -> None:
    runs = [*without("connection-reuse", "x")]
    for number, one in enumerate(runs):
        leave_out = "connections-new-tls" if number % 2 else "connections-kept-tls"
        one["benchmarks"] = [bench for bench in one["benchmarks"] if bench["extra_info"]["workload"] != leave_out]
    found = claim(judged(runs), "reusing-a-session")
    assert found.verdict is ClaimVerdict.NOT_DECIDED
    assert "a run with asyncio on connections-new-tls (connection-reuse) and" in ", ".join(found.missing)


def test_more_runs_are_asked_for_where_more_would_decide() -> None:
    def runs_of(number: int) -> list[dict[str, Any]]:
        return [run(n, {"sequential-connections-new-tls": 0.042 * (1.22 if n % 2 else 1.0)}) for n in range(number)]

    one = claim(judged(runs_of(6)), "reusing-a-session")
    assert one.verdict is ClaimVerdict.NOT_DECIDED
    assert 0 < one.more_runs < 60
    assert one.command == f'make bench RUNS={one.more_runs} ARGS="-m connection_reuse"'
    # And so many do decide.
    assert claim(judged(runs_of(8 + one.more_runs)), "reusing-a-session").verdict is ClaimVerdict.SUPPORTED


def test_no_number_of_runs_is_asked_for_where_a_hundred_would_not_do() -> None:
    runs = [run(n, {"sequential-connections-new-tls": 0.042 * (1.12 if n % 2 else 0.986)}) for n in range(6)]
    one = claim(judged(runs), "reusing-a-session")
    assert (one.verdict, one.more_runs, one.command) == (ClaimVerdict.NOT_DECIDED, 0, "")


def test_runs_of_unlike_machines_are_refused() -> None:
    with pytest.raises(RunError, match="unlike machines"):
        judged([run(1), run(2, fingerprint="ffffffff")])


def test_figures_that_are_no_ratio_of_positive_numbers_are_missing_and_not_an_error() -> None:
    runs = five()
    for bench in (bench for one in runs for bench in one["benchmarks"]):
        bench["extra_info"]["observation"] = saved.observation(0.0, -0.1) | {"seconds": 0.0}
    found = judged(runs)
    assert claim(found, "asyncio-uses-less").verdict is ClaimVerdict.NOT_DECIDED
    assert claim(found, "threads-require-memory").verdict is ClaimVerdict.REFUTED


def test_claims_are_named_once_and_all_but_that_on_safety_have_something_that_is_judged() -> None:
    assert len({one.name for one in CLAIMS}) == len(CLAIMS)
    for one in CLAIMS:
        assert re.fullmatch(r"[a-z-]+", one.name)
        assert any(test.speaks_for for test in one.tests) == (one.name != "a-session-for-each-thread")


def test_the_suite_has_every_benchmark_that_a_claim_rests_on_by_default() -> None:
    there = listed()
    benches = {bench for one in CLAIMS for test in one.tests for bench in test.figure.benches}
    assert {bench.pattern for bench in benches} <= set(patterns.names())
    for bench in benches:
        file = f"benchmarks/test_{bench.question.replace('-', '_')}.py::"
        ids = [line for line in there if line.startswith(file) and bench.pattern in line]
        # The talk's workload is not in its ids, and of naps only their number is.
        what = bench.workload.removeprefix("nap-x") if bench.question != "talk" else ""
        assert any(what in line for line in ids), f"no benchmark for {bench}"
    markers = (SUITE / "pytest.ini").read_text(encoding="utf-8")
    assert all(f"    {bench.question.replace('-', '_')}: " in markers for bench in benches)


def test_the_documentation_has_every_claim_and_every_limit() -> None:
    text = (SUITE / "docs/claims.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| “(.*?)” \|", text.partition("## What each one rests on")[2], re.MULTILINE)
    assert listed == [one.words for one in CLAIMS]
    assert (MATTERS, EXPENSIVE_SECONDS, PAGE_BYTES, SINGLE_CPU) == (0.05, 0.001, 4096, 1.25)
    spreads = [f"{round(100 * cost.share)} % of" for cost in (CPU_TIME, MEMORY, CPUS)]
    said = "{} CPU time, {} memory and {}, {} the CPUs kept busy".format(*spreads[:2], size(MEMORY.amount), spreads[2])
    assert said.replace(".0 KiB", " KiB") in " ".join(text.split())


def test_the_claim_that_the_documentation_adds_is_judged() -> None:
    text = (SUITE / "docs/claims.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    own = eval(code, vars(talk))  # noqa: S307
    (one,) = judge_claims(saved.parsed(*five()), [own]).claims
    assert (one.name, one.verdict) == ("asyncio-is-for-mixed-work", ClaimVerdict.SUPPORTED)
