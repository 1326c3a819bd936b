"""A made-up run that has something for every picture, for the tests of the report's pictures."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from msgspec.json import encode

from analysis.findings.machines import Machines
from analysis.findings.summary import summarise
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.material import Material
from analysis.report.figures import figures
from runfile.digests import RunDigest
from runfile.runs import Run, parse
from tests.support.made_up import saved

PATTERNS = ("sequential", "threading", "asyncio", "multiprocessing")
TASK = 0.05  # seconds
# How many times as long as usual everything took in each repeat.
JUMPS = (1.0, 1.0, 2.0, 1.25, 2.5, 1.0)
TYPICAL_SECONDS = {"sequential": 0.3, "threading": 0.3, "asyncio": 0.2, "multiprocessing": 0.15}
Span = tuple[int, float, float]


def one_by_one(tasks: int, workers: int = 1, task_seconds: float = TASK) -> list[Span]:
    """Each worker takes the next task as soon as it is free."""
    return [(n % workers, n // workers * task_seconds, (n // workers + 1) * task_seconds) for n in range(tasks)]


def all_at_once(tasks: int) -> list[Span]:
    """One worker has them all in flight."""
    return [(0, n / 10_000, TASK + n / 10_000) for n in range(tasks)]


def observed(timeline: Sequence[Span] | None, processes: int = 1, **figures: float) -> dict[str, Any]:
    """What was observed; `figures` are those of `saved.observation`."""
    end = max((end for _, _, end in timeline or ()), default=0.2)
    return {**saved.observation(**figures), "seconds": end, "timeline": timeline, "processes": processes}


def table(title: str, rows: Mapping[str, tuple[float, dict[str, Any] | None]], **facts: Any) -> list[dict[str, Any]]:
    """A row for each contender: what it takes, and what was observed of it. Each has another slow repeat."""
    shares = (0.99, 1, 1.01, 0.99, 1)
    return [
        saved.benchmark(
            name,
            [seconds * share for share in shares[place % 3 :][:3]],
            title,
            **{"pattern": name, "observation": seen, **facts},
        )
        for place, (name, (seconds, seen)) in enumerate(rows.items())
    ]


def timed(names: Sequence[str], timelines: Sequence[list[Span]], more_seconds: float = 0.0) -> dict[str, Any]:
    """Of each contender what it takes, and what was observed of it; the fourth has processes."""
    return {
        name: (max(end for _, _, end in spans) + more_seconds, observed(spans, processes=3 if number == 3 else 1))
        for number, (name, spans) in enumerate(zip(names, timelines, strict=True))
    }


def talk(names: Sequence[str] = PATTERNS) -> list[dict[str, Any]]:
    """The talk's program: 20 downloads, by whatever the four patterns are called."""
    timelines = [one_by_one(20), one_by_one(20, 5), all_at_once(20), one_by_one(20, 2)]
    rows = timed(names, timelines, more_seconds=0.004)
    return table(
        "talk: download-talk, cold", rows, question="talk", workload="download-talk", tasks=20, baseline=names[0]
    )


def primes(names: Sequence[str] = PATTERNS) -> list[dict[str, Any]]:
    """A computation in which threads take turns, and processes run side by side."""
    timelines = [one_by_one(8), one_by_one(8, 2, 2 * TASK), one_by_one(8), one_by_one(8, 2)]
    rows = timed(names, timelines)
    facts = {"question": "cpu-bound", "workload": "math-primes", "workers": 2, "tasks": 8, "ideal_seconds": 4 * TASK}
    return table(saved.PRIMES, rows, **facts, baseline=names[0])


def downloads(names: Sequence[str] = PATTERNS) -> list[dict[str, Any]]:
    costs = [(2.2, 0.11, 9.8), (0.151, 0.062, 11.2), (0.15, 0.015, 14.1), (0.176, 0.13, 111.0)]
    rows = {
        name: (seconds, observed(None, cpu_seconds=cpu, mebibytes=memory))
        for name, (seconds, cpu, memory) in zip(names, costs, strict=True)
    }
    return table(saved.TYPICAL, rows, baseline=names[0])


def scaling(names: Sequence[str] = PATTERNS) -> list[dict[str, Any]]:
    """Downloads with 1, 4 and 16 workers, of which the baseline has one."""
    made = []
    for workers in (1, 4, 16):
        rows = {name: (2.2 / workers, observed(None, mebibytes=10.0 * workers)) for name in names[workers > 1 :]}
        made += table(
            f"io-scaling: download-typical-x100, {workers} workers, warm",
            rows,
            question="io-scaling",
            workload="download-typical-x100",
            workers=workers,
            ideal_seconds=2.0 / workers,
            baseline=names[0],
        )
    return made


def growing(
    names: Sequence[str] = PATTERNS,
    workload: str = "math-primes",
    numbers: tuple[int, int, int] = (1, 2, 4),
    tasks: int = 8,
) -> list[dict[str, Any]]:
    """A pattern with three numbers of workers: it gains by the second, and takes a tenth longer with the third."""
    rows = {
        f"{workers} workers": (seconds, observed(None, mebibytes=5.0 * workers))
        for workers, seconds in zip(numbers, (8 * TASK, 4 * TASK, 4.4 * TASK), strict=True)
    }
    made = table(
        f"workers: {names[3]} on {workload}, warm",
        rows,
        question="workers",
        pattern=names[3],
        workload=workload,
        tasks=tasks,
        ideal_seconds=4 * TASK,
        baseline=f"{numbers[1]} workers",
    )
    for one, workers in zip(made, numbers, strict=True):
        one["extra_info"]["workers"] = workers
    return made


