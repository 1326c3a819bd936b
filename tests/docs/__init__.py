"""Tests of what documents and workflows say."""
