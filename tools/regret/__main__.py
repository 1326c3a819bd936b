"""How good is the advice for work that was never measured?

    python -m tools.regret --save regret.jsonl
    python -m tools.regret --again regret.jsonl

Draws work at random: latencies from 1 to 500 ms (log-uniform; one of eight has none), of equal length or not (spread 0,
0.3 or 0.6), 0.05 to 50 ms of CPU time (log-uniform; one of eight has none), of which a uniform share releases the GIL,
bodies of 64 B to 1 MiB (log-uniform; one of eight has none), 16 to 5,000 tasks (log-uniform, but so few that a good
pattern takes about a third of a second, or as long as 16 tasks do), half of it cold and half warm. Advice is asked for,
by what saved runs of this machine say it costs, before anything is measured but what a task computes. Then each is
measured with every default pattern and three numbers of workers or more, with what is advised and with what some rules
of thumb choose: all once, and in turns those that may be the best. Printed is by how much each choice is slower than
the best (the regret), how far predicted times are off, and the worst by name.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from analysis.cli.command import BAD_INPUT
from analysis.cli.output import show, together
from analysis.documents import markdown
from analysis.documents.encoding import show_plainly
from harness.host.environment import go_around_proxies, raise_file_limit
from harness.host.machine import this_machine
from harness.host.processes import temporary_folder
from harness.servers.server import LocalServer, ServerError
from harness.stands.stands import stands_of
from runfile.runs import RunError
from tools.command import STORAGE
from tools.regret import record, repeats, tables
from tools.regret.contest import Setup, measure
from tools.regret.draws import draw
from tools.regret.evaluation import Calibrated, calibrate, evaluate
from tools.regret.record import FORM, Head, Measured

INTERRUPTED = 130
SEED = 20261126
WORKLOADS = 60
SECONDS = 1_800.0
FEWEST_SECONDS = 4.0  # for a workload


def main(arguments: Sequence[str]) -> int:
    """Measure, or take what was measured, and print the tables. Returns 0, or 2 for bad input."""
    asked = _parsed(arguments)
    for stream in (sys.stdout, sys.stderr):
        show_plainly(stream)
    try:
        if asked.again:
            head, measured = record.read(asked.again)
            runs = together(STORAGE, asked.calibration or head.runs).runs
            machine = calibrate(runs)
        else:
            head, machine, measured = _measured(asked)
        found = evaluate(measured, head.cores, machine)
        if not found:
            raise RunError("nothing was measured: give it more time with --seconds")
    except (RunError, ServerError) as error:
        sys.stderr.write(f"{error}\n")
        return BAD_INPUT
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: what --save has kept is gone on with by --resume\n")
        return INTERRUPTED
    page = tables.document(found, head.seed)
    if asked.again and len(runs) > 1:
        page = replace(page, blocks=[*page.blocks, *repeats.by_each(runs, measured, head.cores)])
    if asked.markdown:
        sys.stdout.write(markdown.render(page))
    else:
        show(page)
    return 0


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.regret", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, help=f"of what is drawn (default: {SEED})")
    parser.add_argument("--workloads", type=_positive, default=WORKLOADS, help="how many (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for all of it (default: %(default)g)")
    parser.add_argument(
        "--calibration",
        nargs="+",
        metavar="RUN",
        help="saved runs (default: the newest of .benchmarks and those like it)",
    )
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep what is measured, a line for each workload")
    parser.add_argument("--resume", action="store_true", help="go on with the file of --save")
    parser.add_argument(
        "--again",
        type=Path,
        metavar="FILE",
        help="measure nothing: the laws of today on what is saved, by all runs together and by each alone",
    )
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    asked = parser.parse_args(arguments)
    if asked.resume and not asked.save:
        parser.error("--resume goes on with the file of --save: name it")
    if asked.again and asked.save:
        parser.error("--again measures nothing that --save could keep: give one of them")
    return asked


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of workloads: give 1 or more")
    return int(text)


def _measured(asked: argparse.Namespace) -> tuple[Head, Calibrated, list[Measured]]:
    """Measure what is asked for and was not measured yet. Raises RunError."""
    began, done = record.read(asked.save) if asked.save and asked.resume else (None, [])
    runs = together(STORAGE, asked.calibration or (began.runs if began else [])).runs
    machine, here = calibrate(runs), this_machine()
    if (there := machine.calibration.machine.fingerprint) != here.fingerprint:
        raise RunError(
            f"{runs[-1].source} was made on machine {there} and this is {here.fingerprint}: "
            "make a run here with `make bench`, and name it with --calibration"
        )
    if began is None:
        head = Head(FORM, SEED if asked.seed is None else asked.seed, here.usable_cores, [run.source for run in runs])
        if asked.save:
            record.begin(asked.save, head)
    elif asked.seed not in (None, began.seed) or here.usable_cores != began.cores:
        raise RunError(f"{asked.save} is of seed {began.seed} on {began.cores} cores: begin another file with --save")
    else:
        head = began
        record.mend(asked.save)
    return head, machine, [*done, *_measure_all(asked, head, machine, len(done))]


def _measure_all(asked: argparse.Namespace, head: Head, machine: Calibrated, first: int) -> list[Measured]:
    found: list[Measured] = []
    began = time.monotonic()
    go_around_proxies("127.0.0.1")
    raise_file_limit()
    with ExitStack() as until_done:
        stands, server = stands_of(), LocalServer()
        until_done.callback(server.stop)
        until_done.callback(stands.close)
        setup = Setup(stands, server, Path(until_done.enter_context(temporary_folder())))
        for number in range(first, asked.workloads):
            started = time.monotonic()
            share = (asked.seconds - (started - began)) / (asked.workloads - number)
            if share < FEWEST_SECONDS:
                sys.stderr.write(f"time is up after {number} workloads: go on with --resume, or raise --seconds\n")
                break
            drawn = draw(head.seed, number, head.cores)
            one = measure(drawn, machine.calibration, head.cores, share, setup, head.seed)
            if asked.save:
                record.append(asked.save, one)
            found.append(one)
            _show_progress(one, head, machine, time.monotonic() - started, asked.workloads)
    return found


def _show_progress(one: Measured, head: Head, machine: Calibrated, took: float, workloads: int) -> None:
    said = f"nothing could be measured, {one.cells[0].failure}"
    for found in evaluate([one], head.cores, machine):
        said = f"{one.drawn.name}, {found.kind}: advised {found.advised}, best {found.judge.best()}, "
        said += f"{tables.told(found)} after {len(found.judge.passes)} passes"
    sys.stderr.write(f"{one.drawn.number + 1} of {workloads}, {took:.0f} s: {said}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    # To be just ended would leave a folder behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
