"""Fibonacci numbers by naive recursion: function calls in pure Python, which hold the GIL."""

from workloads.computation import Computation

N = 28
F_28 = 317_811  # OEIS A000045


def fibonacci(n: int) -> int:
    """F(n), by its definition."""
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


WORKLOADS = (Computation("math-fibonacci", fibonacci, tasks=(N,) * 8, answers=(F_28,) * 8),)
