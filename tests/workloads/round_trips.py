"""How long a first request takes and one on a connection that is kept, over http and TLS.

    python -m tests.workloads.round_trips 20

measures it where each packet takes so many milliseconds there and back, as the kernel sees it: by netem of Linux's
`tc`, or where that is missing by a network device that a program is behind (TUN). It is meant for a network of its own,
`unshare --net`, and prints what it has measured as JSON, or says why it cannot.
"""

import http.client
import json
import os
import queue
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from harness.servers.server import ask
from tests.support.servers import running

# Of so many, the shortest counts: it is the one that nothing has delayed.
TRIES = 7
LOOPBACK = "127.0.0.1"
# Of the device, and what clients connect to; and from linux/if_tun.h.
NEAR, FAR = "10.9.0.1", "10.9.0.2"
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


class RoundTrips(NamedTuple):
    """Seconds that requests take."""

    first_http: float
    first_tls: float
    kept_http: float
    kept_tls: float


def measured(url: str, host: str = LOOPBACK) -> RoundTrips:
    """What requests to a host take, where the server at a URL is."""
    stats = ask(url)
    trusting = ssl.create_default_context(cadata=stats.authority)

    def plain() -> http.client.HTTPConnection:
        return http.client.HTTPConnection(host, stats.http_port, timeout=10)

    def secure() -> http.client.HTTPConnection:
        return http.client.HTTPSConnection(host, stats.https_port, timeout=10, context=trusting)

    return RoundTrips(_first(plain), _first(secure), _kept(plain()), _kept(secure()))


def _first(connect: Callable[[], http.client.HTTPConnection]) -> float:
    return min(_request(connect(), close=True) for _ in range(TRIES))


def _kept(connection: http.client.HTTPConnection) -> float:
    took = [_request(connection, close=False) for _ in range(1 + TRIES)]
    connection.close()
    return min(took[1:])


def _request(connection: http.client.HTTPConnection, *, close: bool) -> float:
    started = time.perf_counter()
    connection.request("GET", "/bytes/1000")
    assert len(connection.getresponse().read()) == 1000
    seconds = time.perf_counter() - started
    if close:
        connection.close()
    return seconds


def _run(command: str) -> str | None:
    """Run a command. Returns None, or what it complains about."""
    done = subprocess.run(command.split(), capture_output=True, text=True, check=False)
    return f"`{command}`: {done.stderr.strip()}" if done.returncode else None


def _delay_by_a_device(one_way: float) -> str | None:
    """Have packets to `FAR` come back as packets to `NEAR` so many seconds later. Returns None, or why they do not.

    Source and destination change places in them, which changes no checksum.
    """
    import fcntl

    try:
        device = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", b"far", IFF_TUN | IFF_NO_PI))
    except OSError as error:
        return f"/dev/net/tun: {error.strerror}"
    on_the_way: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()

    def take() -> None:
        while packet := os.read(device, 65_535):
            if packet[0] >> 4 == 4:
                on_the_way.put((time.monotonic() + one_way, packet[:12] + packet[16:20] + packet[12:16] + packet[20:]))

    def bring() -> None:
        while True:
            due, packet = on_the_way.get()
            time.sleep(max(0.0, due - time.monotonic()))
            os.write(device, packet)

    for work in (take, bring):
        threading.Thread(target=work, daemon=True).start()
    return _run(f"ip address add {NEAR}/24 dev far") or _run("ip link set far up")


def main(round_trip_ms: int) -> str | None:
    """Measure it. Returns a sentence when there is nothing here that delays packets."""
    host = LOOPBACK
    # Each packet of the loopback leaves by it once, in either direction.
    lacks = _run("ip link set lo up") or _run(f"tc qdisc add dev lo root netem delay {round_trip_ms / 2}ms")
    if lacks and (lacks_too := _delay_by_a_device(round_trip_ms / 2000)):
        return f"{lacks}; {lacks_too}"
    if lacks:
        host = FAR
    with running("--host", "0.0.0.0", "--name", FAR) as (_, url):  # noqa: S104
        sys.stdout.write(json.dumps(measured(url.replace("0.0.0.0", LOOPBACK), host)))  # noqa: S104
    return None


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
