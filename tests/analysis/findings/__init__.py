"""Tests of `analysis/findings`."""
