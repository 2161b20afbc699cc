"""PeaTMOSS, the dataset of 2023: its SQLite file and its JSON of fields, read as they are."""

from __future__ import annotations
