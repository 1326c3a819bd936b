"""Which benchmarks an effort has no time for, unless they are asked for."""

from __future__ import annotations

import re

import pytest

from harness.options.effort import Effort
from harness.options.measuring import effort


def leaves_out(item: pytest.Item) -> bool:
    """Whether it takes too long for what is measured, or was to be asked for and was not."""
    chosen = effort(item.config)
    marks = {mark.name for mark in item.iter_markers()}
    if chosen is Effort.RIGOROUS:
        return False
    too_long = "long" in marks or (chosen is Effort.FAST and "thorough" in marks)
    return too_long or ("on_request" in marks and not _is_asked_for(item))


def _is_asked_for(item: pytest.Item) -> bool:
    """Whether the command line names the question, in -m or -k, or its file."""
    options, file = item.config.option, item.path.stem
    words = re.findall(r"\w+", " ".join([options.markexpr, options.keyword, *item.config.args]))
    return bool({file, file.removeprefix("test_")} & set(words))
