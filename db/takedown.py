"""The takedown list: what its owners asked not to be published, taken out of what leaves the store.

A CSV file with the columns ``subject`` (model, dataset, repository, owner or blob), ``hub`` (empty:
everywhere) and ``value``: the name, or ``sha256:`` and the SHA-256 of the name, so that the list
itself need not spell it; for a blob its git sha or SHA-256. Rows that such a name names, or refers
to, are left out; facts read from such a blob too. Further columns (a reason, a date) are for
people. An export and a snapshot go by the list; the store keeps what it has.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from miner.db import analytics
from miner.db.snapshot_files import literal
from miner.db.snapshot_private import clean
from miner.errors import ConfigurationError, InvalidData
from miner.schema.published import PUBLISHED
from miner.schema.snapshot import Manifest
from miner.settings import Settings

FILE = "takedown.csv"
SUBJECTS = ("model", "dataset", "repository", "owner", "blob")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_BLOB = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

_COLUMNS: dict[str, frozenset[str]] = {
    "model": frozenset(
        {"model", "model_resolved", "child", "parent", "parent_declared", "root", "via"}
    ),
    "dataset": frozenset({"dataset", "dataset_declared"}),
    "repository": frozenset({"repository", "repository_declared"}),
    "owner": frozenset({"owner"}),
    "blob": frozenset({"blob_sha", "sha256"}),
}
"""Columns that name the subject in whatever table they stand."""

_PLACES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "model": (
        ("model", "name", ""),
        ("model_alias", "alias", ""),
        ("model_config", "name_or_path", ""),
        ("extracted_field", "named", ""),
        ("license_statement", "subject", "subject_kind = 'model'"),
        ("rejected_record", "name", "subject = 'model'"),
        ("repository_finding", "detail", "source = 'card'"),
        ("license_finding", "upstream", "upstream_kind = 'model'"),
        ("license_finding", "downstream", "downstream_kind = 'model'"),
    ),
    "dataset": (
        ("dataset", "name", ""),
        ("dataset_alias", "alias", ""),
        ("extracted_field", "named", ""),
        ("license_statement", "subject", "subject_kind = 'dataset'"),
        ("rejected_record", "name", "subject = 'dataset'"),
        ("license_finding", "upstream", "upstream_kind = 'dataset'"),
        ("license_finding", "downstream", "downstream_kind = 'dataset'"),
    ),
    "repository": (
        ("repository", "name", ""),
        ("repository", "parent", ""),
        ("repository_alias", "alias", ""),
        ("license_finding", "downstream", "downstream_kind = 'repository'"),
    ),
    "owner": (("owner", "name", ""),),
    "blob": (),
}
"""Tables and columns that name the subject under another name, with the rows that do."""

_NO_PARENT_MODEL = frozenset({"repository"})
"""Tables whose ``parent`` is no model."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list. ``hub`` is empty where it holds on every hub."""

    subject: str
    hub: str
    value: str


@dataclass(frozen=True, slots=True)
class Place:
    """A column that may name a subject, in the rows that meet ``where`` (empty: all)."""

    table: str
    column: str
    where: str


@dataclass(frozen=True, slots=True)
class TakenDown:
    """What the list left out.

    Attributes:
        rows: Rows by table; tables that lost none are not in it.
        texts: Texts in which a name was replaced, by ``table.column`` and kind.
    """

    rows: dict[str, int]
    texts: dict[str, dict[str, int]]

    def __bool__(self) -> bool:
        """Whether anything was left out."""
        return bool(self.rows or self.texts)


