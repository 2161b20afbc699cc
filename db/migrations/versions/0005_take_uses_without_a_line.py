"""Take uses of which neither line nor commit is recorded, nor how sure they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take uses of which neither line nor commit is recorded, nor how sure they are."""
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("model_use", schema=None) as batch_op:
        batch_op.alter_column("confidence", existing_type=sa.Float(), nullable=True)
    with op.batch_alter_table("use_site", schema=None) as batch_op:
        batch_op.alter_column("line", existing_type=sa.BigInteger(), nullable=True)
        batch_op.alter_column("commit", existing_type=sa.Text(), nullable=True)
        batch_op.alter_column("blob_sha", existing_type=sa.Text(), nullable=True)
        batch_op.alter_column("api", existing_type=sa.Text(), nullable=True)
        batch_op.alter_column("confidence", existing_type=sa.Float(), nullable=True)
        batch_op.alter_column("scan_id", existing_type=key, nullable=True)
