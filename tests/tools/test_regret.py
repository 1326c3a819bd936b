"""How good advice is: what is drawn, what rules choose, and what is made of measurements that are known."""

import math
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from analysis.model.work import Work
from harness.contest.race import Standing
from harness.servers.server import LocalServer
from harness.stands.stands import Stands, stands_of
from tools.emulated import Amount, Cpu, amount_for, compute, cpu_alone, emulated
from tools.regret.cells import floor_seconds, grid
from tools.regret.contest import Contests, Setup, write
from tools.regret.draws import CPU_SECONDS, LATENCY_SECONDS, MOST_TASKS, SIZE_BYTES, Drawn, draw
from tools.regret.judging import Judge
from tools.regret.kinds import WorkKind, kind_of
from tools.regret.narrowing import FEWEST_PASSES, MOST_LEFT, Narrowing, near_the_best
from tools.regret.record import Cell, TimedRound
from tools.regret.rules import RULES, Configuration
from workloads.contract import WrongAnswer
from workloads.server import body_of

DRAWN = Drawn(0, 6, 0.01, 0.3, 0.0002, 0.5, 1024, False)


def cell(pattern: str, workers: int, *seconds: float, floor: float = 0.0, failure: str = "") -> Cell:
    """A cell with a round in each pass."""
    rounds = [TimedRound(number, one, 0.003) for number, one in enumerate(seconds)]
    return Cell(pattern, workers, floor, rounds, failure)


class TestDrawing:
    def test_the_same_seed_and_number_give_the_same_work(self) -> None:
        assert [draw(7, number, 2) for number in range(20)] == [draw(7, number, 2) for number in range(20)]
        assert draw(7, 1, 2) != draw(8, 1, 2)

    @given(st.integers(), st.integers(min_value=0, max_value=10_000), st.integers(min_value=1, max_value=64))
    def test_work_is_within_what_is_announced(self, seed: int, number: int, cores: int) -> None:
        drawn = draw(seed, number, cores)
        assert 16 <= drawn.tasks <= MOST_TASKS
        assert 0 <= drawn.gil_free <= 1
        assert drawn.spread in (0.0, 0.3, 0.6)
        for value, (low, high) in (
            (drawn.latency_seconds, LATENCY_SECONDS),
            (drawn.cpu_seconds, CPU_SECONDS),
            (drawn.size_bytes, SIZE_BYTES),
        ):
            assert value == 0 or low <= value <= high
        assert drawn.work(cores, Cpu(drawn.cpu_seconds, 0.0)).tasks == drawn.tasks

    def test_each_kind_of_work_is_drawn(self) -> None:
        those = [draw(1, number, 2) for number in range(200)]
        assert sum(one.is_cold for one in those) == 100
        for name in ("latency_seconds", "cpu_seconds", "size_bytes"):
            assert 10 <= sum(getattr(one, name) == 0 for one in those) <= 45
        kinds = [kind_of(one.work(2, Cpu(one.cpu_seconds, 0.0))) for one in those]
        assert set(kinds) == set(WorkKind)


class TestEmulating:
    def test_latencies_are_as_unequal_as_they_are_said_to_be(self) -> None:
        tasks = emulated("work", 500, 0.1, 0.6, 64, 10, 10, seed=1).tasks
        assert fmean(task.latency_ms for task in tasks) == pytest.approx(100, rel=0.001)
        assert stdev(math.log(task.latency_ms) for task in tasks) == pytest.approx(0.6, rel=0.03)
        assert {task.latency_ms for task in emulated("work", 9, 0.1, 0.0, 64, 10, 10, seed=1).tasks} == {100.0}

    def test_a_wrong_result_is_seen(self) -> None:
        work = emulated("work", 2, 0.0, 0.0, 64, 10, 10, seed=1)
        right = (body_of(64), *compute(Amount(10, 10)))
        work.check([right, right])
        with pytest.raises(WrongAnswer, match="task 1"):
            work.check([right, (right[0], right[1] + 1, right[2])])

    def test_it_computes_as_much_as_it_is_told_to(self) -> None:
        assert amount_for(0.0, 0.0) == Amount(0, 0)
        assert cpu_alone(Amount(0, 0)) == Cpu(0.0, 0.0)
        assert Cpu(0.0, 0.0).gil_free == 0.0
        assert Cpu(1.0, 3.0).gil_free == 0.75
        amount = amount_for(0.001, 0.002)
        assert amount.steps > 0
        assert amount.hashes > 0


