"""The programs that the patterns stand for, written out plainly: no workload object, no start, no run.

Each takes the workload it is measured beside, for its URLs or inputs, and the number of workers.
"""

import asyncio
import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import requests

from workloads.computation import Computation
from workloads.download import TIMEOUT_SECONDS, Download
from workloads.primes import count_primes


def urls_of(workload: Download) -> list[str]:
    return [workload.server_url + task.path for task in workload.tasks]


def get_url(session: requests.Session, url: str) -> bytes:
    with session.get(url, timeout=TIMEOUT_SECONDS) as response:
        response.raise_for_status()
        return response.content


def download_sequentially(workload: Download, workers: int) -> list[bytes]:
    with requests.Session() as session:
        return [get_url(session, url) for url in urls_of(workload)]


def download_with_threads(workload: Download, workers: int) -> list[bytes]:
    thread_local = threading.local()

    def get(url: str) -> bytes:
        if not hasattr(thread_local, "session"):
            thread_local.session = requests.Session()
        return get_url(thread_local.session, url)

    with ThreadPoolExecutor(max_workers=workers) as executor:
        return list(executor.map(get, urls_of(workload)))


def download_with_asyncio(workload: Download, workers: int) -> list[bytes]:
    async def get(session: aiohttp.ClientSession, in_flight: asyncio.Semaphore, url: str) -> bytes:
        async with in_flight, session.get(url) as response:
            response.raise_for_status()
            return await response.read()

    bodies: list[bytes] = []

    async def get_all() -> None:
        in_flight = asyncio.Semaphore(workers)
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:
            bodies.extend(await asyncio.gather(*[get(session, in_flight, url) for url in urls_of(workload)]))

    asyncio.run(get_all())  # which returns nothing, see patterns/_loops.py
    return bodies


process_session: requests.Session


def open_process_session() -> None:
    global process_session
    process_session = requests.Session()


def get_in_process(url: str) -> bytes:
    return get_url(process_session, url)


def download_with_processes(workload: Download, workers: int) -> list[bytes]:
    with multiprocessing.Pool(workers, initializer=open_process_session) as pool:
        return pool.map(get_in_process, urls_of(workload))


def compute_sequentially(workload: Computation, workers: int) -> list[int]:
    return [count_primes(start) for start in workload.tasks]


def compute_with_threads(workload: Computation, workers: int) -> list[int]:
    with ThreadPoolExecutor(max_workers=workers) as executor:
        return list(executor.map(count_primes, workload.tasks))


def compute_with_asyncio(workload: Computation, workers: int) -> list[int]:
    async def compute(in_flight: asyncio.Semaphore, start: int) -> int:
        async with in_flight:
            return count_primes(start)

    async def compute_all() -> list[int]:
        in_flight = asyncio.Semaphore(workers)
        return await asyncio.gather(*[compute(in_flight, start) for start in workload.tasks])

    return asyncio.run(compute_all())


def compute_with_processes(workload: Computation, workers: int) -> list[int]:
    with multiprocessing.Pool(workers) as pool:
        return pool.map(count_primes, workload.tasks)


PROGRAMS: dict[tuple[str, str], Callable[[Any, int], list[Any]]] = {
    ("sequential", "download-typical"): download_sequentially,
    ("threading", "download-typical"): download_with_threads,
    ("asyncio", "download-typical"): download_with_asyncio,
    ("multiprocessing", "download-typical"): download_with_processes,
    ("sequential", "math-primes"): compute_sequentially,
    ("threading", "math-primes"): compute_with_threads,
    ("asyncio", "math-primes"): compute_with_asyncio,
    ("multiprocessing", "math-primes"): compute_with_processes,
}
