"""The local server: what it answers, how it is started, and how it ends."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import time

import aiohttp
import psutil
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer

from harness.servers.server import LocalServer, RemoteServer, ServerError, ask
from tests import SUITE
from tests.support.processes import in_the_background, line_of
from tests.support.servers import COMMAND, refusal, running
from workloads.server import BadRequest, body_of, parse_request


def gone(pid: int, seconds: float = 10.0) -> bool:
    """Whether a process ends within so many seconds."""
    try:
        psutil.Process(pid).wait(timeout=seconds)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


@pytest.mark.parametrize("size", [0, 1, 8, 1_000, 1_048_576])
def test_answers_with_the_bytes_asked_for(local_server: LocalServer, size: int) -> None:
    response = requests.get(f"{local_server.url}/bytes/{size}", timeout=10)
    assert response.content == body_of(size)


async def get(session: aiohttp.ClientSession, url: str) -> bytes:
    async with session.get(url) as response:
        return await response.read()


@pytest.mark.asyncio
async def test_waits_as_long_as_asked_and_serves_others_meanwhile(local_server: LocalServer) -> None:
    url = f"{local_server.url}/bytes/10?latency_ms=200"
    async with aiohttp.ClientSession() as session:
        started = time.perf_counter()
        bodies = await asyncio.gather(*[get(session, url) for _ in range(50)])
    assert bodies == [body_of(10)] * 50
    # No upper limit, as the machine may be busy; but one after the other would take 10 s, and 50 were there at once.
    assert time.perf_counter() - started >= 0.2
    assert ask(local_server.url).most_in_flight >= 2


def test_counts_requests_bytes_and_connections(fresh_server: LocalServer) -> None:
    before = ask(fresh_server.url)
    with requests.Session() as session:
        for _ in range(5):
            session.get(f"{fresh_server.url}/bytes/100", timeout=10)
    after = ask(fresh_server.url)
    assert after.requests - before.requests == 5
    assert after.body_bytes - before.body_bytes == 500
    assert after.connections - before.connections == 1
    assert after.in_flight == 0
    assert after.cpu_seconds >= before.cpu_seconds


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/", "no such path"),
        ("/bytes/ten", "not a number"),
        ("/bytes/-1", "ask for 0 to"),
        ("/bytes/99999999999", "ask for 0 to"),
        ("/bytes/1?latency_ms=soon", "not a number"),
        ("/bytes/1?latency_ms=nan", "ask for 0 to"),
        ("/bytes/1?latency_ms=1e9", "ask for 0 to"),
    ],
)
def test_says_what_is_wrong_with_a_request(local_server: LocalServer, path: str, reason: str) -> None:
    response = requests.get(local_server.url + path, timeout=10)
    assert response.status_code == 404
    assert reason in response.text


@given(st.text(max_size=40), st.text(max_size=40))
def test_understands_or_refuses_every_url(path: str, query: str) -> None:
    try:
        size, latency = parse_request(path, query)
    except BadRequest:
        return
    assert size >= 0
    assert 0 <= latency <= 60


def test_ends_when_its_parent_closes_its_input() -> None:
    with running("--end-with-parent") as (process, url):
        assert ask(url).pid == process.pid
        assert process.stdin is not None
        process.stdin.close()
        assert gone(process.pid)


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("arguments", [[], ["--rtt=1"]])
def test_ends_on_ctrl_c_without_a_traceback(arguments: list[str]) -> None:
    with in_the_background([*COMMAND, *arguments]) as process:
        url = line_of(process).split()[-1]
        assert requests.get(f"{url}/bytes/10", timeout=10).content == body_of(10)
        process.send_signal(signal.SIGINT)
        complaint, _ = process.communicate(timeout=20)
    assert (process.returncode, complaint) == (0, "")


def test_refuses_a_port_that_is_taken() -> None:
    with running() as (_, url):
        port = url.rpartition(":")[2]
        second = subprocess.run([*COMMAND, "--port", port], cwd=SUITE, capture_output=True, text=True, check=False)
    assert second.returncode == 2
    assert second.stderr.startswith(f"cannot listen on 127.0.0.1:{port}: ")
    assert len(second.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--port", "99999"], "'99999' is not a port"),
        (["--port", "http"], "'http' is not a port"),
        (["--port", "-1"], "'-1' is not a port"),
        (["--host", "203.0.113.1"], "cannot listen on 203.0.113.1:0"),
        (["--host", "no such host"], "cannot listen on no such host:0"),
        (["--tls-port", "http"], "'http' is not a port"),
        (["--port", "65535"], "no port comes after 65535: say where to serve https with --tls-port"),
        (["--name", "no such host"], "'no such host' is not the name or the address of a host"),
        *(
            ([f"--rtt={text}"], f"{text!r} is not a round trip: give a whole number of milliseconds from 0 to 1000")
            for text in ("-1", "abc", "20.5", "1001", "", "９")
        ),
    ],
)
def test_refuses_nonsense(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert complaint in refusal(arguments, capsys)


def test_a_local_server_that_died_is_replaced() -> None:
    server = LocalServer()
    try:
        first = ask(server.url)
        assert server.explain() is None
        os.kill(first.pid, signal.SIGKILL)
        assert "ended with exit code -9" in str(server.explain())
        with pytest.raises(ServerError, match="no answer from the server"):
            server.stats()  # of the one that is measured, never of a new one
        assert ask(server.url).pid != first.pid
    finally:
        server.stop()


def test_a_remote_server_is_left_as_it_was() -> None:
    with running() as (process, url):
        server = RemoteServer(url + "/")
        assert server.url == url
        server.stop()
        assert process.poll() is None
        assert server.explain() is None
        process.kill()
        process.wait()
        assert "no answer from the server" in str(server.explain())


@pytest.mark.parametrize(
    "url", ["", "nonsense", "127.0.0.1:8000", "ftp://127.0.0.1", "http://", "http://[", "http://h:x"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ServerError, match="is not the address of a server"):
        ask(url)


@pytest.mark.parametrize("answer", [b"", b"hello", b"[]", b"{}", json.dumps({"server": "nginx"}).encode(), b"\xff"])
def test_a_foreign_server_is_refused(httpserver: HTTPServer, answer: bytes) -> None:
    httpserver.expect_request("/stats").respond_with_data(answer)
    with pytest.raises(ServerError, match="is not this version of this suite's"):
        ask(httpserver.url_for("").rstrip("/"))


def test_a_server_that_is_not_there_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ServerError, match=f"no answer from the server at {url}"):
            ask(url)


def test_a_server_on_this_machine_is_known_by_its_process(local_server: LocalServer) -> None:
    with running() as (process, url):
        assert RemoteServer(url).pids() == (process.pid,)
        assert RemoteServer(url.replace("127.0.0.1", "203.0.113.1")).pids() == ()
    assert local_server.pids() == ()  # a child of this process, as all that it has started


def test_a_python_that_cannot_even_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", os.devnull)
    with pytest.raises(ServerError, match="the local server does not start: Fatal Python error: "):
        _ = LocalServer().url
