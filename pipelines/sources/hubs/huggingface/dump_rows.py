"""A row of a dump, as a Parquet reader gives it, in the shape of the Hub's own record.

What a dump calls null was not said: such fields are left out. Objects may stand as structs (with
every key that any row has) or as JSON text; times as timestamps or as text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

import orjson

from miner.pipelines.sources.hubs.huggingface import records

NAME = "id"
WHOLE = (
    "createdAt", "lastModified", "tags", "cardData", "pipeline_tag", "library_name", "siblings",
    "config", "safetensors", "gguf", "baseModels",
)  # fmt: skip
"""Columns without which a row is less than a full record: a listing would say more."""

COLUMNS = tuple(dict.fromkeys([
    NAME, *WHOLE, "_id", "author", "model-index",
    *(copied.field for copied in (*records.MODEL, *records.VOLATILE)),
]))  # fmt: skip
"""Columns that are read; all others are ignored."""

_NESTED = frozenset(
    {"tags", "cardData", "siblings", "config", "safetensors", "gguf", "baseModels", "model-index"}
)


def read_row(row: Mapping[str, object]) -> dict[str, object]:
    """Return a row as the record that the Hub's API would have given.

    Args:
        row: Values by column: Python values of a Parquet reader.

    Returns:
        Only JSON's types. What cannot be made sense of stays as it is, for the reader of records
        to note.
    """
    record: dict[str, object] = {}
    for field, value in row.items():
        plain = _plain(value)
        if field in _NESTED and isinstance(plain, str):
            plain = _decoded(plain)
        if plain is not None:
            record[field] = plain
    files = record.get("siblings")
    if isinstance(files, list):
        record["siblings"] = [
            {"rfilename": file} if isinstance(file, str) else file for file in files
        ]
    return record


def _plain(value: object) -> object:
    """Return a value in JSON's types, nulls of structs left out; None: nothing is said."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, Mapping):
        return _object(value) or None
    if isinstance(value, list):
        is_map = bool(value) and all(isinstance(item, tuple) for item in value)
        return _object(dict(value)) if is_map else [_plain(item) for item in value]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _object(fields: Mapping[str, object]) -> dict[str, object]:
    return {str(key): item for key, value in fields.items() if (item := _plain(value)) is not None}


def _decoded(text: str) -> object:
    """Return what a JSON text says; a text that is none stays, ``null`` and empty are nothing."""
    if not text.strip():
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text)  # NaN and numbers beyond 64 bits, as Python writes them
    except (ValueError, RecursionError):
        return text
