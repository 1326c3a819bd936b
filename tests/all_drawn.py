"""The pictures of a made-up run that has something for all of them."""

from __future__ import annotations

from tests import pictured
from tests.pictured import drawn

EVERYTHING = pictured.material(pictured.everything())
FIGURES = drawn(EVERYTHING)
