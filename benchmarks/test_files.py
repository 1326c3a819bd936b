"""Which pattern reads files fastest, many small ones or few large ones?

Warm, and from the page cache: the files were written a moment before, so that no disk is waited for. With --rigorous
also files that are not in the page cache, where the system can be asked to forget them.
"""

import pytest

from harness.questions import IO_WORKERS, Measure, every_pattern
from workloads import registry


def by_effort(workload: str) -> object:
    return pytest.param(workload, marks=pytest.mark.long) if workload.endswith("uncached") else workload


@pytest.mark.files
@pytest.mark.thorough
@pytest.mark.parametrize("workload", [by_effort(name) for name in registry.names("files-read-*")])
@every_pattern
def test_files(measure: Measure, pattern: str, workload: str) -> None:
    measure.warm(pattern, workload, workers=IO_WORKERS)
