"""How wrong is a result when the server lives in the process of its clients, as it does in most test suites?

The same 5 downloads of 20 ms with each of the talk's patterns, from this suite's server in a process of its own, from
pytest-httpserver in the process of the clients, and from the same with a thread for each connection.
"""

import pytest

from harness.questions import IO_WORKERS, TALK_PATTERNS, Measure, TablePlace

# Where the server is: in a process of its own, or of which kind it is in the process of its clients.
SERVERS = {"own-process": "", "in-process": "in-process", "in-process-threaded": "in-process-threaded"}


@pytest.mark.server_bias
@pytest.mark.thorough
@pytest.mark.benchmark(min_rounds=2)
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("pattern", TALK_PATTERNS)
def test_server_bias(measure: Measure, pattern: str, server: str) -> None:
    row = TablePlace(
        f"server-bias: 5 downloads of 20 ms, warm, server {server}", contender=pattern, baseline="sequential"
    )
    measure.warm(pattern, "download-typical", workers=IO_WORKERS, tasks=5, row=row, server=SERVERS[server])
