"""The claims of the talk that can be measured, in its order and its words.

To add one, write it down here: what it says, what is measured for it, and from where on that counts.
"""

from __future__ import annotations

from analysis.findings.claims.claim import MATTERS, MORE, NOT_LESS, Claim
from analysis.findings.claims.gathered import CPU_TIME, MEMORY, TIME
from analysis.findings.claims.measured import (
    DOWNLOADS,
    IN_C,
    IN_PYTHON,
    MATH,
    OTHERS,
    PATTERNS,
    cost_of,
    cpus_of,
    each,
    each_update,
    mean_time_of,
    reused,
    shared,
    talks_program,
    time_of,
    with_a_session,
    workers_per_cpu,
)
from analysis.findings.claims.model import Range
from analysis.stats.units import percent, seconds, size
from runfile.runs import Machine

# A task of `download-typical`'s: what a worker does must take longer than its start.
TASK_SECONDS = 0.020
EXPENSIVE_SECONDS = MATTERS * TASK_SECONDS
# What a system gives out at least.
PAGE_BYTES = 4096
# A second CPU is in use when it is busy for a quarter of the time.
SINGLE_CPU = 1.25


def on_the_gil(machine: Machine) -> str:
    if machine.gil:
        return ""
    return "this Python runs without the GIL, so that threads can compute in Python on several CPUs; most still have it"


def on_default_pools(machine: Machine) -> str:
    if tuple(int(part) for part in machine.python.split(".")[:2] if part.isdigit()) >= (3, 13):
        return ""
    return "before Python 3.13 a pool counts the CPUs of the computer, those that the process may not use included"


def on_thread_safety(machine: Machine) -> str:
    return (
        "no benchmark can decide it: every answer that came through a shared session was checked and right, "
        "and yet requests does not promise that it always will be"
    )


def on_data_races(machine: Machine) -> str:
    return (
        "ThreadPoolExecutor hands out tasks and protects nothing that they share; coroutines need neither lock nor "
        "queue where nothing awaits amid an update; how hard it is to get right, no benchmark tells"
    )


