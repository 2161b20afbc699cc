"""Add the revision of the model that a use names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the revision of the model that a use names."""
    with op.batch_alter_table("use_site", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revision", sa.Text(), nullable=True))
