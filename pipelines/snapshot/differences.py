"""What changed between two snapshots: rows by published key, models, licenses.

Set-based, in DuckDB, over the Parquet files. Columns that only say when something was looked at
differ with every sweep and are left out.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from miner.db import analytics
from miner.db.analytics import DuckDBConnection, literal
from miner.pipelines.snapshot.snapshot_files import require_verified
from miner.schema.manifest import Manifest, TableFile
from miner.schema.published import PUBLISHED

LOOKED_AT = frozenset({"observed_at", "last_seen_at", "state_at"})
"""Columns that are no part of what a row says, unless they are part of its key."""

_GONE = "('gone', 'gone-or-private')"


@dataclass(frozen=True, slots=True)
class TableChange:
    """What changed in a table.

    Attributes:
        table: Its name.
        rows_a: Rows in A; None: A does not have the table.
        rows_b: Rows in B; None: B does not have it.
        added: Rows whose key only B has; without a key: rows that only B has.
        removed: Rows whose key only A has.
        changed: Rows of one key that say something else.
        columns: Of these, how many differ in which column.
    """

    table: str
    rows_a: int | None
    rows_b: int | None
    added: int = 0
    removed: int = 0
    changed: int = 0
    columns: Mapping[str, int] | None = None

    @property
    def count(self) -> int:
        """Number of differences."""
        return self.added + self.removed + self.changed


@dataclass(frozen=True, slots=True)
class FirstRows:
    """Rows that are worth a look: how many there are, and the first of them."""

    count: int
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class SnapshotDiff:
    """What changed from snapshot A to snapshot B.

    Attributes:
        a: Name of A.
        b: Name of B.
        windows_a: What was asked for of models in A, one line a sweep.
        windows_b: The same of B.
        tables: Every table of either.
        listed: Models gone, new and renamed, and licenses changed, by name.
    """

    a: str
    b: str
    windows_a: tuple[str, ...]
    windows_b: tuple[str, ...]
    tables: tuple[TableChange, ...]
    listed: Mapping[str, FirstRows]


_SAME = "ON b.hub = a.hub AND b.identity = a.identity"
_LISTED: dict[str, tuple[str, str]] = {
    "models gone": (
        "hub, model, old_state, new_state",
        "SELECT a.hub, a.name AS model, a.state AS old_state, b.state AS new_state "
        f"FROM a LEFT JOIN b {_SAME} WHERE a.state NOT IN {_GONE} AND a.state <> 'named' "
        f"AND (b.name IS NULL OR b.state IN {_GONE})",
    ),
    "models new": (
        "hub, model",
        f"SELECT b.hub, b.name AS model FROM b ANTI JOIN a {_SAME} WHERE b.state <> 'named'",
    ),
    "models renamed": (
        "hub, model, new_name",
        f"SELECT a.hub, a.name AS model, b.name AS new_name FROM a JOIN b {_SAME} "
        "WHERE b.name <> a.name",
    ),
    "licenses changed": (
        "hub, model, old_license, new_license",
        "SELECT a.hub, b.name AS model, a.license AS old_license, b.license AS new_license "
        f"FROM a JOIN b {_SAME} WHERE a.license IS DISTINCT FROM b.license",
    ),
}
"""What is worth a look: its columns, and the SQL. Models are the same by their identity on the hub,
by name where it has none; a model that was only named by others is neither gone nor new."""


def diff_snapshots(a: Path, b: Path, *, examples: int = 20) -> SnapshotDiff:
    """Compare two snapshots; both are verified first.

    Args:
        a: Folder of the older.
        b: Folder of the newer.
        examples: Rows to list of each kind.

    Raises:
        ConfigurationError: One is no snapshot.
        InvalidData: One is damaged.
    """
    left, right = require_verified(a), require_verified(b)
    with (
        tempfile.TemporaryDirectory(prefix="miner-diff-") as folder,
        analytics.open_work(Path(folder, "diff.duckdb")) as connection,
    ):
        tables = tuple(_tables(a, left, b, right, connection))
        listed = _lists(a, b, examples, connection)
    windows = (windows_of(left), windows_of(right))
    return SnapshotDiff(left.name, right.name, *windows, tables, listed)


def windows_of(manifest: Manifest) -> tuple[str, ...]:
    """Return what was asked for of models in a snapshot: bounds and end of each sweep."""
    lines = []
    for sweep in manifest.about.get("crawl_windows", ()):
        if sweep["subject"] != "model":
            continue
        bounds = json.loads(sweep.get("bounds") or "{}") or {}
        asked = [f"{name} {value}" for name, value in bounds.items() if value is not None]
        end = "" if sweep["is_complete"] else ", not complete"
        lines.append(f"{sweep['name']}: {', '.join(asked) or 'everything'}{end}")
    return tuple(lines)


def _tables(
    a: Path, left: Manifest, b: Path, right: Manifest, connection: DuckDBConnection
) -> list[TableChange]:
    in_a = {table.name: table for table in left.tables}
    in_b = {table.name: table for table in right.tables}
    changes = []
    for name in dict.fromkeys([*in_a, *in_b]):
        one, other = in_a.get(name), in_b.get(name)
        if one is None or other is None:
            changes.append(
                TableChange(
                    name,
                    one.rows if one else None,
                    other.rows if other else None,
                    added=other.rows if other else 0,
                    removed=one.rows if one else 0,
                )
            )
            continue
        _view("a", a, one, connection)
        _view("b", b, other, connection)
        changes.append(_compare(one, other, connection))
    return changes


def _compare(a: TableFile, b: TableFile, connection: DuckDBConnection) -> TableChange:
    in_b = dict(b.columns)
    shared = [name for name, kind in a.columns if in_b.get(name) == kind]
    table = PUBLISHED.get(a.name)
    key = [column for column in table.key if column in shared] if table else []
    if not table or not key or len(key) < len(table.key):
        return _compare_whole(a, b, shared, connection)
    values = [column for column in shared if column not in key and column not in LOOKED_AT]
    both = "a.is_here AND b.is_here"
    differ = [f'a."{column}" IS DISTINCT FROM b."{column}"' for column in values]
    counts = [
        "count(*) FILTER (WHERE a.is_here IS NULL)",
        "count(*) FILTER (WHERE b.is_here IS NULL)",
        f"count(*) FILTER (WHERE {both} AND ({' OR '.join(differ) or 'false'}))",
        *(f"count(*) FILTER (WHERE {both} AND {one})" for one in differ),
    ]
    matches = " AND ".join(f'a."{column}" = b."{column}"' for column in key)
    row = connection.execute(
        f"SELECT {', '.join(counts)} FROM (SELECT *, true AS is_here FROM a) AS a "
        f"FULL JOIN (SELECT *, true AS is_here FROM b) AS b ON {matches}"
    ).fetchone()
    added, removed, changed, *by_column = row or (0, 0, 0)
    columns = {column: count for column, count in zip(values, by_column, strict=True) if count}
    return TableChange(a.name, a.rows, b.rows, added, removed, changed, columns)


def _compare_whole(
    a: TableFile, b: TableFile, shared: Sequence[str], connection: DuckDBConnection
) -> TableChange:
    """Compare tables whose rows have no name: a row counts as often as it stands."""
    columns = ", ".join(f'"{column}"' for column in shared)
    row = connection.execute(
        f"SELECT (SELECT count(*) FROM (SELECT {columns} FROM b EXCEPT ALL "
        f"SELECT {columns} FROM a)), (SELECT count(*) FROM (SELECT {columns} FROM a EXCEPT ALL "
        f"SELECT {columns} FROM b))"
    ).fetchone()
    added, removed = row or (0, 0)
    return TableChange(a.name, a.rows, b.rows, added, removed)


def _lists(a: Path, b: Path, examples: int, connection: DuckDBConnection) -> dict[str, FirstRows]:
    for name, folder in (("a", a), ("b", b)):
        path = folder / "model.parquet"
        if not path.is_file():
            return {}
        place = analytics.text(literal(path))
        connection.execute(
            f"CREATE OR REPLACE VIEW {name} AS SELECT hub, name, state, license, "
            f"coalesce(uid, name) AS identity FROM read_parquet({place})"
        )
    found = {}
    for title, (columns, query) in _LISTED.items():
        counted = connection.execute(f"SELECT count(*) FROM ({query})").fetchone()
        rows = connection.execute(f"SELECT {columns} FROM ({query}) ORDER BY ALL LIMIT {examples}")
        names = tuple(columns.split(", "))
        found[title] = FirstRows(int(counted[0]) if counted else 0, names, tuple(rows.fetchall()))
    return found


def _view(name: str, folder: Path, table: TableFile, connection: DuckDBConnection) -> None:
    place = analytics.text(literal(folder / table.file.path))
    connection.execute(f"CREATE OR REPLACE VIEW {name} AS FROM read_parquet({place})")
