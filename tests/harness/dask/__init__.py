"""Tests of `harness/dask`."""
