"""The local server as a command."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests import SUITE
from tests.support.processes import line_of
from workloads.server import main

COMMAND = [sys.executable, "-m", "workloads.server"]


@contextmanager
def running(*arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The server's command, and the http address that it announces."""
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=SUITE,
        env={**os.environ, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process, line_of(process).split()[-1]
        finally:
            process.kill()


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says when it does not start, with exit code 2."""
    try:
        code: object = main(arguments)
    except SystemExit as ended:
        code = ended.code
    assert code == 2
    return capsys.readouterr().err
