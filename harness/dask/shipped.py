"""What is done in the processes of a Dask cluster that the suite's code is sent to. It imports nothing of the suite."""

from __future__ import annotations

import sys
from collections.abc import Sequence

# What an archive of the suite's code is called, before its digest.
ARCHIVE = "three-patterns-"


def forget(modules: Sequence[str]) -> None:
    """Have this process import these modules anew when they are next asked for, and none from an earlier archive."""
    for name in [name for name in sys.modules if name.partition(".")[0] in modules]:
        del sys.modules[name]
    sys.path[:] = [place for place in sys.path if ARCHIVE not in place]
