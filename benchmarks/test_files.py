"""Which pattern reads files fastest, many small ones or few large ones?

Warm, and from the page cache: the files were written a moment before, so that no disk is waited for. Those that are not
in the page cache are there where a system can be asked to forget.
"""

import pytest

from harness.questions import IO_WORKERS, Measure, every_pattern, every_workload


@pytest.mark.files
@pytest.mark.on_request
@every_workload("files-read-*")
@every_pattern
def test_files(measure: Measure, pattern: str, workload: str) -> None:
    measure.warm(pattern, workload, workers=IO_WORKERS)
