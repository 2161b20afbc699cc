"""Where the store is: the address that a person gives, and how it is told to a person."""

from __future__ import annotations

from importlib.util import find_spec

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from miner.errors import ConfigurationError

_POSTGRES = frozenset({"postgres", "postgresql", "postgresql+psycopg"})
_SECRETS = ("password", "sslpassword")
_EXAMPLES = (
    "export MINER_DATABASE_URL=sqlite:////path/to/miner.db, or =postgresql://user@host/database"
)


def store_url(text: str) -> URL:
    """Return the address of a store as SQLAlchemy reads it, with the driver that miner uses.

    Args:
        text: ``sqlite:///…``, ``postgresql://…`` (``postgres://`` and ``postgresql+psycopg://``
            are the same).

    Raises:
        ConfigurationError: It is no address, or of another kind of database, or its driver is
            not installed.
    """
    try:
        url = make_url(text)
        if url.drivername in _POSTGRES:
            url = url.set(drivername="postgresql+psycopg")
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigurationError(
            f"the address of the store cannot be used: {error}", next_step=_EXAMPLES
        ) from error
    except ValueError:  # it quotes what it took for the port: maybe a piece of the password
        raise ConfigurationError(
            "the address of the store cannot be used: its port is no number", next_step=_EXAMPLES
        ) from None
    if url.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise ConfigurationError(
            f"the store can be SQLite or PostgreSQL, not {url.drivername}", next_step=_EXAMPLES
        )
    if url.get_backend_name() == "postgresql" and find_spec("psycopg") is None:
        raise ConfigurationError(
            "a store on PostgreSQL needs the driver psycopg, which is not installed",
            next_step="pip install 'miner[postgres]'",
        )
    return url


def place_of(url: URL) -> str:
    """Return where a store is, without a password: a file, or an address."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    bare = url.set(drivername="postgresql").difference_update_query(_SECRETS)
    return bare.render_as_string(hide_password=True)
