"""Stands, which are real processes: what comes of each way in which they can end, and that nothing is left of any."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.stands.forked import ForkedStands
from harness.stands.handle import Stand, StandFailed, Subject
from harness.stands.job import Ask, Checkpoint, Job
from harness.stands.stands import CAN_FORK, SpawnedStands, Stands
from tests.processes import in_the_background, left_of, marked, wait_until_ended
from tests.suite import copy_of_the_suite

LIMIT_SECONDS = 60.0
SHORT_SECONDS = 0.3

forking = pytest.mark.skipif(not CAN_FORK, reason="there are no forked stands here")
posix = pytest.mark.skipif(os.name != "posix", reason="signals")

# A workload whose task does as it says.
WORK = """
import json, multiprocessing, os, signal, sys, threading, time
from workloads.contract import TaskFailed, expect

def in_a_worker():
    return multiprocessing.parent_process() is not None

class Work:
    name = "my-work"
    tasks = (1, 2)
    def open(self):
        import contextlib
        return contextlib.nullcontext()
    def perform(self, client, task):
        {body}
        return task
    def check(self, results):
        expect(self.name, self.tasks, results, self.tasks)
    def ideal_seconds(self, workers, cores):
        return None

WORKLOADS = (Work(),)
"""


@pytest.fixture(params=[pytest.param("forked", marks=forking), "spawned"])
def stands(request: pytest.FixtureRequest) -> Iterator[Stands]:
    found: Stands = ForkedStands() if request.param == "forked" else SpawnedStands()
    yield found
    found.close()


@pytest.fixture
def forked() -> Iterator[ForkedStands]:
    found = ForkedStands()
    yield found
    found.close()


def job_of(tmp_path: Path, body: str, pattern: str = "sequential", **changes: Any) -> Job:
    """A job whose tasks run some code."""
    file = tmp_path / "my_work.py"
    file.write_text(WORK.replace("{body}", body.replace("\n", "\n        ")))
    known: dict[str, Any] = {"workers": 2, "cold": False, "start_method": "fork" if CAN_FORK else "spawn"}
    return Job(pattern=pattern, workload="my-work", file=str(file), **(known | changes))


@contextmanager
def warm(stands: Stands, job: Job, limit_seconds: float = LIMIT_SECONDS) -> Iterator[Stand]:
    """A stand that is ready for rounds."""
    with stands.open(job, limit_seconds) as stand:
        stand.begin()
        stand.ask(Ask.START, Checkpoint.READY)
        yield stand


def sentence_of(stands: Stands, job: Job, limit_seconds: float = LIMIT_SECONDS) -> str:
    """Why a stand fails, of which nothing is left."""
    family: list[psutil.Process] = []

    def try_a_round() -> None:
        with stands.open(job, LIMIT_SECONDS) as stand:
            family.append(psutil.Process(stand.pid))
            stand.begin()
            stand._limit_seconds = limit_seconds  # a Python may take longer than that to start on a busy machine
            stand.ask(Ask.START, Checkpoint.READY)
            family.extend(family[0].children(recursive=True))
            stand.ask(Ask.GO, Checkpoint.RAN)

    with pytest.raises(StandFailed) as failed:
        try_a_round()
    assert left_of(family) == []
    return str(failed.value)


class TestEnds:
    def test_a_round_is_timed_and_checked(self, stands: Stands, tmp_path: Path) -> None:
        with warm(stands, job_of(tmp_path, "pass")) as stand:
            reports = [stand.ask(Ask.GO, Checkpoint.RAN) for _ in range(3)]
            stand.ask(Ask.STOP, Checkpoint.STOPPED)
            process = psutil.Process(stand.pid)
        assert all(report["seconds"] > 0 for report in reports)
        assert left_of([process]) == []

    @pytest.mark.parametrize(
        ("body", "sentence"),
        [
            ("raise TaskFailed('task 1 is broken')", "task 1 is broken"),
            ("return 7", "my-work: task 0 (1) gave 7 and the right answer is 1"),
            ("return task.bogus", "my-work: AttributeError: 'int' object has no attribute 'bogus'"),
        ],
    )
    def test_what_fails_says_why(self, stands: Stands, tmp_path: Path, body: str, sentence: str) -> None:
        assert sentence_of(stands, job_of(tmp_path, body)) == sentence

    @pytest.mark.parametrize(
        ("body", "how"),
        [
            ("os._exit(3)", "exit code 3"),
            ("sys.exit()", "exit code 1"),
            pytest.param("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL", marks=posix),
        ],
    )
    def test_what_ends_the_process_is_told(self, stands: Stands, tmp_path: Path, body: str, how: str) -> None:
        found = sentence_of(stands, job_of(tmp_path, body))
        assert found.startswith(f"my-work: the process of sequential ended ({how}")
        assert found.endswith("somebody killed it, or a task ends the process")

    @pytest.mark.parametrize("body", ["time.sleep(3600)", "while True: pass"])
    def test_what_hangs_is_ended(self, stands: Stands, tmp_path: Path, body: str) -> None:
        assert sentence_of(stands, job_of(tmp_path, body), SHORT_SECONDS) == (
            "my-work: it had not ended after 0.3 s: raise --time-limit if it takes that long"
        )

    @posix
    def test_threads_that_hang_are_ended(self, stands: Stands, tmp_path: Path) -> None:
        assert "had not ended" in sentence_of(stands, job_of(tmp_path, "time.sleep(3600)", "threading"), SHORT_SECONDS)

    @posix
    def test_a_pool_that_has_lost_a_worker(self, stands: Stands, tmp_path: Path) -> None:
        body = "if in_a_worker(): os.kill(os.getpid(), signal.SIGKILL)"
        assert "had not ended" in sentence_of(stands, job_of(tmp_path, body, "multiprocessing"), SHORT_SECONDS)

    @posix
    def test_an_executor_that_has_lost_a_worker(self, stands: Stands, tmp_path: Path) -> None:
        body = "if in_a_worker(): os.kill(os.getpid(), signal.SIGKILL)"
        found = sentence_of(stands, job_of(tmp_path, body, "process-pool"))
        assert found.startswith("my-work: a worker of process-pool ended before its task was done: look whether")

    def test_one_that_has_failed_can_be_asked_again(self, stands: Stands, tmp_path: Path) -> None:
        """However far its end has come: whoever asks it to stop gets the failure, and no broken pipe."""
        for pause in (0.0, 0.01, 0.1):
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
            stand._writer.write(f"{Ask.GO}\n")
            stand._writer.flush()
            time.sleep(0.5)
            process.kill()
            with pytest.raises(StandFailed, match="SIGKILL"):
                stand.ask(Ask.GO, Checkpoint.RAN)

    @pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
    def test_nothing_is_left_when_whoever_asks_breaks_off(
        self, stands: Stands, tmp_path: Path, error: type[BaseException]
    ) -> None:
        family: list[psutil.Process] = []

        def break_off() -> None:
            with warm(stands, job_of(tmp_path, "pass", "multiprocessing")) as stand:
                process = psutil.Process(stand.pid)
                family.extend([process, *process.children(recursive=True)])
                raise error

        with pytest.raises(error):
            break_off()
        assert len(family) >= 3
        assert left_of(family) == []

    def test_several_at_a_time(self, stands: Stands, tmp_path: Path) -> None:
        job = job_of(tmp_path, "pass")
        with warm(stands, job) as one, warm(stands, job) as other:
            assert one.pid != other.pid
            for stand in (one, other, other, one):
                stand.ask(Ask.GO, Checkpoint.RAN)


# A workload that reads what it has prepared, and notes down what becomes of it.
PREPARE = """
    @contextlib.contextmanager
    def prepare(self):
        with tempfile.TemporaryDirectory() as folder:
            self.file = os.path.join(folder, "data")
            with open(self.file, "w") as data:
                data.write("7")
            self.note("prepared", folder)
            yield
            self.note("left", multiprocessing.active_children())
    def note(self, *words):
        with open({notes!r}, "a") as notes:
            print(*words, file=notes)
