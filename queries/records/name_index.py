"""Where the rows of a model stand in the tables of a file, so that a page reads no others.

Most models have no events, no derivatives and no repository that loads them; to ask a table for
them costs as much as to read rows of it. DuckDB finds a name by unpacking it, and every column that
is asked for, for a group of 122,880 rows. The index tells what need not be asked, and for the rest
a few rows by their place: of tables sorted by name it knows every 2,048th name, of the others the
places of each name. It takes about 16 bytes a model and 12 for each row of the latter.

The rows still have to match the name: what the index leaves in by mistake costs time, never an
answer.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeAlias

import duckdb

_MODEL = "hub, model"
_STEP = 2_048
_MOST_RUNS = 5
_MOST_BLOCKS = 25
_MOST_ROWS = 2_000
_FIRST = "facts"

Key: TypeAlias = tuple[str, str, int]
"""A model: hub, name, and DuckDB's hash of both."""

Span: TypeAlias = tuple[int, int]
"""First and last row, by ``rowid``."""


@dataclass(frozen=True, slots=True)
class RowCondition:
    """An SQL condition that tells where rows stand.

    Attributes:
        sql: Text, the same for many models.
        values: What its placeholders stand for.
    """

    sql: str = "true"
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartTable:
    """Where a part of a record comes from.

    Attributes:
        table: Published table.
        columns: Those of it that name the model.
        condition: Rows that count.
        is_sorted: Whether the rows that count stand in the order of these columns.
        alias: What the SELECT of the part calls the table.
        is_common: Nearly every model has rows, so that it is not worth knowing which do.
    """

    table: str
    columns: str = _MODEL
    condition: str = "true"
    is_sorted: bool = True
    alias: str = ""
    is_common: bool = False


PLACES: Mapping[str, PartTable] = {
    _FIRST: PartTable("model", "hub, name", is_common=True),
    "aliases": PartTable("model_alias", is_sorted=False),
    "architecture": PartTable("model_architecture"),
    "architecture_evidence": PartTable("architecture_evidence"),
    "bases": PartTable("model_edge_statement", "hub, child"),
    "bases_tree": PartTable("model_edge", "hub, child"),
    "card": PartTable("model_card", is_common=True),
    "card_changes": PartTable("model_commit_change"),
    "commits": PartTable("model_commit", is_common=True),
    "datasets": PartTable("model_dataset_statement"),
    "derivatives": PartTable("model_edge", "hub, parent", is_sorted=False, alias="edge"),
    "discussions": PartTable("model_discussion"),
    "entry_point": PartTable("entry_point"),
    "events": PartTable("model_event"),
    "fields": PartTable("extracted_field"),
    "files": PartTable("model_file", is_common=True),
    "languages": PartTable("model_language"),
    "license_findings": PartTable(
        "license_finding", "downstream_hub, downstream", "downstream_kind = 'model'"
    ),
    "license_findings_below": PartTable(
        "license_finding", "upstream_hub, upstream", "upstream_kind = 'model'", is_sorted=False
    ),
    "license_statements": PartTable("license_statement", "hub, subject", "subject_kind = 'model'"),
    "lineage": PartTable("model_lineage"),
    "model_config": PartTable("model_config"),
    "observations": PartTable("model_observation", is_common=True),
    "papers": PartTable("model_paper", alias="stated"),
    "rejected": PartTable("rejected_record", "hub, name", is_sorted=False),
    "repositories": PartTable("model_repository"),
    "tags": PartTable("model_tag", is_common=True),
    "use_sites": PartTable("use_site", "hub, model_resolved", is_sorted=False),
    "uses": PartTable("model_use", "hub, model_resolved", is_sorted=False, alias="used"),
}
"""Part of a model's record → where it comes from."""


class AnyPlace:
    """What knows nothing of a file: a record may have every part, in any place."""

    def may_have(self, part: str, name_hash: int) -> bool:
        """Return whether there may be rows.

        Args:
            part: Part of a model's record.
            name_hash: DuckDB's ``hash(hub, name)`` of the model.
        """
        return True

    def condition(self, part: str, keys: Iterable[Key]) -> RowCondition:
        """Return a condition that all rows of some models meet: where they stand.

        Args:
            part: Part of a model's record.
            keys: The models.
        """
        return RowCondition()

    def condition_of_models(self, name_hashes: Iterable[int]) -> RowCondition:
        """Return a condition that the rows of some models in table ``model`` meet."""
        return RowCondition()


