"""Take out of texts what must not be published, and look that nothing is left.

What is found is replaced in every table alike, so that rows that refer to each other still do. A
table is written anew only where something was found in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from miner.db import analytics
from miner.db.analytics import DuckDBConnection
from miner.errors import CheckFailed
from miner.schema.private import FREELY_WRITTEN, MAYBE, naming_columns
from miner.schema.published import PUBLISHED, Column, Table
from miner.schema.redact import TextKind, redact

_TEXT = frozenset({"VARCHAR", "VARCHAR[]"})
_MAX_NAMES = 300
"""Names in one pattern."""
_GROUP = 10_000
_FUNCTIONS = {TextKind.WORDS: "redacted_words", TextKind.NAME: "redacted_name"}
"""Names in SQL of what cleans a text, by the kind of text."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was taken out.

    Attributes:
        texts: Texts changed, by ``table.column`` and kind; those without any are not in it.
        merged: Rows by table that became equal to another in their key, and stand once.
    """

    texts: dict[str, dict[str, int]] = field(default_factory=dict)
    merged: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything was changed."""
        return bool(self.texts)


@dataclass(frozen=True, slots=True)
class _Sought:
    """What is looked for: names of the takedown list, and what is private."""

    words: Sequence[str]
    ambiguous: Collection[str]
    private: bool

    def names(self, column: str) -> list[str]:
        """Return the patterns of names that are looked for in a column."""
        is_name = column in naming_columns()
        words = [word for word in self.words if not (is_name and word in self.ambiguous)]
        return [
            rf"(?i)(^|[^\w.-])(?:{'|'.join(map(re.escape, words[at : at + _MAX_NAMES]))})"
            r"($|[^\w.-]|\.$|\.[^\w-]|\.git\b)"
            for at in range(0, len(words), _MAX_NAMES)
        ]

    @property
    def maybe(self) -> str:
        """A pattern without which none of it can match."""
        begins = sorted({"".join(word.partition("/")[:2]) for word in self.words})
        names = [f"(?i:{'|'.join(map(re.escape, begins))})"] if begins else []
        return "|".join((*([MAYBE] if self.private else ()), *names))


def clean(
    connection: DuckDBConnection,
    words: Sequence[str] = (),
    ambiguous: Collection[str] = (),
    *,
    private: bool = True,
) -> Cleaned:
    """Replace what must not be published.

    Args:
        connection: A database with the tables in ``published``.
        words: Names of the takedown list (owner/name), replaced wherever they stand.
        ambiguous: Those that name something else besides: they stay in columns that name things.
        private: Whether secrets, addresses and the like are replaced too.

    Raises:
        CheckFailed: Something is left; the message names the table and the column.
    """
    done = Cleaned()
    sought = _Sought(words, ambiguous, private)
    if private:
        _define(connection)
    if not sought.maybe:
        return done
    clean_columns: set[tuple[str, str]] = set()
    for table in PUBLISHED.values():
        found = _find(table, sought, connection, _repeated(table, clean_columns))
        clean_columns |= {(table.name, name) for name in table.column_names if name not in found}
        if found:
            if merged := _rewrite(table, set(found), sought, connection):
                done.merged[table.name] = merged
            done.texts.update({f"{table.name}.{column}": each for column, each in found.items()})
            _require_clean(table, sought, connection)
    return done


def count_names(
    connection: DuckDBConnection, words: Sequence[str], ambiguous: Collection[str]
) -> dict[str, int]:
    """Return how many texts hold a name of the takedown list, by table; none are left out."""
    sought = _Sought(words, ambiguous, private=False)
    found = {
        name: sum(sum(kinds.values()) for kinds in _find(table, sought, connection).values())
        for name, table in (PUBLISHED.items() if words else ())
    }
    return {name: count for name, count in found.items() if count}


def _repeated(table: Table, clean_columns: set[tuple[str, str]]) -> set[str]:
    """Return the columns that hold nothing but what stands in columns found to be clean.

    Names of models stand in most tables, and are looked at once: the references were checked.
    """
    return {
        column
        for reference in table.references
        for column, target in zip(reference.columns, reference.target, strict=True)
        if (reference.table, target) in clean_columns
        and not reference.where
        and all(other in table.key for other in reference.columns if other != column)
    }


def _require_clean(table: Table, sought: _Sought, connection: DuckDBConnection) -> None:
    for column, kinds in _find(table, sought, connection).items():
        raise CheckFailed(
            f"table {table.name}: {sum(kinds.values())} texts of {column} still hold what must "
            f"not be published ({', '.join(kinds)})",
            next_step="correct them in the store, or put their names on the takedown list",
        )


def _find(
    table: Table,
    sought: _Sought,
    connection: DuckDBConnection,
    passed: Collection[str] = (),
) -> dict[str, dict[str, int]]:
    """Return the number of texts with something to take out, by column and kind.

    Columns that were ``passed`` are not looked at.
    """
    found: dict[str, dict[str, int]] = {}
    for column in _suspects(table, sought, connection, passed):
        counts = _private_texts(table, column, connection) if sought.private else Counter[str]()
        counts.update(_named_texts(table, column, sought, connection))
        if counts:
            found[column.name] = dict(counts)
    return found


