"""How the clients come to trust the server's certificate: as in production, by the authority that has signed it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from workloads.memory_file import memory_file

if TYPE_CHECKING:
    import ssl


def for_requests(authority: str) -> AbstractContextManager[str | bool]:
    """What requests takes as `verify`, there as long as it is entered: a file of authorities, or True for its own.

    `authority` is a certificate in PEM, or "" for none.
    """
    return memory_file(authority) if authority else nullcontext(enter_result=True)


def for_aiohttp(authority: str) -> ssl.SSLContext | bool:
    """What aiohttp takes as `ssl`."""
    if not authority:
        return True
    import ssl

    return ssl.create_default_context(cadata=authority)
