"""A relay before the server that has a round trip take time, as if clients were that far away.

What arrives is passed on half a round trip later, in either direction and in order, however much there is: several
pieces on their way take no longer than one. To open a TCP connection takes a round trip too, but the kernel answers a
client's SYN at once; so the first bytes of a connection count as sent a round trip after it was accepted. A TLS
handshake passes through like all else, and takes a round trip of its own. Closing is passed on as late as bytes are.

Nothing is lost, bandwidth has no limit, and a new connection does not start slowly.
"""

from __future__ import annotations

import asyncio
from collections import deque

# Timers of event loops tick in milliseconds, so what is due within half of one is due.
HALF_A_TICK = 0.0005
CLOSED = b""


class End(asyncio.Protocol):
    """One end of a relayed connection. What it receives is written at the other, `one_way` seconds later."""

    transport: asyncio.Transport

    def __init__(self, one_way: float, other: End | None = None) -> None:
        self.other = other
        self.opened = 0.0  # nothing can have been sent before, by the clock of the loop
        self._one_way = one_way
        self._on_the_way: deque[tuple[float, bytes]] = deque()
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # of a stream
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._send(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._send(CLOSED)

    def pause_writing(self) -> None:
        if self.other and not self.other.transport.is_closing():
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other and not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def _send(self, data: bytes) -> None:
        due = max(self._loop.time(), self.opened) + self._one_way
        self._on_the_way.append((due, data))
        if len(self._on_the_way) == 1:
            self._wait()

    def _wait(self) -> None:
        """Have the next that is on the way arrive when it is due, if there is an end where it can."""
        if self.other and self._on_the_way:
            self._loop.call_at(self._on_the_way[0][0], self._arrive, self.other.transport)

    def _arrive(self, transport: asyncio.Transport) -> None:
        """Write at the other end what is due there."""
        while self._on_the_way and self._on_the_way[0][0] <= self._loop.time() + HALF_A_TICK:
            _, data = self._on_the_way.popleft()
            if transport.is_closing():
                continue
            if data:
                transport.write(data)
            else:
                transport.close()
        self._wait()


class ClientEnd(End):
    """The end that a client has connected to, which connects to the server in turn."""

    def __init__(self, there: float, back: float, server: tuple[str, int]) -> None:
        super().__init__(there)
        self._back = back
        self._round_trip = there + back
        self._server = server

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.opened = self._loop.time() + self._round_trip
        self._connecting = self._loop.create_task(self._connect())

    async def _connect(self) -> None:
        try:
            _, self.other = await self._loop.create_connection(lambda: End(self._back, self), *self._server)
        except OSError:  # the server has ended
            self.transport.abort()
            return
        self._wait()


async def relay(place: tuple[str, int], server: tuple[str, int], round_trip_ms: int, backlog: int) -> asyncio.Server:
    """Listen at a place for what is meant for the server, so many milliseconds away. Raises OSError."""
    there = round_trip_ms // 2
    back = round_trip_ms - there
    return await asyncio.get_running_loop().create_server(
        lambda: ClientEnd(there / 1000, back / 1000, server), *place, backlog=backlog
    )
