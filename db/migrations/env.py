"""What Alembic runs for each command; the connection is handed in by ``miner.db.migrations``."""

from __future__ import annotations

from alembic import context

from miner.schema.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters tables by copying them
)
with context.begin_transaction():
    context.run_migrations()
