"""Wires pytest to the harness and to the summary of what was measured."""

from importlib import import_module

import pytest

PLUGINS = (
    "harness.events",
    "harness.missing",
    "harness.ab",
    "harness.plugin",
    "harness.options.selected_patterns",
    "harness.dask.cluster",
    "harness.custom.advising",
    "harness.custom.workload",
    "harness.persistence.session",
    "harness.persistence.resume",
    "analysis.plugin",
    "analysis.advising",
)


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    # For each one named in pytest_plugins, pytest would read the entry points of all packages that are installed.
    for name in PLUGINS:
        pluginmanager.register(import_module(name), name)
