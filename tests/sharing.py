"""What a run of tests does once instead of once a test: import for workers, make a schema."""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, create_engine, inspect, text

from miner import children
from miner.db import migrations


class _Everything(dict[str, tuple[str, ...]]):
    """Says of the work of any module that it needs all that work of miner needs."""

    def __contains__(self, module: object) -> bool:
        return bool(module)

    def __missing__(self, module: str) -> tuple[str, ...]:
        return self[next(iter(self))]


def forks_workers_ready() -> None:
    """Have the server of this process's workers import what they need for any work.

    A command does one kind of work, and its server imports what that needs. Tests do all kinds in
    one process, with one server: without this all later kinds would import in every worker.
    """
    needed = children.NEEDED
    modules = tuple(dict.fromkeys([*needed, *chain.from_iterable(needed.values())]))
    children.NEEDED = _Everything(dict.fromkeys(needed, modules))


def makes_stores_from_one() -> None:
    """Have the migrations run once a process: a further SQLite store gets what they led to.

    Databases that have tables, those of PostgreSQL, and a migration to a revision that is named go
    the whole way.
    """
    whole = migrations.upgrade

    def upgrade(connection: Connection, *, create: bool = True, to: str | None = None) -> None:
        is_sqlite = connection.dialect.name == "sqlite" and create and to is None
        if not is_sqlite or inspect(connection).get_table_names():
            whole(connection, create=create, to=to)
            return
        for statement in _schema(whole):
            connection.exec_driver_sql(statement)
        for revision in migrations.known_revisions()[-1:]:
            add = f"INSERT INTO alembic_version (version_num) VALUES ('{revision}')"
            connection.exec_driver_sql(add)

    setattr(migrations, "upgrade", upgrade)  # noqa: B010 - mypy forbids it otherwise


@cache
def _schema(whole: Any) -> tuple[str, ...]:
    """Return the statements that make the tables and indexes of a store, in their order."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        whole(connection)
        listed = text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
        statements = tuple(connection.execute(listed).scalars())
        names = text("SELECT name FROM sqlite_master WHERE type = 'table'")
        filled = {
            name
            for name in connection.execute(names).scalars()
            if connection.exec_driver_sql(f'SELECT 1 FROM "{name}" LIMIT 1').first()
        }
    engine.dispose()
    assert filled == {"alembic_version"}, "a migration adds rows: add them here as well"
    return statements
