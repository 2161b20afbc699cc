"""Views: the columns that are asked for most, joined."""

from __future__ import annotations

from miner.schema.description import Column, Table
from miner.schema.published.base import EVIDENCE, HUB

OVERVIEW: tuple[Table, ...] = (
    Table(
        "model_overview",
        "One row a model: what is asked for most, from model, model_architecture and "
        "model_lineage.",
        (
            HUB,
            Column("name", "VARCHAR", "owner/name"),
            Column("owner", "VARCHAR", "Login name of the owner"),
            Column("state", "VARCHAR", "Whether it is still there", vocabulary="ModelState"),
            Column("created_at", "TIMESTAMP", "As the hub says, UTC"),
            Column("last_modified_at", "TIMESTAMP", "Time of the head revision, UTC"),
            Column("downloads", "BIGINT", "Downloads of 30 days", "downloads"),
            Column("downloads_all_time", "BIGINT", "Downloads of all time", "downloads"),
            Column("likes", "BIGINT", "Likes", "likes"),
            Column("gated", "VARCHAR", "Whether files need asking for", vocabulary="Gating"),
            Column("pipeline_tag", "VARCHAR", "Task"),
            Column("library_name", "VARCHAR", "Library that loads it"),
            Column("license", "VARCHAR", "Declared license"),
            Column("model_type", "VARCHAR", "Family of the implementation"),
            Column("architecture", "VARCHAR", "First class that its config names"),
            Column("is_moe", "BOOLEAN", "Whether it holds experts; null: unknown, not dense"),
            Column("moe_family", "VARCHAR", "Name in moe_family"),
            Column("expert_count", "BIGINT", "Routed experts a layer", "experts"),
            Column("parameter_count", "BIGINT", "Weights, experts included", "parameters"),
            Column("active_parameter_count", "BIGINT", "Those that a token uses", "parameters"),
            Column("context_length", "BIGINT", "Longest context", "tokens"),
            Column("quantization", "VARCHAR", "Method of quantization"),
            Column("root", "VARCHAR", "Where its longest chain of bases begins"),
            Column("depth", "BIGINT", "Length of its longest chain of bases", "edges"),
            Column("base_count", "BIGINT", "Its bases; 0: none is named", "models"),
            Column("derivative_count", "BIGINT", "Models that name it as a base", "models"),
            Column("dataset_count", "BIGINT", "Datasets that it names", "datasets"),
            Column("paper_count", "BIGINT", "Papers that it names", "papers"),
            Column("card_state", "VARCHAR", "Whether the card is held", vocabulary="FileState"),
            EVIDENCE,
        ),
        key=("hub", "name"),
        warnings=(
            "created_at_floor",
            "dates_missing",
            "downloads_30_days",
            "declared_only",
            "cards_not_fetched",
        ),
    ),
    Table(
        "collection",
        "One row a table that a crawl fills: whether anything was collected for it. Where it was "
        "not, counts of it are not known, and not 0.",
        (
            Column("table_name", "VARCHAR", "Name of the table or view"),
            Column("part", "VARCHAR", "Part of a crawl that fills it"),
            Column("is_collected", "BOOLEAN", "Whether that part left a row"),
            Column("reason", "VARCHAR", "What is missing where it is not"),
            Column("next_step", "VARCHAR", "How to get it"),
        ),
        key=("table_name",),
    ),
    Table(
        "relation",
        "One row a key of a table: its primary key, or columns that name a row of another table. "
        "The keys are checked when the file is written; they are no constraints of DuckDB, whose "
        "indexes cost time and space.",
        (
            Column("table_name", "VARCHAR", "Table whose columns these are"),
            Column("kind", "VARCHAR", "primary key or foreign key"),
            Column("column_names", "VARCHAR[]", "Columns of the key"),
            Column("to_table", "VARCHAR", "Table that they name; null: a primary key"),
            Column("to_columns", "VARCHAR[]", "Columns there, in the same order"),
        ),
        key=("table_name", "kind", "column_names"),
    ),
)
