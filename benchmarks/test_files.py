"""Which pattern reads files fastest, many small ones or few large ones?

Warm, and from the page cache: the files were written a moment before, so that no disk is waited for. The large ones
take --rigorous, and so do those that are not in the page cache, which are there where a system can be asked to forget.
"""

import pytest

from harness.questions import IO_WORKERS, Measure, every_pattern, every_workload

LONG = ("files-read-large", "files-read-uncached")


@pytest.mark.files
@pytest.mark.thorough
@every_workload("files-read-*", long=LONG)
@every_pattern
def test_files(measure: Measure, pattern: str, workload: str) -> None:
    measure.warm(pattern, workload, workers=IO_WORKERS)