"""
READ = "assert open(self.file).read() == '7'"


def preparing_job(tmp_path: Path, body: str, pattern: str = "sequential", **changes: Any) -> Job:
    """A job whose workload prepares a file in a temporary folder."""
    job = job_of(tmp_path, body, pattern, **changes)
    file = Path(job.file)
    prepare = PREPARE.format(notes=str(tmp_path / "notes"))
    file.write_text("import contextlib, tempfile" + file.read_text().replace("    def open", f"{prepare}    def open"))
    return job


def prepared_in(tmp_path: Path) -> Path:
    """The folder that a workload has prepared."""
    return Path((tmp_path / "notes").read_text().splitlines()[0].removeprefix("prepared "))


class TestPrepares:
    @pytest.mark.parametrize("cold", [True, False])
    @pytest.mark.parametrize("pattern", ["sequential", "asyncio-to-thread", "multiprocessing"])
    def test_once_before_the_workers_start_and_until_they_have_stopped(
        self, stands: Stands, tmp_path: Path, pattern: str, cold: bool
    ) -> None:
        with warm(stands, preparing_job(tmp_path, READ, pattern, cold=cold)) as stand:
            for _ in range(3):
                stand.ask(Ask.GO, Checkpoint.RAN)
            stand.ask(Ask.STOP, Checkpoint.STOPPED)
            folder = prepared_in(tmp_path)
            assert not folder.exists()
        assert (tmp_path / "notes").read_text() == f"prepared {folder}\nleft []\n"

    @pytest.mark.parametrize("body", ["return 7", "raise TaskFailed('broken')", "os._exit(3)", "time.sleep(3600)"])
    def test_and_nothing_is_left_of_it_after_a_failure(self, stands: Stands, tmp_path: Path, body: str) -> None:
        sentence_of(stands, preparing_job(tmp_path, f"{READ}\n{body}"), SHORT_SECONDS)
        folder = prepared_in(tmp_path)
        stands.close()
        assert not folder.exists()

    def test_and_nothing_is_left_of_it_when_whoever_asks_breaks_off(self, stands: Stands, tmp_path: Path) -> None:
        def break_off() -> None:
            with warm(stands, preparing_job(tmp_path, READ)):
                assert prepared_in(tmp_path).exists()
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            break_off()
        stands.close()
        assert not prepared_in(tmp_path).exists()

    def test_and_says_why_it_cannot(self, stands: Stands, tmp_path: Path) -> None:
        job = preparing_job(tmp_path, READ)
        file = Path(job.file)
        file.write_text(file.read_text().replace('self.note("prepared", folder)', "raise OSError('disk full')"))
        with pytest.raises(StandFailed, match="my-work: OSError: disk full"), warm(stands, job):
            pass


class TestPrints:
    LOUD = "print('{\"mark\":', 'x' * 50_000, flush=True); os.write(1, b'{}'); print('y', file=sys.stderr)"

    @pytest.mark.parametrize("pattern", ["sequential", "threading", "multiprocessing"])
    def test_what_tasks_print_is_not_in_the_way(
        self, stands: Stands, tmp_path: Path, pattern: str, capfd: pytest.CaptureFixture[str]
    ) -> None:
        with warm(stands, job_of(tmp_path, self.LOUD, pattern)) as stand:
            for _ in range(3):
                stand.ask(Ask.GO, Checkpoint.RAN)
            stand.ask(Ask.STOP, Checkpoint.STOPPED)
        out, err = capfd.readouterr()
        assert out == ""
        assert err.count("x" * 50_000) >= 3 * 2

    def test_what_tasks_read_is_not_what_is_asked(self, stands: Stands, tmp_path: Path) -> None:
        with warm(stands, job_of(tmp_path, "sys.stdin.read() if sys.stdin else None")) as stand:
            stand.ask(Ask.GO, Checkpoint.RAN)
            stand.ask(Ask.STOP, Checkpoint.STOPPED)


class TestFresh:
    """A stand has nothing of what has run before it, here or in another stand."""

    def test_has_one_thread_and_no_children_when_it_starts(self, stands: Stands, tmp_path: Path) -> None:
        for _ in range(2):
            with stands.open(job_of(tmp_path, "pass", "threading"), LIMIT_SECONDS) as stand:
                stand.begin()
                process = psutil.Process(stand.pid)
                assert process.num_threads() == 1
                assert process.children() == []

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
    return [str(file.readlink()).partition(":")[0] for file in Path(f"/proc/{pid}/fd").iterdir()]


class TestNothingIsLeft:
    def test_of_the_stands_themselves(self, stands: Stands, tmp_path: Path) -> None:
        threads = set(threading.enumerate())
        before = psutil.Process().children(recursive=True)
        files = psutil.Process().num_fds() if os.name == "posix" else 0
        for body in ("pass", "return 7", "os._exit(3)"):
            with contextlib.suppress(StandFailed), warm(stands, job_of(tmp_path, body)) as stand:
                stand.ask(Ask.GO, Checkpoint.RAN)
        stands.close()
        assert left_of([one for one in psutil.Process().children(recursive=True) if one not in before]) == []
        assert [one for one in threading.enumerate() if one not in threads] == []
        if os.name == "posix":
            assert psutil.Process().num_fds() == files

    def test_closing_twice_and_opening_again(self, stands: Stands, tmp_path: Path) -> None:
        stands.close()
        stands.close()
        with warm(stands, job_of(tmp_path, "pass")) as stand:
            stand.ask(Ask.GO, Checkpoint.RAN)


@forking
class TestForkServer:
    def test_one_serves_all_stands(self, forked: ForkedStands, tmp_path: Path) -> None:
        parents = set()
        for _ in range(3):
            with warm(forked, job_of(tmp_path, "pass")) as stand:
                parents.add(psutil.Process(stand.pid).ppid())
        assert len(parents) == 1

    def test_one_that_died_is_replaced(self, forked: ForkedStands, tmp_path: Path) -> None:
        job = job_of(tmp_path, "pass")
        with warm(forked, job) as stand:
            server = psutil.Process(stand.pid).parent()
        assert server is not None
        server.kill()
        with warm(forked, job) as stand:
            stand.ask(Ask.GO, Checkpoint.RAN)
            assert psutil.Process(stand.pid).ppid() != server.pid

    def test_what_it_has_started_is_ended_though_it_was_killed(self, forked: ForkedStands, tmp_path: Path) -> None:
        with warm(forked, job_of(tmp_path, "pass", "multiprocessing")) as stand:
            one = psutil.Process(stand.pid)
            family, server = [one, *one.children(recursive=True)], one.parent()
            assert server is not None
            server.kill()
            server.wait()
            stand.ask(Ask.GO, Checkpoint.RAN)  # it does not need the server
        assert len(family) >= 3
        assert left_of(family) == []

    def test_what_hangs_is_ended_though_the_server_was_killed(self, forked: ForkedStands, tmp_path: Path) -> None:
        with forked.open(job_of(tmp_path, "time.sleep(3600)"), SHORT_SECONDS) as stand:
            stand.begin()
            one = psutil.Process(stand.pid)
            server = one.parent()
            assert server is not None
            server.kill()
            with pytest.raises(StandFailed, match=r"had not ended after 0\.3 s"):
                stand.ask(Ask.START, Checkpoint.READY)
        assert left_of([one]) == []

    def test_one_that_dies_while_a_stand_is_wanted_is_replaced(self, forked: ForkedStands, tmp_path: Path) -> None:
        job = job_of(tmp_path, "pass")
        with warm(forked, job) as stand:
            server = psutil.Process(stand.pid).parent()
        assert server is not None
        server.suspend()
        threading.Timer(0.1, server.kill).start()
        with warm(forked, job) as stand:
            stand.ask(Ask.GO, Checkpoint.RAN)

    def test_a_python_that_starts_nothing_fails_in_a_sentence(self, tmp_path: Path) -> None:
        stands = ForkedStands(Subject(python=str(shutil.which("false"))))
        for _ in range(2):
            with (
                pytest.raises(StandFailed, match="the process that starts the others ended"),
                warm(stands, job_of(tmp_path, "pass")),
            ):
                pass
        stands.close()


# Holds stands of two patterns, and goes on and on.
HOLDER = """
import sys
from harness.stands.job import Ask, Checkpoint, Job
from harness.stands.stands import ForkedStands, SpawnedStands
from tests.test_stands import warm
stands = (ForkedStands if sys.argv[1] == "forked" else SpawnedStands)()
print("up", flush=True)
try:
    while True:
        for pattern in ("multiprocessing", "threading", "process-pool"):
            job = Job(pattern, "nap", 2, False, sys.argv[2], tasks=20)
            with warm(stands, job) as one, warm(stands, job) as other:
                for stand in (one, other, one):
                    stand.ask(Ask.GO, Checkpoint.RAN)
                    print("ran", flush=True)
