"""How a run is made: in which order, with how much effort, on which machine, and several of them."""

import argparse
import os
import re
import signal
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from campaign.repeat import main
from campaign.supervise import SINGLE
from harness.host.conditions import gil_came_back
from harness.host.cpu import has_gil
from harness.host.machine import as_it_is_now, machine_name, this_machine, with_fingerprint
from harness.options.order import MAX_SEED, any_seed, seed_number, shuffled
from runfile.runs import Machine
from tests.support.processes import eventually, in_the_background, left_of, run
from tests.support.suite import QUICK, USAGE_ERROR, listed, measured, refusal, saved_runs


class TestOrder:
    @given(st.lists(st.tuples(st.sampled_from("abc"), st.integers())), st.integers(0, MAX_SEED))
    def test_nothing_is_lost_and_a_block_stays_together(self, items: Sequence[tuple[str, int]], seed: int) -> None:
        blocks = [block for block, _ in items]
        found = shuffled(items, blocks, seed)
        assert sorted(found) == sorted(items)
        assert found == shuffled(items, blocks, seed)
        changes = sum(one[0] != other[0] for one, other in pairwise(found))
        assert changes == max(0, len(set(blocks)) - 1)

    def test_every_order_of_a_block_comes_up(self) -> None:
        orders = {tuple(shuffled("abc", [0, 0, 0], seed)) for seed in range(200)}
        assert len(orders) == 6

    def test_blocks_change_places(self) -> None:
        first = [shuffled(["a", "b"], ["a", "b"], seed)[0] for seed in range(1000)]
        assert 400 < first.count("a") < 600

    @pytest.mark.parametrize("text", ["-1", "abc", "", "1.5", "4294967296", "٣", "1e3"])
    def test_a_seed_that_is_none(self, text: str) -> None:
        with pytest.raises(argparse.ArgumentTypeError, match="is not a seed: give a whole number from 0 to"):
            seed_number(text)

    def test_a_seed_is_a_seed(self) -> None:
        assert seed_number("0") == 0
        assert seed_number(str(MAX_SEED)) == MAX_SEED
        assert 0 <= any_seed() <= MAX_SEED


class TestEffort:
    @staticmethod
    def collected(*arguments: str) -> set[str]:
        return {line.partition("::")[2] for line in listed(*arguments)}

    def test_what_is_left_out(self) -> None:
        fast, usual, rigorous = self.collected("--fast"), self.collected(), self.collected("--rigorous")
        assert fast < usual < rigorous
        assert {name.partition("[")[0].removeprefix("test_") for name in usual - fast} == {
            *("shared_state", "workers", "io_scaling", "lifecycle"),
            *("connection_reuse", "session_sharing", "server_bias", "talk", "cpu_bound"),
            *("io_bound", "startup", "dispatch"),
        }
        of_patterns = re.compile(r"test_(cpu|io)_bound\[.+-((math|download)-.+)\]")
        left_out = {found[2] for name in usual - fast if (found := of_patterns.fullmatch(name))}
        assert left_out == {
            *("math-mandelbrot", "math-fibonacci", "math-hashing"),
            *("download-large", "download-overhead"),
        }
        assert {
            "test_io_scaling[asyncio-1024-10000]",
            "test_overhead[asyncio-math-primes]",
            "test_clients[0ms-1-httpx]",
            "test_workers[threading-math-primes-1]",
        } <= rigorous - usual
        assert {"test_io_scaling[multiprocessing-64-100]", "test_workers[threading-download-typical-100]"} <= usual

    def test_what_is_measured_on_request_alone(self) -> None:
        client = "test_clients[20ms-100-httpx-async-raised]"
        assert client not in self.collected("-m", "not talk")
        for asking in (["-m", "talk or clients"], ["-k", "clients"], ["--fast", "benchmarks/test_clients.py"]):
            assert client in self.collected(*asking)

    @pytest.mark.parametrize(
        ("asking", "named"),
        [
            (("-m", "talk"), "test_talk[asyncio]"),
            (("-m", "cpu_bound"), "test_cpu_bound[threading-math-fibonacci]"),
            (("-k", "math-fibonacci"), "test_cpu_bound[threading-math-fibonacci]"),
            (("benchmarks/test_lifecycle.py",), "test_lifecycle[asyncio-warm]"),
        ],
    )
    def test_fast_measures_what_is_asked_for_by_name(self, asking: tuple[str, ...], named: str) -> None:
        assert named in self.collected("--fast", *asking)

    def test_as_usual_it_observes(self, tmp_path: Path) -> None:
        made, _ = measured(tmp_path, "-k", "sequential-math-hashing", effort="")
        assert made["machine_info"]["three_patterns"]["run"]["effort"] == "default"
        facts = made["benchmarks"][0]["extra_info"]
        assert facts["observation"]["peak_bytes"] >= 0
        assert facts["observation"]["timeline"]
        contest = facts["contest"]
        assert (contest["rows"], contest["ended"]) == (1, "alone")

    def test_fast_and_rigorous_at_once(self, tmp_path: Path) -> None:
        assert "--fast and --rigorous were both given: choose one" in refusal(tmp_path, "--rigorous")


DEFAULT_BUILD = replace(this_machine(), python="3.11.7", gil=True, free_threaded=False, jit=False)
A_MACHINE = replace(DEFAULT_BUILD, cpu="A", usable_cores=2, memory_bytes=24 * 1024**3, compiler="GCC 12")