def test_what_the_rules_choose() -> None:
    def chosen(**facts: float) -> list[Configuration]:
        work = Work(tasks=2_000, cores=4, **facts)  # type: ignore[arg-type]
        return [rule(work) for rule in RULES.values()]

    asyncio, threads, sequential = (
        Configuration("asyncio", 100),
        Configuration("threading", 16),
        Configuration("sequential", 1),
    )
    assert chosen(latency_seconds=0.1, cpu_seconds=0.01) == [
        asyncio, asyncio, threads, Configuration("threading", 44), sequential,
    ]  # fmt: skip
    assert chosen(cpu_seconds=0.01) == [
        Configuration("multiprocessing", 4), asyncio, threads, Configuration("threading", 4), sequential,
    ]  # fmt: skip
    assert chosen(latency_seconds=0.1)[3] == Configuration("threading", 1024)
    assert chosen()[3] == Configuration("threading", 4)


class TestCells:
    def test_every_pattern_has_three_numbers_of_workers(self) -> None:
        for tasks in (16, 100, 5_000):
            numbers: dict[str, list[int]] = {}
            for choice in grid(Work(tasks=tasks, cores=2)):
                numbers.setdefault(choice.pattern, []).append(choice.workers)
            assert numbers.pop("sequential") == [1]
            assert {"threading", "asyncio", "multiprocessing"} <= numbers.keys()
            assert all(len(set(own)) >= 3 and max(own) <= tasks for own in numbers.values())

    def test_no_schedule_is_faster_than_waits_and_cores_let_it_be(self) -> None:
        work = Work(tasks=100, cores=2, latency_seconds=0.1, cpu_seconds=0.01, gil_free=0.25)
        floors = {
            Configuration("sequential", 1): 10.0,
            Configuration("threading", 50): 0.75,  # what holds the GIL
            Configuration("multiprocessing", 50): 0.5,
            Configuration("asyncio", 50): 1.0,
            Configuration("asyncio-processes", 10): 1.0,
        }
        assert {choice: floor_seconds(work, choice) for choice in floors} == pytest.approx(floors)


