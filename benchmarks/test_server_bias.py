"""How wrong is a result when the server lives in the process of its clients, as it does in most test suites?

The same 10 downloads of 20 ms with each of the talk's patterns, from this suite's server in a process of its own, from
pytest-httpserver in the test process, and from the same with a thread for each connection.
"""

from collections.abc import Iterator

import pytest

from harness.in_process import InProcessServer
from harness.questions import IO_WORKERS, TALK_PATTERNS, Measure, Row


@pytest.fixture(scope="module")
def in_process() -> Iterator[dict[str, InProcessServer]]:
    with InProcessServer(threaded=False) as plain, InProcessServer(threaded=True) as threaded:
        yield {"in-process": plain, "in-process-threaded": threaded}


@pytest.mark.server_bias
@pytest.mark.parametrize("server", ["own-process", "in-process", "in-process-threaded"])
@pytest.mark.parametrize("pattern", TALK_PATTERNS)
def test_server_bias(measure: Measure, in_process: dict[str, InProcessServer], pattern: str, server: str) -> None:
    row = Row(f"server-bias: 10 downloads of 20 ms, warm, server {server}", contender=pattern, baseline="sequential")
    if server in in_process:
        measure = measure.against(in_process[server])
    measure.warm(pattern, "download-typical", workers=IO_WORKERS, tasks=10, row=row)
