"""Which pattern is fastest on work that no other question is about, such as that of a new file in `workloads/`?

Warm, with a worker for each usable core and with as many as for I/O, since nobody has said what kind of work it is.
"""

from fnmatch import fnmatchcase

import pytest

from harness.questions import IO_WORKERS, Measure, every_pattern, usable_cores
from workloads import registry

# What other questions take, by a glob or by name.
ELSEWHERE = (
    "math-*",
    "download-*",
    "mixed*",
    "files-read-*",
    "nap",
    "nothing",
    "connections-*",
    "session-*",
    "clients-*",
)
# What is for some patterns only.
OF_SOME = ("counting-*",)
OTHERS = [name for name in registry.names() if not any(fnmatchcase(name, glob) for glob in (*ELSEWHERE, *OF_SOME))]

# Where there is no such workload there is no benchmark either, rather than one that is skipped.
__test__ = bool(OTHERS)


@pytest.mark.other
@pytest.mark.race(times=4)  # hardly another table is of its answer
@pytest.mark.parametrize("workers", dict.fromkeys((usable_cores(), IO_WORKERS)))
@pytest.mark.parametrize("workload", OTHERS)
@every_pattern
def test_other(measure: Measure, pattern: str, workload: str, workers: int) -> None:
    measure.warm(pattern, workload, workers=workers)
