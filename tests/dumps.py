"""Dumps of a hub's models, made in the shape of the public one: as Parquet, without revisions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_TIME = pa.timestamp("ms", tz="UTC")
_TEXTS = pa.list_(pa.string())
_DTYPES = pa.struct(
    [
        (name, pa.int64())
        for name in (
            "BF16",
            "F16",
            "F32",
            "F64",
            "F8_E4M3",
            "F8_E5M2",
            "F8_E8M0",
            "I8",
            "I16",
            "I32",
            "I64",
            "U8",
            "U16",
            "U32",
            "U64",
            "BOOL",
        )
    ]
)
_NAMED = pa.struct([("_id", pa.string()), ("id", pa.string())])
SCHEMA = pa.schema(
    [
        ("_id", pa.string()),
        ("id", pa.string()),
        ("author", pa.string()),
        ("createdAt", _TIME),
        ("lastModified", _TIME),
        ("downloads", pa.int64()),
        ("downloadsAllTime", pa.int64()),
        ("likes", pa.int64()),
        ("trendingScore", pa.float64()),
        ("tags", _TEXTS),
        ("pipeline_tag", pa.string()),
        ("library_name", pa.string()),
        ("cardData", pa.string()),
        ("baseModels", pa.struct([("relation", pa.string()), ("models", pa.list_(_NAMED))])),
        ("safetensors", pa.struct([("parameters", _DTYPES), ("total", pa.int64())])),
        ("gguf", pa.string()),
        ("config", pa.string()),
        ("siblings", pa.list_(pa.struct([("rfilename", pa.string())]))),
    ]
)
_AS_JSON = ("cardData", "gguf", "config")


def row(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record of the hub as a row of the dump; what the dump has no column for is lost."""
    values = {name: record.get(name) for name in SCHEMA.names}
    for name in ("createdAt", "lastModified"):
        if record.get(name) is not None:
            values[name] = datetime.fromisoformat(record[name])
    for name in _AS_JSON:
        if values[name] is not None:
            values[name] = json.dumps(values[name])
    return values


def table(records: Iterable[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([row(record) for record in records], SCHEMA)


def write_dump(
    path: Path,
    records: Iterable[Mapping[str, Any]],
    *,
    without: Iterable[str] = (),
    group: int = 1000,
) -> Path:
    """Write a dump of these records, some columns left out."""
    made = table(records)
    pq.write_table(made.drop_columns(list(without)), path, row_group_size=group)
    return path
