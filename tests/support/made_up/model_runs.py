"""Saved runs that nobody measured, with all that a calibration needs of them."""

import math
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from analysis.findings.advice import calibrated
from analysis.model.costs import Calibration
from runfile.runs import Run
from tests.support.made_up import saved

PATTERNS = ("sequential", "threading", "asyncio", "asyncio-processes", "multiprocessing")
BLOCKING = {"sequential", "threading", "multiprocessing"}
REPEATS = 5
NOISE = 0.005


# As two cores of a server took, in round figures: a piece of work with its workers and tasks, and of each pattern
# milliseconds, those of CPU time, and KiB at the peak.
MEASURED = """
io-bound   download-overhead     16 500  warm 328/247/1290   369/390/3300   57/50/2930    62/63/16500    276/490/102000
io-bound   download-typical      16 100  warm 2197/125/2420  157/83/3940    152/16.6/3270 168/42/20200   182/155/103000
io-bound   download-large        16 32   warm 275/89/52000   163/197/69300  45/36/58000   138/166/161000 160/251/201000
io-scaling download-typical-x100 64 100  warm -              116/105/5990   50/12.9/4000  65/27/21200    133/203/392000
lifecycle  download-typical-x20  16 20   cold 440/29.5/1120  50.2/25.9/2460 48/7.4/1920   67/38/15600    112/163/96700
startup    nap-x1                1  1    cold 10.2/0.77/0    10.7/1.35/164  10.9/1.47/104 19.6/12.6/4810 18/9.95/3570
startup    nap-x16               16 16   cold 163/2.26/8     14/5.49/596    11.1/1.63/140 24.6/21/8240   63.5/86/36000
dispatch   nothing               16 1000 warm 0.103/1.06/526 10.5/15.3/2550 6.9/30.6/2090 6.6/12.1/10200 4/16.5/37300
cpu-bound  math-primes           2  8    warm 185/184/8      186/189/64     194/194/50    99/193/7540    107/209/5000
cpu-bound  math-hashing          2  8    warm 78/77.7/880    42.7/78.6/936  78.2/78.2/924 45.5/79.5/7660 48.8/85.5/5130
mixed      mixed                 16 50   warm 1327/274/716   290/283/4730   229/205/2680  158/211/14700  186/288/102000
"""


def benchmarks(number: int) -> Iterator[dict[str, Any]]:
    """The benchmarks of a run, the number of which makes its noise."""
    rng = random.Random(number)
    for line in MEASURED.split("\n")[1:-1]:
        question, workload, workers, tasks, lifecycle, *cells = line.split()
        for pattern, cell in zip(PATTERNS, cells, strict=True):
            if cell == "-":
                continue
            milliseconds, cpu_milliseconds, kib = map(float, cell.split("/"))
            alone = question == "lifecycle"
            yield saved.benchmark(
                lifecycle if alone else pattern,
                [milliseconds / 1000 * math.exp(rng.gauss(0, NOISE)) for _ in range(REPEATS)],
                f"{question}: {workload}, {workers} workers" + (f", {pattern}" if alone else ""),
                question=question,
                pattern=pattern,
                workload=workload,
                lifecycle=lifecycle,
                workers=int(workers),
                tasks=int(tasks),
                ideal_seconds=None,
                baseline=lifecycle if alone else "sequential",
                server_cores=0.2 if "download" in workload else None,
                observation=saved.observation(cpu_milliseconds / 1000, kib / 1024),
            )


def run(number: int = 1, **machine: Any) -> dict[str, Any]:
    """A whole run, as decoded; `machine` replaces facts of it."""
    facts = {
        name: {"summary": f"{name}.", "pitfall": "None.", "blocking": name in BLOCKING, "chunked": False}
        for name in PATTERNS
    }
    facts["multiprocessing"]["chunked"] = True
    return saved.run(list(benchmarks(number)), machine=saved.machine(**machine), patterns=facts)


def parsed(*numbers: int, **machine: Any) -> list[Run]:
    return saved.parsed(*(run(number, **machine) for number in numbers or (1,)))


@cache
def calibration() -> Calibration:
    """What two runs of a machine with two cores tell that it costs."""
    return calibrated(parsed(1, 2))


def store(folder: Path, *numbers: int, **machine: Any) -> Path:
    """A storage that holds whole runs."""
    return saved.store(folder, *(run(number, **machine) for number in numbers or (1,)))