class TestJudging:
    def test_passes_are_compared_each_with_itself(self) -> None:
        """The machine is twice as slow in every other pass, and who is advised takes 1.2 times as long."""
        fast = [1.0, 1.0, 2.0, 1.0, 2.0]
        judge = Judge([cell("asyncio", 8, *fast), cell("threading", 8, *(1.2 * one for one in fast))])
        assert judge.best() == ("asyncio", 8)
        assert judge.regret(Configuration("asyncio", 8)).ratio == pytest.approx(1.0)
        found = judge.regret(Configuration("threading", 8))
        assert found.ratio == pytest.approx(1.2)
        assert found.error == pytest.approx(0.0, abs=1e-9)

    def test_luck_in_a_pass_makes_nobody_the_best_of_it(self) -> None:
        lucky = [
            cell("asyncio", 2**number, *(0.5 if number == own else 1.0 for own in range(6))) for number in range(1, 6)
        ]
        assert [Judge(lucky).regret(one.choice).ratio for one in lucky] == pytest.approx([0.5**0.2] * 5)
        steady = cell("threading", 8, *[1.0] * 6)
        assert Judge([*lucky, steady]).regret(steady.choice).ratio == pytest.approx(1.0)

    def test_who_left_early_is_judged_by_the_passes_it_was_in(self) -> None:
        cells = [cell("asyncio", 8, 1.0, 1.0, 1.0, 1.0), cell("threading", 8, 3.0, 1.5), cell("sequential", 1, 4.0)]
        judge = Judge(cells)
        assert judge.finalists == [("asyncio", 8)]
        assert judge.regret(Configuration("threading", 8)).ratio == pytest.approx(1.5)
        assert judge.regret(Configuration("sequential", 1)).ratio == pytest.approx(4.0)

    def test_who_was_not_measured_and_who_failed(self) -> None:
        cells = [
            cell("asyncio", 8, 1.0, 1.0),
            cell("sequential", 1, floor=7.0),
            cell("threading", 8, 0.5, failure="no"),
        ]
        judge = Judge(cells)
        assert judge.best() == ("asyncio", 8)
        assert judge.regret(Configuration("threading", 8)).ratio == math.inf
        found = judge.regret(Configuration("sequential", 1))
        assert found.ratio == pytest.approx(7.0)
        assert found.is_floor

    def test_a_number_of_workers_between_two_that_were_measured(self) -> None:
        judge = Judge([cell("asyncio", 8, 4.0, 4.0), cell("asyncio", 32, 1.0, 1.0), cell("threading", 8, 2.0, 2.0)])
        found = judge.regret(Configuration("asyncio", 16))
        assert found.ratio == pytest.approx(2.0)
        assert found.is_between
        assert judge.regret(Configuration("asyncio", 64)).ratio == pytest.approx(1.0)
        assert judge.regret(Configuration("threading", 1)).ratio == pytest.approx(2.0)


class TestNarrowing:
    def test_those_go_on_that_are_near_the_best_and_not_many(self) -> None:
        logs = {str(number): math.log(1 + number / 10) for number in range(30)}
        sizes = [len(near_the_best(logs, passes)) for passes in range(8)]
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[0] == MOST_LEFT[0]
        assert near_the_best(logs, 99) == {"0", "1"}

    def test_what_is_advised_stays_and_the_end_is_when_it_is_known(self) -> None:
        rule = Narrowing("advised", {"advised": [], "near": [], "far": []})
        for _ in range(FEWEST_PASSES):
            assert not rule.decided
            rule.add({"advised": 3.0, "near": 1.0, "far": 2.9}, 1.0)
            for name in [one for one, standing in rule.standings.items() if standing is Standing.OUT]:
                rule.drop(name)
        assert rule.logs.keys() == {"advised", "near"}
        assert rule.decided
        rule.forget("near")
        assert rule.decided


@pytest.fixture(scope="module")
def own_stands() -> Iterator[Stands]:
    found = stands_of(servers=1)
    yield found
    found.close()


def contests(drawn: Drawn, cells: list[Cell], setup: Setup) -> Contests:
    return Contests(cells, drawn, write(drawn, Amount(50, 50), 1, setup.folder), setup, seed=1)


def test_cells_are_measured_and_checked(own_stands: Stands, local_server: LocalServer, tmp_path: Path) -> None:
    cells = [cell("asyncio", 6), cell("threading", 6), cell("sequential", 1, floor=60.0)]
    those = contests(DRAWN, cells, Setup(own_stands, local_server, tmp_path))
    those.first_pass()
    those.in_turns(0.01)
    # What is advised goes on, however far behind it is: for one more pass alone, for two beside another.
    beside = 1 in cells[1].passes
    assert [*cells[0].passes] == ([0, 1, 2] if beside else [0, 1])
    for one in cells[:2]:
        assert one.seconds >= 0.01
        assert one.yardstick_seconds > 0
    assert cells[2].rounds == []
    assert not any(one.failure for one in cells)


def test_what_fails_is_told(own_stands: Stands, local_server: LocalServer, tmp_path: Path) -> None:
    cells = [cell("asyncio", 6)]
    those = contests(replace(DRAWN, size_bytes=2**40), cells, Setup(own_stands, local_server, tmp_path))
    those.first_pass()
    those.in_turns(0.01)
    assert cells[0].rounds == []
    assert "task 0: GET http" in cells[0].failure