def read_takedown(settings: Settings, given: Path | None = None) -> tuple[Entry, ...]:
    """Read the list: the file given, else ``takedown.csv`` of the data directory, if it is there.

    Raises:
        ConfigurationError: The file given cannot be read.
        InvalidData: A line is none; nothing is published past a list that is not understood.
    """
    path = given or settings.data_dir / FILE
    if given is None and not path.exists():
        return ()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return tuple(_entries(path, csv.DictReader(file)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(
            f"the takedown list {path} cannot be read: {error}", next_step="correct that file"
        ) from error


def _entries(path: Path, lines: csv.DictReader[str]) -> Iterator[Entry]:
    if not {"subject", "value"} <= set(lines.fieldnames or ()):
        raise InvalidData(f"{path}: the first line has to name the columns subject, hub, value")
    for line in lines:
        entry = Entry(*((line.get(key) or "").strip() for key in ("subject", "hub", "value")))
        is_right = entry.subject in SUBJECTS and entry.value != ""
        if entry.subject == "blob":
            is_right = _BLOB.fullmatch(entry.value) is not None
        elif entry.value.startswith("sha256:"):
            is_right = is_right and _DIGEST.fullmatch(entry.value) is not None
        if not is_right:
            raise InvalidData(
                f"{path}, line {lines.line_num}: no entry of a takedown list",
                next_step=f"subject is one of {', '.join(SUBJECTS)}; value a name, sha256: and 64 "
                "hexadecimal digits, or of a blob its sha",
            )
        yield entry


def take_down(entries: tuple[Entry, ...], connection: duckdb.DuckDBPyConnection) -> TakenDown:
    """Leave out the rows that the list names, and its names where they stand in other texts.

    Args:
        entries: The list.
        connection: A database with the tables in ``published``.

    Raises:
        CheckFailed: A name is left in a text.
    """
    rows = _each(entries, connection, "DELETE FROM")
    return TakenDown(rows, clean(connection, words(entries), private=()))


def find_taken(entries: tuple[Entry, ...], folder: Path, manifest: Manifest) -> dict[str, int]:
    """Return how many rows of a snapshot the list names, by table; those with none are not in it.

    A row that several entries or columns name counts as often.
    """
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS published")
        for table in manifest.tables:
            if table.name in PUBLISHED:
                place = analytics.text(literal(folder / table.file.path))
                connection.execute(
                    f'CREATE VIEW published."{table.name}" AS FROM read_parquet({place})'
                )
        return _each(entries, connection, "SELECT count(*) FROM")


def _each(
    entries: tuple[Entry, ...], connection: duckdb.DuckDBPyConnection, act: str
) -> dict[str, int]:
    """Act on the rows of each place that the list names, and return how many by table."""
    met: Counter[str] = Counter()
    if not entries:
        return {}
    rows = [(entry.subject, entry.hub, entry.value) for entry in entries]
    connection.execute("CREATE TEMP TABLE takedown (subject VARCHAR, hub VARCHAR, value VARCHAR)")
    connection.executemany("INSERT INTO takedown VALUES (?, ?, ?)", rows)
    for subject in SUBJECTS:
        if any(entry.subject in {subject, "owner"} for entry in entries):
            for place in places(subject):
                row = connection.execute(f"{act} {_named(subject, place)}").fetchone()
                met[place.table] += int(row[0]) if row else 0
    connection.execute("DROP TABLE takedown")
    return {table: count for table, count in sorted(met.items()) if count}


def words(entries: tuple[Entry, ...]) -> tuple[str, ...]:
    """Return the names that must not stand in any text: those of the form owner/name."""
    return tuple(sorted({e.value for e in entries if e.subject != "blob" and "/" in e.value}))


def places(subject: str) -> Iterator[Place]:
    """Yield every place of the published tables that may name a subject."""
    for table in PUBLISHED.values():
        for column in table.column_names:
            if column == "parent" and table.name in _NO_PARENT_MODEL:
                continue
            if column in _COLUMNS[subject]:
                yield Place(table.name, column, "")
    for table_name, column, where in _PLACES[subject]:
        yield Place(table_name, column, where)


def _named(subject: str, place: Place) -> str:
    """Return the rows of a place that the list names, as what follows FROM."""
    columns = PUBLISHED[place.table].column_names
    column = f'held."{place.column}"'
    names = [f"listed.subject = '{subject}' AND {_is(column)}"]
    if subject not in {"blob", "owner"}:
        owner = f"CASE WHEN contains({column}, '/') THEN split_part({column}, '/', 1) END"
        names.append(f"listed.subject = 'owner' AND {_is(owner)}")
    hub = " AND (listed.hub = '' OR listed.hub = held.hub)" if "hub" in columns else ""
    where = f" AND held.{place.where}" if place.where else ""
    return (
        f'published."{place.table}" AS held WHERE EXISTS (SELECT 1 FROM takedown '
        f"AS listed WHERE (({') OR ('.join(names)})){hub}){where}"
    )


def _is(expression: str) -> str:
    return f"(listed.value = {expression} OR listed.value = 'sha256:' || sha256({expression}))"
