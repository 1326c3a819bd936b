"""Stands, which are real processes: what comes of each way in which they can end, and that nothing is left of any."""

import contextlib
import os
import shutil
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from harness.stands.forked import ForkedStands
from harness.stands.handle import StandFailed, Subject
from harness.stands.job import Ask, Checkpoint, Job
from harness.stands.stands import CAN_FORK, SpawnedStands, Stands
from tests.support.processes import left_of, open_files_of, script, threads_besides
from tests.support.standing import LIMIT_SECONDS, SHORT_SECONDS, job_of, of_one_kind, posix, sentence_of, warm
from tests.support.suite import copy_of_the_suite
from workloads.contract import usable_cores


class TestEnds:
    def test_a_round_is_timed_and_checked(self, stands: Stands, tmp_path: Path) -> None:
        with warm(stands, job_of(tmp_path, "pass")) as stand:
            reports = [stand.ask(Ask.GO, Checkpoint.RAN) for _ in range(3)]
            stand.ask(Ask.STOP, Checkpoint.STOPPED)
            process = psutil.Process(stand.pid)
        assert all(report["seconds"] > 0 for report in reports)
        assert left_of([process]) == []

    @pytest.mark.skipif(usable_cores() < 2, reason="a pool that computes has one process")
    @pytest.mark.parametrize(
        ("pattern", "workers", "tasks"), [("multiprocessing", 2, 4), ("threading", 2, 2), ("multiprocessing", 64, 2)]
    )
    @of_one_kind
    def test_each_process_of_a_pool_that_computes_gets_warm(
        self, stands: Stands, tmp_path: Path, pattern: str, workers: int, tasks: int
    ) -> None:
        """The two tasks there are, and once more what one process may have done alone."""
        done = tmp_path / "done"
        body = f"with open({str(done)!r}, 'a') as file: file.write('x')"
        with warm(stands, job_of(tmp_path, body, pattern, workers=workers)):
            assert done.read_text() == "x" * tasks

    @pytest.mark.parametrize(
        ("body", "sentence"),
        [
            ("raise TaskFailed('task 1 is broken')", "task 1 is broken"),
            ("return 7", "my-work: task 0 (1) gave 7 and the right answer is 1"),
            ("return task.bogus", "my-work: AttributeError: 'int' object has no attribute 'bogus'"),
        ],
    )
    @of_one_kind
    def test_what_fails_says_why(self, stands: Stands, tmp_path: Path, body: str, sentence: str) -> None:
        assert sentence_of(stands, job_of(tmp_path, body)) == sentence

    @pytest.mark.parametrize(
        ("body", "how"),
        [("os._exit(3)", "exit code 3"), pytest.param("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL", marks=posix)],
    )
    def test_what_ends_the_process_is_told(self, stands: Stands, tmp_path: Path, body: str, how: str) -> None:
        found = sentence_of(stands, job_of(tmp_path, body))
        assert found.startswith(f"my-work: the process of sequential ended ({how}")
        assert found.endswith("somebody killed it, or a task ends the process")

    @pytest.mark.parametrize("body", ["time.sleep(3600)", "while True: pass"])
    @of_one_kind
    def test_what_hangs_is_ended(self, stands: Stands, tmp_path: Path, body: str) -> None:
        assert sentence_of(stands, job_of(tmp_path, body), SHORT_SECONDS) == (
            "my-work: it had not ended after 0.3 s: raise --time-limit if it takes that long"
        )

    @posix
    @of_one_kind
    def test_threads_that_hang_are_ended(self, stands: Stands, tmp_path: Path) -> None:
        assert "had not ended" in sentence_of(stands, job_of(tmp_path, "time.sleep(3600)", "threading"), SHORT_SECONDS)

    @posix
    def test_a_pool_that_has_lost_a_worker(self, stands: Stands, tmp_path: Path) -> None:
        body = "if in_a_worker(): os.kill(os.getpid(), signal.SIGKILL)"
        assert "had not ended" in sentence_of(stands, job_of(tmp_path, body, "multiprocessing"), SHORT_SECONDS)

    @posix
    @of_one_kind
    def test_an_executor_that_has_lost_a_worker(self, stands: Stands, tmp_path: Path) -> None:
        body = "if in_a_worker(): os.kill(os.getpid(), signal.SIGKILL)"
        found = sentence_of(stands, job_of(tmp_path, body, "process-pool"))
        assert found.startswith("my-work: a worker of process-pool ended before its task was done: look whether")

    def test_one_that_has_failed_can_be_asked_again(self, stands: Stands, tmp_path: Path) -> None:
        """However far its end has come: whoever asks it to stop gets the failure, and no broken pipe."""
        for pause in (0.0, 0.1):
            with warm(stands, job_of(tmp_path, "return 7")) as stand:
                with pytest.raises(StandFailed, match="gave 7"):
                    stand.ask(Ask.GO, Checkpoint.RAN)
                time.sleep(pause)
                with pytest.raises(StandFailed, match="ended"):
                    stand.ask(Ask.STOP, Checkpoint.STOPPED)

    @posix
    def test_one_that_ends_in_the_midst_of_a_line(self, stands: Stands, tmp_path: Path) -> None:
        """The report of a thousand tasks is more than a socket or a pipe takes at once."""
        job = job_of(tmp_path, "pass", recorded=True)
        file = Path(job.file)
        file.write_text(file.read_text().replace("(1, 2)", "tuple(range(20_000))"))
        with warm(stands, job) as stand:
            process = psutil.Process(stand.pid)
            # Told and not heard, until it has got stuck with what it has to say.
            stand.writer.write(f"{Ask.GO}\n")
            stand.writer.flush()
            time.sleep(0.5)
            process.kill()
            with pytest.raises(StandFailed, match="SIGKILL"):
                stand.ask(Ask.GO, Checkpoint.RAN)

    def test_nothing_is_left_when_whoever_asks_breaks_off(self, stands: Stands, tmp_path: Path) -> None:
        family: list[psutil.Process] = []

        def break_off() -> None:
            with warm(stands, job_of(tmp_path, "pass", "multiprocessing")) as stand:
                process = psutil.Process(stand.pid)
                family.extend([process, *process.children(recursive=True)])
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            break_off()
        assert len(family) >= 3
        assert left_of(family) == []

    @of_one_kind
    def test_several_at_a_time(self, stands: Stands, tmp_path: Path) -> None:
        job = job_of(tmp_path, "pass")
        with warm(stands, job) as one, warm(stands, job) as other:
            assert one.pid != other.pid
            for stand in (one, other, other, one):
                stand.ask(Ask.GO, Checkpoint.RAN)


