"""The certificate of the local server, signed by an authority that is made for it and forgotten at once."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field

# Of a host's name: RFC 1123, section 2.1.
LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Certificate:
    """A server's certificate and its key, and the certificate of the authority that has signed it, all in PEM."""

    chain: str
    key: str = field(repr=False)
    authority: str


def issue(names: Sequence[str]) -> Certificate:
    """A new certificate for these names and addresses. Raises ValueError for one that cannot be a host's.

    The authority's key is in the memory of this process alone, and gone when this returns.
    """
    import trustme

    authority = trustme.CA()
    leaf = authority.issue_cert(*names)
    return Certificate(
        chain="".join(blob.bytes().decode("ascii") for blob in leaf.cert_chain_pems),
        key=leaf.private_key_pem.bytes().decode("ascii"),
        authority=authority.cert_pem.bytes().decode("ascii"),
    )


def names_of(host: str) -> list[str]:
    """What clients may call a server that listens on this address.

    These are all names and addresses of the machine, unless it listens for itself alone.
    """
    own = [*LOOPBACK_NAMES]
    if host not in own:
        import psutil

        addresses = [one.address for several in psutil.net_if_addrs().values() for one in several]
        own += [host, socket.gethostname(), socket.getfqdn(), *(one.partition("%")[0] for one in addresses)]
    return [name for name in dict.fromkeys(own) if can_be_named(name)]


def can_be_named(host: str) -> bool:
    """Whether a certificate can name this: an address, or labels of letters, digits and hyphens."""
    try:
        return not ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return len(host) <= 253 and all(LABEL.fullmatch(label) for label in host.split("."))
