"""Tests of `analysis/report/charts`."""
