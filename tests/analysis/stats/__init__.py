"""Tests of `analysis/stats`."""
