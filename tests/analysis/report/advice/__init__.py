"""Tests of `analysis/report/advice`."""
