"""Tests of `analysis/model`."""
