"""A program that says when its workers are up and then naps: python -m tests.napping PATTERN START_METHOD."""

import multiprocessing
import sys

import patterns
from workloads import registry

WORKERS = 2


def main(pattern: str, start_method: str) -> None:
    multiprocessing.set_start_method(start_method)
    naps = registry.get("nap").repeated(2_000)  # type: ignore[attr-defined]
    with patterns.get(pattern).start(naps, WORKERS) as run:
        run(naps.tasks[: 4 * WORKERS])
        sys.stdout.write("up\n")
        sys.stdout.flush()
        run(naps.tasks)


if __name__ == "__main__":
    main(*sys.argv[1:])
