"""What the manifest tells of the data: where it is from, how it was made, and how sure it is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from miner.db.analytics import DuckDBConnection
from miner.errors import ConfigurationError
from miner.schema.manifest import PARTIAL
from miner.schema.published import PUBLISHED, Table
from miner.schema.warnings import WARNINGS

_OBSERVED = frozenset({"observed_at", "scanned_at"})
_GITHUB = {
    "name": "github",
    "title": "GitHub",
    "home_page": "https://github.com",
    "terms_url": "https://docs.github.com/site-policy/github-terms/github-terms-of-service",
    "metadata_license": None,
}
_LISTS: dict[str, str] = {
    "sources": "SELECT name, title, home_page, terms_url, metadata_license FROM published.hub "
    "ORDER BY name",
    "crawl_windows": "SELECT name, hub, subject, kind, started_at, ended_at, record_count, "
    "rejected_count, is_complete, bounds FROM published.sweep ORDER BY name",
    "license_matrix": "SELECT matrix AS name, matrix_version AS version, count(*) AS rules "
    "FROM published.license_rule GROUP BY ALL ORDER BY ALL",
    "extractors": "SELECT extractor AS name, version, nullif(llm, '') AS llm, prompt_hash, "
    "count(*) AS cards FROM published.extraction GROUP BY ALL ORDER BY ALL",
    "scanners": "SELECT scanner_version AS version, count(*) AS scans FROM published.scan "
    "GROUP BY ALL ORDER BY ALL",
    "code_versions": "SELECT command, code_version, count(*) AS runs FROM published.run "
    "GROUP BY ALL ORDER BY ALL",
    "method_accuracy": "SELECT method, version, labels, precision, recall, denominator, "
    "measured_at FROM published.method_accuracy ORDER BY ALL",
}


def about(connection: DuckDBConnection) -> dict[str, Any]:
    """Return what a manifest says beside its files, ready for JSON.

    Args:
        connection: A database with the tables in ``published``.
    """
    facts: dict[str, Any] = {key: _rows(query, connection) for key, query in _LISTS.items()}
    if all(row["name"] != "github" for row in facts["sources"]):
        repositories = connection.execute("SELECT count(*) FROM published.repository").fetchone()
        if repositories and repositories[0]:
            facts["sources"].append(_GITHUB)
    facts["counts_by_state"] = {
        table.name: states for table in PUBLISHED.values() if (states := _states(table, connection))
    }
    facts["warnings"] = dict(WARNINGS)
    return facts


def kind_of(connection: DuckDBConnection) -> str:
    """Return ``partial`` where no sweep of models reached its end, else an empty text.

    A window is no part: it stands with the sweep, in ``crawl_windows``.
    """
    found = connection.execute(
        "SELECT count(*) FROM published.sweep WHERE subject = 'model' AND is_complete"
    ).fetchone()
    return "" if found and found[0] else PARTIAL


def data_date(connection: DuckDBConnection) -> datetime:
    """Return the date of the latest answer in the data, UTC without zone.

    Raises:
        ConfigurationError: Nothing in it is dated: there is nothing to publish.
    """
    parts = [
        f'SELECT max("{column.name}") AS seen FROM published."{table.name}"'
        for table in PUBLISHED.values()
        for column in table.columns
        if column.name in _OBSERVED
    ]
    row = connection.execute(f"SELECT max(seen) FROM ({' UNION ALL '.join(parts)})").fetchone()
    if not row or row[0] is None:
        raise ConfigurationError(
            "the store holds nothing that was observed: there is nothing to publish",
            next_step="miner crawl --since 2024-01",
        )
    found: datetime = row[0]
    return found


def _states(table: Table, connection: DuckDBConnection) -> dict[str, dict[str, int]]:
    """Return rows by state, for each column that says a state; null is not known."""
    return {
        column.name: {
            str(row["state"] or "null"): row["rows"]
            for row in _rows(
                f'SELECT "{column.name}" AS state, count(*) AS rows '
                f'FROM published."{table.name}" GROUP BY ALL ORDER BY state NULLS FIRST',
                connection,
            )
        }
        for column in table.columns
        if column.vocabulary and column.name.endswith("state")
    }


def _rows(query: str, connection: DuckDBConnection) -> list[dict[str, Any]]:
    found = connection.execute(query)
    names = [column[0] for column in found.description or ()]
    return [
        {name: _plain(value) for name, value in zip(names, row, strict=True)}
        for row in found.fetchall()
    ]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value