class TestPrints:
    LOUD = "print('{\"mark\":', 'x' * 50_000, flush=True); os.write(1, b'{}'); print('y', file=sys.stderr)"

    def test_what_tasks_print_is_not_in_the_way(
        self, stands: Stands, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        stands.close()  # to start anew with the standard error that is captured here
        for pattern in ("sequential", "threading", "multiprocessing"):
            with warm(stands, job_of(tmp_path, self.LOUD, pattern)) as stand:
                for _ in range(3):
                    stand.ask(Ask.GO, Checkpoint.RAN)
                stand.ask(Ask.STOP, Checkpoint.STOPPED)
            out, err = capfd.readouterr()
            assert out == ""
            assert err.count("x" * 50_000) >= 3 * 2, pattern

    def test_what_tasks_read_is_not_what_is_asked(self, stands: Stands, tmp_path: Path) -> None:
        with warm(stands, job_of(tmp_path, "sys.stdin.read() if sys.stdin else None")) as stand:
            stand.ask(Ask.GO, Checkpoint.RAN)
            stand.ask(Ask.STOP, Checkpoint.STOPPED)


class TestFresh:
    """A stand has nothing of what has run before it, here or in another stand."""

    def test_has_one_thread_and_no_children_when_it_starts(self, stands: Stands, tmp_path: Path) -> None:
        with stands.open(job_of(tmp_path, "pass", "threading"), LIMIT_SECONDS) as stand:
            stand.begin()
            process = psutil.Process(stand.pid)
            assert process.num_threads() == 1
            assert process.children() == []

    @of_one_kind
    def test_has_nothing_of_an_earlier_one(self, stands: Stands, tmp_path: Path) -> None:
        body = "assert not hasattr(sys, 'seen'); raise TaskFailed('first')"
        spoilt = job_of(tmp_path, "sys.seen = os.environ['SEEN'] = '1'")
        with warm(stands, spoilt) as stand:
            stand.ask(Ask.GO, Checkpoint.RAN)
        assert sentence_of(stands, job_of(tmp_path, body)) == "first"

    @pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="files are counted in Linux's /proc")
    def test_has_none_of_the_files_of_others(self, stands: Stands, tmp_path: Path) -> None:
        job = job_of(tmp_path, "pass")
        with (tmp_path / "open").open("w") as file, warm(stands, job) as one:
            os.set_inheritable(file.fileno(), False)
            with warm(stands, job) as other:
                files = [sorted(_files_of(stand.pid)) for stand in (one, other)]
        assert files[0] == files[1]
        assert not any("pipe" in name or "eventpoll" in name for name in files[0] if isinstance(stands, ForkedStands))


