"""What does the suite's own seam cost? Each pattern through it, beside the same program written out plainly.

Cold, in pairs that take turns. The table shows the programs through the seam; the section after the tables, and
`seam_ratio` in the saved run, the ratio to the plain ones.
"""

import pytest

from benchmarks import plain
from harness import IO_WORKERS, Measure, usable_cores
from harness.measure import SeamCost

PLAIN_DOWNLOADS = {
    "sequential": plain.download_sequentially,
    "threading": plain.download_with_threads,
    "asyncio": plain.download_with_asyncio,
    "multiprocessing": plain.download_with_processes,
}
PLAIN_COMPUTATIONS = {
    "sequential": plain.compute_sequentially,
    "threading": plain.compute_with_threads,
    "asyncio": plain.compute_with_asyncio,
    "multiprocessing": plain.compute_with_processes,
}


@pytest.mark.overhead
@pytest.mark.parametrize("workload", ["download-typical"])
@pytest.mark.parametrize("pattern", PLAIN_DOWNLOADS)
def test_overhead_of_downloads(measure: Measure, seam_costs: list[SeamCost], pattern: str, workload: str) -> None:
    seam_costs.append(measure.beside(PLAIN_DOWNLOADS[pattern], pattern, workload, workers=IO_WORKERS))


@pytest.mark.overhead
@pytest.mark.parametrize("workload", ["math-primes"])
@pytest.mark.parametrize("pattern", PLAIN_COMPUTATIONS)
def test_overhead_of_computing(measure: Measure, seam_costs: list[SeamCost], pattern: str, workload: str) -> None:
    seam_costs.append(measure.beside(PLAIN_COMPUTATIONS[pattern], pattern, workload, workers=usable_cores()))
