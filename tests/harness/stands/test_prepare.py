"""What a workload prepares before its workers start, and what is left of it afterwards: nothing."""

from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.stands.forked import ForkedStands
from harness.stands.handle import StandFailed
from harness.stands.job import Ask, Checkpoint, Job
from harness.stands.stands import Stands
from tests.support.standing import SHORT_SECONDS, forking, job_of, sentence_of, warm

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
    @pytest.mark.parametrize(
        ("pattern", "cold"),
        [("sequential", False), ("asyncio-to-thread", True), ("multiprocessing", True), ("multiprocessing", False)],
    )
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

    def test_and_nothing_is_left_of_it_after_a_failure(self, stands: Stands, tmp_path: Path) -> None:
        folders = []
        for number, body in enumerate(("return 7", "raise TaskFailed('broken')", "os._exit(3)", "time.sleep(3600)")):
            place = tmp_path / str(number)
            place.mkdir()
            sentence_of(stands, preparing_job(place, f"{READ}\n{body}"), SHORT_SECONDS)
            folders.append(prepared_in(place))
        stands.close()
        assert [folder for folder in folders if folder.exists()] == []

    def test_and_nothing_is_left_of_it_when_whoever_asks_breaks_off(self, stands: Stands, tmp_path: Path) -> None:
        def break_off() -> None:
            with warm(stands, preparing_job(tmp_path, READ)):
                assert prepared_in(tmp_path).exists()
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            break_off()
        stands.close()
        assert not prepared_in(tmp_path).exists()

    @forking
    def test_and_nothing_is_left_of_it_when_what_forks_the_stands_is_killed(self, tmp_path: Path) -> None:
        stands = ForkedStands()
        with warm(stands, preparing_job(tmp_path, READ)) as stand:
            assert prepared_in(tmp_path).exists()
            psutil.Process(psutil.Process(stand.pid).ppid()).kill()
        stands.close()
        assert not prepared_in(tmp_path).parent.exists()

    def test_and_says_why_it_cannot(self, stands: Stands, tmp_path: Path) -> None:
        job = preparing_job(tmp_path, READ)
        file = Path(job.file)
        file.write_text(file.read_text().replace('self.note("prepared", folder)', "raise OSError('disk full')"))
        with pytest.raises(StandFailed, match="my-work: OSError: disk full"), warm(stands, job):
            pass
