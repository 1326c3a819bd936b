"""Which pattern reads files fastest, many small ones or few large ones?

Warm, and from the page cache: the files were written a moment before, so that no disk is waited for. The large ones
take --rigorous, and so do those that are not in the page cache, which are there where a system can be asked to forget.
"""

import pytest

from harness.questions import IO_WORKERS, Measure, every_pattern
from workloads import registry

QUICK = "files-read-small"
WORKLOADS = [
    pytest.param(name, marks=[] if name == QUICK else [pytest.mark.long]) for name in registry.names("files-read-*")
]


@pytest.mark.files
@pytest.mark.thorough
@pytest.mark.parametrize("workload", WORKLOADS)
@every_pattern
def test_files(measure: Measure, pattern: str, workload: str) -> None:
    measure.warm(pattern, workload, workers=IO_WORKERS)
