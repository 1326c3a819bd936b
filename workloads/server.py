"""The local HTTP server that the downloads come from, in a process of its own.

    python -m workloads.server --port 8000                  for this machine
    python -m workloads.server --port 8000 --host 0.0.0.0   for others too
    python -m workloads.server --port 8000 --rtt 20         as if it were 20 ms away

It serves http on that port and https on the next, with a certificate that is made at the start. Both answer alike:
`GET /bytes/<n>?latency_ms=<t>` waits t milliseconds and answers with n bytes, always the same for the same n.
`GET /stats` says what the process has done so far, and by which authority its certificate is signed; it does not count
itself.

It runs apart from the clients because in one process they would share the GIL, and the result would be the server's.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import socket
import ssl
import sys
import threading
import time
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from workloads import certificates
from workloads.memory_file import memory_file
from workloads.relay import relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from granian._granian import RSGIHTTPProtocol
    from granian.rsgi import Scope
    from granian.server.embed import Server

# What `/stats` answers under "server": how the suite tells its own server from any other.
IDENTITY = "three-patterns-server/2"

LINE_BYTES = 8
MAX_BODY_BYTES = 64 * 1024 * 1024
MAX_LATENCY_MS = 60_000.0

MOST_PORT = 65_535
LOOPBACK = "127.0.0.1"
# A first request over TLS takes three, which has to stay well below the clients' timeouts.
MOST_ROUND_TRIP_MS = 1_000
# A host's address and a port.
Place = tuple[str, int]
# Connections waiting to be accepted: more than any benchmark opens at once.
BACKLOG = 4096
# A connection may rest this long between two requests; a warm pool waits while other benchmarks run.
KEEP_ALIVE_MS = 600_000

HEADERS = [("content-type", "text/plain")]


@dataclass
class ServerStats:
    """What the server is, and what it has done since it started."""

    server: str = IDENTITY
    pid: int = 0
    loop: str = ""
    http_port: int = 0
    https_port: int = 0
    round_trip_ms: int = 0  # that is added to what the network takes
    authority: str = ""  # whom clients have to trust for https: a certificate in PEM
    requests: int = 0
    connections: int = 0  # told apart by the client's address: fewer than there were, once a port has come round again
    body_bytes: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    cpu_seconds: float = 0.0


@lru_cache(maxsize=32)
def body_of(size: int) -> bytes:
    """The first `size` bytes of the lines 0000000, 0000001, … that every body is cut from."""
    lines = -(-size // LINE_BYTES)
    return b"".join(b"%07d\n" % number for number in range(lines))[:size]


class BadRequest(ValueError):
    """A request that the server does not understand. The message is the answer."""


@lru_cache(maxsize=4096)
def parse_request(path: str, query: str) -> tuple[int, float]:
    """Size in bytes and latency in seconds that a URL asks for. Raises BadRequest."""
    prefix, _, size_text = path.rpartition("/")
    if prefix != "/bytes":
        raise BadRequest(f"no such path: {path}; ask for /bytes/<n>?latency_ms=<t> or /stats")
    latency_text = parse_qs(query).get("latency_ms", ["0"])[-1]
    try:
        size, latency_ms = int(size_text), float(latency_text)
    except ValueError:
        raise BadRequest(f"not a number of bytes and of milliseconds: {size_text!r}, {latency_text!r}") from None
    if not 0 <= size <= MAX_BODY_BYTES:
        raise BadRequest(f"{size} bytes: ask for 0 to {MAX_BODY_BYTES}")
    if not 0 <= latency_ms <= MAX_LATENCY_MS:
        raise BadRequest(f"{latency_ms:g} ms: ask for 0 to {MAX_LATENCY_MS:g}")
    return size, latency_ms / 1000


class Application:
    """Answers requests, as an RSGI application: https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md"""

    def __init__(self, stats: ServerStats) -> None:
        self.stats = stats
        self._clients: set[str] = set()

    async def __rsgi__(self, scope: Scope, protocol: RSGIHTTPProtocol) -> None:
        if scope.path == "/stats":
            self.stats.cpu_seconds = time.process_time()
            self.stats.connections = len(self._clients)
            protocol.response_str(200, [("content-type", "application/json")], json.dumps(asdict(self.stats)))
            return
        stats = self.stats
        stats.requests += 1
        stats.in_flight += 1
        self._clients.add(scope.client)
        stats.most_in_flight = max(stats.most_in_flight, stats.in_flight)
        try:
            size, latency = parse_request(scope.path, scope.query_string)
            if latency:
                await asyncio.sleep(latency)
            stats.body_bytes += size
            protocol.response_bytes(200, HEADERS, body_of(size))
        except BadRequest as error:
            protocol.response_str(404, HEADERS, f"{error}\n")
        finally:
            stats.in_flight -= 1


def make_server(application: Application, host: str, port: int) -> Server:
    """A granian server for the application, not yet listening."""
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.server.embed import Server

    return Server(
        application,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=KEEP_ALIVE_MS),
        websockets=False,
        backlog=BACKLOG,
        log_enabled=False,
    )


def claim_ports(places: Iterable[Place]) -> list[int]:
    """The ports to listen on: those asked for, and for each 0 a free one. Raises OSError when one is taken."""
    with contextlib.ExitStack() as probes:
        found = []
        for host, port in places:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            probe = probes.enter_context(socket.socket(family))
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                # Granian shares a port with other listeners of the same user (SO_REUSEPORT); listening here would not.
                probe.listen()
            except OSError as error:
                raise OSError(error.errno, error.strerror or str(error), f"{host}:{port}") from error
            found.append(int(probe.getsockname()[1]))
        return found


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop's where it is installed, as it saves the server a third of its CPU time, or asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


async def serve(
    application: Application, certificate: certificates.Certificate, places: Sequence[Place], relayed: Sequence[Place]
) -> None:
    """Serve http and https at two places until cancelled, and say so once the first request would be answered.

    Where there are `relayed` places, it is these that clients connect to.
    """
    stats = application.stats
    gc.freeze()  # what is loaded by now stays: the collector need not look at it again
    stats.loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    plain, secure = (make_server(application, *place) for place in places)
    with memory_file(certificate.chain) as chain, memory_file(certificate.key) as key:
        # Given a path as an argument, granian resolves it, and what leads to a file in memory resolves to no path.
        secure.ssl_ctx = (True, chain, key, *secure.ssl_ctx[3:])  # type: ignore[assignment]
        serving = [asyncio.create_task(server.serve()) for server in (plain, secure)]
        trusting = ssl.create_default_context(cadata=certificate.authority)
        for place, context in zip(places, (None, trusting), strict=True):
            await _accepts(place, context, serving)
    relays = [
        await relay(place, server, stats.round_trip_ms, BACKLOG)
        for place, server in zip(relayed, places if relayed else (), strict=True)
    ]
    http, https = (f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in relayed or places)
    print(f"serving on https://{https} and http://{http}", flush=True)
    await asyncio.gather(*serving, *(one.serve_forever() for one in relays))


async def _accepts(place: Place, trusting: ssl.SSLContext | None, serving: Iterable[asyncio.Task[None]]) -> None:
    """Wait for a listener to accept a connection, or for a server to end."""
    host = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(place[0], place[0])
    name = "localhost" if trusting else None
    while not any(task.done() for task in serving):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(host, place[1], ssl=trusting, server_hostname=name)
            writer.close()
            return
        await asyncio.sleep(0.005)


def end_with_parent() -> None:
    """End this process when its standard input closes, as it does when the parent ends in whatever way."""

    def wait() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def port_number(text: str) -> int:
    """A command line's port. Raises argparse.ArgumentTypeError when it is none."""
    if text.isascii() and text.isdigit() and int(text) <= MOST_PORT:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port: give a number from 0 (any free one) to {MOST_PORT}")


