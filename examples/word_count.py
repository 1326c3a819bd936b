"""Counting the words of a text: pure Python, which holds the GIL.

pytest --benchmark-only --workload=examples/word_count.py
"""

from workloads.computation import Computation

LINE = "the quick brown fox jumps over the lazy dog\n"


def count_words(lines: int) -> int:
    """How many words so many lines have, with a dictionary as one would write it first."""
    counts: dict[str, int] = {}
    for word in (LINE * lines).split():
        counts[word] = counts.get(word, 0) + 1
    return sum(counts.values())


WORKLOADS = (Computation("word-count", count_words, tasks=(20_000,) * 8, answers=(180_000,) * 8),)
