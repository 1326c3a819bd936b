"""The suite's own tests, in the rooms of what they test."""

from pathlib import Path

SUITE = Path(__file__).parent.parent
