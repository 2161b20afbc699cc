"""Generated cases: no time limit for each, for a busy machine says nothing about the code."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("parse", deadline=None, max_examples=60)
settings.load_profile("parse")
