"""What requests go through on their way to the server, and where a workload finds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Network:
    """What the requests of a workload go through."""

    tls: bool = False
    round_trip_ms: int = 0  # that is added to what the network between client and server takes


class Address(NamedTuple):
    """Where the server is reached, such as "https://127.0.0.1:8001", and whom to trust that it is the one."""

    url: str
    authority: str = ""  # the certificate of the authority that has signed the server's, in PEM; "" without TLS


PLAIN = Network()
TLS = Network(tls=True)
# About as far as to a host in the same country.
FAR = Network(round_trip_ms=20)
FAR_TLS = Network(tls=True, round_trip_ms=20)
