"""Fibonacci numbers by naive recursion: function calls in pure Python, which hold the GIL."""

from workloads.computation import Computation

N = 27
F_27 = 196_418  # OEIS A000045


def fibonacci(n: int) -> int:
    """F(n), by its definition."""
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


WORKLOADS = (Computation("math-fibonacci", fibonacci, tasks=(N,) * 8, answers=(F_27,) * 8),)
