"""The documents of a snapshot: its page on the Hub, how to cite it, its terms, its dictionary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson

from miner.schema import dictionary
from miner.schema.croissant import cite_as, croissant
from miner.schema.datapackage import datapackage
from miner.schema.manifest import DATA_LICENSES, MANIFEST, DataLicense, TableFile
from miner.schema.published import GROUPS, PUBLISHED
from miner.schema.warnings import WARNINGS

TITLE = "The AI model supply chain, mined"
_SUMMARY = (
    "Models of public hubs, what they were made from, under which licenses, on what data, how "
    "documented, how much downloaded, and which public repositories load them at which line: "
    "facts with the evidence for each."
)
_SIZES = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"), (1_000_000_000, "100M<n<1B"),
)  # fmt: skip
_HOME = "https://huggingface.co/datasets"


def pages(
    name: str, date: str, tables: tuple[TableFile, ...], about: Mapping[str, Any]
) -> dict[str, bytes]:
    """Return every document by its path.

    Args:
        name: Name of the snapshot.
        date: Its date, ISO 8601, UTC.
        tables: Its Parquet files.
        about: The rest of its manifest.
    """
    title = f"{TITLE}: {name}"
    terms = DATA_LICENSES[str(about["license"]["name"])]
    found: dict[str, str] = {
        "README.md": _readme(name, date, tables, about, terms),
        "CITATION.cff": _citation(name, date, terms),
        "LICENSE.md": _license(str(about["takedown"]), terms),
        "datapackage.json": _json(datapackage(name, date, tables, title=title, terms=terms)),
        "croissant.json": _json(
            croissant(
                name,
                date,
                tables,
                title=title,
                description=_SUMMARY,
                home_page=_HOME,
                terms=terms,
            )
        ),
        "SHA256SUMS": "".join(f"{table.file.sha256}  {table.file.path}\n" for table in tables),
    }
    for page, text in dictionary.pages().items():
        if page != "store.md":  # describes the store, not what is published
            found[f"dictionary/{page}"] = text
    return {path: text.encode() for path, text in sorted(found.items())}


def _readme(
    name: str,
    date: str,
    tables: tuple[TableFile, ...],
    about: Mapping[str, Any],
    terms: DataLicense,
) -> str:
    rows = {table.name: table.rows for table in tables}
    lines = [
        "---",
        f"license: {terms.hub_key}",
        f"pretty_name: {json.dumps(f'{TITLE}: {name}')}",
        "language: en",
        "tags: [model-supply-chain, mining-software-repositories, lineage, licenses, metadata]",
        f"size_categories: [{_size(sum(rows.values()))}]",
        "configs:",
    ]
    for table in tables:
        if not table.rows:
            continue  # readers refuse a configuration without a row
        lines += [f"- config_name: {table.name}", f"  data_files: {table.file.path}"]
        if table.name == "model":
            lines.append("  default: true")
    lines += [
        "---",
        "",
        f"# {TITLE}",
        "",
        f"Snapshot `{name}`, data of {date[:10]}. {_SUMMARY}",
        "",
        "```python",
        "from datasets import load_dataset",
        'models = load_dataset("FOLDER_OR_REPOSITORY", "model", split="train")',
        "```",
        "",
        "```sql",
        "SELECT license, count(*) FROM 'model.parquet' GROUP BY ALL ORDER BY 2 DESC LIMIT 10;",
        "```",
        "",
        "`miner snapshot pull` gets it, checks it, and builds one DuckDB file with every question",
        "in it. Columns are described in `dictionary/`, for machines in `datapackage.json`,",
        f"`croissant.json` and `dictionary/published.schema.json`; `{MANIFEST}` has sizes,",
        "checksums, sources and their terms, crawl windows, versions, measured accuracy.",
        "`names.bin` has the names of all models and datasets, for `miner scan`.",
    ]
    lines += _table_lines(rows)
    lines += ["", "## Sources", "", "| source | terms | license of its metadata |", "|---|---|---|"]
    lines += [
        f"| [{source['title']}]({source['home_page']}) | {source['terms_url']} | "
        f"{source['metadata_license'] or 'none stated'} |"
        for source in about["sources"]
    ]
    lines += ["", "## Mind these when you count", "", *(f"- {text}" for text in WARNINGS.values())]
    lines += [
        "",
        "## License, citation, removal",
        "",
        f"The data is under {terms.title} ([{terms.spdx_id}]({terms.url})). It states facts about",
        "works of others, which stay under their own licenses; texts of cards are not in it, but",
        "for the few quoted words that a fact rests on. `CITATION.cff` says how to cite it.",
        "",
        f"To have something removed: {about['takedown']}.",
    ]
    return "\n".join(lines) + "\n"


def _table_lines(rows: Mapping[str, int]) -> list[str]:
    lines = []
    for group, tables in GROUPS.items():
        present = [table for table in tables if table.name in rows]
        if present:
            lines += [
                "",
                f"## {group.capitalize()}",
                "",
                "| table | rows | one row |",
                "|---|---:|---|",
            ]
            lines += [
                f"| `{table.name}` | {rows[table.name]:,} | "
                f"{PUBLISHED[table.name].description.replace('|', '/')} |"
                for table in present
            ]
    return lines


def _size(rows: int) -> str:
    return next((name for bound, name in _SIZES if rows < bound), "n>1T")


def _citation(name: str, date: str, terms: DataLicense) -> str:
    return (
        "cff-version: 1.2.0\n"
        "message: If you use this data, please cite it as below.\n"
        "type: dataset\n"
        f"title: {json.dumps(TITLE)}\n"
        f"version: {name}\n"
        f"date-released: {date[:10]}\n"
        f"license: {terms.spdx_id}\n"
        "authors:\n"
        "  - name: The miner contributors\n"
        f"# {cite_as(name, TITLE, date)}\n"
    )


def _license(takedown: str, terms: DataLicense) -> str:
    return (
        f"# License of the data\n\n{terms.title} ({terms.spdx_id}): {terms.url}\n\n"
        "It covers the selection and arrangement of facts. Models, cards, datasets and source code "
        "that the facts are about stay under their own licenses.\n\n"
        f"To have something removed: {takedown}.\n"
    )


def _json(content: Mapping[str, Any]) -> str:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
