"""Other people's datasets into the store, through the same intake as every source."""

from __future__ import annotations
