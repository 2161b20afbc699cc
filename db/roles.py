"""Rights of a role that crawls and does not own its store: it writes rows, not the schema."""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from miner.db.address import place_of
from miner.errors import ConfigurationError


def grant(connection: Connection, role: str) -> None:
    """Let a role read and write the rows of a PostgreSQL store, also of tables made later.

    Args:
        connection: Of the store's owner, in a transaction.
        role: The role; it is there already.

    Raises:
        ConfigurationError: The store is none of PostgreSQL, there is no such role, or this role
            may not give rights.
    """
    if connection.dialect.name != "postgresql":
        raise ConfigurationError(
            f"{place_of(connection.engine.url)} is no store in PostgreSQL: it has no roles",
            next_step="set MINER_DATABASE_URL to the address of the store's owner",
        )
    quoted = connection.dialect.identifier_preparer.quote_identifier
    row = connection.execute(text("SELECT current_database(), current_schema()")).one()
    database, schema, name = quoted(row[0]), quoted(row[1]), quoted(role)
    rows = f"SELECT, INSERT, UPDATE, DELETE ON {{}} TO {name}"
    numbers = f"USAGE, SELECT ON {{}} TO {name}"
    later = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT"
    try:
        for statement in (
            f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC",  # before PostgreSQL 15 all had it
            f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {name}",
            f"GRANT USAGE ON SCHEMA {schema} TO {name}",
            f"GRANT {rows.format(f'ALL TABLES IN SCHEMA {schema}')}",
            f"GRANT {numbers.format(f'ALL SEQUENCES IN SCHEMA {schema}')}",
            f"REVOKE INSERT, UPDATE, DELETE ON {schema}.alembic_version FROM {name}",
            f"{later} {rows.format('TABLES')}",
            f"{later} {numbers.format('SEQUENCES')}",
        ):
            connection.exec_driver_sql(statement)
    except ProgrammingError as error:
        raise ConfigurationError(
            f"the role {role} gets no rights: {str(error.orig).partition(chr(10))[0]}",
            next_step=f"as the owner of the database: CREATE ROLE {name} LOGIN PASSWORD '…'",
            kept="no right was changed",
        ) from error


def may_change_schema(connection: Connection) -> bool:
    """Tell whether this role may make tables; on SQLite everybody may."""
    if connection.dialect.name != "postgresql":
        return True
    query = "SELECT has_schema_privilege(current_schema(), 'CREATE')"
    return bool(connection.execute(text(query)).scalar())