def changed(**changes: object) -> Machine:
    """A machine, with the fingerprint that follows."""
    return with_fingerprint(replace(A_MACHINE, **changes))


MACHINE = changed()


class TestMachine:
    @pytest.mark.parametrize(
        "change",
        [
            {"cpu": "B"},
            {"usable_cores": 4},
            {"memory_bytes": 8 * 1024**3},
            {"python": "3.11.8"},
            {"compiler": "Clang 18"},
            {"gil": False},
            {"free_threaded": True},
            {"jit": True},
        ],
    )
    def test_unlike_machines_and_builds_never_share_a_folder(self, change: dict[str, object]) -> None:
        other = changed(**change)
        assert other.fingerprint != MACHINE.fingerprint
        assert other.folder != MACHINE.folder

    def test_a_free_threaded_build_is_told_by_its_folder(self) -> None:
        assert "CPython-3.11.7t-" in changed(free_threaded=True, gil=False).folder

    @pytest.mark.skipif(not has_gil(), reason="a free-threaded Python, whose GIL is off")
    def test_a_gil_that_comes_back_amid_a_run_is_recorded_and_told(self) -> None:
        without = with_fingerprint(replace(this_machine(), gil=False))
        now = as_it_is_now(without)
        assert now.gil is True
        assert now.fingerprint == this_machine().fingerprint != without.fingerprint
        condition = gil_came_back(gil_before=False)
        assert condition is not None
        assert "PYTHON_GIL=0" in condition.sentence
        assert gil_came_back(gil_before=True) is None

    def test_a_name_and_some_memory_more_or_less_do_not_make_another_machine(self) -> None:
        named = changed(name="laptop", memory_bytes=MACHINE.memory_bytes + 10**6)
        assert named.fingerprint == MACHINE.fingerprint
        assert named.folder == f"laptop-{MACHINE.folder}"

    def test_this_one_is_described(self) -> None:
        here = this_machine()
        assert here.cpu
        assert here.usable_cores >= 1
        assert here.memory_bytes > 10**8
        assert here.python == sys.version.split()[0]
        assert re.fullmatch(r"[0-9a-f]{8}", here.fingerprint)

    @pytest.mark.parametrize("text", ["", "a/b", "..", "-x", "a b", "a" * 41, "é", "a\n"])
    def test_a_name_that_is_none(self, text: str) -> None:
        with pytest.raises(argparse.ArgumentTypeError, match="is not a name for a machine: use up to 40 letters"):
            machine_name(text)

    @pytest.mark.parametrize(
        "option", ["--machine=a/b", "--order-seed=abc", "--order-seed=-1", "--time-limit=soon", "--time-limit=0"]
    )
    def test_nonsense_is_a_usage_error(self, tmp_path: Path, option: str) -> None:
        assert f"argument {option.partition('=')[0]}" in refusal(tmp_path / "runs", option)
        assert not (tmp_path / "runs").exists()


class TestSeveralRuns:
    """As tests/analysis/report/test_report.py has them, where they end well."""

    def test_a_failure_is_shown_and_ends_it(self, tmp_path: Path) -> None:
        command = [sys.executable, "-m", "campaign.repeat", "2"]
        outcome = run(*command, f"--benchmark-storage={tmp_path}", "--order-seed=abc")
        assert outcome.returncode == USAGE_ERROR
        assert "'abc' is not a seed" in outcome.stdout
        assert "run 1 of 2 failed, as above; the runs before it are saved" in outcome.stdout

    @pytest.mark.parametrize("runs", ["0", "-1", "abc", "", "1.5", "1001"])
    def test_a_number_of_runs_that_is_none(self, runs: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([runs, "--fast"]) == 2
        said = capsys.readouterr().err
        assert said == f"{runs!r} is not a number of runs: give one from 1 to 1000, such as RUNS=5\n"

    @pytest.mark.parametrize("option", SINGLE)
    def test_what_is_said_of_a_single_run_is_refused_for_several(
        self, option: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["5", option]) == 2
        assert capsys.readouterr().err == f"{option} is for a single run: leave out RUNS=5\n"

    @pytest.mark.skipif(os.name != "posix", reason="signals")
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
    @pytest.mark.usefixtures("own_temp")
    def test_when_it_is_stopped_the_runs_before_it_are_kept_and_nothing_is_left(
        self, tmp_path: Path, number: signal.Signals
    ) -> None:
        fast = ("--fast", "-p", "no:cacheprovider", *QUICK, "-k", "test_dispatch and sequential")
        command = [sys.executable, "-m", "campaign.repeat", "50", f"--benchmark-storage={tmp_path}", *fast]
        with in_the_background(command) as process:
            assert eventually(lambda: list(tmp_path.glob("*/*.json")))
            family = eventually(lambda: psutil.Process(process.pid).children(recursive=True))  # of the next run
            # Ctrl-C goes to all of a terminal's foreground, and a kill to one process.
            (os.killpg if number is signal.SIGINT else os.kill)(process.pid, number)
            output, _ = process.communicate(timeout=60)
        assert saved_runs(tmp_path)
        assert left_of(family) == []
        if number is signal.SIGINT:
            assert process.returncode == 130
            assert re.search(r"stopped in run \d+ of 50; the runs before it are saved", output)
            assert "Traceback" not in output
