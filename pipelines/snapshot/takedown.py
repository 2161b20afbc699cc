"""The takedown list: what its owners asked not to be published, taken out of what leaves the store.

A CSV file with the columns ``subject`` (model, dataset, repository, owner or blob), ``hub`` (empty:
everywhere) and ``value``: the name, or ``sha256:`` and the SHA-256 of the name, so that the list
itself need not spell it; for a blob its git sha or SHA-256. Rows that such a name names, or refers
to, are left out; facts read from such a blob too. A former name reaches what it was the name of.
Further columns (a reason, a date) are for people. An export and a snapshot go by the list; the
store keeps what it has.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from miner.db import analytics
from miner.db.analytics import DuckDBConnection, literal, open_memory
from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.snapshot.private_text import clean, count_names
from miner.pipelines.snapshot.takedown_places import GITHUB, SUBJECTS, Place, places
from miner.schema.manifest import Manifest
from miner.schema.patterns import bounded
from miner.schema.published import PUBLISHED, Table
from miner.settings import Settings

FILE = "takedown.csv"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_BLOB = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ADDRESS = bounded(r"(?i)[a-z+]*://|(?:www\.)?(?:huggingface\.co|hf\.co|github\.com)/")
_NAMED = ("model", "dataset", "repository")


@dataclass(frozen=True, slots=True)
class TakedownEntry:
    """A line of the list. ``hub`` is empty where it holds on every hub; ``line`` is for people."""

    subject: str
    hub: str
    value: str
    line: int = field(default=0, compare=False)

    def __str__(self) -> str:
        named = self.value if len(self.value) < 60 else f"{self.value[:20]}…"
        return f"line {self.line} ({self.subject} {named}{f' on {self.hub}' * bool(self.hub)})"


@dataclass(frozen=True, slots=True)
class Removal:
    """What the takedown list left out.

    Attributes:
        rows: Rows by table; tables that lost none are not in it.
        texts: Texts in which a name was replaced, by ``table.column`` and kind.
        merged: Rows by table that became equal to another by it, and stand once.
        unmatched: Entries that name no row.
        entries: Entries of the list.
    """

    rows: dict[str, int]
    texts: dict[str, dict[str, int]]
    merged: dict[str, int] = field(default_factory=dict)
    unmatched: tuple[TakedownEntry, ...] = ()
    entries: int = 0

    def __bool__(self) -> bool:
        """Whether anything was left out."""
        return bool(self.rows or self.texts)


def read_takedown(settings: Settings, file: Path | None = None) -> tuple[TakedownEntry, ...]:
    """Read the list: that file, else ``takedown.csv`` of the data directory, if it is there.

    Raises:
        ConfigurationError: The file cannot be read.
        InvalidData: A line is none; nothing is published past a list that is not understood.
    """
    path = file or settings.data_dir / FILE
    if file is None and not path.exists():
        return ()
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return tuple(_entries(path, csv.DictReader(lines)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(
            f"the takedown list {path} cannot be read: {error}", next_step="correct that file"
        ) from error


def _entries(path: Path, lines: csv.DictReader[str]) -> Iterator[TakedownEntry]:
    if not {"subject", "value"} <= set(lines.fieldnames or ()):
        raise InvalidData(f"{path}: the first line has to name the columns subject, hub, value")
    for line in lines:
        subject, hub, value = ((line.get(k) or "").strip() for k in ("subject", "hub", "value"))
        if why := _fault(subject, hub, value):
            raise InvalidData(
                f"{path}, line {lines.line_num}: no entry of a takedown list: {why}",
                next_step=f"subject is one of {', '.join(SUBJECTS)}; value a name, sha256: and 64 "
                "hexadecimal digits, or of a blob its sha",
            )
        yield TakedownEntry(subject, hub, value, lines.line_num)


def _fault(subject: str, hub: str, value: str) -> str:
    """Return why this is no entry, or nothing."""
    if subject not in SUBJECTS:
        return f"{subject[:40]!r} is no subject"
    if hub and (subject == "repository") != (hub == GITHUB) and subject not in {"owner", "blob"}:
        return f"a {subject} is not on {hub[:40]!r}"
    if subject == "blob":
        return "" if _BLOB.fullmatch(value) else "a blob is named by its sha"
    if value.startswith("sha256:"):
        return "" if _DIGEST.fullmatch(value) else "no SHA-256 in lower case"
    return _fault_of_name(subject, value)


def _fault_of_name(subject: str, value: str) -> str:
    if _ADDRESS.match(value):
        return "an address; give the name alone, as owner/name"
    if not value or not value.isprintable() or re.search(r"\s", value):
        return "the value is no name"
    owner, slash, name = value.partition("/")
    if subject == "owner":
        return "an owner has no slash" if slash else ""
    is_right = owner and name and "/" not in name
    is_right = is_right or (subject == "dataset" and not slash)  # some have no owner
    return "" if is_right else f"a {subject} is given as owner/name"


def take_down(entries: tuple[TakedownEntry, ...], connection: DuckDBConnection) -> Removal:
    """Leave out the rows that the list names, and its names where they stand in other texts.

    Args:
        entries: The list.
        connection: A database with the tables in ``published``.

    Raises:
        CheckFailed: A name is left in a text.
        InvalidData: An entry is of a hub that is not known.
    """
    if not entries:
        return Removal({}, {})
    _require_hubs(entries, connection)
    _resolve(entries, connection)
    rows = _on_each_table("DELETE FROM", connection)
    for table, count in _cascade(rows, connection).items():
        rows[table] = rows.get(table, 0) + count
    words = _words(entries, connection)
    cleaned = clean(connection, words, _still_named(words, connection), private=False)
    met = {number for (number,) in connection.execute("SELECT number FROM gone").fetchall()}
    _forget(connection)
    unmatched = tuple(entry for number, entry in enumerate(entries) if number not in met)
    return Removal(
        dict(sorted(rows.items())), cleaned.texts, cleaned.merged, unmatched, len(entries)
    )


def count_listed(
    entries: tuple[TakedownEntry, ...],
    folder: Path,
    manifest: Manifest,
    *,
    with_texts: bool = False,
) -> dict[str, int]:
    """Return how many rows of a snapshot the list names, by table; those with none are not in it.

    Args:
        entries: The list.
        folder: The snapshot.
        manifest: What it says of itself.
        with_texts: Of tables without such rows, count texts that hold a name.
    """
    if not entries:
        return {}
    with open_memory() as connection:
        connection.execute("ATTACH ':memory:' AS published")
        files = {table.name: table.file.path for table in manifest.tables}
        for table in PUBLISHED.values():
            connection.execute(analytics.create_table(table, "published"))
            if table.name in files and _has_columns(table, manifest):
                connection.execute(f'DROP TABLE published."{table.name}"')
                place = analytics.text(literal(folder / files[table.name]))
                connection.execute(
                    f'CREATE VIEW published."{table.name}" AS FROM read_parquet({place})'
                )
        _resolve(entries, connection)
        rows = _on_each_table("SELECT count(*) FROM", connection)
        if not with_texts:
            return rows
        words = _words(entries, connection)
        return count_names(connection, words, _still_named(words, connection)) | rows


def _has_columns(table: Table, manifest: Manifest) -> bool:
    columns = {one.name: one.columns for one in manifest.tables}[table.name]
    return set(table.column_names) <= {name for name, _ in columns}


def _require_hubs(entries: tuple[TakedownEntry, ...], connection: DuckDBConnection) -> None:
    known = {name for (name,) in connection.execute("SELECT name FROM published.hub").fetchall()}
    for entry in entries:
        if entry.hub and entry.hub not in known | {GITHUB}:
            raise InvalidData(
                f"takedown list, line {entry.line}: the store knows no hub {entry.hub[:40]!r}",
                next_step=f"hub is empty or one of {', '.join(sorted(known | {GITHUB}))}",
            )


def _resolve(entries: tuple[TakedownEntry, ...], connection: DuckDBConnection) -> None:
    """Make the table ``gone``: what the list names, as it is called in the data.

    Names are compared without case, as hubs do. What has lost its former name to another is not
    reached by that name.
    """
    connection.execute("CREATE TEMP TABLE listed (number BIGINT, hub VARCHAR, key VARCHAR)")
    connection.executemany(
        "INSERT INTO listed VALUES (?, ?, ?)",
        [(n, e.hub, f"{e.subject} {e.value.lower()}") for n, e in enumerate(entries)],
    )
    connection.execute(
        "CREATE TEMP TABLE gone (number BIGINT, subject VARCHAR, hub VARCHAR, name VARCHAR, "
        "by_owner BOOLEAN)"
    )
    listed = {entry.subject for entry in entries}
    has_digests = any(entry.value.startswith("sha256:") for entry in entries)
    for subject in SUBJECTS:
        if subject in listed or ("owner" in listed and subject in _NAMED):
            for place in places(subject):
                connection.execute(_named(place, has_digests=has_digests))
    for subject in _NAMED:
        for source, target, more in (
            ("alias", subject, " AND NOT gone.by_owner"),
            (subject, "alias", ""),
        ):
            connection.execute(_other_names(subject, source, target, more))


def _forget(connection: DuckDBConnection) -> None:
    connection.execute("DROP TABLE gone; DROP TABLE listed")


def _named(place: Place, *, has_digests: bool) -> str:
    """Return the statement that adds what a place names and the list too."""
    subject, of_owner = place.subject, "split_part(name, '/', 1)"
    keys = _keys(subject, "name", has_digests=has_digests)
    if subject in _NAMED:
        keys += _keys("owner", of_owner, has_digests=has_digests, condition="contains(name, '/')")
    where = f" AND t.{place.where}" if place.where else ""
    return (
        f"INSERT INTO gone SELECT DISTINCT listed.number, '{subject}', found.hub, "
        f"lower(found.name), '{subject}' <> 'owner' AND starts_with(listed.key, 'owner ') FROM ("
        f"SELECT hub, name, unnest([{', '.join(keys)}]) AS key FROM (SELECT DISTINCT "
        f"{place.hub or 'NULL::VARCHAR'} AS hub, {place.expression} AS name "
        f'FROM published."{place.table}" AS t '
        f"WHERE {place.expression} <> ''{where})) AS found JOIN listed ON listed.key = found.key "
        "AND (listed.hub = '' OR found.hub IS NULL OR listed.hub = found.hub)"
    )


def _keys(subject: str, name: str, *, has_digests: bool, condition: str = "true") -> list[str]:
    parts = [f"lower({name})"]
    if has_digests and subject != "blob":
        parts += [f"'sha256:' || sha256({name})", f"'sha256:' || sha256(lower({name}))"]
    return [f"CASE WHEN {condition} THEN '{subject} ' || {part} END" for part in parts]


def _other_names(subject: str, source: str, target: str, more: str) -> str:
    """Return the statement that goes from a name to its thing, or from a thing to its names."""
    hub = f"'{GITHUB}'" if subject == "repository" else "t.hub"
    same_hub = "" if subject == "repository" else "named.hub = t.hub AND "
    return (
        f"INSERT INTO gone SELECT DISTINCT gone.number, '{subject}', {hub}, lower(t.{target}), "
        f"gone.by_owner FROM published.{subject}_alias AS t JOIN gone "
        f"ON gone.subject = '{subject}' AND gone.hub = {hub} AND gone.name = lower(t.{source})"
        f"{more} WHERE NOT EXISTS (SELECT 1 FROM published.{subject} AS named "
        f"WHERE {same_hub}lower(named.name) = lower(t.alias) "
        "AND named.state IS DISTINCT FROM 'named')"
    )


def _on_each_table(act: str, connection: DuckDBConnection) -> dict[str, int]:
    """Act on the rows that name what is gone, and return how many by table."""
    subjects = {s for (s,) in connection.execute("SELECT subject FROM gone").fetchall()}
    conditions: dict[str, list[str]] = {}
    for subject in SUBJECTS:
        for place in places(subject) if subject in subjects else ():
            conditions.setdefault(place.table, []).append(_is_gone(place))
    met: dict[str, int] = {}
    for table, either in sorted(conditions.items()):
        statement = f'{act} published."{table}" AS t WHERE {" OR ".join(either)}'
        row = connection.execute(statement).fetchone()
        if row and row[0]:
            met[table] = int(row[0])
    return met


def _is_gone(place: Place) -> str:
    name, where = f"lower({place.expression})", f"t.{place.where} AND " if place.where else ""
    of_subject = f"FROM gone WHERE subject = '{place.subject}'"
    if place.hub is None:
        return f"({where}{name} IN (SELECT name {of_subject}))"
    key = f"{place.hub} || ' ' || {name}"
    return (
        f"({where}{key} IN (SELECT hub || ' ' || name {of_subject} AND hub IS NOT NULL "
        "AND name IS NOT NULL))"
    )


def _cascade(lost: dict[str, int], connection: DuckDBConnection) -> dict[str, int]:
    """Leave out rows that refer to a row that is gone, and were not named themselves."""
    rows: dict[str, int] = {}
    for table in PUBLISHED.values():
        for reference in table.references:
            if reference.table not in lost and reference.table not in rows:
                continue
            both = zip(reference.columns, reference.target, strict=True)
            same = " AND ".join(f'target."{there}" = t."{here}"' for here, there in both)
            columns = " AND ".join(f't."{column}" IS NOT NULL' for column in reference.columns)
            where = f" AND ({reference.where})" if reference.where else ""
            row = connection.execute(
                f'DELETE FROM published."{table.name}" AS t WHERE {columns}{where} AND NOT EXISTS '
                f'(SELECT 1 FROM published."{reference.table}" AS target WHERE {same})'
            ).fetchone()
            if row and row[0]:
                rows[table.name] = rows.get(table.name, 0) + int(row[0])
    return rows


def _words(entries: tuple[TakedownEntry, ...], connection: DuckDBConnection) -> tuple[str, ...]:
    """Return what must not stand in any text, in lower case: owner/name, and @owner."""
    spelled = {e.value.lower() for e in entries if e.subject in _NAMED and "/" in e.value}
    spelled |= {
        f"@{e.value.lower()}"
        for e in entries
        if e.subject == "owner" and not e.value.startswith("sha256:")
    }
    rows = connection.execute(
        "SELECT DISTINCT name FROM gone WHERE subject IN ('model', 'dataset', 'repository') "
        r"AND regexp_full_match(name, '[\w.-]+/[\w.-]+') "
        "UNION SELECT '@' || name FROM gone WHERE subject = 'owner'"
    ).fetchall()
    return tuple(sorted(spelled | {str(name) for (name,) in rows}))


def _still_named(words: tuple[str, ...], connection: DuckDBConnection) -> frozenset[str]:
    """Return those that name something else too, on another hub or of another kind."""
    names = " UNION ".join(f"SELECT lower(name) AS name FROM published.{each}" for each in _NAMED)
    rows = connection.execute(
        f"SELECT name FROM ({names}) WHERE name IN (SELECT unnest($1::VARCHAR[]))", [list(words)]
    ).fetchall()
    return frozenset(str(name) for (name,) in rows)
