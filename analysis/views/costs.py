"""What a machine costs, as tables: a column for each figure of the laws, a row for each pattern."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from analysis.documents.document import Block, Column, Document, Heading, Item, Items, Row, Table, explained
from analysis.model.costs import Calibration, CostFigure, PatternCosts
from analysis.model.laws import quantities
from analysis.model.prediction import known_of
from analysis.model.work import Work
from analysis.stats.units import factor, percent, seconds, size
from analysis.views.advice import made_from

TITLE = "What this machine costs"
LEGEND = "±: the 95 % interval; what has none was observed once in each run"
MIB = 2**20
REQUESTS = 10_000

REQUEST, TASK, CORES = "A small request", "What else a task takes", "Cores that a further one adds"
STARTING, MEMORY = "Starting and stopping a worker", "Memory of a worker"
GROUPS = (REQUEST, TASK, CORES, STARTING, MEMORY)


@dataclass(frozen=True)
class CostMetric:
    """A column: where it stands, its heading, how it is shown, and what it is where the heading does not say so."""

    group: str
    heading: str
    show: Callable[[float], str]
    explained: str = ""
    of_several: bool = False  # says nothing of a pattern with one worker


def _number(value: float) -> str:
    return f"{value:.2f}"


METRICS = {
    "request": CostMetric(
        REQUEST, "each", seconds, "from one to the next, where a thread, loop or process is always busy"
    ),
    "request_cpu": CostMetric(REQUEST, "CPU", seconds, "time on all cores"),
    "waking": CostMetric(REQUEST, "woken", factor, "times as much CPU time, where the worker waited before"),
    "crowding": CostMetric(
        REQUEST, "crowded", percent, "what it takes longer with 2.7 times as many in flight, above 16", of_several=True
    ),
    "byte": CostMetric(TASK, "a MiB", lambda value: seconds(value * MIB), "each of a body"),
    "idle": CostMetric(TASK, "a wait", seconds, "beyond the latency"),
    "task": CostMetric(TASK, "no request", seconds, "a task that makes none"),
    "python_share": CostMetric(CORES, "Python", _number, "to what holds the GIL, where there is one", of_several=True),
    "free_share": CostMetric(CORES, "without the GIL", _number, "to what releases it", of_several=True),
    "first": CostMetric(STARTING, "the first", seconds),
    "further": CostMetric(STARTING, "each further", seconds, of_several=True),
    "connect": CostMetric(STARTING, "connection", seconds, "of each, at its first request"),
    "first_bytes": CostMetric(MEMORY, "the first", size),
    "further_bytes": CostMetric(MEMORY, "each further", size, of_several=True),
    "client_bytes": CostMetric(MEMORY, "client", size, "HTTP client of each"),
}


def document(found: Calibration) -> Document:
    """All figures of all patterns, and those of the machine."""
    blocks: list[Block] = [Items(list(_of_machine(found)))]
    for group in GROUPS:
        own = {name: metric for name, metric in METRICS.items() if metric.group == group}
        legend = "; ".join(f"{one.heading}: {one.explained}" for one in own.values() if one.explained)
        most = "a second: requests, at most, on all cores" if group is REQUEST else ""
        blocks += [Heading(group), _table(found, group, own), *explained("; ".join(filter(None, (most, legend))))]
    return Document(TITLE, [*blocks, *explained(LEGEND)], made_from=made_from(found))


def _of_machine(found: Calibration) -> Iterator[Item]:
    served = found.served.value
    most = f", so that one core serves {1 / served:,.0f} a second at most" if served else ""
    yield Item(shown(found.core_share, _number), lead="cores that a further one adds when all are busy")
    yield Item(f"{shown(found.served, seconds)}{most}", lead="CPU time of the local server for a request")
    yield Item(shown(found.late, seconds), lead="what the local server's timer adds to a latency")


def _table(found: Calibration, group: str, metrics: dict[str, CostMetric]) -> Table:
    columns = [Column(one.heading) for one in metrics.values()]
    rows = [Row(one.pattern, [_cell(one, name, metric) for name, metric in metrics.items()]) for one in found.patterns]
    if group is REQUEST:
        columns.insert(0, Column("a second"))
        rows = [
            Row(row.name, [_most_requests(found, costs), *row.cells])
            for row, costs in zip(rows, found.patterns, strict=True)
        ]
    return Table(columns, rows)


def _cell(costs: PatternCosts, name: str, metric: CostMetric) -> str:
    figure: CostFigure = getattr(costs, name)
    says_nothing = (costs.is_baseline and metric.of_several) or (not figure.value and not figure.reach)
    return "" if says_nothing else shown(figure, metric.show)


def shown(figure: CostFigure, show: Callable[[float], str]) -> str:
    """A figure with its interval, in percent of it."""
    reach = f" ± {percent(figure.reach / figure.value)}" if figure.reach and figure.value else ""
    return f"{show(figure.value)}{reach}"


def _most_requests(found: Calibration, costs: PatternCosts) -> str:
    """How many requests without latency are done in a second, on all cores and by workers that are up."""
    cores = max(1, found.machine.usable_cores)
    work = Work(tasks=REQUESTS, cores=cores, is_warm=True)
    took = quantities(known_of(work, costs, cores, found))["seconds"]
    return f"{REQUESTS / took:,.0f}" if took else ""
