"""Note whether a file was compared with its blob, and as whom it was asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Note whether a file was compared with its blob, and as whom it was asked for."""
    with op.batch_alter_table("fetched_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_verified", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("asked_as", sa.Text(), nullable=True))
