"""Many runs, a day apart, in which something may change."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.made_up import saved

Change = Callable[[int, dict[str, Any]], None]


def history(folder: Path, runs: int, *, first: int = 1, change: Change | None = None, **session: Any) -> Path:
    """A day between runs; `change` may alter a run by its number."""
    for number in range(first, first + runs):
        run = saved.plausible(number, **session)
        day = datetime(2026, 9, 1, 9, tzinfo=UTC) + timedelta(days=number)
        run["datetime"] = day.isoformat()
        run["commit_info"] = {"id": f"{number:07}abc", "time": run["datetime"], "dirty": False}
        if change:
            change(number, run)
        saved.save(folder / f"fox/{number:04}_run.json", run)
    return folder


def slower(contender: str, since: int, factor: float) -> Change:
    def change(number: int, run: dict[str, Any]) -> None:
        for one in run["benchmarks"]:
            if f"[{contender}-{saved.TYPICAL}" in one["name"] and number >= since:
                one |= saved.slower(one, factor)

    return change
