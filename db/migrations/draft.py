"""Print the migration that leads from the last revision to the tables as they are now.

``python -m miner.db.migrations.draft`` prints nothing when there is nothing to change; else save
what it prints as ``db/migrations/versions/NNNN_verb_object.py`` and read it over.
``--from-nothing`` prints the first migration anew: only before a release, which freezes it.
"""

from __future__ import annotations

import sys

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import UpgradeOps
from sqlalchemy import MetaData, create_engine

from miner.db import migrations
from miner.schema.tables import metadata

_FILE = '''"""{message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down_revision!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """{message}."""
    {body}
'''


def bare_metadata() -> MetaData:
    """Return the tables without their comments: a better wording is no reason to migrate."""
    bare = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.tables.values():
        copy = table.to_metadata(bare)
        copy.comment = None
        for column in copy.columns:
            column.comment = None
    return bare


def draft_operations(*, from_nothing: bool = False) -> UpgradeOps:
    """Return what has to change in a store of the last revision, or in an empty one."""
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            if not from_nothing:
                migrations.upgrade(connection)
            context = MigrationContext.configure(
                connection, opts={"render_as_batch": True, "compare_type": True}
            )
            operations = produce_migrations(context, bare_metadata()).upgrade_ops
    finally:
        engine.dispose()
    if operations is None:
        raise RuntimeError("Alembic compared nothing")
    return operations


def draft(*, from_nothing: bool = False) -> str:
    """Return the text of the next migration; empty when the tables are as migrated."""
    operations = draft_operations(from_nothing=from_nothing)
    if operations.is_empty():
        return ""
    known = [] if from_nothing else migrations.known_revisions()
    code = render_python_code(operations, render_as_batch=True)
    return _FILE.format(
        message="Create the store" if from_nothing else "Describe the change here",
        revision=f"{len(known) + 1:04}",
        down_revision=known[-1] if known else None,
        body="\n".join(line for line in code.splitlines() if "###" not in line).strip(),
    )


if __name__ == "__main__":
    sys.stdout.write(draft(from_nothing="--from-nothing" in sys.argv[1:]))
