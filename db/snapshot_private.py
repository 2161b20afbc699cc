"""Take out of texts what must not be published, and look that nothing is left.

What is found is replaced in every table alike, so that rows that refer to each other still do. A
table is written anew only where something was found in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from miner.db import analytics
from miner.errors import CheckFailed
from miner.schema.private import MAYBE, PRIVATE, Private, naming_columns
from miner.schema.published import PUBLISHED, Column, Table

_TEXT = frozenset({"VARCHAR", "VARCHAR[]"})


@dataclass(frozen=True, slots=True)
class _Rule:
    """A pattern for one column. ``hint`` is a text without which it cannot match."""

    kind: str
    pattern: str
    replacement: str
    hint: str


@dataclass(frozen=True, slots=True)
class _Sought:
    """What is looked for: names of the takedown list, and kinds of private things."""

    words: Sequence[str]
    private: Sequence[Private]

    @property
    def maybe(self) -> str:
        """A pattern without which none of it can match."""
        names = map(re.escape, self.words)
        return "|".join((*([MAYBE] if self.private else ()), *names))


def clean(
    connection: duckdb.DuckDBPyConnection,
    words: Sequence[str] = (),
    private: Sequence[Private] = PRIVATE,
) -> dict[str, dict[str, int]]:
    """Replace what must not be published.

    Args:
        connection: A database with the tables in ``published``.
        words: Names of the takedown list, replaced where they stand in texts.
        private: Kinds of private things that are replaced too.

    Returns:
        Texts changed, by ``table.column`` and kind; those without any are not in it.

    Raises:
        CheckFailed: Something is left; the message names the table and the column.
    """
    changed: dict[str, dict[str, int]] = {}
    sought = _Sought(words, private)
    if not sought.maybe:
        return changed
    clean_columns: set[tuple[str, str]] = set()
    for table in PUBLISHED.values():
        found = _find(table, sought, connection, _repeated(table, clean_columns, sought))
        clean_columns |= {(table.name, name) for name in table.column_names if name not in found}
        if found:
            _rewrite(table, set(found), sought, connection)
            changed |= {f"{table.name}.{column}": kinds for column, kinds in found.items()}
            _require_clean(table, sought, connection)
    return changed


def _repeated(table: Table, clean_columns: set[tuple[str, str]], sought: _Sought) -> set[str]:
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
        and (column in table.key or not sought.words)
    }


def _require_clean(table: Table, sought: _Sought, connection: duckdb.DuckDBPyConnection) -> None:
    for column, kinds in _find(table, sought, connection).items():
        raise CheckFailed(
            f"table {table.name}: {sum(kinds.values())} texts of {column} still hold what must "
            f"not be published ({', '.join(kinds)})",
            next_step="correct them in the store, or put their names on the takedown list",
        )


def _find(
    table: Table,
    sought: _Sought,
    connection: duckdb.DuckDBPyConnection,
    passed: Collection[str] = (),
) -> dict[str, dict[str, int]]:
    """Return the number of texts with something to take out, by column and kind.

    Columns that were ``passed`` are not looked at.
    """
    asked = [
        (column.name, rule.kind, _condition(_flat(column.name, column.type), rule))
        for column in _suspects(table, sought, connection, passed)
        for rule in _rules(column.name, table, sought)
    ]
    if not asked:
        return {}
    counts = ", ".join(f"count(*) FILTER (WHERE {condition})" for _, _, condition in asked)
    row = connection.execute(f'SELECT {counts} FROM published."{table.name}"').fetchone()
    found: dict[str, Counter[str]] = {}
    for (column, kind, _), count in zip(asked, row or (), strict=True):
        if count:
            found.setdefault(column, Counter())[kind] += count
    return {column: dict(kinds) for column, kinds in found.items()}


def _suspects(
    table: Table,
    sought: _Sought,
    connection: duckdb.DuckDBPyConnection,
    passed: Collection[str],
) -> list[Column]:
    """Return the columns in which something may be found, by one cheap look at each text."""
    texts = [
        column for column in table.columns if column.type in _TEXT and column.name not in passed
    ]
    if not texts:
        return []
    maybe = analytics.text(sought.maybe)
    looks = ", ".join(
        f"bool_or(regexp_matches({_flat(column.name, column.type)}, {maybe}))" for column in texts
    )
    row = connection.execute(f'SELECT {looks} FROM published."{table.name}"').fetchone()
    return [column for column, is_one in zip(texts, row or (), strict=True) if is_one]


def _rewrite(
    table: Table, columns: set[str], sought: _Sought, connection: duckdb.DuckDBPyConnection
) -> None:
    """Write a table anew with some columns cleaned; rows that became one stay once."""
    parts = []
    for column in table.columns:
        name = f'"{column.name}"'
        if column.name not in columns:
            parts.append(name)
        elif column.type == "VARCHAR":
            cleaned = _cleaned(name, _rules(column.name, table, sought))
            parts.append(f"{cleaned} AS {name}")
        else:
            cleaned = _cleaned("word", _rules(column.name, table, sought))
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
    connection.execute(f'DELETE FROM published."{table.name}"')
    connection.execute(
        f'INSERT INTO published."{table.name}" FROM cleaned ORDER BY {order}, {everything}'
    )
    connection.execute("DROP TABLE cleaned")


def _rules(column: str, table: Table, sought: _Sought) -> list[_Rule]:
    is_name = column in naming_columns()
    rules = [
        _Rule(one.kind, one.pattern_in_names if is_name else one.pattern, one.replacement, one.hint)
        for one in sought.private
    ]
    if sought.words and column not in table.key:
        names = "|".join(re.escape(word) for word in sought.words)
        pattern = rf"(^|[^\w.-])(?:{names})($|[^\w-])"
        rules.append(_Rule("name taken down", pattern, r"\1[removed]\2", "/"))
    return rules


def _condition(expression: str, rule: _Rule) -> str:
    matches = f"regexp_matches({expression}, {analytics.text(rule.pattern)})"
    return (
        f"contains({expression}, {analytics.text(rule.hint)}) AND {matches}"
        if rule.hint
        else matches
    )


def _flat(column: str, kind: str) -> str:
    return f"array_to_string(\"{column}\", ' ')" if kind.endswith("[]") else f'"{column}"'


def _cleaned(expression: str, rules: Sequence[_Rule]) -> str:
    for rule in rules:
        pattern, replacement = analytics.text(rule.pattern), analytics.text(rule.replacement)
        expression = f"regexp_replace({expression}, {pattern}, {replacement}, 'g')"
    return expression
