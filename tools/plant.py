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
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from harness.servers.server import LocalServer
from harness.stands.handle import StandFailed, Subject
from harness.stands.job import Ask, Checkpoint, Job
from harness.stands.stands import stands_of
from runfile.runs import RunError
from tools.command import command
from workloads import registry

MARK = "\n\n# planted by tools.plant"
CODE = """{mark}
def _planted(original):
    from time import thread_time
    def planted(*args, **kwargs):
        end = thread_time() + {seconds!r}
        while thread_time() < end: pass
        return original(*args, **kwargs)
    return planted
{method} = _planted({method})
"""
AMOUNT = re.compile(r"(?P<number>[0-9]+(\.[0-9]+)?)(?P<unit>ms|us|%)|0")
SECONDS = {"ms": 1e-3, "us": 1e-6}


@dataclass(frozen=True)
class Library:
    """Where each of its requests goes through, and the pattern that shows what one costs when the network is free."""

    file: str
    method: str
    pattern: str


LIBRARIES = {
    "requests": Library("sessions.py", "Session.send", "sequential"),
    "aiohttp": Library("client.py", "ClientSession._request", "asyncio"),
}
WORKLOAD = "download-overhead"
WORKERS = 16
ROUNDS = 20
LIMIT_SECONDS = 60.0


def request_seconds(python: Path, library: Library) -> float:
    """The CPU time that a request through a library takes in an environment. Raises StandFailed."""
    server, stands = LocalServer(), stands_of(Subject(str(python)))
    job = Job(library.pattern, WORKLOAD, WORKERS, cold=False, start_method="spawn", server_url=server.url)
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


@command
def main(arguments: Sequence[str]) -> None:
    """Plant, or take out."""
    amount = AMOUNT.fullmatch(arguments[2]) if len(arguments) == 3 else None
    if amount is None or arguments[1] not in LIBRARIES:
        raise RunError(f"usage: python -m tools.plant ENVIRONMENT {'|'.join(LIBRARIES)} 2ms|150us|10%|0")
    environment, name, _ = arguments
    library, python = LIBRARIES[name], Path(environment, "bin/python").absolute()
    where = [str(python), "-I", "-c", f"import {name}; print({name}.__path__[0])"]
    try:
        folder = subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise RunError(
            f"{environment} is not an environment with {name} in it: make one as `tools/plant.py` says"
        ) from error
    file = Path(folder, library.file)
    if not file.resolve().is_relative_to(Path(environment).resolve()):
        raise RunError(f"{file} is outside {environment}: make an environment of its own")
    original = file.read_text(encoding="utf-8").partition(MARK)[0]
    file.write_text(original, encoding="utf-8")
    if not amount["unit"]:
        return
    try:
        whole = request_seconds(python, library) / 100 if amount["unit"] == "%" else SECONDS[amount["unit"]]
    except StandFailed as error:
        raise RunError(f"{environment} cannot be measured: {error}") from error
    seconds = float(amount["number"]) * whole
    file.write_text(original + CODE.format(mark=MARK, seconds=seconds, method=library.method), encoding="utf-8")
    print(f"{seconds * 1e6:.1f} µs planted in each request of {name} in {environment}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
