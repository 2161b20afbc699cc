"""Create the store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the store."""
    op.create_table(
        "answer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("segment", "offset", name=op.f("uq_answer_segment_offset")),
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_digest"), ["digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_answer_url"), ["url"], unique=False)

    op.create_table(
        "hub",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("home_page", sa.Text(), nullable=False),
        sa.Column("terms_url", sa.Text(), nullable=False),
        sa.Column("metadata_license", sa.Text(), nullable=True),
        sa.Column("model_page", sa.Text(), nullable=True),
        sa.Column("revision_page", sa.Text(), nullable=True),
        sa.Column("file_page", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub")),
        sa.UniqueConstraint("name", name=op.f("uq_hub_name")),
    )
    op.create_table(
        "method_accuracy",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("precision", sa.Double(), nullable=True),
        sa.Column("recall", sa.Double(), nullable=True),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column("measured_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_method_accuracy")),
        sa.UniqueConstraint(
            "method", "version", "labels", name=op.f("uq_method_accuracy_method_version_labels")
        ),
    )
    op.create_table(
        "paper",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("arxiv_id", sa.Text(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
        sa.UniqueConstraint("arxiv_id", name=op.f("uq_paper_arxiv_id")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_table(
        "dataset",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hub_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=True),
        sa.Column("last_modified_at", sa.DateTime(), nullable=True),
        sa.Column("sha", sa.Text(), nullable=True),
        sa.Column("downloads", sa.BigInteger(), nullable=True),
        sa.Column("likes", sa.BigInteger(), nullable=True),
        sa.Column("gated", sa.Text(), nullable=True),
        sa.Column("license", sa.Text(), nullable=True),
        sa.Column("size_category", sa.Text(), nullable=True),
        sa.Column("used_storage_bytes", sa.BigInteger(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=True),
        sa.Column("observed_at", sa.DateTime(), nullable=True),
        sa.Column("answer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_dataset_answer_id_answer")
        ),
        sa.ForeignKeyConstraint(["hub_id"], ["hub.id"], name=op.f("fk_dataset_hub_id_hub")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_dataset_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset")),
        sa.UniqueConstraint("hub_id", "name", name=op.f("uq_dataset_hub_id_name")),
        sa.UniqueConstraint("hub_id", "uid", name=op.f("uq_dataset_hub_id_uid")),
    )
    op.create_table(
        "llm_answer",
        sa.Column("request_digest", sa.Text(), nullable=False),
        sa.Column("blob_sha", sa.Text(), nullable=False),
        sa.Column("llm", sa.Text(), nullable=False),
        sa.Column("served_llm", sa.Text(), nullable=True),
        sa.Column("prompt_hash", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("finish", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=False),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("cost_usd", sa.Double(), nullable=True),
        sa.Column("is_batch", sa.Boolean(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_llm_answer_run_id_run")),
        sa.PrimaryKeyConstraint("request_digest", name=op.f("pk_llm_answer")),
    )
    with op.batch_alter_table("llm_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_llm_answer_blob_sha"), ["blob_sha"], unique=False)

    op.create_table(
        "llm_batch",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Text(), nullable=True),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("llm", sa.Text(), nullable=False),
        sa.Column("prompt_hash", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("requests", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("most_usd", sa.Double(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(), nullable=False),
        sa.Column("collected_at", sa.DateTime(), nullable=True),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_llm_batch_run_id_run")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_llm_batch")),
    )
    with op.batch_alter_table("llm_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_llm_batch_state"), ["state"], unique=False)

    op.create_table(
        "owner",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hub_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hub_id"], ["hub.id"], name=op.f("fk_owner_hub_id_hub")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner")),
        sa.UniqueConstraint("hub_id", "name", name=op.f("uq_owner_hub_id_name")),
    )
    op.create_table(
        "repository_sweep",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("batch_count", sa.BigInteger(), nullable=False),
        sa.Column("record_count", sa.BigInteger(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_repository_sweep_run_id_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repository_sweep")),
        sa.UniqueConstraint("name", name=op.f("uq_repository_sweep_name")),
    )
    op.create_table(
        "search_bin",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("lower", sa.Text(), nullable=True),
        sa.Column("upper", sa.Text(), nullable=True),
        sa.Column("extension", sa.Text(), nullable=True),
        sa.Column("filename", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("total_count", sa.BigInteger(), nullable=True),
        sa.Column("page_count", sa.BigInteger(), nullable=False),
        sa.Column("distinct_count", sa.BigInteger(), nullable=False),
        sa.Column("incomplete_results", sa.Boolean(), nullable=False),
        sa.Column("observed_at", sa.DateTime(), nullable=True),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["search_bin.id"], name=op.f("fk_search_bin_parent_id_search_bin")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_search_bin_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_bin")),
        sa.UniqueConstraint("kind", "query", "round", name=op.f("uq_search_bin_kind_query_round")),
    )
    op.create_table(
        "sweep",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hub_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("window", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("page_count", sa.BigInteger(), nullable=False),
        sa.Column("record_count", sa.BigInteger(), nullable=False),
        sa.Column("rejected_count", sa.BigInteger(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["hub_id"], ["hub.id"], name=op.f("fk_sweep_hub_id_hub")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_sweep_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep")),
        sa.UniqueConstraint("name", name=op.f("uq_sweep_name")),
    )
    op.create_table(
        "crawl_cursor",
        sa.Column("sweep_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("next_url", sa.Text(), nullable=False),
        sa.Column("page", sa.BigInteger(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=True),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sweep_id"], ["sweep.id"], name=op.f("fk_crawl_cursor_sweep_id_sweep")
        ),
        sa.PrimaryKeyConstraint("sweep_id", name=op.f("pk_crawl_cursor")),
    )
    op.create_table(
        "dataset_alias",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hub_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column(
            "dataset_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("observed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["dataset.id"], name=op.f("fk_dataset_alias_dataset_id_dataset")
        ),
        sa.ForeignKeyConstraint(["hub_id"], ["hub.id"], name=op.f("fk_dataset_alias_hub_id_hub")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_alias")),
        sa.UniqueConstraint("hub_id", "alias", name=op.f("uq_dataset_alias_hub_id_alias")),
    )
    op.create_table(
        "model",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hub_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=True),
        sa.Column("last_modified_at", sa.DateTime(), nullable=True),
        sa.Column("sha", sa.Text(), nullable=True),
        sa.Column("downloads", sa.BigInteger(), nullable=True),
        sa.Column("downloads_all_time", sa.BigInteger(), nullable=True),
        sa.Column("likes", sa.BigInteger(), nullable=True),
        sa.Column("gated", sa.Text(), nullable=True),
        sa.Column("is_private", sa.Boolean(), nullable=True),
        sa.Column("is_disabled", sa.Boolean(), nullable=True),
        sa.Column("pipeline_tag", sa.Text(), nullable=True),
        sa.Column("library_name", sa.Text(), nullable=True),
        sa.Column("license", sa.Text(), nullable=True),
        sa.Column("license_name", sa.Text(), nullable=True),
        sa.Column("license_link", sa.Text(), nullable=True),
        sa.Column("model_type", sa.Text(), nullable=True),
        sa.Column("architectures", sa.JSON(), nullable=True),
        sa.Column("quantization", sa.Text(), nullable=True),
        sa.Column("gguf_architecture", sa.Text(), nullable=True),
        sa.Column("gguf_context_length", sa.BigInteger(), nullable=True),
        sa.Column("gguf_parameter_count", sa.BigInteger(), nullable=True),
        sa.Column("safetensors_parameter_count", sa.BigInteger(), nullable=True),
        sa.Column("safetensors_dtypes", sa.JSON(), nullable=True),
        sa.Column("used_storage_bytes", sa.BigInteger(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=True),
        sa.Column("files", sa.JSON(), nullable=True),
        sa.Column("parse_state", sa.Text(), nullable=False),
        sa.Column("record_digest", sa.Text(), nullable=True),
        sa.Column("observed_at", sa.DateTime(), nullable=True),
        sa.Column("answer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_model_answer_id_answer")
        ),
        sa.ForeignKeyConstraint(["hub_id"], ["hub.id"], name=op.f("fk_model_hub_id_hub")),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_model_owner_id_owner")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_model_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model")),
        sa.UniqueConstraint("hub_id", "name", name=op.f("uq_model_hub_id_name")),
        sa.UniqueConstraint("hub_id", "uid", name=op.f("uq_model_hub_id_uid")),
    )
    op.create_table(
        "rejected_record",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hub_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("answer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sweep_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_rejected_record_answer_id_answer")
        ),
        sa.ForeignKeyConstraint(["hub_id"], ["hub.id"], name=op.f("fk_rejected_record_hub_id_hub")),
        sa.ForeignKeyConstraint(
            ["sweep_id"], ["sweep.id"], name=op.f("fk_rejected_record_sweep_id_sweep")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejected_record")),
        sa.UniqueConstraint(
            "answer_id",
            "position",
            "field",
            name=op.f("uq_rejected_record_answer_id_position_field"),
        ),
    )
    with op.batch_alter_table("rejected_record", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rejected_record_hub_id_subject_name"),
            ["hub_id", "subject", "name"],
            unique=False,
        )

    op.create_table(
        "repository",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("license", sa.Text(), nullable=True),
        sa.Column("license_key", sa.Text(), nullable=True),
        sa.Column("stars", sa.BigInteger(), nullable=True),
        sa.Column("forks", sa.BigInteger(), nullable=True),
        sa.Column("is_fork", sa.Boolean(), nullable=True),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("is_archived", sa.Boolean(), nullable=True),
        sa.Column("is_empty", sa.Boolean(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=True),
        sa.Column("pushed_at", sa.DateTime(), nullable=True),
        sa.Column("default_branch", sa.Text(), nullable=True),
        sa.Column("head_commit", sa.Text(), nullable=True),
        sa.Column("head_committed_at", sa.DateTime(), nullable=True),
        sa.Column("size_kilobytes", sa.BigInteger(), nullable=True),
        sa.Column("primary_language", sa.Text(), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=True),
        sa.Column("topics", sa.JSON(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("observed_at", sa.DateTime(), nullable=True),
        sa.Column("sweep_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("answer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_repository_answer_id_answer")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_repository_run_id_run")),
        sa.ForeignKeyConstraint(
            ["sweep_id"],
            ["repository_sweep.id"],
            name=op.f("fk_repository_sweep_id_repository_sweep"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repository")),
        sa.UniqueConstraint("name", name=op.f("uq_repository_name")),
        sa.UniqueConstraint("node_id", name=op.f("uq_repository_node_id")),
    )
    op.create_table(
        "entry_point",
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("requirements", sa.JSON(), nullable=True),
        sa.Column("evidence_url", sa.Text(), nullable=True),
        sa.Column("tree_url", sa.Text(), nullable=True),
        sa.Column("card_url", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_entry_point_model_id_model")
        ),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_entry_point")),
    )
    op.create_table(
        "extraction",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("llm", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("prompt_hash", sa.Text(), nullable=True),
        sa.Column("blob_sha", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("value_count", sa.BigInteger(), nullable=False),
        sa.Column("rejected_count", sa.BigInteger(), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=True),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=True),
        sa.Column("cost_usd", sa.Double(), nullable=True),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_extraction_model_id_model")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_extraction_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extraction")),
        sa.UniqueConstraint(
            "model_id", "extractor", "llm", name=op.f("uq_extraction_model_id_extractor_llm")
        ),
    )
    op.create_table(
        "fetched_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("blob_sha", sa.Text(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("parse_state", sa.Text(), nullable=True),
        sa.Column("parse_reason", sa.Text(), nullable=True),
        sa.Column("observed_at", sa.DateTime(), nullable=True),
        sa.Column("answer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_fetched_file_answer_id_answer")
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_fetched_file_model_id_model")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_fetched_file_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fetched_file")),
        sa.UniqueConstraint("model_id", "path", name=op.f("uq_fetched_file_model_id_path")),
    )
    with op.batch_alter_table("fetched_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fetched_file_blob_sha"), ["blob_sha"], unique=False)

    op.create_table(
        "license_statement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "dataset_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("license_name", sa.Text(), nullable=True),
        sa.Column("license_link", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column("blob_sha", sa.Text(), nullable=True),
        sa.Column("span_start", sa.BigInteger(), nullable=True),
        sa.Column("span_end", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["dataset.id"], name=op.f("fk_license_statement_dataset_id_dataset")
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_license_statement_model_id_model")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_license_statement")),
    )
    with op.batch_alter_table("license_statement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_license_statement_dataset_id"),
            ["dataset_id"],
            unique=False,
            sqlite_where=sa.text("dataset_id IS NOT NULL"),
            postgresql_where=sa.text("dataset_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_license_statement_model_id"), ["model_id"], unique=False
        )

    op.create_table(
        "model_alias",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hub_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("observed_at", sa.DateTime(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hub_id"], ["hub.id"], name=op.f("fk_model_alias_hub_id_hub")),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_model_alias_model_id_model")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_alias")),
        sa.UniqueConstraint(
            "hub_id", "alias", "model_id", name=op.f("uq_model_alias_hub_id_alias_model_id")
        ),
    )
    with op.batch_alter_table("model_alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_model_alias_alias"), ["alias"], unique=False)

    op.create_table(
        "model_architecture",
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("record_digest", sa.Text(), nullable=True),
        sa.Column("config_sha", sa.Text(), nullable=True),
        sa.Column("card_sha", sa.Text(), nullable=True),
        sa.Column("base_count", sa.BigInteger(), nullable=False),
        sa.Column("is_moe", sa.Boolean(), nullable=True),
        sa.Column("moe_family", sa.Text(), nullable=True),
        sa.Column("model_type", sa.Text(), nullable=True),
        sa.Column("architecture", sa.Text(), nullable=True),
        sa.Column("expert_count", sa.BigInteger(), nullable=True),
        sa.Column("experts_per_token", sa.BigInteger(), nullable=True),
        sa.Column("shared_expert_count", sa.BigInteger(), nullable=True),
        sa.Column("granularity", sa.Double(), nullable=True),
        sa.Column("parameter_count", sa.BigInteger(), nullable=True),
        sa.Column("active_parameter_count", sa.BigInteger(), nullable=True),
        sa.Column("active_parameter_count_no_embedding", sa.BigInteger(), nullable=True),
        sa.Column("parameter_source", sa.Text(), nullable=True),
        sa.Column("parameter_check", sa.Text(), nullable=True),
        sa.Column("router", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("is_unsure", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=True),
        sa.Column("conflicts", sa.JSON(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=True),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_model_architecture_model_id_model")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_model_architecture_run_id_run")
        ),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_model_architecture")),
    )
    op.create_table(
        "model_config",
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("blob_sha", sa.Text(), nullable=False),
        sa.Column("model_type", sa.Text(), nullable=True),
        sa.Column("architectures", sa.JSON(), nullable=True),
        sa.Column("context_length", sa.BigInteger(), nullable=True),
        sa.Column("vocabulary_size", sa.BigInteger(), nullable=True),
        sa.Column("dtype", sa.Text(), nullable=True),
        sa.Column("quantization", sa.Text(), nullable=True),
        sa.Column("name_or_path", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_model_config_model_id_model")
        ),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_model_config")),
    )
    op.create_table(
        "model_dataset",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column(
            "dataset_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column("blob_sha", sa.Text(), nullable=True),
        sa.Column("span_start", sa.BigInteger(), nullable=True),
        sa.Column("span_end", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["dataset.id"], name=op.f("fk_model_dataset_dataset_id_dataset")
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_model_dataset_model_id_model")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_dataset")),
        sa.UniqueConstraint(
            "model_id",
            "dataset",
            "role",
            "source",
            name=op.f("uq_model_dataset_model_id_dataset_role_source"),
        ),
    )
    with op.batch_alter_table("model_dataset", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_model_dataset_dataset_id"),
            ["dataset_id"],
            unique=False,
            sqlite_where=sa.text("dataset_id IS NOT NULL"),
            postgresql_where=sa.text("dataset_id IS NOT NULL"),
        )

    op.create_table(
        "model_edge",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("child_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("relation_source", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column("blob_sha", sa.Text(), nullable=True),
        sa.Column("span_start", sa.BigInteger(), nullable=True),
        sa.Column("span_end", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["child_id"], ["model.id"], name=op.f("fk_model_edge_child_id_model")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["model.id"], name=op.f("fk_model_edge_parent_id_model")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_edge")),
        sa.UniqueConstraint(
            "child_id", "parent", "source", name=op.f("uq_model_edge_child_id_parent_source")
        ),
    )
    with op.batch_alter_table("model_edge", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_model_edge_parent_id"),
            ["parent_id"],
            unique=False,
            sqlite_where=sa.text("parent_id IS NOT NULL"),
            postgresql_where=sa.text("parent_id IS NOT NULL"),
        )

    op.create_table(
        "model_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("old_value", sa.Text(), nullable=True),
        sa.Column("new_value", sa.Text(), nullable=True),
        sa.Column("observed_at", sa.DateTime(), nullable=False),
        sa.Column("sweep_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_model_event_model_id_model")
        ),
        sa.ForeignKeyConstraint(
            ["sweep_id"], ["sweep.id"], name=op.f("fk_model_event_sweep_id_sweep")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_event")),
        sa.UniqueConstraint(
            "model_id", "kind", "observed_at", name=op.f("uq_model_event_model_id_kind_observed_at")
        ),
    )
    op.create_table(
        "model_paper",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("paper_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column("blob_sha", sa.Text(), nullable=True),
        sa.Column("span_start", sa.BigInteger(), nullable=True),
        sa.Column("span_end", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_model_paper_model_id_model")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["paper.id"], name=op.f("fk_model_paper_paper_id_paper")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_paper")),
        sa.UniqueConstraint(
            "model_id",
            "paper_id",
            "role",
            "source",
            name=op.f("uq_model_paper_model_id_paper_id_role_source"),
        ),
    )
    with op.batch_alter_table("model_paper", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_model_paper_paper_id"), ["paper_id"], unique=False)

    op.create_table(
        "model_repository",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("blob_sha", sa.Text(), nullable=True),
        sa.Column("span_start", sa.BigInteger(), nullable=True),
        sa.Column("span_end", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_model_repository_model_id_model")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_repository")),
        sa.UniqueConstraint(
            "model_id",
            "repository",
            "source",
            name=op.f("uq_model_repository_model_id_repository_source"),
        ),
    )
    with op.batch_alter_table("model_repository", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_model_repository_repository"), ["repository"], unique=False
        )

    op.create_table(
        "model_use",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("use_site_count", sa.BigInteger(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("is_vendored", sa.Boolean(), nullable=False),
        sa.Column("is_registry", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_model_use_model_id_model")
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_model_use_repository_id_repository")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_use")),
        sa.UniqueConstraint(
            "repository_id", "hub", "model", name=op.f("uq_model_use_repository_id_hub_model")
        ),
    )
    with op.batch_alter_table("model_use", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_model_use_model_id"),
            ["model_id"],
            unique=False,
            sqlite_where=sa.text("model_id IS NOT NULL"),
            postgresql_where=sa.text("model_id IS NOT NULL"),
        )

    op.create_table(
        "repository_alias",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column(
            "repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("observed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repository.id"],
            name=op.f("fk_repository_alias_repository_id_repository"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repository_alias")),
        sa.UniqueConstraint("alias", name=op.f("uq_repository_alias_alias")),
    )
    with op.batch_alter_table("repository_alias", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_repository_alias_repository_id"), ["repository_id"], unique=False
        )

    op.create_table(
        "repository_finding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repository.id"],
            name=op.f("fk_repository_finding_repository_id_repository"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repository_finding")),
        sa.UniqueConstraint(
            "repository_id",
            "source",
            "detail",
            name=op.f("uq_repository_finding_repository_id_source_detail"),
        ),
    )
    op.create_table(
        "scan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("commit", sa.Text(), nullable=False),
        sa.Column("scanner_version", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("file_count", sa.BigInteger(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("site_count", sa.BigInteger(), nullable=False),
        sa.Column("kept_count", sa.BigInteger(), nullable=False),
        sa.Column("skipped_count", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.JSON(), nullable=True),
        sa.Column("code_license", sa.Text(), nullable=True),
        sa.Column("code_license_state", sa.Text(), nullable=True),
        sa.Column("weights_license", sa.Text(), nullable=True),
        sa.Column("weights_license_state", sa.Text(), nullable=True),
        sa.Column("weight_file_count", sa.BigInteger(), nullable=True),
        sa.Column("scanned_at", sa.DateTime(), nullable=True),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_scan_repository_id_repository")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_scan_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan")),
        sa.UniqueConstraint(
            "repository_id",
            "commit",
            "scanner_version",
            name=op.f("uq_scan_repository_id_commit_scanner_version"),
        ),
    )
    op.create_table(
        "search_hit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bin_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("blob_sha", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bin_id"], ["search_bin.id"], name=op.f("fk_search_hit_bin_id_search_bin")
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repository.id"],
            name=op.f("fk_search_hit_repository_id_repository"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_hit")),
        sa.UniqueConstraint(
            "bin_id", "repository_id", "path", name=op.f("uq_search_hit_bin_id_repository_id_path")
        ),
    )
    with op.batch_alter_table("search_hit", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_search_hit_repository_id"), ["repository_id"], unique=False
        )

    op.create_table(
        "dependency",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("scan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ecosystem", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("requirement", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repository.id"],
            name=op.f("fk_dependency_repository_id_repository"),
        ),
        sa.ForeignKeyConstraint(["scan_id"], ["scan.id"], name=op.f("fk_dependency_scan_id_scan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dependency")),
    )
    with op.batch_alter_table("dependency", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_dependency_repository_id"), ["repository_id"], unique=False
        )

    op.create_table(
        "extracted_field",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "extraction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("value_text", sa.Text(), nullable=True),
        sa.Column("value_number", sa.Double(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("qualifiers", sa.JSON(), nullable=True),
        sa.Column("quote", sa.Text(), nullable=True),
        sa.Column("span_start", sa.BigInteger(), nullable=True),
        sa.Column("span_end", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("method_confidence", sa.Double(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("agreement", sa.BigInteger(), nullable=False),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column(
            "named_model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "named_dataset_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["extraction_id"],
            ["extraction.id"],
            name=op.f("fk_extracted_field_extraction_id_extraction"),
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_extracted_field_model_id_model")
        ),
        sa.ForeignKeyConstraint(
            ["named_dataset_id"],
            ["dataset.id"],
            name=op.f("fk_extracted_field_named_dataset_id_dataset"),
        ),
        sa.ForeignKeyConstraint(
            ["named_model_id"], ["model.id"], name=op.f("fk_extracted_field_named_model_id_model")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extracted_field")),
        sa.UniqueConstraint(
            "extraction_id", "position", name=op.f("uq_extracted_field_extraction_id_position")
        ),
    )
    with op.batch_alter_table("extracted_field", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_extracted_field_model_id"), ["model_id"], unique=False)
        batch_op.create_index(
            "ix_extracted_field_open_name",
            ["field", "value_text"],
            unique=False,
            sqlite_where=sa.text("named_model_id IS NULL AND named_dataset_id IS NULL"),
            postgresql_where=sa.text("named_model_id IS NULL AND named_dataset_id IS NULL"),
        )

    op.create_table(
        "repository_license",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("scan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("license", sa.Text(), nullable=True),
        sa.Column("spdx", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("quote", sa.Text(), nullable=True),
        sa.Column("file_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repository.id"],
            name=op.f("fk_repository_license_repository_id_repository"),
        ),
        sa.ForeignKeyConstraint(
            ["scan_id"], ["scan.id"], name=op.f("fk_repository_license_scan_id_scan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repository_license")),
        sa.UniqueConstraint(
            "repository_id", "position", name=op.f("uq_repository_license_repository_id_position")
        ),
    )
    op.create_table(
        "repository_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("scan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repository.id"],
            name=op.f("fk_repository_link_repository_id_repository"),
        ),
        sa.ForeignKeyConstraint(
            ["scan_id"], ["scan.id"], name=op.f("fk_repository_link_scan_id_scan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repository_link")),
        sa.UniqueConstraint(
            "repository_id",
            "kind",
            "target",
            name=op.f("uq_repository_link_repository_id_kind_target"),
        ),
    )
    with op.batch_alter_table("repository_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_repository_link_target"), ["target"], unique=False)

    op.create_table(
        "use_site",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("scan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("commit", sa.Text(), nullable=False),
        sa.Column("blob_sha", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("api", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("is_resolved", sa.Boolean(), nullable=False),
        sa.Column("argument", sa.Text(), nullable=True),
        sa.Column("is_vendored", sa.Boolean(), nullable=False),
        sa.Column("is_registry", sa.Boolean(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(), nullable=True),
        sa.Column("introduced_at", sa.DateTime(), nullable=True),
        sa.Column("introduced_commit", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_use_site_repository_id_repository")
        ),
        sa.ForeignKeyConstraint(["scan_id"], ["scan.id"], name=op.f("fk_use_site_scan_id_scan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_use_site")),
    )
    with op.batch_alter_table("use_site", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_use_site_repository_id"), ["repository_id"], unique=False
        )
