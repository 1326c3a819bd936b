"""Tests of `patterns`."""
