"""A system that starts no more processes: what is up goes on, and who wants one more gets a sentence."""

import json
import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from harness.stands.forked import ForkedStands
from harness.stands.forkserver import ForkServer
from harness.stands.handle import StandFailed
from harness.stands.job import Ask, Checkpoint
from harness.stands.stands import CAN_FORK, SpawnedStands, Stands
from tests.support.processes import threads_besides
from tests.support.standing import job_of, warm

REASON = "Resource temporarily unavailable"
SENTENCE = rf"no more processes can be started here \({REASON}\): close other programs, or raise"


def refuse(*_: object, **__: object) -> None:
    raise BlockingIOError(11, REASON)


@pytest.mark.skipif(not CAN_FORK, reason="there is no fork server here")
def test_the_fork_server_says_so_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    channel, stand = socket.socketpair()
    monkeypatch.setattr(os, "fork", refuse)
    with ours, theirs, channel, stand:
        socket.send_fds(ours, [json.dumps({"start": True}).encode()], [stand.fileno()])
        assert ForkServer(theirs, str(tmp_path))._answer()
        assert json.loads(ours.recv(4096)) == {"refused": REASON}
        stand.close()
        assert channel.recv(1) == b"", "nobody holds the other end"


@pytest.mark.skipif(not CAN_FORK, reason="there is no fork server here")
def test_a_stand_that_is_up_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stands = ForkedStands()
    job = job_of(tmp_path, "pass")
    with warm(stands, job) as one:
        server = stands._servers[1]
        assert server
        monkeypatch.setattr(server, "_report", lambda: {"refused": REASON})
        with pytest.raises(StandFailed, match=SENTENCE), warm(stands, job):
            pass
        monkeypatch.undo()
        one.ask(Ask.GO, Checkpoint.RAN)
    stands.close()


@pytest.mark.parametrize("kind", [ForkedStands, SpawnedStands])
def test_when_not_even_the_first_is_started(
    kind: type[Stands], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "Popen", refuse)
    before = threading.enumerate()
    with pytest.raises(StandFailed, match=SENTENCE), warm(kind(), job_of(tmp_path, "pass")):
        pass
    assert threads_besides(before) == []