def _files_of(pid: int) -> list[str]:
    return [name.partition(":")[0] for name in open_files_of(pid)]


class TestNothingIsLeft:
    def test_of_the_stands_themselves_which_can_be_closed_twice_and_opened_again(
        self, stands: Stands, tmp_path: Path
    ) -> None:
        stands.close()
        stands.close()
        threads = set(threading.enumerate())
        before = psutil.Process().children(recursive=True)
        files = psutil.Process().num_fds() if os.name == "posix" else 0
        for body in ("pass", "return 7", "os._exit(3)"):
            with contextlib.suppress(StandFailed), warm(stands, job_of(tmp_path, body)) as stand:
                stand.ask(Ask.GO, Checkpoint.RAN)
        stands.close()
        assert left_of([one for one in psutil.Process().children(recursive=True) if one not in before]) == []
        assert threads_besides(threads) == []
        if os.name == "posix":
            assert psutil.Process().num_fds() == files


class TestSubject:
    def test_another_checkout_and_another_interpreter_are_what_runs(self, tmp_path: Path) -> None:
        """A script stands for one: it says that it was started, and starts the Python of these tests."""
        if os.name != "posix" or shutil.which("sh") is None:
            pytest.skip("there is no shell")
        note = tmp_path / "note"
        python = script(tmp_path / "python", f'echo started >> {note}\nexec {sys.executable} "$@"')
        suite = copy_of_the_suite(tmp_path)
        source = suite / "workloads" / "fibonacci.py"
        source.write_text(
            "import os\nfrom workloads.computation import Computation\n"
            f"def where(_): return {str(suite)!r} if __file__.startswith({str(suite)!r}) else ''\n"
            f"WORKLOADS = (Computation('math-fibonacci', where, tasks=(1,), answers=({str(suite)!r},)),)\n"
        )
        job = Job("sequential", "math-fibonacci", 1, False, "spawn")
        subject = Subject(python=str(python), suite=suite)
        kinds: list[Stands] = [SpawnedStands(subject)]
        if CAN_FORK:
            kinds.append(ForkedStands(subject))
        for number, stands in enumerate(kinds, start=1):
            with warm(stands, job) as stand:
                assert stand.ask(Ask.GO, Checkpoint.RAN)["seconds"] > 0
                process = psutil.Process(stand.pid)
                assert str(suite) in process.environ()["PYTHONPATH"]
            stands.close()
            assert note.read_text().count("started") == number
