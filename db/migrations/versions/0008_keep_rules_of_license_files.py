"""Keep which rules read a license file last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep which rules read a license file last."""
    with op.batch_alter_table("fetched_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rules_version", sa.Text(), nullable=True))
