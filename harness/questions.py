"""What a benchmark file needs to ask its question: which patterns, which workloads, how many workers."""

from collections.abc import Collection

import pytest

import patterns
from harness.facts import IO_WORKERS, Lifecycle, TablePlace
from harness.host.machine import usable_cores
from harness.measure import Measure
from workloads import registry

__all__ = [
    "IO_WORKERS",
    "TALK_PATTERNS",
    "Lifecycle",
    "Measure",
    "TablePlace",
    "every_pattern",
    "every_workload",
    "usable_cores",
]

# What the talk compares, for questions about how it is measured rather than about the patterns.
TALK_PATTERNS = ["sequential", "threading", "asyncio", "multiprocessing"]

every_pattern = pytest.mark.parametrize("pattern", patterns.names())


def every_workload(glob: str, *, thorough: Collection[str] = (), long: Collection[str] = ()) -> pytest.MarkDecorator:
    """Parametrize with the names of the workloads that match a glob such as "download-*".

    Those that are `thorough` have to be asked for with --fast, and those that are `long` take --rigorous.
    """
    marks = dict.fromkeys(thorough, pytest.mark.thorough) | dict.fromkeys(long, pytest.mark.long)
    return pytest.mark.parametrize(
        "workload", [pytest.param(name, marks=marks.get(name, ())) for name in registry.names(glob)]
    )
