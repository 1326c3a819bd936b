"""What a machine costs, as a table: a row for each figure of the laws, a column for each pattern."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analysis.documents.document import Block, Column, Document, Item, Items, Row, Table, explained
from analysis.model.costs import FIGURES, Calibration, Figure, PatternCosts
from analysis.model.prediction import predict
from analysis.model.work import Work
from analysis.stats.units import factor, percent, seconds, size
from analysis.views.advice import made_from

TITLE = "What this machine costs"
LEGEND = "± is the 95 % interval; what has none was observed once in each run. docs/model.md has the laws."
MIB = 2**20
REQUESTS = 10_000


@dataclass(frozen=True)
class Metric:
    """What a figure is to a reader, and how it is shown. Some say nothing of a pattern with one worker."""

    name: str
    show: Callable[[float], str]
    of_several: bool = False


def _number(value: float) -> str:
    return f"{value:.2f}"


METRICS = {
    "request": Metric("a small request, of many", seconds),
    "waking": Metric("a request after a wait, as long", factor),
    "crowding": Metric("… more for each e-fold of requests in flight above 16", percent, of_several=True),
    "request_cpu": Metric("CPU time of a request", seconds),
    "byte": Metric("each MiB of a body", lambda value: seconds(value * MIB)),
    "idle": Metric("a wait, beyond the latency", seconds),
    "task": Metric("a task without a request", seconds),
    "python_share": Metric("cores that a further one adds to Python", _number, of_several=True),
    "free_share": Metric("… to what releases the GIL", _number, of_several=True),
    "first": Metric("starting and stopping a worker", seconds),
    "further": Metric("… each further one", seconds, of_several=True),
    "connect": Metric("… and its connection", seconds),
    "first_bytes": Metric("memory of a worker", size),
    "further_bytes": Metric("… of each further one", size, of_several=True),
    "client_bytes": Metric("… of the client of each", size),
}


def document(found: Calibration) -> Document:
    """All figures of all patterns, and those of the machine."""
    rows = [_row(name, found) for name in FIGURES]
    rows.insert(0, Row("requests a second at most", [_most_requests(found, one) for one in found.patterns]))
    table = Table([Column(one.pattern) for one in found.patterns], rows, splits=True)
    blocks: list[Block] = [*explained(made_from(found)), Items(_of_machine(found)), table, *explained(LEGEND)]
    return Document(TITLE, blocks)


def _of_machine(found: Calibration) -> list[Item]:
    served = found.served.value
    most = f", so that a core of it serves {1 / served:,.0f} a second at most" if served else ""
    return [
        Item(shown(found.core_share, _number), lead="cores that a further one adds when all are busy"),
        Item(f"{shown(found.served, seconds)}{most}", lead="CPU time of the local server for a request"),
    ]


def _row(name: str, found: Calibration) -> Row:
    metric = METRICS.get(name, Metric(name.replace("_", " "), lambda value: f"{value:.3g}"))
    return Row(metric.name, [_cell(getattr(one, name), one, metric) for one in found.patterns])


def _cell(figure: Figure, costs: PatternCosts, metric: Metric) -> str:
    return "" if costs.is_baseline and metric.of_several else shown(figure, metric.show)


def shown(figure: Figure, show: Callable[[float], str]) -> str:
    """A figure with its interval, in percent of it."""
    reach = f" ± {percent(figure.reach / figure.value)}" if figure.reach and figure.value else ""
    return f"{show(figure.value)}{reach}"


def _most_requests(found: Calibration, costs: PatternCosts) -> str:
    """How many requests without latency are done in a second, on all cores and with the workers there already."""
    cores = max(1, found.machine.usable_cores)
    work = Work(tasks=REQUESTS, cores=cores, is_warm=True)
    return f"{REQUESTS / predict(work, costs.pattern, cores, found).seconds.estimate:,.0f}"
