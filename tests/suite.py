"""Running the suite as its users do: pytest in a process of its own."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

SUITE = Path(__file__).parent.parent
PYTEST = [sys.executable, "-m", "pytest", "--benchmark-only", "-p", "no:cacheprovider"]
# One round, and four patterns whichever are measured by default; a later option on the command line overrules it.
QUICK = [
    "--benchmark-min-rounds=1",
    "--benchmark-max-time=0.01",
    "--patterns=sequential,threading,asyncio,multiprocessing",
]
# The quickest benchmark there is, for what is the same with any.
ONE = ("-k", "test_dispatch and sequential")
ONE_NAME = "test_dispatch[sequential]"
USAGE_ERROR = 4


def run_suite(
    storage: Path,
    *arguments: str,
    effort: str = "--fast",
    suite: Path = SUITE,
    env: dict[str, str] | None = None,
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """Run benchmarks and wait for them, `--fast` unless another effort is given; `env` is added to the environment."""
    return subprocess.run(
        [*PYTEST, *QUICK, *filter(None, [effort]), f"--benchmark-storage={storage}", *arguments],
        cwd=suite,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        **options,
    )


def refusal(storage: Path, *arguments: str) -> str:
    """What is said to arguments that are refused before anything is collected.

    Nothing is imported or measured for it, so that it needs no process of its own, which takes ten times as long.
    """
    command = [*PYTEST[3:], *QUICK, "--fast", f"--benchmark-storage={storage}", *arguments]
    with chdir(SUITE), redirect_stdout(io.StringIO()) as output, redirect_stderr(output):
        code = pytest.main(command)
    said = output.getvalue()
    assert code == pytest.ExitCode.USAGE_ERROR, said
    assert "Traceback" not in said
    assert "INTERNALERROR" not in said
    assert not (storage.is_dir() and saved_runs(storage))
    return said


def saved_runs(storage: Path) -> list[dict[str, Any]]:
    """The runs in a folder, from the oldest."""
    return [json.loads(file.read_text(encoding="utf-8")) for file in sorted(storage.glob("*/*.json"))]


def copy_of_the_suite(folder: Path) -> Path:
    """A copy of the suite, to be changed by a test; what is compiled already need not be so again."""
    ignored = shutil.ignore_patterns(".*", "tests", "docs")
    return shutil.copytree(SUITE, folder / "copy", ignore=ignored)
