"""The Frictionless descriptor of a snapshot, written from the descriptions of the tables.

It says what the tool that validates such descriptors can check in Parquet: that tool reads a null
number as ``nan`` and a list as an array of its own, takes a null among the columns of a reference
for a name, and does not count bytes. So nulls are named, lists may be anything, and only references
that are never null are named; the manifest has the sizes.
"""

from __future__ import annotations

from typing import Any

from miner.schema.dictionary import members
from miner.schema.manifest import DataLicense, TableFile
from miner.schema.published import PUBLISHED, Column, Table

_TYPES = {
    "VARCHAR": "string",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
}


def datapackage(
    name: str, date: str, tables: tuple[TableFile, ...], *, title: str, terms: DataLicense
) -> dict[str, Any]:
    """Return the descriptor.

    Args:
        name: Name of the snapshot.
        date: Its date, ISO 8601, UTC.
        tables: Its Parquet files.
        title: What it is called for people.
        terms: The license that the data is under.
    """
    return {
        "profile": "data-package",
        "name": name,
        "title": title,
        "version": name.removeprefix("data-"),
        "created": f"{date}Z",
        "licenses": [{"name": terms.spdx_id, "title": terms.title, "path": terms.url}],
        "resources": [_resource(table, PUBLISHED[table.name]) for table in tables],
    }


def _resource(published: TableFile, table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(column, table) for column in table.columns],
        "missingValues": [],  # an empty text is a text
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    keys = [
        {
            "fields": list(reference.columns),
            "reference": {"resource": reference.table, "fields": list(reference.target)},
        }
        for reference in table.references
        if not reference.where and set(reference.columns) <= set(table.key)
    ]
    if keys:
        schema["foreignKeys"] = keys
    return {
        "name": table.name,
        "type": "table",
        "path": published.file.path,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "hash": f"sha256:{published.file.sha256}",
        "rows": published.rows,
        "description": table.description,
        "schema": schema,
    }


def _field(column: Column, table: Table) -> dict[str, Any]:
    note = column.description + (f" ({column.unit})" if column.unit else "")
    described: dict[str, Any] = {
        "name": column.name,
        "type": _TYPES.get(column.type, "any"),
        "description": note,
    }
    if described["type"] in {"integer", "number"}:
        described["missingValues"] = ["nan"]
    constraints: dict[str, Any] = {}
    if column.name in table.key:
        constraints["required"] = True
    if column.vocabulary:
        constraints["enum"] = list(members(column.vocabulary))
    if constraints:
        described["constraints"] = constraints
    return described
