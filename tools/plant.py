"""Make a library of an environment slower, to see whether `ab` finds it.

    python3 -m venv slow && slow/bin/pip install -r requirements.txt
    python -m tools.plant slow requests 2000

From then on each request through `requests` or `aiohttp` in that environment counts to 2,000 first. `0` takes it out
again. The environment is spoilt for anything else.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

BAD_INPUT = 2
MARK = "\n\n# planted by tools.plant"
CODE = {
    "requests": """{mark}
def _planted(original):
    def send(self, *args, **kwargs):
        for _ in range({loops}): pass
        return original(self, *args, **kwargs)
    return send
Session.send = _planted(Session.send)
""",
    "aiohttp": """{mark}
def _planted(original):
    async def _request(self, *args, **kwargs):
        for _ in range({loops}): pass
        return await original(self, *args, **kwargs)
    return _request
ClientSession._request = _planted(ClientSession._request)
""",
}
FILES = {"requests": "sessions.py", "aiohttp": "client.py"}


def main(arguments: Sequence[str]) -> int:
    """Plant, or take out. Returns 0, or 2 for bad input."""
    if len(arguments) != 3 or arguments[1] not in CODE or not arguments[2].isdigit():
        sys.stderr.write(f"usage: python -m tools.plant ENVIRONMENT {'|'.join(CODE)} LOOPS\n")
        return BAD_INPUT
    environment, library, loops = arguments
    command = [str(Path(environment, "bin/python")), "-I", "-c", f"import {library}; print({library}.__path__[0])"]
    try:
        folder = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        sys.stderr.write(f"{environment} is no environment with {library} in it: make one as `tools/plant.py` says\n")
        return BAD_INPUT
    file = Path(folder, FILES[library])
    if not file.resolve().is_relative_to(Path(environment).resolve()):
        sys.stderr.write(f"{file} is outside {environment}: make an environment of its own\n")
        return BAD_INPUT
    original = file.read_text(encoding="utf-8").partition(MARK)[0]
    planted = CODE[library].format(mark=MARK, loops=loops) if int(loops) else ""
    file.write_text(original + planted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
