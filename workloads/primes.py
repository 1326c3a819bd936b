"""Counting primes by trial division: integer arithmetic in pure Python, which holds the GIL."""

from itertools import pairwise

from workloads.computation import Computation

WIDTH = 10_000
STARTS = range(920_000, 1_000_000, WIDTH)

# π(n) at the ends of the ranges. π(10⁶) = 78,498 is in every table (OEIS A006880); the suite's tests check the others
# against a sieve.
PRIMES_UP_TO = (72_734, 73_474, 74_187, 74_907, 75_618, 76_350, 77_067, 77_777, 78_498)


def count_primes(start: int) -> int:
    """How many primes there are from `start` to `start + WIDTH`, for a start above 2."""
    return sum(_is_prime(number) for number in range(start | 1, start + WIDTH, 2))


def _is_prime(odd: int) -> bool:
    divisor = 3
    while divisor * divisor <= odd:
        if odd % divisor == 0:
            return False
        divisor += 2
    return True


WORKLOADS = (
    Computation(
        name="math-primes",
        function=count_primes,
        tasks=tuple(STARTS),
        answers=tuple(after - before for before, after in pairwise(PRIMES_UP_TO)),
    ),
)
