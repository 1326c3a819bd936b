"""Make a library of an environment slower, to see whether `ab` finds it.

    python3 -m venv slow && slow/bin/pip install -r requirements.txt
    python -m tools.plant slow requests 2ms
    python -m tools.plant slow aiohttp 10%

From then on each request through `requests` or `aiohttp` in that environment takes so much more CPU time: milliseconds,
microseconds (`150us`), or percent of the CPU time that a request takes the client there, which is measured first. `0`
takes it out again. The environment is spoilt for anything else.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median

from harness.servers.server import LocalServer
from harness.stands.handle import StandFailed, Subject
from harness.stands.job import Ask, Checkpoint, Job
from harness.stands.stands import stands_of
from workloads import registry

BAD_INPUT = 2
MARK = "\n\n# planted by tools.plant"
CODE = {
    "requests": """{mark}
def _planted(original):
    from time import thread_time
    def send(self, *args, **kwargs):
        end = thread_time() + {seconds!r}
        while thread_time() < end: pass
        return original(self, *args, **kwargs)
    return send
Session.send = _planted(Session.send)
""",
    "aiohttp": """{mark}
def _planted(original):
    from time import thread_time
    async def _request(self, *args, **kwargs):
        end = thread_time() + {seconds!r}
        while thread_time() < end: pass
        return await original(self, *args, **kwargs)
    return _request
ClientSession._request = _planted(ClientSession._request)
""",
}
FILES = {"requests": "sessions.py", "aiohttp": "client.py"}
AMOUNT = re.compile(r"(?P<number>[0-9]+(\.[0-9]+)?)(?P<unit>ms|us|%)|0")
SECONDS = {"ms": 1e-3, "us": 1e-6}
# What a request costs in the client, when the network is free.
PATTERNS = {"requests": "sequential", "aiohttp": "asyncio"}
WORKLOAD = "download-overhead"
WORKERS = 16
ROUNDS = 20
LIMIT_SECONDS = 60.0


def request_seconds(python: Path, library: str) -> float:
    """The CPU time that a request through a library takes in an environment. Raises StandFailed."""
    server, stands = LocalServer(), stands_of(Subject(str(python)))
    job = Job(PATTERNS[library], WORKLOAD, WORKERS, cold=False, start_method="spawn", server_url=server.url)
    try:
        with stands.open(job, LIMIT_SECONDS) as stand:
            stand.begin()
            reports = [
                stand.ask(Ask.START, Checkpoint.READY),
                *(stand.ask(Ask.GO, Checkpoint.RAN) for _ in range(ROUNDS)),
            ]
            stand.ask(Ask.STOP, Checkpoint.STOPPED)
    finally:
        stands.close()
        server.stop()
    spent = [float(one["spent"]["user"] + one["spent"]["system"]) for one in reports]
    rounds = [after - before for before, after in pairwise(spent)]
    return median(rounds) / len(registry.get(WORKLOAD).tasks)


def main(arguments: Sequence[str]) -> int:
    """Plant, or take out. Returns 0, or 2 for bad input."""
    amount = AMOUNT.fullmatch(arguments[2]) if len(arguments) == 3 else None
    if amount is None or arguments[1] not in CODE:
        sys.stderr.write(f"usage: python -m tools.plant ENVIRONMENT {'|'.join(CODE)} 2ms|150us|10%|0\n")
        return BAD_INPUT
    environment, library, _ = arguments
    python = Path(environment, "bin/python").absolute()
    command = [str(python), "-I", "-c", f"import {library}; print({library}.__path__[0])"]
    try:
        folder = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        sys.stderr.write(
            f"{environment} is not an environment with {library} in it: make one as `tools/plant.py` says\n"
        )
        return BAD_INPUT
    file = Path(folder, FILES[library])
    if not file.resolve().is_relative_to(Path(environment).resolve()):
        sys.stderr.write(f"{file} is outside {environment}: make an environment of its own\n")
        return BAD_INPUT
    original = file.read_text(encoding="utf-8").partition(MARK)[0]
    file.write_text(original, encoding="utf-8")
    if not amount["unit"]:
        return 0
    try:
        whole = request_seconds(python, library) / 100 if amount["unit"] == "%" else SECONDS[amount["unit"]]
    except StandFailed as error:
        sys.stderr.write(f"{environment} cannot be measured: {error}\n")
        return BAD_INPUT
    seconds = float(amount["number"]) * whole
    file.write_text(original + CODE[library].format(mark=MARK, seconds=seconds), encoding="utf-8")
    print(f"{seconds * 1e6:.1f} µs planted in each request of {library} in {environment}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
