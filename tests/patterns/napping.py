"""A program that says when its workers are up and then naps: START_METHOD PATTERN ..."""

import multiprocessing
import sys
from contextlib import ExitStack
from threading import Thread

import patterns
from workloads import registry

WORKERS = 2


def main(start_method: str, *names: str) -> None:
    multiprocessing.set_start_method(start_method)
    naps = registry.get("nap").repeated(4_000)  # type: ignore[attr-defined]
    with ExitStack() as stack:
        first, *others = [stack.enter_context(patterns.get(name).start(naps, WORKERS)) for name in names]
        for run in (first, *others):
            run(naps.tasks[: 4 * WORKERS])
        sys.stdout.write("up\n")
        sys.stdout.flush()
        for run in others:
            Thread(target=run, args=[naps.tasks], daemon=True).start()
        first(naps.tasks)


if __name__ == "__main__":
    main(*sys.argv[1:])