def _private_texts(table: Table, column: Column, connection: DuckDBConnection) -> Counter[str]:
    """Count the texts of a column with something private, by kind."""
    text = _flat(column.name, column.type)
    kind = _kind(column.name)
    rows = connection.execute(
        f'SELECT {text}, count(*) FROM published."{table.name}" '
        f"WHERE regexp_matches({text}, {analytics.text(MAYBE)}) GROUP BY ALL"
    )
    counts: Counter[str] = Counter()
    while group := rows.fetchmany(_GROUP):
        for value, count in group:
            counts.update(dict.fromkeys(redact(value, kind).kinds, count))
    return counts


def _named_texts(
    table: Table, column: Column, sought: _Sought, connection: DuckDBConnection
) -> Counter[str]:
    """Count the texts of a column with a name of the takedown list."""
    text = _flat(column.name, column.type)
    counts: Counter[str] = Counter()
    for pattern in sought.names(column.name):
        row = connection.execute(
            f'SELECT count(*) FROM published."{table.name}" '
            f"WHERE regexp_matches({text}, {analytics.text(pattern)})"
        ).fetchone()
        counts["name taken down"] += int(row[0]) if row else 0
    return +counts


def _suspects(
    table: Table,
    sought: _Sought,
    connection: DuckDBConnection,
    passed: Collection[str],
) -> list[Column]:
    """Return the columns in which something may be found, by one cheap look at each text."""
    texts = [
        column for column in table.columns if column.type in _TEXT and column.name not in passed
    ]
    # to compile the patterns for each column takes longer than to look at a small table
    if not texts or analytics.is_empty(f'published."{table.name}"', connection):
        return []
    maybe = analytics.text(sought.maybe)
    looks = ", ".join(
        f"bool_or(regexp_matches({_flat(column.name, column.type)}, {maybe}))" for column in texts
    )
    row = connection.execute(f'SELECT {looks} FROM published."{table.name}"').fetchone()
    return [column for column, is_one in zip(texts, row or (), strict=True) if is_one]


def _rewrite(table: Table, columns: set[str], sought: _Sought, connection: DuckDBConnection) -> int:
    """Write a table anew with some columns cleaned, and return how many rows became another's.

    Of rows that have the same key now, one stays.
    """
    parts = []
    for column in table.columns:
        name = f'"{column.name}"'
        if column.name not in columns:
            parts.append(name)
        elif column.type == "VARCHAR":
            cleaned = _cleaned(name, column.name, sought)
            parts.append(f"{cleaned} AS {name}")
        else:
            cleaned = _cleaned("word", column.name, sought)
            parts.append(f"list_transform({name}, lambda word: {cleaned}) AS {name}")
    order = ", ".join(f'"{column}"' for column in table.sorted_by)
    everything = ", ".join(f'"{column}"' for column in table.column_names)
    once = ""
    if table.key:
        key = ", ".join(f'"{column}"' for column in table.key)
        once = f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {everything}) = 1"
    connection.execute(
        f"CREATE TEMP TABLE cleaned AS SELECT * FROM (SELECT {', '.join(parts)} "
        f'FROM published."{table.name}") {once} ORDER BY {order}, {everything}'
    )
    before = connection.execute(f'DELETE FROM published."{table.name}"').fetchone()
    after = connection.execute(
        f'INSERT INTO published."{table.name}" FROM cleaned ORDER BY {order}, {everything}'
    ).fetchone()
    connection.execute("DROP TABLE cleaned")
    return int(before[0]) - int(after[0]) if before and after else 0


def _flat(column: str, kind: str) -> str:
    return f"array_to_string(\"{column}\", ' ')" if kind.endswith("[]") else f'"{column}"'


def _cleaned(expression: str, column: str, sought: _Sought) -> str:
    if sought.private:
        maybe, function = analytics.text(MAYBE), _FUNCTIONS[_kind(column)]
        expression = (
            f"CASE WHEN regexp_matches({expression}, {maybe}) THEN {function}({expression}) "
            f"ELSE {expression} END"
        )
    for name in sought.names(column):
        pattern, replacement = analytics.text(name), analytics.text(r"\1[removed]\2")
        # a name may begin with the sign that ended the one before: those are found the second time
        for _ in range(2):
            expression = f"regexp_replace({expression}, {pattern}, {replacement}, 'g')"
    return expression


def _kind(column: str) -> TextKind:
    return TextKind.NAME if column in naming_columns() - FREELY_WRITTEN else TextKind.WORDS


def _define(connection: DuckDBConnection) -> None:
    """Make ``redact`` callable from SQL, once for each kind of text."""

    def words(text: str) -> str:
        return redact(text, TextKind.WORDS).text

    def name(text: str) -> str:
        return redact(text, TextKind.NAME).text

    connection.create_function(_FUNCTIONS[TextKind.WORDS], words, ["VARCHAR"], "VARCHAR")
    connection.create_function(_FUNCTIONS[TextKind.NAME], name, ["VARCHAR"], "VARCHAR")
