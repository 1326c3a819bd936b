"""What has got into a process and changes what is measured there: tracers, profilers, libraries that replace others.

It is looked for from within, as a sitecustomize, a .pth file, a debugger or an import of the workload brings it.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SWITCH_SECONDS = 0.005  # Python's own
IN_C = "_asyncio"  # the module that has asyncio's tasks in C
TOOLS = range(6)  # the numbers that sys.monitoring has for tools
# They wrap the clients that are measured, or sample what runs.
AGENTS = ("ddtrace", "elasticapm", "newrelic", "opentelemetry.instrumentation", "scalene", "viztracer")

# What is said of each; {} is what was found.
SENTENCES = {
    "tracer": "a tracer ({}) is on in the measured processes and slows down what is Python of them: take it out of "
    "sitecustomize, of .pth files or of the debugger's settings for subprocesses, and run again",
    "profiler": "a profiler ({}) is on in the measured processes and slows down every call: take it out of "
    "sitecustomize, of .pth files or of the workload, and run again",
    "tracemalloc": "tracemalloc is on in the measured processes and slows down every allocation: do not start it in "
    "sitecustomize or in the workload",
    "agent": "{} is loaded in the measured processes and may wrap what is measured: start pytest without it",
    "green-threads": "{} has replaced Python's threads in the measured processes, so that threading is not what it is "
    "called: do not patch in the workload or what it imports",
    "tasks": "asyncio's tasks are not those in C in the measured processes ({}), and slower: do not apply nest_asyncio",
    "event-loop": "the policy for event loops is {} in the measured processes: the patterns asyncio and "
    "asyncio-uvloop choose their loop themselves, others and code of your own take that policy's",
    "switch-interval": "threads give way every {} s in the measured processes, and not every 0.005: do not set it in "
    "sitecustomize or in the workload",
    "gc": "the garbage collector is {} in the measured processes: use --benchmark-disable-gc for that, or leave it on",
}


def found() -> dict[str, str]:
    """What has got into this process, each by its name in SENTENCES."""
    seen = {
        "tracer": _named(sys.gettrace() or threading.gettrace()),
        "profiler": _named(sys.getprofile() or threading.getprofile()) or ", ".join(_monitoring_tools().values()),
        "tracemalloc": _tracemalloc(),
        "agent": ", ".join(name for name in AGENTS if name in sys.modules),
        "green-threads": _green_threads(),
        "tasks": _tasks(),
        "event-loop": _policy(),
        "switch-interval": _switch_interval(),
        "gc": "" if gc.isenabled() else "off",
    }
    return {name: what for name, what in seen.items() if what}


@contextmanager
def untraced() -> Iterator[None]:
    """Have this thread do something without a tracer, a profiler and tools of sys.monitoring."""
    trace, profile = sys.gettrace(), sys.getprofile()
    monitoring: Any = getattr(sys, "monitoring", None)
    events = {tool: monitoring.get_events(tool) for tool in _monitoring_tools()}
    for tool in events:
        monitoring.set_events(tool, 0)
    if trace:
        sys.settrace(None)
    if profile:
        sys.setprofile(None)
    try:
        yield
    finally:
        for tool, before in events.items():
            monitoring.set_events(tool, before)
        if profile:
            sys.setprofile(profile)
        if trace:
            sys.settrace(trace)


def _named(hook: Any) -> str:
    """What a function or an object is called, with its module."""
    if hook is None:
        return ""
    one = hook if hasattr(hook, "__qualname__") else type(hook)
    return f"{getattr(one, '__module__', None) or 'builtins'}.{one.__qualname__}"


def _monitoring_tools() -> dict[int, str]:
    monitoring: Any = getattr(sys, "monitoring", None)  # from Python 3.12 on
    tools = {tool: monitoring.get_tool(tool) for tool in TOOLS} if monitoring else {}
    return {tool: str(name) for tool, name in tools.items() if name}


def _tracemalloc() -> str:
    module = sys.modules.get("tracemalloc")
    return "on" if module and module.is_tracing() else ""


def _green_threads() -> str:
    gevent, eventlet = sys.modules.get("gevent.monkey"), sys.modules.get("eventlet.patcher")
    if gevent and gevent.is_module_patched("threading"):
        return "gevent"
    return "eventlet" if eventlet and eventlet.is_monkey_patched("thread") else ""


def _tasks() -> str:
    """The class of asyncio's tasks, where there is one in C and it is another. nest_asyncio replaces all its names."""
    module = sys.modules.get("asyncio.tasks")
    replaced = module and IN_C in sys.modules and module.Task.__module__ != IN_C
    return _named(module.Task) if module and replaced else ""


def _policy() -> str:
    """The policy that somebody has set, if it is not one of asyncio's own. To ask for it would set one."""
    policy = getattr(sys.modules.get("asyncio.events"), "_event_loop_policy", None)
    name = _named(policy)
    return "" if name.startswith("asyncio.") else name


def _switch_interval() -> str:
    seconds = sys.getswitchinterval()
    return "" if abs(seconds - SWITCH_SECONDS) < SWITCH_SECONDS / 100 else f"{seconds:g}"