finally:
    stands.close()
"""


ONE_ROUND = """
import json, sys
from harness.stands.job import Job
from harness.stands.stands import ForkedStands, SpawnedStands
from tests.test_stands import warm
with warm((ForkedStands if sys.argv[1] == "forked" else SpawnedStands)(), Job(**json.loads(sys.argv[2])), 5.0):
    pass
"""


@contextmanager
def holder(kind: str, mark: dict[str, str], method: str = "fork") -> Iterator[subprocess.Popen[str]]:
    """A program that holds stands, and has begun to."""
    with in_the_background([sys.executable, "-c", HOLDER, kind, method], mark) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process


@posix
class TestWhoeverHoldsItIsStopped:
    @pytest.mark.parametrize("kind", [pytest.param("forked", marks=forking), "spawned"])
    def test_killed_at_any_moment(self, kind: str) -> None:
        self.kill_at_random_moments(kind, times=2, latest=0.7)

    @pytest.mark.stress
    @pytest.mark.parametrize("kind", [pytest.param("forked", marks=forking), "spawned"])
    def test_killed_at_fifty_moments(self, kind: str) -> None:
        self.kill_at_random_moments(kind, times=50, latest=1.5)

    @staticmethod
    def kill_at_random_moments(kind: str, times: int, latest: float) -> None:
        for _ in range(times):
            mark = marked()
            with holder(kind, mark) as process:
                time.sleep(random.uniform(0.0, latest))
                process.kill()
            assert wait_until_ended(mark) == []

    @pytest.mark.parametrize("kind", [pytest.param("forked", marks=forking), "spawned"])
    def test_killed_while_its_tasks_hang(self, kind: str, tmp_path: Path) -> None:
        begun, mark = tmp_path / "begun", marked()
        job = job_of(tmp_path, f"open({str(begun)!r}, 'w').close(); time.sleep(3600)", "multiprocessing")
        with in_the_background([sys.executable, "-c", ONE_ROUND, kind, job.as_line()], mark) as process:
            deadline = time.monotonic() + LIMIT_SECONDS
            while not begun.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            process.kill()
        assert begun.exists()
        assert wait_until_ended(mark) == []

    @pytest.mark.parametrize("kind", [pytest.param("forked", marks=forking), "spawned"])
    def test_interrupted(self, kind: str) -> None:
        mark = marked()
        with holder(kind, mark) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ran\n"
            os.killpg(process.pid, signal.SIGINT)
            output, _ = process.communicate(timeout=60)
        assert output.count("KeyboardInterrupt") == 1
        assert wait_until_ended(mark) == []


class TestSubject:
    def test_another_checkout_is_what_runs(self, tmp_path: Path) -> None:
        suite = copy_of_the_suite(tmp_path)
        source = suite / "workloads" / "fibonacci.py"
        source.write_text("raise SystemExit('another checkout')\n")
        source.write_text(
            "import os\nfrom workloads.computation import Computation\n"
            f"def where(_): return {str(suite)!r} if __file__.startswith({str(suite)!r}) else ''\n"
            f"WORKLOADS = (Computation('math-fibonacci', where, tasks=(1,), answers=({str(suite)!r},)),)\n"
        )
        job = Job("sequential", "math-fibonacci", 1, False, "spawn")
        kinds: list[Stands] = [SpawnedStands(Subject(suite=suite))]
        if CAN_FORK:
            kinds.append(ForkedStands(Subject(suite=suite)))
        for stands in kinds:
            with warm(stands, job) as stand:
                assert stand.ask(Ask.GO, Checkpoint.RAN)["seconds"] > 0
                process = psutil.Process(stand.pid)
                assert str(suite) in process.environ()["PYTHONPATH"]
            stands.close()

    def test_another_interpreter_is_what_runs(self, tmp_path: Path) -> None:
        """A script stands for one: it says that it was started, and starts the Python of these tests."""
        python, note = tmp_path / "python", tmp_path / "note"
        python.write_text(f'#!/bin/sh\necho started >> {note}\nexec {sys.executable} "$@"\n')
        python.chmod(0o755)
        if os.name != "posix" or shutil.which("sh") is None:
            pytest.skip("there is no shell")
        kinds: list[Stands] = [SpawnedStands(Subject(python=str(python)))]
        if CAN_FORK:
            kinds.append(ForkedStands(Subject(python=str(python))))
        for number, stands in enumerate(kinds, start=1):
            with warm(stands, job_of(tmp_path, "pass")) as stand:
                stand.ask(Ask.GO, Checkpoint.RAN)
            stands.close()
            assert note.read_text().count("started") == number
