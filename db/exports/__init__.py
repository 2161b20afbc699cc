"""Formats of an export, one module each, found by folder.

A module has ``NAME`` (as in ``miner export --NAME``), ``DESCRIPTION`` and
``write(built, target)``: ``built`` is a finished DuckDB file that may be moved or read, in a folder
beside the target, which ends when the export does. The target is replaced in one step or not at
all. What the tables hold stands in ``sql/``, one file a table.
"""
