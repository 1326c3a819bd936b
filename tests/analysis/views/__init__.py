"""Tests of `analysis/views`."""
