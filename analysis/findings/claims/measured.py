"""The benchmarks that tell of the talk's claims, and what is taken from them."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.findings.claims.claim import MORE, Test
from analysis.findings.claims.figures import MANY, CostAmount, CostRatio, Each, MeanTimeRatio, TimeRatio
from analysis.findings.claims.gathered import CPUS, TIME, WORKERS, Bench, Cost
from analysis.findings.claims.model import Range

PATTERNS = ("sequential", "threading", "asyncio", "multiprocessing")
OTHERS = "the fastest other"
DOWNLOADS = ("download-talk", "download-overhead", "download-typical", "download-jittered", "download-large")
# What holds the GIL, and what does without it.
IN_PYTHON, IN_C = ("math-primes", "math-mandelbrot", "math-fibonacci"), ("math-hashing",)
MATH = (*IN_PYTHON, *IN_C)

# Who shares state in a pattern, and how it is shared there without a lock or a queue for each update.
SHARING = {
    "threading": ("threads", "threads-merged"),
    "multiprocessing": ("processes", "processes-merged"),
    "asyncio": ("coroutines", "in-place"),
}


def bench(pattern: str, workload: str) -> Bench:
    """The benchmark that compares patterns on a workload."""
    question = {"math": "cpu-bound", "mixed": "mixed"}.get(workload.partition("-")[0], "io-bound")
    return Bench(question, pattern, workload)


def time_of(above: str, below: str, workload: str, speaks_for: Range = MORE) -> Test:
    """How many times as long one pattern takes as another on the same work; either may be `OTHERS`."""

    def benches(pattern: str, beside: str) -> tuple[Bench, ...]:
        patterns = [other for other in PATTERNS if other != beside] if pattern == OTHERS else [pattern]
        return tuple(bench(one, workload) for one in patterns)

    ratio = TimeRatio(TIME, benches(above, below), benches(below, above))
    return Test(f"{above}'s time ÷ {below}'s", f"on {workload}", ratio, speaks_for)


def mean_time_of(above: str, below: str, workloads: Sequence[str]) -> Test:
    """The same for several workloads together."""
    *others, last = workloads
    where = f"{', '.join(others)} and {last}" if others else last
    ratio = MeanTimeRatio(TIME, *([bench(pattern, one) for one in workloads] for pattern in (above, below)))
    return Test(f"{above}'s time ÷ {below}'s", f"on {where}", ratio, MORE)


def talks_program(above: str, below: str) -> Test:
    """The same for the talk's program, with the talk's numbers of workers."""
    one, other = (Bench("talk", pattern, "download-talk") for pattern in (above, below))
    ratio = TimeRatio(TIME, [one], [other])
    return Test(f"{above}'s time ÷ {below}'s", "in the talk's program", ratio, MORE)


def cost_of(cost: Cost, above: str, below: str, workload: str) -> Test:
    """How many times as much one pattern uses as another on the same work."""
    ratio = CostRatio(cost, [bench(above, workload)], [bench(below, workload)])
    return Test(f"{above}'s {cost.name} ÷ {below}'s", f"on {workload}", ratio, MORE)


def each(where: str, pattern: str, cost: Cost, speaks_for: Range | None = None) -> Test:
    """What it costs to start and stop one more worker, which sleeps."""
    many, one = (Bench("startup", pattern, f"nap-x{workers}") for workers in (MANY, 1))
    return Test(f"{cost.name} of one more", where, Each(cost, [many], [one]), speaks_for)


def with_a_session(where: str, cost: Cost, speaks_for: Range) -> Test:
    """What one more thread costs that downloads: beside a plain loop, which has a session too and no thread."""
    many, one = bench("threading", "download-typical"), bench("sequential", "download-typical")
    return Test(f"{cost.name} of one more", where, Each(cost, [many], [one]), speaks_for)


def reused(pattern: str, over: str = "TLS", speaks_for: Range | None = MORE) -> Test:
    """What a session for each request costs over TLS, which the talk's URLs ask for, or over http."""
    suffix = "-tls" if over == "TLS" else ""
    new, kept = (Bench("connection-reuse", pattern, f"connections-{kind}{suffix}") for kind in ("new", "kept"))
    measure = f"time over {over} with a session for each request ÷ with one kept"
    return Test(measure, f"with {pattern}", TimeRatio(TIME, [new], [kept]), speaks_for)


def shared(where: str, workload: str) -> Test:
    """What a session that threads share costs or gains, which is shown and not judged."""
    one, own = (Bench("session-sharing", "threading", of) for of in (workload, "download-typical"))
    return Test("time with one session for all ÷ with one each", where, TimeRatio(TIME, [one], [own]))


def each_update(way: str, pattern: str, speaks_for: Range | None = None) -> Test:
    """What it costs to share state with a lock or a queue for each update."""
    who, without = SHARING[pattern]
    one, other = (Bench("shared-state", pattern, f"counting-{of}") for of in (f"{who}-{way}", without))
    ratio = TimeRatio(TIME, [one], [other])
    return Test(f"time with a {way} for each update ÷ without", f"with {pattern}", ratio, speaks_for)


def cpus_of(pattern: str, workload: str, speaks_for: Range) -> Test:
    """How many CPUs a pattern keeps busy."""
    busy = CostAmount(CPUS, [bench(pattern, workload)])
    return Test(f"CPUs that {pattern} keeps busy", f"on {workload}", busy, speaks_for)


def workers_per_cpu(measure: str, where: str, speaks_for: Range) -> Test:
    """How many processes the talk's pool has, which is told no number."""
    return Test(measure, where, CostAmount(WORKERS, [Bench("talk", "multiprocessing", "download-talk")]), speaks_for)
