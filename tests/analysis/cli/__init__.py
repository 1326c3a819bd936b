"""Tests of `analysis/cli`."""
