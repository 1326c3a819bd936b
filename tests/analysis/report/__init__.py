"""Tests of `analysis/report`."""
