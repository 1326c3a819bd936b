"""The verb that says which pattern to choose for work that was not measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.cli.command import app
from analysis.cli.options import STORAGE, Format, Formats, Runs, Storage
from analysis.cli.output import alike, tell_left_out, write
from runfile.runs import RunError

if TYPE_CHECKING:
    from analysis.findings.advice import Advice
    from analysis.model.costs import Calibration
    from analysis.model.work import Work

EXAMPLE = "--tasks 2000 --latency 300ms --cpu 4ms --bytes 20KiB"

Given = str | None


def _given(metavar: str, help: str, *names: str) -> Any:  # noqa: A002 - as Typer calls it
    return typer.Option(*names, metavar=metavar, help=help)


@app.command()
def advise(
    runs: Runs = None,
    tasks: Annotated[Given, _given("NUMBER", "How many tasks there are.")] = None,
    latency: Annotated[Given, _given("TIME", "How long each waits for an HTTP answer, on average: 300ms.")] = None,
    p95: Annotated[Given, _given("TIME", "Within what time 95 of 100 are answered: 900ms.")] = None,
    size: Annotated[Given, _given("SIZE", "How much each gets: 20KiB.", "--bytes")] = None,
    cpu: Annotated[Given, _given("TIME", "How long each computes, besides its request: 4ms.")] = None,
    gil_free: Annotated[Given, _given("SHARE", "How much of that releases the GIL: 0.2 or 20%.")] = None,
    cores: Annotated[Given, _given("NUMBER", "Cores there are. Default: those of the runs' machine.")] = None,
    memory: Annotated[Given, _given("SIZE", "Memory there is: 512MiB. Default: that of the runs' machine.")] = None,
    blocking_only: Annotated[bool, typer.Option("--blocking-only", help="Only patterns for blocking code.")] = False,
    warm: Annotated[bool, typer.Option("--warm", help="The workers are up already, as in a service.")] = False,
    local_server: Annotated[bool, typer.Option("--local-server", help="The server runs on the same cores.")] = False,
    curve: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the time over the workers, as FILE.svg or FILE.png.")
    ] = None,
    costs: Annotated[bool, typer.Option("--costs", help="Show what the machine costs instead.")] = False,
    how: Formats = Format.TEXT,
    storage: Storage = STORAGE,
) -> None:
    """Which pattern to choose for work that was not measured, and with how many workers.

    Predicted from what each pattern costs on the machine of the runs. Name runs of another machine or Python to see
    what it takes there. Default: the newest run and those like it.
    """
    from msgspec.structs import replace

    from analysis.cli.quantities import MEMORY, whole
    from analysis.findings.advice import advise as advice
    from analysis.views import advice as view
    from analysis.views import costs as costs_view
    from runfile.here import differences

    described = _Described(tasks, latency, p95, size, cpu, gil_free, cores, memory)
    if costs:
        if described != _Described() or warm or local_server or blocking_only or curve:
            raise RunError("--costs is of the machine, whatever the work: leave it out, or the options for the work")
        write(how, "calibration", _calibrated(storage, runs), costs_view.document)
        return
    work = described.work(warm, local_server)
    memory_bytes = None if memory is None else whole("--memory", memory, MEMORY)
    calibration = _calibrated(storage, runs)
    if cores is None:
        work = replace(work, cores=max(1, calibration.machine.usable_cores))
    found = advice(calibration, work, memory_bytes, blocking_only)
    if curve:
        _draw(found, curve)
    write(how, "advice", found, partial(view.document, elsewhere=differences(calibration.machine)))


@dataclass(frozen=True)
class _Described:
    """Work as it is described on the command line."""

    tasks: Given = None
    latency: Given = None
    p95: Given = None
    size: Given = None
    cpu: Given = None
    gil_free: Given = None
    cores: Given = None
    memory: Given = None

    def work(self, is_warm: bool, is_local: bool) -> Work:
        """The work, on one core if it is not said on how many.

        Raises RunError for what is not enough to go by, and for what is no quantity of its kind.
        """
        from analysis.cli.quantities import CORES, DURATION, SHARE, SIZE, TASKS, quantity, whole
        from analysis.model.work import Work, spread_of

        requests = self.latency is not None or self.size is not None
        if self.tasks is None or (not requests and self.cpu is None):
            lacks = "--tasks" if self.tasks is None else "--latency, --bytes or --cpu"
            raise RunError(f"{lacks} is missing to describe the work: write it like {EXAMPLE}")
        if self.p95 is not None and self.latency is None:
            raise RunError("--p95 is of the latencies, whose mean is missing: give --latency too")
        if is_local and not requests:
            raise RunError("--local-server is for requests, of which there are none: give --latency or --bytes too")
        if self.gil_free is not None and self.cpu is None:
            raise RunError("--gil-free is a share of --cpu, which is missing: give both")
        cpu_seconds = quantity("--cpu", self.cpu, DURATION)
        if not (requests or cpu_seconds):
            raise RunError(f"--cpu {self.cpu} is no work: give --latency, --bytes or a longer --cpu")
        latency = quantity("--latency", self.latency, DURATION)
        spread = 0.0 if self.p95 is None else spread_of(latency, quantity("--p95", self.p95, DURATION))
        if spread is None:
            raise RunError(
                f"--p95 {self.p95!r} is not between --latency, which is the mean, and 3.8 times that: give the time in "
                "which 95 of 100 are answered, and the mean of all"
            )
        return Work(
            tasks=whole("--tasks", self.tasks, TASKS),
            cores=1 if self.cores is None else whole("--cores", self.cores, CORES),
            latency_seconds=latency,
            spread=spread,
            cpu_seconds=cpu_seconds,
            gil_free=quantity("--gil-free", self.gil_free, SHARE),
            size_bytes=whole("--bytes", self.size, SIZE),
            requests=requests,
            is_warm=is_warm,
            is_local=is_local,
        )


def _calibrated(storage: Path, words: Runs) -> Calibration:
    """What the machine of the runs that are meant costs; runs that do not tell it are named on stderr."""
    from analysis.findings.advice import calibrated
    from analysis.stats.units import count

    runs = alike(storage, words)
    calibration = calibrated(runs)
    if left_out := len(runs) - len(calibration.sources):
        tell_left_out([f"{count(left_out, 'run')} without all that tells what a machine costs"])
    return calibration


def _draw(found: Advice, file: Path) -> None:
    from analysis.documents.drawing import check_drawing
    from analysis.report.advice.curve import figure
    from analysis.report.images import write_image

    check_drawing("a curve", "leave out --curve")
    write_image(figure(found), file, "--curve")
    typer.echo(f"picture: {file}", err=True)
