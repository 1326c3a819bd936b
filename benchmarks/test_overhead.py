"""What does the harness itself cost? Each pattern through it, beside the same program written out plainly.

Cold, in pairs that take turns; `make overhead` runs it. The tables show the programs through the harness; the section
after them, and `seam_ratio` in the saved run, the ratio to the plain ones.
"""

import pytest

from harness.questions import IO_WORKERS, TALK_PATTERNS, Measure, usable_cores

WORKERS = {"download-typical": IO_WORKERS, "math-primes": usable_cores()}


@pytest.mark.overhead
@pytest.mark.long
@pytest.mark.parametrize("workload", WORKERS)
@pytest.mark.parametrize("pattern", TALK_PATTERNS)
def test_overhead(measure: Measure, pattern: str, workload: str) -> None:
    from benchmarks import plain  # here, for the sake of --collect-only: it imports the clients

    measure.beside(plain.PROGRAMS[pattern, workload], pattern, workload, workers=WORKERS[workload])
