"""What SQLite and PostgreSQL write differently, for SQL that is written out.

Statements go through ``sqlalchemy.text`` with named parameters, which both understand. These
functions give the few expressions that are not the same, so that both stores answer alike.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    SQLColumnExpression,
    collate,
)


def is_sqlite(connection: Connection) -> bool:
    """Tell whether a connection leads to SQLite; else it leads to PostgreSQL."""
    return connection.dialect.name == "sqlite"


def among(connection: Connection, mark: str) -> str:
    """Return the condition that a value is one of those in a list parameter (:func:`listed`).

    Args:
        connection: To the store.
        mark: The parameter as it stands in the statement: ``:ids``.
    """
    if is_sqlite(connection):
        return f"IN (SELECT value FROM json_each({mark}))"
    return f"= ANY({mark})"


def listed(connection: Connection, values: Sequence[str | int]) -> object:
    """Return values as the list parameter of :func:`among`; no bound on variables applies."""
    return json.dumps(values) if is_sqlite(connection) else list(values)


def holds(connection: Connection, column: str, mark: str) -> str:
    """Return the condition that a column's text, JSON too, has a text in it, letter by letter."""
    find = "instr" if is_sqlite(connection) else "strpos"
    return f"{find}(CAST({column} AS TEXT), {mark}) > 0"


def folded(connection: Connection, expression: str) -> str:
    """Return a text, JSON too, with the letters A to Z made small and no others."""
    collation = "" if is_sqlite(connection) else ' COLLATE "C"'
    return f"lower(CAST({expression} AS TEXT){collation})"


def in_code_points(dialect: str, part: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    """Return a text that is compared and ordered by code points, as Python does it.

    Args:
        dialect: SQLAlchemy's name of the database's dialect.
        part: The text.
    """
    return collate(part, "BINARY" if dialect == "sqlite" else "C")


def driver_level(connection: Connection, column: Column[Any], quoted: str) -> str:
    """Return how a column is selected so that both drivers give what was written.

    SQLite gives back the text or number that it was given. PostgreSQL's driver would make
    datetimes, booleans and objects of them.
    """
    if is_sqlite(connection):
        return quoted
    if isinstance(column.type, JSON):
        return f"{quoted}::text"
    if isinstance(column.type, Boolean):
        return f"{quoted}::int"
    if isinstance(column.type, DateTime):
        return f"to_char({quoted}, 'YYYY-MM-DD HH24:MI:SS.US')"
    if isinstance(column.type, Date):
        return f"to_char({quoted}, 'YYYY-MM-DD')"
    return quoted
