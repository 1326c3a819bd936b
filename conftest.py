"""Wires pytest to the harness and to the summary of what was measured."""

pytest_plugins = [
    "harness.versus",
    "harness.plugin",
    "harness.chosen",
    "harness.dask",
    "harness.own",
    "harness.saving",
    "harness.resume",
    "analysis.plugin",
]
