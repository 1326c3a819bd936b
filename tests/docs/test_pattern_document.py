"""docs/patterns.md: that its patterns exist, that its code is code, and that what it says of Python is so."""

import ast
import asyncio
import os
import re
import shlex
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

import pytest
import typer

import patterns
from analysis.cli.main import app
from analysis.views.guide import BEGIN, END
from harness.questions import TALK_PATTERNS
from tests import SUITE

TEXT = (SUITE / "docs/patterns.md").read_text(encoding="utf-8")
FRAME, _, REST = TEXT.partition(BEGIN)
MEASURED = REST.partition(END)[0]


# A pattern is one new file: it need not have a paragraph here.
PARAGRAPHS = re.findall(r"^\*\*([a-z-]+)\*\* (.*?)(?=^\*\*[a-z-]+\*\* |^## )", FRAME, re.MULTILINE | re.DOTALL)


def test_it_tells_of_the_talks_patterns() -> None:
    assert {name for name, _ in PARAGRAPHS} >= set(TALK_PATTERNS)


@pytest.mark.parametrize(("name", "text"), PARAGRAPHS, ids=[name for name, _ in PARAGRAPHS])
def test_each_paragraph_is_of_a_pattern_and_has_its_trap(name: str, text: str) -> None:
    assert name in patterns.names(), f"docs/patterns.md tells of {name}, which is no pattern"
    assert name == "sequential" or re.search(r"\*The traps?\*:\s", text)


@pytest.mark.parametrize("code", re.findall(r"^```python\n(.*?)^```$", FRAME, re.MULTILINE | re.DOTALL))
def test_its_code_is_python(code: str) -> None:
    ast.parse(f"async def program():\n{textwrap.indent(code, '    ')}")


def test_its_commands_are_there() -> None:
    found = re.findall(r"^ +python -m analysis ([^#\n]+)", FRAME, re.MULTILINE)
    assert len(found) == 3
    group: typer.core.TyperGroup = typer.main.get_command(app)  # type: ignore[assignment]
    for line in found:
        verb, *arguments = shlex.split(line)
        group.commands[verb].make_context(verb, arguments)


def test_what_was_measured_is_there() -> None:
    assert MEASURED.strip().startswith("## The patterns, by measurement")
    assert {"### What they cost", "### sequential", "### threading", "### asyncio"} <= set(MEASURED.splitlines())


def test_dev_mode_names_what_holds_up_the_loop() -> None:
    program = "import asyncio, time\nasync def greedy(): time.sleep(0.15)\nasyncio.run(greedy())"
    said = subprocess.run([sys.executable, "-X", "dev", "-c", program], capture_output=True, text=True, check=True)
    assert re.search(r"Executing .*greedy.* took \d+\.\d+ seconds", said.stderr)


def test_the_executor_of_a_loop_has_a_few_threads_more_than_cores() -> None:
    cores = getattr(os, "process_cpu_count", os.cpu_count)() or 1
    threads = set()
    everyone_is_there = threading.Event()
    most = min(32, cores + 4)

    def wait() -> None:
        threads.add(threading.get_ident())
        if len(threads) == most:
            everyone_is_there.set()
        everyone_is_there.wait()

    async def more_than_there_are() -> None:
        await asyncio.gather(*[asyncio.to_thread(wait) for _ in range(3 * most)])

    asyncio.run(more_than_there_are())
    assert len(threads) == most


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")
def test_an_executor_notices_a_worker_that_was_killed() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor, pytest.raises(BrokenProcessPool):
        executor.submit(die).result()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere it is spawn")
def test_the_default_start_method_is_another_since_3_14() -> None:
    program = "import multiprocessing; print(multiprocessing.get_start_method())"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.strip() == ("forkserver" if sys.version_info >= (3, 14) else "fork")
