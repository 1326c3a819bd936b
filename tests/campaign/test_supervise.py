"""What a keeper does with what it has run, when nobody holds the other end of its stdin any more."""

import os
import signal
import sys
from pathlib import Path

import pytest

from campaign import supervise
from tests.support.processes import eventually

IGNORING = (
    "import pathlib, signal, sys, time; signal.signal(signal.SIGINT, {}); pathlib.Path('up').touch(); time.sleep(99)"
)


class ClosedOnceUp:
    """A stdin that is closed as soon as the command has come up."""

    def read(self) -> str:
        assert eventually(Path("up").exists)
        return ""


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(
    ("handler", "code"), [("signal.SIG_IGN", -signal.SIGKILL), ("lambda *_: sys.exit(7)", 7)], ids=["stays", "goes"]
)
def test_what_it_runs_is_interrupted_and_killed_if_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handler: str, code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", ClosedOnceUp())
    # To see that what stays is killed takes no patience; and what goes has all that it needs.
    monkeypatch.setattr(supervise, "PATIENCE_SECONDS", 0.2 if code < 0 else 60.0)
    assert supervise.run([sys.executable, "-c", IGNORING.format(handler)], str(tmp_path)) == code