def starting(names: Sequence[str] = PATTERNS) -> list[dict[str, Any]]:
    rows = {name: (seconds, None) for name, seconds in zip(names, (0.16, 0.0117, 0.0105, 0.055), strict=True)}
    facts = {"question": "startup", "workload": "nap-x16", "tasks": 16, "lifecycle": "cold", "ideal_seconds": 0.01}
    return table("startup: nap-x16, 16 workers, cold", rows, **facts, baseline=names[0])


def pairs(
    question: str, ways: tuple[str, str], names: Sequence[str] = PATTERNS, workload: str = "download-typical"
) -> list[dict[str, Any]]:
    """For each pattern, one thing done two ways."""
    made = []
    for number, name in enumerate(names, 1):
        rows: dict[str, tuple[float, dict[str, Any] | None]] = {ways[0]: (0.05 * number, None), ways[1]: (0.04, None)}
        title = f"{question}: {name} on {workload}"
        made += table(title, rows, question=question, pattern=name, workload=workload, baseline=ways[0])
    return made


def clients() -> list[dict[str, Any]]:
    """Downloads with two HTTP clients, at 1, 20 and 100 at a time, and with the limits of one of them raised."""
    made = []
    for in_flight in (1, 20, 100):
        rows: dict[str, tuple[float, dict[str, Any] | None]] = {"requests": (0.4, None), "aiohttp": (0.1, None)}
        if in_flight > 1:
            rows["requests (raised)"] = (0.3, None)
        made += table(
            f"clients: downloads of 1 KiB and 0 ms, {in_flight} in flight, warm",
            rows,
            question="clients",
            workload="clients-requests-0ms",
            pattern="threading",
            workers=in_flight,
            tasks=200,
            ideal_seconds=None,
            baseline="requests",
        )
    return made


def jumping(
    repeats: Mapping[str, int] | None = None,
    jumps: Sequence[float] = JUMPS,
    seconds: Mapping[str, float] = TYPICAL_SECONDS,
    **facts: Any,
) -> list[dict[str, Any]]:
    """The primes on a machine whose speed jumps; those named in `repeats` took part in so many, the others in all."""
    made = []
    for name, typical in seconds.items():
        found = (repeats or {}).get(name, len(jumps))
        contest = saved.contest(saved.PRIMES, found, rounds=2)
        for repeat, jump in zip(contest["repeats"], jumps, strict=False):
            repeat["yardstick_seconds"] = 0.002 * jump
        times = [typical * jump * share for jump in jumps[:found] for share in (0.9, 1.1)]
        about = {"question": "cpu-bound", "workload": "math-primes", "workers": 2, "contest": contest, **facts}
        made.append(saved.benchmark(name, times, saved.PRIMES, baseline=next(iter(seconds)), **about))
    return made


def everything(names: Sequence[str] = PATTERNS) -> list[dict[str, Any]]:
    """Benchmarks for every picture but those of history and machines."""
    return [
        *talk(names),
        *downloads(names),
        *primes(names),
        *scaling(names),
        *growing(names),
        *starting(names),
        *pairs("lifecycle", ("cold", "warm"), names),
        *pairs("connection-reuse", ("a new one each", "kept"), names, "connections-kept"),
        *pairs("connection-reuse", ("a new one each", "kept"), names[:2], "connections-kept-tls"),
        *clients(),
    ]


def run(benchmarks: Sequence[dict[str, Any]], source: str = "made-up.json", **session: Any) -> Run:
    return parse(encode(saved.run(benchmarks, **session)), source)


def material(
    benchmarks: Sequence[dict[str, Any]], history: Sequence[RunDigest] = (), machines: Machines | None = None
) -> Material:
    runs = [run(benchmarks)]
    return Material(summarise(runs), runs, history=history, machines=machines)


def drawn(of: Material) -> dict[str, Figure]:
    """All pictures by their names."""
    return {figure.name: figure for found in figures(of).values() for figure in found}


@cache
def whole() -> Material:
    """That of all benchmarks there are."""
    return material(everything())


@cache
def all_figures() -> dict[str, Figure]:
    return drawn(whole())


def validate(figure: Figure) -> None:
    """Raise where a picture is not valid Vega-Lite."""
    import altair  # here, so that whoever only collects tests does not wait for it

    altair.LayerChart.validate(figure.spec)


def evaluated(found: Any, key: str = "") -> Iterator[str]:
    """All that Vega evaluates in a specification."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from evaluated(value, name)
    elif isinstance(found, list):
        for value in found:
            yield from evaluated(value, key)
    elif isinstance(found, str) and key in {"signal", "expr", "test", "update", "init", "on", "events", "calculate"}:
        yield found


def marks(figure: Figure, mark: str, *fields: str) -> list[dict[str, Any]]:
    """The data of all layers that have that kind of mark, as far as it has these fields."""
    layers = [layer for layer in figure.spec["layer"] if layer["mark"]["type"] == mark]
    values = [value for layer in layers for value in layer["data"]["values"]]
    return [value for value in values if set(fields) <= set(value)]
