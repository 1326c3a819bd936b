"""The process that starts the others serves all stands, is replaced, and leaves nothing when it dies."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.stands.forked import ForkedStands
from harness.stands.handle import NoMoreProcesses, Stand, StandFailed, Subject
from harness.stands.job import Ask, Checkpoint, Job
from harness.stands.stands import PairedStands
from tests.support.processes import left_of
from tests.support.standing import LIMIT_SECONDS, SHORT_SECONDS, forking, job_of, warm


@pytest.fixture(scope="module")
def forked() -> Iterator[ForkedStands]:
    """Stands of which each test may kill the server: the next one gets another."""
    found = ForkedStands()
    yield found
    found.close()


def server_of(stand: Stand) -> psutil.Process:
    return psutil.Process(psutil.Process(stand.pid).ppid())


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
            server = server_of(stand)
        server.kill()
        with warm(forked, job) as stand:
            stand.ask(Ask.GO, Checkpoint.RAN)
            assert psutil.Process(stand.pid).ppid() != server.pid

    def test_what_it_has_started_is_ended_though_it_was_killed(self, forked: ForkedStands, tmp_path: Path) -> None:
        with warm(forked, job_of(tmp_path, "pass", "multiprocessing")) as stand:
            one = psutil.Process(stand.pid)
            family, server = [one, *one.children(recursive=True)], server_of(stand)
            server.kill()
            server.wait()
            stand.ask(Ask.GO, Checkpoint.RAN)  # it does not need the server
        assert len(family) >= 3
        assert left_of(family) == []

    def test_what_hangs_is_ended_though_the_server_was_killed(self, forked: ForkedStands, tmp_path: Path) -> None:
        with forked.open(job_of(tmp_path, "time.sleep(3600)"), SHORT_SECONDS) as stand:
            stand.begin()
            one = psutil.Process(stand.pid)
            server_of(stand).kill()
            with pytest.raises(StandFailed, match=r"had not ended after 0\.3 s"):
                stand.ask(Ask.START, Checkpoint.READY)
        assert left_of([one]) == []

    def test_one_that_dies_while_a_stand_is_wanted_is_replaced(self, forked: ForkedStands, tmp_path: Path) -> None:
        job = job_of(tmp_path, "pass")
        with warm(forked, job) as stand:
            server = server_of(stand)
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


@forking
class TestPairs:
    def test_what_both_come_from_is_started_at_the_same_time(self, tmp_path: Path) -> None:
        one, other = ForkedStands(), ForkedStands()
        job = job_of(tmp_path, "pass")
        with PairedStands(one, other).open(job, LIMIT_SECONDS, 1):
            servers = started(one), started(other)
            assert [len(these) for these in servers] == [1, 1]
            with PairedStands(other, one).open(job, LIMIT_SECONDS, 1):
                assert (started(one), started(other)) == servers
        one.close()
        other.close()

    def test_one_whose_start_fails_says_so_itself(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        one, other = ForkedStands(servers=1), ForkedStands(servers=1)
        monkeypatch.setattr(other, "_begin", refuse)
        with warm(PairedStands(one, other), job_of(tmp_path, "pass")) as stand:
            stand.ask(Ask.GO, Checkpoint.RAN)
        with pytest.raises(NoMoreProcesses), warm(PairedStands(other, one), job_of(tmp_path, "pass")):
            pass
        one.close()


@forking
def test_no_two_repeats_of_a_contest_have_the_same_server(tmp_path: Path) -> None:
    job, stands = job_of(tmp_path, "pass"), ForkedStands(servers=2, anew=True)
    contests = [[server_for(stands, job, repeat) for repeat in range(1, 5)] for _ in range(2)]
    assert all(len(set(servers)) == 4 for servers in contests)
    first, second = map(set, contests)
    assert first & second == set(contests[0][:2]) == set(contests[1][:2])
    stands.close()


def server_for(stands: ForkedStands, job: Job, repeat: int) -> int:
    """The process from which both stands of a repeat come."""
    with stands.open(job, LIMIT_SECONDS, repeat) as one, stands.open(job, LIMIT_SECONDS, repeat) as other:
        (server,) = {server_of(one), server_of(other)}
    return server.pid


def started(stands: ForkedStands) -> list[object]:
    return [server for server in stands._servers if server]


def refuse(_: int) -> None:
    raise NoMoreProcesses("none")
