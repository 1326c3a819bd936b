"""Downloading pages: waiting for the network.

    pytest --benchmark-only --workload=examples/pages.py

For pages of your own, make the tasks their URLs, and leave out `server_url` and `at`: no server is started then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import aiohttp
import requests

from workloads.contract import Workload, expect
from workloads.server import body_of


@dataclass(frozen=True)
class Pages(Workload):
    name = "pages"
    tasks = tuple(f"/bytes/{size}?latency_ms=20" for size in range(2_000, 42_000, 2_000))
    server_url: str = ""

    def at(self, server_url: str) -> Self:
        return replace(self, server_url=server_url)

    def open(self) -> requests.Session:
        return requests.Session()

    def open_async(self) -> aiohttp.ClientSession:
        # Without it, a session has 100 connections at most, however many workers there are.
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    def perform(self, client: requests.Session, task: str) -> bytes:
        with client.get(self.server_url + task, timeout=10) as response:
            response.raise_for_status()
            return response.content

    async def perform_async(self, client: aiohttp.ClientSession, task: str) -> bytes:
        async with client.get(self.server_url + task) as response:
            response.raise_for_status()
            return await response.read()

    def check(self, results: Sequence[bytes]) -> None:
        expect(self.name, self.tasks, results, [body_of(size) for size in range(2_000, 42_000, 2_000)])


WORKLOADS = (Pages(),)
