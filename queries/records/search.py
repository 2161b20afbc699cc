"""Search by prefix and words in the names of models, repositories, datasets, papers, licenses."""

from __future__ import annotations

import duckdb

from miner.queries.records.find import KINDS
from miner.queries.records.rows import Row, rows_of

MOST = 30
_MOST_WORDS = 6
_MOST_CHARACTERS = 200

_SOURCES = {
    "model": "SELECT hub, name, name AS words, downloads AS weight, "
    "coalesce(license, 'license not stated') AS detail FROM model",
    "repository": "SELECT '' AS hub, name, name AS words, stars AS weight, "
    "coalesce(license, '') AS detail FROM repository",
    "dataset": "SELECT hub, name, name AS words, downloads AS weight, "
    "coalesce(license, '') AS detail FROM dataset",
    "paper": "SELECT '' AS hub, arxiv_id AS name, arxiv_id || ' ' || coalesce(title, '') AS words, "
    "NULL::BIGINT AS weight, coalesce(title, '') AS detail "
    "FROM paper FULL JOIN traced_paper USING (arxiv_id)",
    "license": "SELECT '' AS hub, license AS name, license || ' ' || coalesce(title, '') AS words, "
    "NULL::BIGINT AS weight, coalesce(title, '') AS detail FROM license",
    "family": "SELECT '' AS hub, name, name || ' ' || coalesce(title, '') AS words, "
    "NULL::BIGINT AS weight, coalesce(title, '') AS detail FROM moe_family",
}


def search(
    connection: duckdb.DuckDBPyConnection, text: str, kind: str | None = None, most: int = MOST
) -> list[Row]:
    """Return what is called so: exact names first, then beginnings, then names with all words.

    Args:
        connection: An open file.
        text: A beginning of a name, or words that occur in it; case is ignored.
        kind: One of ``find.KINDS``; None: all.
        most: Rows of each kind.

    Returns:
        Rows of kind, hub, name, weight (downloads of 30 days, or stars) and detail.
    """
    typed = text.strip()[:_MOST_CHARACTERS].lower()
    words = typed.split()[:_MOST_WORDS]
    if not words:
        return []
    found: list[Row] = []
    for one in (kind,) if kind else KINDS:
        found += _of_kind(connection, one, typed, words, most)
    return found


def _of_kind(
    connection: duckdb.DuckDBPyConnection, kind: str, typed: str, words: list[str], most: int
) -> list[Row]:
    places = " AND ".join(f"contains(lower(words), $w{place})" for place in range(len(words)))
    values = {f"w{place}": word for place, word in enumerate(words)}
    sql = (
        f"SELECT '{kind}' AS kind, hub, name, weight, detail FROM ({_SOURCES[kind]}) "
        f"WHERE {places} ORDER BY lower(name) <> $typed, "
        "NOT starts_with(lower(name), $typed), "
        "NOT contains('/' || lower(name), '/' || $typed), weight DESC NULLS LAST, name "
        f"LIMIT {most}"
    )
    return rows_of(connection, sql, {**values, "typed": typed})
