"""Points of the Mandelbrot set: floating-point arithmetic in pure Python, which holds the GIL."""

from workloads.computation import Computation

WIDTH = 192
ROWS = 192
BANDS = 8
ITERATIONS = 200

# How many points of each band have not escaped. Band k is every eighth row from k on, so that bands cost about the
# same. The suite's tests count them again with complex numbers.
INSIDE = (1_175, 1_163, 1_146, 1_135, 1_114, 1_099, 1_087, 1_067)


def count_inside(band: int) -> int:
    """How many points of a band stay within a radius of 2 for ITERATIONS steps of z → z² + c."""
    return sum(
        _stays(real=-2.0 + 2.5 * (column + 0.5) / WIDTH, imaginary=1.25 * (row + 0.5) / ROWS)
        for row in range(band, ROWS, BANDS)
        for column in range(WIDTH)
    )


def _stays(real: float, imaginary: float) -> bool:
    # Real and imaginary parts apart: Python rounds each step then, where a C compiler may fuse those of `complex`.
    x = y = 0.0
    for _ in range(ITERATIONS):
        xx, yy = x * x, y * y
        if xx + yy > 4.0:
            return False
        x, y = xx - yy + real, 2.0 * x * y + imaginary
    return True


WORKLOADS = (Computation("math-mandelbrot", count_inside, tasks=tuple(range(BANDS)), answers=INSIDE),)
