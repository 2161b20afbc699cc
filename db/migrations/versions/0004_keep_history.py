"""Keep the history of models, and discussions about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the history of models, and discussions about them."""
    op.create_table(
        "discussion_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("is_hidden", sa.Boolean(), nullable=True),
        sa.Column("is_edited", sa.Boolean(), nullable=True),
        sa.Column("new_state", sa.Text(), nullable=True),
        sa.Column("old_title", sa.Text(), nullable=True),
        sa.Column("new_title", sa.Text(), nullable=True),
        sa.Column("sha", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_discussion_event_model_id_model")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discussion_event")),
        sa.UniqueConstraint(
            "model_id", "number", "event", name=op.f("uq_discussion_event_model_id_number_event")
        ),
    )
    op.create_table(
        "model_commit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha", sa.Text(), nullable=False),
        sa.Column("committed_at", sa.DateTime(), nullable=True),
        sa.Column("observed_at", sa.DateTime(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_model_commit_model_id_model")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_commit")),
        sa.UniqueConstraint("model_id", "sha", name=op.f("uq_model_commit_model_id_sha")),
    )
    op.create_table(
        "model_commit_author",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_model_commit_author_model_id_model")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_commit_author")),
        sa.UniqueConstraint(
            "model_id", "sha", "author", name=op.f("uq_model_commit_author_model_id_sha_author")
        ),
    )
    op.create_table(
        "model_commit_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old_value", sa.Text(), nullable=True),
        sa.Column("new_value", sa.Text(), nullable=True),
        sa.Column("old_blob_sha", sa.Text(), nullable=True),
        sa.Column("blob_sha", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_model_commit_change_model_id_model")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_commit_change")),
        sa.UniqueConstraint(
            "model_id",
            "sha",
            "path",
            "field",
            name=op.f("uq_model_commit_change_model_id_sha_path_field"),
        ),
    )
    op.create_table(
        "model_discussion",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("comment_count", sa.BigInteger(), nullable=True),
        sa.Column("event_count", sa.BigInteger(), nullable=True),
        sa.Column("events_state", sa.Text(), nullable=False),
        sa.Column("target_branch", sa.Text(), nullable=True),
        sa.Column("merge_sha", sa.Text(), nullable=True),
        sa.Column("is_pinned", sa.Boolean(), nullable=True),
        sa.Column("observed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_model_discussion_model_id_model")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_discussion")),
        sa.UniqueConstraint("model_id", "number", name=op.f("uq_model_discussion_model_id_number")),
    )
    op.create_table(
        "model_history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("item_count", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Text(), nullable=True),
        sa.Column("observed_at", sa.DateTime(), nullable=True),
        sa.Column("asked_as", sa.Text(), nullable=True),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_model_history_model_id_model")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_model_history_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_history")),
        sa.UniqueConstraint("model_id", "kind", name=op.f("uq_model_history_model_id_kind")),
    )
    op.create_table(
        "model_ref",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("sha", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_model_ref_model_id_model")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_ref")),
        sa.UniqueConstraint("model_id", "kind", "ref", name=op.f("uq_model_ref_model_id_kind_ref")),
    )
