"""Migrations of the store's schema, run by Alembic without a configuration file.

Revisions are the four digits that the files in ``versions/`` begin with, in a single line.
"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from miner.db.address import place_of
from miner.db.roles import may_change_schema
from miner.errors import ConfigurationError, StoreAbsent

_VERSION_TABLE = "alembic_version"


def known_revisions() -> list[str]:
    """Return the revisions that this code knows, oldest first."""
    folder = resources.files(__name__) / "versions"
    names = (re.match(r"(\d{4})_\w+\.py$", entry.name) for entry in folder.iterdir())
    return sorted(match[1] for match in names if match)


def current_revision(connection: Connection) -> str | None:
    """Return the schema revision of a store, None for an empty database.

    Raises:
        ConfigurationError: The database holds tables that are not miner's.
    """
    tables = inspect(connection).get_table_names()
    if _VERSION_TABLE in tables:
        found = connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()
        return None if found is None else str(found)
    if tables:
        raise ConfigurationError(
            f"{_place(connection)} is a database of something else: it holds {tables[0]!r}",
            next_step="set MINER_DATA_DIR or MINER_DATABASE_URL to another place",
            kept="it was not touched",
        )
    return None


def upgrade(connection: Connection, *, create: bool = True, to: str | None = None) -> None:
    """Bring the schema up to date, in the transaction that the connection is in.

    Args:
        connection: To the store.
        create: Make a store in an empty database; otherwise that is an error.
        to: Revision to stop at; None: the last one.

    Raises:
        ConfigurationError: The store is not miner's, or of a newer miner.
    """
    current = current_revision(connection)
    if current is None and not create:
        raise _absent(connection)
    _refuse_newer(connection, current)
    target = to or known_revisions()[-1]
    if current == target:
        return
    if not may_change_schema(connection):
        raise ConfigurationError(
            f"{_place(connection)} needs the schema of revision {target}, and this role may not "
            "change it",
            next_step="miner db upgrade, with the address of the store's owner",
            kept="the store was not touched",
        )
    # Alembic takes a fifth of a second to import; a store that is up to date needs none of it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    with resources.as_file(resources.files(__name__)) as folder:
        config.set_main_option("script_location", str(Path(folder)).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, target)


def require_current(connection: Connection) -> None:
    """Check that the schema is the one that this code knows.

    Raises:
        ConfigurationError: It is older, newer, or there is none.
    """
    current = current_revision(connection)
    if current is None:
        raise _absent(connection)
    _refuse_newer(connection, current)
    if current != known_revisions()[-1]:
        raise ConfigurationError(
            f"the schema of {_place(connection)} is of revision {current}, "
            f"this miner reads {known_revisions()[-1]}",
            next_step="miner db upgrade",
        )


def _absent(connection: Connection) -> StoreAbsent:
    return StoreAbsent(
        f"there is no store in {_place(connection)} yet", next_step="miner crawl --since 2024-01"
    )


def _refuse_newer(connection: Connection, current: str | None) -> None:
    known = known_revisions()
    if current is not None and current not in known:
        raise ConfigurationError(
            f"{_place(connection)} was written by a newer miner: its schema is of revision "
            f"{current}, this one knows {known[-1]}",
            next_step="install the newer miner, or set MINER_DATA_DIR to another folder",
            kept="the store was not touched",
        )


def _place(connection: Connection) -> str:
    return place_of(connection.engine.url)