def milliseconds(text: str) -> int:
    """A command line's round trip. Raises argparse.ArgumentTypeError when it is none."""
    if text.isascii() and text.isdigit() and int(text) <= MOST_ROUND_TRIP_MS:
        return int(text)
    raise argparse.ArgumentTypeError(
        f"{text!r} is not a round trip: give a whole number of milliseconds from 0 to {MOST_ROUND_TRIP_MS}"
    )


def host_name(text: str) -> str:
    """A command line's name of a host. Raises argparse.ArgumentTypeError when it cannot be one."""
    if certificates.can_be_named(text):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not the name or the address of a host")


def main(arguments: list[str] | None = None) -> int:
    """Run the server from the command line. Returns the exit code: 0, or 2 when it cannot listen."""
    parser = argparse.ArgumentParser(prog="python -m workloads.server", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--port", type=port_number, default=0, help="where to serve http; 0, the default: any free port"
    )
    parser.add_argument("--tls-port", type=port_number, help="where to serve https (default: the port after --port)")
    parser.add_argument("--host", default=LOOPBACK, help="the address to listen on (default: %(default)s)")
    parser.add_argument(
        "--name",
        type=host_name,
        action="append",
        default=[],
        help="another name or address that clients use for this machine, for the certificate; may be repeated",
    )
    parser.add_argument(
        "--rtt",
        type=milliseconds,
        metavar="MS",
        help=f"add a round trip of so many milliseconds, 0 to {MOST_ROUND_TRIP_MS}, by a relay (default: no relay)",
    )
    parser.add_argument("--end-with-parent", action="store_true", help="end when standard input closes")
    options = parser.parse_args(arguments)
    tls_port = options.tls_port
    if tls_port is None:
        tls_port = options.port and options.port + 1
        if tls_port > MOST_PORT:
            parser.error(f"no port comes after {MOST_PORT}: say where to serve https with --tls-port")
    places = [(options.host, options.port), (options.host, tls_port)]
    hidden = [] if options.rtt is None else [(LOOPBACK, 0), (LOOPBACK, 0)]
    try:
        ports = claim_ports([*places, *hidden])
    except OSError as error:
        print(
            f"cannot listen on {error.filename}: {error.strerror}; choose another --port, --tls-port or --host",
            file=sys.stderr,
        )
        return 2
    if options.end_with_parent:
        end_with_parent()
    places = [(host, port) for (host, _), port in zip([*places, *hidden], ports, strict=True)]
    certificate = certificates.issue([*certificates.names_of(options.host), *options.name])
    stats = ServerStats(
        pid=os.getpid(),
        http_port=ports[0],
        https_port=ports[1],
        round_trip_ms=options.rtt or 0,
        authority=certificate.authority,
    )
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve(Application(stats), certificate, places[-2:], places[:-2]))
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # At once: granian's threads outlive the loop, and panic when they meet an interpreter that has gone.
    os._exit(code)