CLAIMS = (
    Claim(
        name="computing-suits-concurrency",
        words="Problems well suited for concurrency: CPU-bound problems. Example is mathematical calculations",
        asks=f"a plain loop takes {percent(MATTERS)} longer, or more",
        axis="the pattern, and whether the work lets go of the GIL",
        tests=tuple(
            mean_time_of("sequential", pattern, workloads)
            for pattern in PATTERNS[1:]
            for workloads in (IN_PYTHON, IN_C)
        ),
        note=on_the_gil,
    ),
    Claim(
        name="waiting-suits-concurrency",
        words="Problems well suited for concurrency: IO-bound problems. Example is making a network call",
        asks=f"a plain loop takes {percent(MATTERS)} longer than threads, or more",
        axis="the kind of download",
        tests=(
            talks_program("sequential", "threading"),
            *(time_of("sequential", "threading", workload) for workload in DOWNLOADS),
        ),
    ),
    Claim(
        name="reusing-a-session",
        words="When you're making several requests to the same host, the underlying TCP connection will be reused, "
        "which can result in a significant performance increase.",
        asks=f"over TLS, as the talk's downloads are, a new session for each request takes {percent(MATTERS)} longer, "
        "or more",
        axis="the pattern",
        tests=(*(reused(pattern) for pattern in PATTERNS), reused("sequential", over="http", speaks_for=None)),
    ),
    Claim(
        name="a-session-for-each-thread",
        words="Creating a session object manually is not thread-safe, so we are employing this method. "
        "This is one of the disadvantages of Threading.",
        asks="what sharing one session costs or gains, and whether every answer is right",
        axis="how many connections the session keeps",
        tests=(
            shared("as it comes, which keeps 10 connections", "session-shared"),
            shared("with room for more connections than threads", "session-shared-enough"),
        ),
        note=on_thread_safety,
    ),
    Claim(
        name="a-process-for-each-cpu",
        words="multiprocessing.Pool() creates and can determine the number of pools to create. "
        "By default, it creates the equivalent of the number of CPUs in your computer.",
        asks="there is a process for each CPU that it may use, at least",
        axis="the machine",
        tests=(workers_per_cpu("processes per usable CPU", "by default", Range(low=1)),),
        note=on_default_pools,
    ),
    Claim(
        name="threads-need-lock-and-queue",
        words="Implementing threads well, you need to understand some other things. "
        "E.g Lock to prevent data race in Threads and Queue to manage multiple Threads.",
        asks=f"threads that count in one dict take {percent(MATTERS)} longer with a lock or a queue for each update "
        "than when each adds what it has counted at the end, or more",
        axis="whether it is a lock or a queue",
        tests=(
            each_update("lock", "threading", MORE),
            each_update("queue", "threading", MORE),
            *(each_update(way, pattern) for way in ("lock", "queue") for pattern in ("multiprocessing", "asyncio")),
        ),
        note=on_data_races,
    ),
    Claim(
        name="threads-require-memory",
        words="Threads require RAM memory.",
        asks=f"each takes more than a page of memory, {size(PAGE_BYTES)}",
        axis="what the threads do",
        tests=(
            each("for a thread that sleeps", "threading", MEMORY, Range(low=PAGE_BYTES)),
            with_a_session("for a thread that downloads, with its session", MEMORY, Range(low=PAGE_BYTES)),
            each("for a process that sleeps", "multiprocessing", MEMORY),
            each("for a coroutine that sleeps", "asyncio", MEMORY),
        ),
    ),
    Claim(
        name="starting-a-thread",
        words="Starting a Thread is expensive.",
        asks=f"to start and stop one takes more than {percent(MATTERS)} of a download of {seconds(TASK_SECONDS)}, "
        f"that is {seconds(EXPENSIVE_SECONDS)}",
        axis="what is started",
        tests=(
            each("for a thread", "threading", TIME, Range(low=EXPENSIVE_SECONDS)),
            each("for a process", "multiprocessing", TIME),
            each("for a coroutine", "asyncio", TIME),
        ),
    ),
    Claim(
        name="asyncio-uses-less",
        words="Asyncio uses less resources when compared with Threading.",
        asks=f"threads use {percent(MATTERS)} more, or more than that",
        axis="the resource",
        tests=(
            *(cost_of(CPU_TIME, "threading", "asyncio", workload) for workload in DOWNLOADS),
            *(cost_of(MEMORY, "threading", "asyncio", workload) for workload in DOWNLOADS),
        ),
    ),
    Claim(
        name="asyncio-is-faster",
        words="Asyncio is faster.",
        asks=f"threads take {percent(MATTERS)} longer, or more",
        axis="the kind of download",
        tests=(
            talks_program("threading", "asyncio"),
            *(time_of("threading", "asyncio", workload) for workload in DOWNLOADS),
        ),
    ),
    Claim(
        name="asyncio-wins",
        words="Asyncio wins",
        asks=f"no other pattern is {percent(MATTERS)} faster, whatever the work",
        axis="the work",
        tests=tuple(time_of(OTHERS, "asyncio", workload, NOT_LESS) for workload in (*DOWNLOADS, "mixed", *MATH)),
    ),
    Claim(
        name="multiprocessing-is-for-computing",
        words="Choose Multiprocessing when what you want to do CPU-bound tasks not IO-bound tasks.",
        asks=f"every other pattern takes {percent(MATTERS)} longer to compute, or more, "
        f"and one of them downloads {percent(MATTERS)} faster",
        axis="the work",
        tests=(
            *(time_of(OTHERS, "multiprocessing", workload) for workload in MATH),
            *(time_of("multiprocessing", OTHERS, workload) for workload in DOWNLOADS),
        ),
        note=on_the_gil,
    ),
    Claim(
        name="multiprocessing-uses-several-cpus",
        words="Multiprocessing runs on multiple CPUs.",
        asks=f"computing, it keeps more than {SINGLE_CPU} CPUs busy",
        axis="the work",
        tests=tuple(cpus_of("multiprocessing", workload, Range(low=SINGLE_CPU)) for workload in MATH),
    ),
    Claim(
        name="asyncio-is-for-io",
        words="Asyncio is when you want to do IO-bound tasks.",
        asks=f"no other pattern downloads {percent(MATTERS)} faster",
        axis="the kind of download",
        tests=tuple(time_of(OTHERS, "asyncio", workload, NOT_LESS) for workload in DOWNLOADS),
    ),
    Claim(
        name="on-a-single-cpu",
        words="Asyncio and Threading runs on a single CPU.",
        asks=f"computing, they keep {SINGLE_CPU} CPUs busy, or fewer",
        axis="the pattern, and whether the work lets go of the GIL",
        tests=(
            *(cpus_of("asyncio", workload, Range(high=SINGLE_CPU)) for workload in MATH),
            *(cpus_of("threading", workload, Range(high=SINGLE_CPU)) for workload in MATH),
        ),
        note=on_the_gil,
    ),
)
