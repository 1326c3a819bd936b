"""A client that has fewer connections than tasks at a time is flagged: more workers only wait in it."""

from pathlib import Path

import pytest

import patterns
from harness import flags
from harness.custom.validate import try_own
from tests.support.suite import measured

WORK = """
import aiohttp
tasks = range(6)

def open_async():
    return aiohttp.ClientSession()

async def perform_async(client, task):
    return task
"""
HELD = """
class Client:
    async def __aenter__(self):
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=7))
        return self

    async def __aexit__(self, *_):
        await self.session.close()

open_async = Client
"""


@pytest.mark.parametrize(
    ("code", "connections"),
    [
        (WORK, 100),
        (WORK.replace("Session()", "Session(connector=aiohttp.TCPConnector(limit=0))"), 0),
        (WORK + HELD, 7),
        ("from contextlib import nullcontext\n" + WORK.replace("aiohttp.ClientSession()", "nullcontext()"), 0),
    ],
)
def test_the_trial_finds_how_many_connections_a_client_has(tmp_path: Path, code: str, connections: int) -> None:
    file = tmp_path / "my_work.py"
    file.write_text(code)
    assert try_own(file, 20.0, server_url=None).connections == connections


def test_more_tasks_than_connections_are_flagged(tmp_path: Path) -> None:
    file = tmp_path / "my_work.py"
    file.write_text(WORK.replace("Session()", "Session(connector=aiohttp.TCPConnector(limit=4))"))
    options = [f"--workload={file}", "--workers=4,5,9", "--patterns=asyncio"]
    run, _ = measured(tmp_path / "runs", *options)
    raised = {one["extra_info"]["workers"]: one["extra_info"]["flags"] for one in run["benchmarks"]}
    found = {
        workers: [one["value"] for one in found if one["name"] == "client-limited"] for workers, found in raised.items()
    }
    assert found == {4: [], 5: [1.25], 9: [1.5]}, "of six tasks no more than six are in flight"


def test_the_flag_says_what_to_do_and_threads_share_no_client() -> None:
    assert flags.client_limited(100, 100) is None
    flag = flags.client_limited(100, 128)
    assert flag
    assert flag.sentence.startswith("128 tasks at a time share a client that has 100 connections at most")
    assert "aiohttp.TCPConnector(limit=0)" in flag.sentence
    assert patterns.get("threading").in_flight(128) == 1
    assert patterns.get("asyncio").in_flight(128) == 128
    assert patterns.get("asyncio-processes").in_flight(1) == 1
    assert patterns.get("asyncio-processes").in_flight(10_000) <= 10_000
