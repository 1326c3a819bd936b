"""A Dask cluster of processes that a test starts: a scheduler, and workers that can be killed one by one."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

# The modules that are run.
SCHEDULER, WORKER = "distributed.cli.dask_scheduler", "distributed.cli.dask_worker"
PATIENCE_SECONDS = 60.0


@dataclass
class TestCluster:
    """A scheduler and its workers, as processes of their own that know nothing of the suite."""

    __test__ = False

    folder: Path
    stack: ExitStack
    python: str = sys.executable
    address: str = ""
    scheduler: subprocess.Popen[str] | None = None
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def start_scheduler(self) -> None:
        where = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        self.scheduler = self._start(SCHEDULER, where, log="scheduler.log")
        self.address = self._awaited(self.scheduler, "scheduler.log", "Scheduler at:").split()[-1]

    def start_worker(self, host: str = "127.0.0.1", threads: int = 2, core: int | None = None) -> None:
        """Start one, which with a `core` may use that one alone."""
        log = f"worker-{len(self.workers)}.log"
        options = ["--host", host, "--nthreads", str(threads), "--no-dashboard", "--no-nanny", "--memory-limit", "0"]
        scratch = ["--local-directory", str(self.folder)]
        process = self._start(WORKER, [self.address, *options, *scratch], log, core)
        self.workers.append(process)
        self._awaited(process, log, "Registered to:")

    def kill_worker(self, number: int) -> None:
        self.workers[number].kill()
        self.workers[number].wait()

    def kill_scheduler(self) -> None:
        assert self.scheduler is not None
        self.scheduler.kill()
        self.scheduler.wait()

    def _start(self, module: str, arguments: Sequence[str], log: str, core: int | None = None) -> subprocess.Popen[str]:
        pinned = ["taskset", "--cpu-list", str(core)] if core is not None else []
        with (self.folder / log).open("w") as out:
            command = [*pinned, self.python, "-m", module, *arguments]
            process = subprocess.Popen(command, cwd=self.folder, stdout=out, stderr=subprocess.STDOUT, text=True)
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return process

    def _awaited(self, process: subprocess.Popen[str], log: str, words: str) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            for line in (self.folder / log).read_text(encoding="utf-8").splitlines():
                if words in line:
                    return line
            time.sleep(0.02)
        raise AssertionError(f"no {words!r} in {(self.folder / log).read_text(encoding='utf-8')}")


@contextmanager
def cluster(folder: Path, workers: int = 2, threads: int = 2) -> Iterator[TestCluster]:
    """A scheduler with so many workers, killed in the end."""
    with ExitStack() as stack:
        started = TestCluster(folder, stack)
        started.start_scheduler()
        for _ in range(workers):
            started.start_worker(threads=threads)
        yield started
