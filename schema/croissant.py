"""The Croissant descriptor (JSON-LD) of a snapshot, written from the descriptions of the tables."""

from __future__ import annotations

from typing import Any

from miner.schema.manifest import DataLicense, TableFile
from miner.schema.published import PUBLISHED, Column, Table

_TYPES = {
    "VARCHAR": "sc:Text",
    "BIGINT": "sc:Integer",
    "DOUBLE": "sc:Float",
    "BOOLEAN": "sc:Boolean",
    "DATE": "sc:Date",
    "TIMESTAMP": "sc:DateTime",
}
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the format's own examples carry; readers compare it word for word."""


def croissant(
    name: str,
    date: str,
    tables: tuple[TableFile, ...],
    *,
    title: str,
    description: str,
    home_page: str,
    terms: DataLicense,
) -> dict[str, Any]:
    """Return the descriptor.

    Args:
        name: Name of the snapshot.
        date: Its date, ISO 8601, UTC.
        tables: Its Parquet files.
        title: What it is called for people.
        description: What is in it.
        home_page: Address of a page about it.
        terms: The license that the data is under.
    """
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": name,
        "alternateName": title,
        "description": description,
        "license": terms.url,
        "url": home_page,
        "version": _semantic(name),
        "datePublished": date[:10],
        "creator": {"@type": "sc:Organization", "name": "The miner contributors"},
        "citeAs": cite_as(name, title, date),
        "isLiveDataset": False,
        "distribution": [_file_object(table) for table in tables],
        "recordSet": [_record_set(PUBLISHED[table.name]) for table in tables],
    }


def cite_as(name: str, title: str, date: str) -> str:
    """Return a BibTeX entry."""
    key = name.replace(".", "_")
    return (
        f"@misc{{{key}, title = {{{title}}}, author = {{{{The miner contributors}}}}, "
        f"year = {{{date[:4]}}}, version = {{{name}}}}}"
    )


def _semantic(name: str) -> str:
    """Return a version that readers of semantic versions take: no zero in front."""
    numbers, dash, kind = name.removeprefix("data-").partition("-")
    return ".".join(str(int(part)) for part in numbers.split(".")) + dash + kind


def _file_object(table: TableFile) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": table.file.path,
        "name": table.file.path,
        "contentUrl": table.file.path,
        "contentSize": f"{table.file.size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": table.file.sha256,
    }


def _record_set(table: Table) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.description,
        "field": [_field(column, table) for column in table.columns],
    }
    if table.key:
        found["key"] = [{"@id": f"{table.name}/{column}"} for column in table.key]
    return found


def _field(column: Column, table: Table) -> dict[str, Any]:
    note = column.description + (f" ({column.unit})" if column.unit else "")
    found: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{table.name}/{column.name}",
        "name": f"{table.name}/{column.name}",
        "description": note,
        "dataType": _TYPES[column.type.removesuffix("[]")],
        "source": {
            "fileObject": {"@id": f"{table.name}.parquet"},
            "extract": {"column": column.name},
        },
    }
    if column.type.endswith("[]"):
        found["isArray"] = True
        found["arrayShape"] = "-1"
    for reference in table.references:
        # the format joins by one column: a reference by several would join what is not the same
        if reference.columns == (column.name,) and not reference.where:
            found["references"] = {"field": {"@id": f"{reference.table}/{reference.target[0]}"}}
    return found
