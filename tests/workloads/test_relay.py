"""A round trip that costs something: what a request then takes, and that the relay changes nothing else."""

import asyncio
import contextlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from harness.servers.server import LocalServer, OtherRoundTrip, RemoteServer, ask
from tests import SUITE
from tests.support.servers import running
from tests.support.suite import run_here
from tests.workloads.round_trips import RoundTrips, measured
from workloads.network import FAR, FAR_TLS
from workloads.relay import relay
from workloads.server import body_of, loop_factory

ROUND_TRIP_MS = 20
ROUND_TRIP = ROUND_TRIP_MS / 1000
WITHIN = 0.1
MIB = 1024 * 1024


def shortest(measure: Callable[[], RoundTrips], enough: Callable[[RoundTrips], bool]) -> RoundTrips:
    """The shortest times of several measurements, made until they are enough: what is busy only makes them longer."""
    found = measure()
    for _ in range(8):
        if enough(found):
            break
        found = RoundTrips(*map(min, found, measure()))
    return found


def ratios(found: RoundTrips) -> tuple[float, float]:
    return found.first_http / found.kept_http, found.first_tls / found.kept_tls


EXPECTED = pytest.approx((2, 3), rel=WITHIN)


@pytest.fixture(scope="module")
def relayed() -> RoundTrips:
    with running(f"--rtt={ROUND_TRIP_MS}") as (_, url):
        return shortest(lambda: measured(url), lambda found: ratios(found) == EXPECTED)


def test_a_first_request_takes_two_round_trips_three_over_tls_and_a_kept_connection_one(relayed: RoundTrips) -> None:
    assert ratios(relayed) == EXPECTED
    assert min(relayed.kept_http, relayed.kept_tls) >= ROUND_TRIP * (1 - WITHIN)


def test_as_long_as_where_each_packet_is_delayed(relayed: RoundTrips) -> None:
    if not (shutil.which("unshare") and shutil.which("tc") and shutil.which("ip")):
        pytest.skip("unshare, ip and tc of Linux are not all here")
    alike = pytest.approx([*relayed], rel=WITHIN)

    def delayed() -> RoundTrips:
        command = ["unshare", "--net", sys.executable, "-m", "tests.workloads.round_trips", str(ROUND_TRIP_MS)]
        done = subprocess.run(command, cwd=SUITE, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr
        if done.returncode:
            pytest.skip(f"nothing delays packets here: {done.stderr.strip()}")
        return RoundTrips(*json.loads(done.stdout))

    assert [*shortest(delayed, lambda found: [*found] == alike)] == alike


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def before(handler: Handler, round_trip_ms: int) -> AsyncIterator[int]:
    """A relay before a server that does this with each connection; its port."""
    async with await asyncio.start_server(handler, "127.0.0.1", 0) as server:
        there = ("127.0.0.1", server.sockets[0].getsockname()[1])
        async with await relay(("127.0.0.1", 0), there, round_trip_ms, backlog=10) as relaying:
            yield relaying.sockets[0].getsockname()[1]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(MIB):
        writer.write(data)
    writer.close()


def on_the_servers_loop(program: Awaitable[None]) -> None:
    async def main() -> None:
        await asyncio.wait_for(program, timeout=30)

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(main())


@pytest.mark.parametrize("round_trip_ms", [0, 5])
def test_everything_comes_through_in_order(round_trip_ms: int) -> None:
    sent = body_of(3 * MIB)

    async def program() -> None:
        async with before(echo, round_trip_ms) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for start in range(0, len(sent), 50_000):
                writer.write(sent[start : start + 50_000])
            assert await reader.readexactly(len(sent)) == sent
            writer.close()

    on_the_servers_loop(program())


def test_what_is_sent_piece_by_piece_is_late_by_one_round_trip_in_all() -> None:
    async def took(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pieces: int) -> float:
        started = time.perf_counter()
        for _ in range(pieces):
            writer.write(b"x")
            await asyncio.sleep(0.001)  # so that each is a piece of its own
        await reader.readexactly(pieces)
        return time.perf_counter() - started

    async def program() -> None:
        async with before(echo, 100) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await took(reader, writer, 1)  # and the connection is open
            one, many = await took(reader, writer, 1), await took(reader, writer, 30)
            assert many < 15 * one  # and not 30 times
            writer.close()

    on_the_servers_loop(program())


def test_closing_is_late_too_and_closes_the_other_end() -> None:
    closed = asyncio.Event()

    async def until_closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        assert await reader.read() == b"bye"
        closed.set()
        writer.close()

    async def program() -> None:
        async with before(until_closed, 100) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert await reader.readexactly(5) == b"hello"
            started = time.perf_counter()
            writer.write(b"bye")
            writer.close()
            await closed.wait()
            assert time.perf_counter() - started >= 0.05 * (1 - WITHIN)

    on_the_servers_loop(program())


def test_a_server_that_has_gone_closes_the_connection() -> None:
    async def program() -> None:
        async with await relay(("127.0.0.1", 0), ("127.0.0.1", 9), 0, backlog=10) as relaying:
            reader, _ = await asyncio.open_connection(*relaying.sockets[0].getsockname())
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""

    on_the_servers_loop(program())


def test_a_client_that_does_not_read_holds_up_the_server_rather_than_fill_the_memory() -> None:
    sent = 0

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> NoReturn:
        nonlocal sent
        while True:
            writer.write(bytes(MIB))
            await writer.drain()
            sent += 1

    async def program() -> None:
        async with before(flood, 0) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=MIB)
            before_now = -1
            while sent > before_now or not sent:
                before_now = sent
                await asyncio.sleep(0.2)
            assert 0 < sent < 256
            writer.close()

    on_the_servers_loop(program())


class TestTheSession:
    def test_has_a_server_for_each_round_trip_that_is_asked_for(self, fresh_server: LocalServer) -> None:
        far = fresh_server.behind(FAR.round_trip_ms)
        assert fresh_server.behind(0) is fresh_server
        assert fresh_server.behind(FAR_TLS.round_trip_ms) is far
        assert ask(fresh_server.url).round_trip_ms == 0
        assert fresh_server.address(FAR).url == far.url
        assert far.stats().round_trip_ms == FAR.round_trip_ms
        fresh_server.stop()
        assert far.explain() is None  # as it has been stopped too

    def test_leaves_out_what_a_server_of_somebody_else_is_not_far_enough_for(self, local_server: LocalServer) -> None:
        server = RemoteServer(local_server.url)
        with pytest.raises(OtherRoundTrip, match=r"adds a round trip of 0 ms, .* asks for 20: .* with --rtt 20$"):
            server.address(FAR)
        far = RemoteServer(local_server.address(FAR).url)
        assert far.behind(FAR.round_trip_ms) is far
        with pytest.raises(OtherRoundTrip, match=r"adds a round trip of 20 ms, .* without --rtt$"):
            far.behind(0)

    def test_says_so_for_each_benchmark(self, local_server: LocalServer, tmp_path: Path) -> None:
        asked = ["-k", "io_bound and asyncio-download-rtt", f"--io-server={local_server.url}"]
        outcome = run_here(tmp_path, *asked, effort="--rigorous")
        assert "download-rtt is not measured: the server at" in " ".join(outcome.stdout.split())
        assert "1 skipped" in outcome.stdout
