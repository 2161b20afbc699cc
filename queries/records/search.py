"""Search by prefix and words in the names of models, repositories, datasets, papers, licenses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import digits
from typing import TYPE_CHECKING

import duckdb

from miner.queries.records.find import KINDS
from miner.queries.records.rows import Row, rows_of

if TYPE_CHECKING:
    from miner.queries.records.search_index import SearchIndex

MOST = 30
SEPARATORS = "-_./ "
"""Signs between the words of a name. Between letters and digits, too, one ends and one begins."""

_MOST_WORDS = 6
_MOST_CHARACTERS = 200
_ANYWHERE = 4


@dataclass(frozen=True, slots=True)
class NameSource:
    """Where the names of a kind stand.

    Attributes:
        table: Published table, or a join of two.
        name: Its column of the name.
        hub: Its column of the hub, where there is one.
        weight: Its column of what more of comes first, where there is one.
        detail: What is shown beside the name, in SQL.
        title: Column of further words, where there is one.
    """

    table: str
    name: str = "name"
    hub: str = ""
    weight: str = ""
    detail: str = "coalesce(title, '')"
    title: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether it is a table, which has rows by number, and nothing but the name is searched."""
        return not self.title

    @property
    def words(self) -> str:
        """What is searched, in SQL."""
        return f"{self.name} || ' ' || coalesce({self.title}, '')" if self.title else self.name

    @property
    def best_first(self) -> str:
        """The order of names that match equally well, in SQL."""
        weight = f"{self.weight} DESC NULLS LAST"
        return ", ".join(filter(None, (self.weight and weight, self.name, self.hub)))


SOURCES: Mapping[str, NameSource] = {
    "model": NameSource(
        "model", hub="hub", weight="downloads", detail="coalesce(license, 'license not stated')"
    ),
    "repository": NameSource("repository", weight="stars", detail="coalesce(license, '')"),
    "dataset": NameSource("dataset", hub="hub", weight="downloads", detail="coalesce(license, '')"),
    "paper": NameSource("paper FULL JOIN traced_paper USING (arxiv_id)", "arxiv_id", title="title"),
    "license": NameSource("license", "license", title="title"),
    "family": NameSource("moe_family", title="title"),
}


def search(
    connection: duckdb.DuckDBPyConnection,
    text: str,
    kind: str | None = None,
    most: int = MOST,
    index: SearchIndex | None = None,
) -> list[Row]:
    """Return what is called so: exact names first, then beginnings, then names with all words.

    Words begin in a name where its own words do. Of one word alone, where no name of a kind has it
    so, names that hold it anywhere are returned.

    Args:
        connection: An open file.
        text: A beginning of a name, or beginnings of words that occur in it; case is ignored.
        kind: One of ``find.KINDS``; None: all.
        most: Rows of each kind.
        index: Where words begin in the names of the file, so that not every name is read.

    Returns:
        Rows of kind, hub, name, weight (downloads of 30 days, or stars) and detail.
    """
    typed = text.strip()[:_MOST_CHARACTERS].lower()
    words = [word for one in typed.split() if (word := one.lstrip(SEPARATORS))][:_MOST_WORDS]
    if not words:
        return []
    found: list[Row] = []
    for one in (kind,) if kind else KINDS:
        numbers = index.rows(one, typed, words, most) if index else None
        found += (
            _in_all_names(connection, one, typed, words, most)
            if numbers is None
            else _in_rows(connection, one, numbers)
        )
    return found


def _in_all_names(
    connection: duckdb.DuckDBPyConnection, kind: str, typed: str, words: Sequence[str], most: int
) -> list[Row]:
    """Read every name of a kind."""
    source = SOURCES[kind]
    names = {f"w{place}": word for place, word in enumerate(words)}
    begin = " AND ".join(
        f"regexp_matches(words, '{_before(word)}' || regexp_escape(${name}))"
        for name, word in names.items()
    )
    sql = (
        f"SELECT {_columns(kind)}, CASE WHEN lower({source.name}) = $typed THEN 0 "
        f"WHEN starts_with(lower({source.name}), $typed) THEN 1 "
        f"WHEN contains('/' || lower({source.name}), '/' || $typed) THEN 2 "
        f"WHEN {begin} THEN 3 ELSE {_ANYWHERE} END AS place "
        f"FROM (SELECT *, lower({source.words}) AS words FROM {source.table}) "
        f"WHERE {' AND '.join(f'contains(words, ${name})' for name in names)} "
        f"ORDER BY place, {source.best_first} LIMIT {most}"
    )
    rows = rows_of(connection, sql, {**names, "typed": typed})
    places = [row.pop("place") for row in rows]
    is_anywhere = len(words) == 1 and places[:1] == [_ANYWHERE]
    return [
        row for row, place in zip(rows, places, strict=True)
        if place < _ANYWHERE or is_anywhere
    ]  # fmt: skip


def _before(word: str) -> str:
    """Return a pattern of what may stand in front of a word."""
    return "(^|[^0-9])" if word[0] in digits else f"(^|[{SEPARATORS}0-9])"


def _in_rows(connection: duckdb.DuckDBPyConnection, kind: str, numbers: Sequence[int]) -> list[Row]:
    """Read rows of a kind's table, in the order of their numbers."""
    if not numbers:
        return []
    sql = (
        f"SELECT {_columns(kind)}, rowid AS number FROM {SOURCES[kind].table} "
        "WHERE rowid IN (SELECT unnest($numbers::BIGINT[]))"
    )
    rows = rows_of(connection, sql, {"numbers": list(numbers)})
    by_number = {row.pop("number"): row for row in rows}
    return [by_number[number] for number in numbers]


def _columns(kind: str) -> str:
    one = SOURCES[kind]
    hub, weight = one.hub or "''", one.weight or "NULL::BIGINT"
    return (
        f"'{kind}' AS kind, {hub} AS hub, {one.name} AS name, {weight} AS weight, "
        f"{one.detail} AS detail"
    )
