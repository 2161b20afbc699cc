"""Keep the cards of datasets that were asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the cards of datasets that were asked for."""
    op.create_table(
        "dataset_card",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "dataset_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("revision", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("blob_sha", sa.Text(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("observed_at", sa.DateTime(), nullable=True),
        sa.Column("answer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("asked_as", sa.Text(), nullable=True),
        sa.Column("rules_version", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_dataset_card_answer_id_answer")
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["dataset.id"], name=op.f("fk_dataset_card_dataset_id_dataset")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_dataset_card_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_card")),
        sa.UniqueConstraint("dataset_id", name=op.f("uq_dataset_card_dataset_id")),
    )
    with op.batch_alter_table("dataset_card", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dataset_card_blob_sha"), ["blob_sha"], unique=False)
