"""Kinds of work, of which each has an answer of its own: what they are called, and which tables tell of them.

A kind of work is an entry in `KINDS`. Its tables are those of a question whose workloads match a glob. A table that no
kind has becomes a kind of its own, so that a workload nobody knows gets an answer too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import escape

from runfile.benchmarks import BenchmarkInfo


@dataclass(frozen=True)
class Glob:
    """The tables of a question on the workloads that match, with that many workers or more.

    `called` is what they are called, for who knows neither.
    """

    question: str
    workload: str
    called: str = ""
    fewest_workers: int = 0

    def has(self, facts: BenchmarkInfo) -> bool:
        is_it = facts.question == self.question and fnmatchcase(facts.workload, self.workload)
        return is_it and facts.workers >= self.fewest_workers

    def name(self, facts: BenchmarkInfo, title: str) -> str:
        """What a table is called."""
        question, _, rest = title.partition(": ")
        known = self.called.format(workers=f"{facts.workers:,}", tasks=f"{facts.tasks:,}")
        return known or rest.removesuffix(", warm") or question


@dataclass(frozen=True)
class Category:
    """A kind of work. `tables` decide what is chosen, the first before the others; `beside` may change it."""

    name: str
    tables: tuple[Glob, ...]
    beside: tuple[Glob, ...] = ()
    baseline_competes: bool = True  # it does not where it leaves out what is asked about
    headline: str = ""  # what it is called among the few answers that come first; empty if it is not one of them
    contender: str = "pattern"  # what is chosen
    is_ordered: bool = False  # whether more is asked than which is fastest


# The question whose contenders are no patterns, and a choice all the same.
CLIENTS = "clients"
KINDS = (
    Category(
        "waiting for the network",
        (
            Glob("io-bound", "download-typical", "downloads of 20 ms"),
            Glob("io-bound", "download-jittered", "downloads that take unequally long"),
            Glob("io-bound", "download-talk", "downloads of 50 ms"),
        ),
        (
            Glob("talk", "download-talk", "the talk’s own program, with 5 threads or all at once"),
            Glob("io-scaling", "download-typical-*", "{workers} at a time, {tasks} downloads", fewest_workers=17),
        ),
        headline="waiting",
    ),
    Category(
        "computing in Python",
        (
            Glob("cpu-bound", "math-primes", "primes"),
            Glob("cpu-bound", "math-mandelbrot", "the Mandelbrot set"),
            Glob("cpu-bound", "math-fibonacci", "Fibonacci numbers"),
        ),
        headline="computing",
    ),
    Category("a download, then computing", (Glob("mixed", "mixed*"),), headline="both"),
    Category("computing in C that releases the GIL", (Glob("cpu-bound", "math-hashing"),)),
    Category("many small requests, where the network is free", (Glob("io-bound", "download-overhead"),)),
    Category("waiting for the network, over TLS", (Glob("io-bound", "download-talk-tls", "downloads of 50 ms"),)),
    Category("waiting for a server that is 20 ms away, over TLS", (Glob("io-bound", "download-rtt"),)),
    Category("many small requests over TLS, where the network is free", (Glob("io-bound", "download-overhead-tls"),)),
    Category("moving large bodies", (Glob("io-bound", "download-large"),)),
    Category("reading many small files", (Glob("files", "files-read-small"),)),
    Category("reading few large files", (Glob("files", "files-read-large"),)),
    Category("reading files from the disk", (Glob("files", "files-read-uncached"),)),
    Category("starting and stopping workers", (Glob("startup", "nap-x??*"),), baseline_competes=False),
    Category("handing out tasks", (Glob("dispatch", "*"),), baseline_competes=False),
    Category(
        "HTTP clients, where the network is free",
        (Glob(CLIENTS, "clients-*-0ms*"),),
        contender="client",
        is_ordered=True,
    ),
    Category("HTTP clients, 20 ms away", (Glob(CLIENTS, "clients-*-20ms*"),), contender="client", is_ordered=True),
)
# One's own work is what one came for: its kinds are named after its workloads, and come first.
OWN = "own"
# What other tables compare: something else than patterns, or patterns under conditions that are no choice.
NO_CHOICE = {
    "startup": "starting and stopping workers",
    "server-bias": "servers in the clients' process and apart from it",
    "lifecycle": "cold and warm rounds",
    "connection-reuse": "sessions that are kept and new ones",
    "session-sharing": "one session for all threads and one each",
    "shared-state": "ways to share a dict, under a lock, through a queue or merged at the end",
    "overhead": "the harness and programs without it",
    "io-scaling": "numbers of workers that download",
    "cpu-scaling": "numbers of workers that compute",
    "workers": "numbers of workers of one pattern",
    "talk": "the talk's own programs, each with a number of workers of its own",
}


def kinds_of(facts: Sequence[BenchmarkInfo]) -> list[Category]:
    """The kinds of work of tables with these facts, one's own first, and those that nobody knows last."""
    own = [
        Category(one.workload, (Glob(OWN, escape(one.workload)),), headline=one.workload)
        for one in facts
        if one.question == OWN
    ]
    known = _unique([*own, *KINDS])
    globs = [glob for kind in known for glob in (*kind.tables, *kind.beside)]
    strangers = [one for one in facts if one.question not in NO_CHOICE and not any(glob.has(one) for glob in globs)]
    return [*known, *_unique(Category(one.workload, (Glob(one.question, escape(one.workload)),)) for one in strangers)]


def _unique(kinds: Iterable[Category]) -> list[Category]:
    return list(dict.fromkeys(kinds))
