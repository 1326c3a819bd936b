"""Tests of `analysis/documents`."""
