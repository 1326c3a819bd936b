"""The command line with all its verbs."""

from analysis import verbs
from analysis.app import app

__all__ = ["app", "verbs"]