class NameIndex(AnyPlace):
    """The models of one file, which parts of a record each has, and where.

    Args:
        connection: The file. Of a snapshot, whose Parquet has no ``rowid``, it knows what need not
            be asked, and no places.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._has_places = _has_rowid(connection)
        self._hashes, self._rows = self._rows_by_hash(connection, PLACES[_FIRST])
        self._parts = self._rows * 0
        self._posted: dict[str, tuple[Any, Any]] = {}
        self._spans: dict[str, list[_Stretch]] = {}
        rare = [part for part, place in PLACES.items() if not place.is_common]
        self._bits = {part: 1 << number for number, part in enumerate(rare)}
        for part, place in PLACES.items():
            if self._has_places and place.is_sorted:
                self._spans[part] = _runs(connection, place)
            elif self._has_places:
                self._posted[part] = self._rows_by_hash(connection, place)
            if part in self._bits:
                known = self._posted.get(part)
                hashes = known[0] if known else _distinct_hashes(connection, place)
                self._mark(hashes, self._bits[part])

    def may_have(self, part: str, name_hash: int) -> bool:
        """Return whether there may be rows: always where the model or the part is not known."""
        first, last = _equal(self._hashes, name_hash)
        if first == last or part not in self._bits:
            return True
        return any(self._parts[place] & self._bits[part] for place in range(first, last))

    def condition(self, part: str, keys: Iterable[Key]) -> RowCondition:
        """Return a condition; none that helps where there are too many places."""
        place = PLACES[part]
        if not self._has_places:
            return RowCondition()
        column = f"{place.alias}.rowid" if place.alias else "rowid"
        if place.is_sorted:
            spans = [run.span(hub, name) for hub, name, _ in keys for run in self._spans[part]]
            if not 0 < len(spans) <= _MOST_BLOCKS:
                return RowCondition()
            return _between(column, spans)
        return _among(column, self._posted[part], (name_hash for _, _, name_hash in keys))

    def condition_of_models(self, name_hashes: Iterable[int]) -> RowCondition:
        """Return a condition that the rows of some models in table ``model`` meet."""
        if not self._has_places:
            return RowCondition()
        return _among("rowid", (self._hashes, self._rows), name_hashes, "models")

    def _rows_by_hash(
        self, connection: duckdb.DuckDBPyConnection, place: PartTable
    ) -> tuple[Any, Any]:
        """Return the hashes of the names in a table, ascending, and the row of each."""
        row = "rowid" if self._has_places else "0"
        sql = (
            f"SELECT hash({place.columns}) AS name_hash, {row}::UINTEGER AS place "
            f"FROM {place.table} WHERE {place.condition} ORDER BY name_hash, place"
        )
        found = connection.cursor().execute(sql).fetchnumpy()
        return found["name_hash"], found["place"]

    def _mark(self, hashes: Any, bit: int) -> None:
        """Note that the models with these hashes have a part."""
        places = self._hashes.searchsorted(hashes)
        places = places[places < len(self._hashes)]
        self._parts[places] |= bit


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A stretch of a table in which names ascend, by every 2,048th row of it.

    Attributes:
        names: Hub and name in these rows.
        rows: Where they stand; before them where the stretch begins, behind them its end.
    """

    names: list[tuple[str, str]]
    rows: list[int]

    def span(self, hub: str, name: str) -> Span:
        """Return between which rows a name stands, if it does."""
        key = (hub, name)
        return (
            self.rows[bisect_left(self.names, key)],
            self.rows[bisect_right(self.names, key) + 1] - 1,
        )


def _has_rowid(connection: duckdb.DuckDBPyConnection) -> bool:
    try:
        connection.cursor().execute(f"SELECT rowid FROM {PLACES[_FIRST].table} LIMIT 0")
    except duckdb.BinderException:
        return False
    return True


def _runs(connection: duckdb.DuckDBPyConnection, place: PartTable) -> list[_Stretch]:
    """Return the stretches of a table; none where there are too many to be of use."""
    cursor = connection.cursor()
    rows = f"FROM {place.table} WHERE {place.condition}"
    falls = cursor.execute(
        "SELECT place FROM (SELECT rowid AS place, row("
        f"{place.columns}) AS own, lag(own) OVER () AS before {rows}) "
        f"WHERE own < before ORDER BY place LIMIT {_MOST_RUNS}"
    ).fetchall()
    if len(falls) == _MOST_RUNS:
        return []
    total = cursor.execute(f"SELECT count(*) FROM {place.table}").fetchall()[0][0]
    marks = cursor.execute(
        f"SELECT rowid, {place.columns} {rows} AND rowid % {_STEP} = 0 ORDER BY rowid"
    ).fetchall()
    bounds = [0, *(fall[0] for fall in falls), total]
    return [
        _Stretch([mark[1:] for mark in within], [begin, *(mark[0] for mark in within), end])
        for begin, end in pairwise(bounds)
        for within in [[mark for mark in marks if begin <= mark[0] < end]]
    ]


def _distinct_hashes(connection: duckdb.DuckDBPyConnection, place: PartTable) -> Any:
    sql = (
        f"SELECT DISTINCT hash({place.columns}) AS name_hash FROM {place.table} "
        f"WHERE {place.condition}"
    )
    hashes: Any = connection.cursor().execute(sql).fetchnumpy()["name_hash"]
    hashes.sort()  # they are looked up in order many times faster
    return hashes


def _equal(hashes: Any, wanted: int) -> tuple[int, int]:
    """Return where a hash stands in ascending ones, as a half-open range."""
    value = hashes.dtype.type(wanted)
    return int(hashes.searchsorted(value)), int(hashes.searchsorted(value, "right"))


def _between(column: str, spans: Sequence[Span], name: str = "rows") -> RowCondition:
    """Return a condition on rows that stand in one of some spans."""
    among = (
        f"{column} BETWEEN $first_{name}{number} AND $last_{name}{number}"
        for number in range(len(spans))
    )
    values: dict[str, object] = {}
    for number, (first, last) in enumerate(spans):
        values |= {f"first_{name}{number}": first, f"last_{name}{number}": last}
    return RowCondition(f"({' OR '.join(among)})", values)


def _among(
    column: str, posted: tuple[Any, Any], name_hashes: Iterable[int], name: str = "rows"
) -> RowCondition:
    """Return a condition on rows by their hashes; with too many of them it is no help."""
    hashes, rows = posted
    places: list[int] = []
    for one in name_hashes:
        first, last = _equal(hashes, one)
        if len(places) + last - first > _MOST_ROWS:
            return RowCondition()
        places += rows[first:last].tolist()
    if len(places) == 1:
        return _between(column, [(places[0], places[0])], name)
    return RowCondition(f"{column} IN (SELECT unnest(${name}::BIGINT[]))", {name: places})
