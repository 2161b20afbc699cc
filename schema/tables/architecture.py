"""What models are made of: the answer chosen, and what every source says."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from miner.schema.tables.base import Base, Count, Json, Words


class ModelArchitecture(Base):
    """What was made of all that is held of a model; one row a model that was looked at."""

    __tablename__ = "model_architecture"

    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"), primary_key=True)
    version: Mapped[Words] = mapped_column(
        comment="Of rules and families; empty: a base changed, it is to be judged again"
    )
    record_digest: Mapped[Words | None] = mapped_column(comment="The record that was read")
    config_sha: Mapped[Words | None] = mapped_column(comment="git blob sha of the config read")
    card_sha: Mapped[Words | None] = mapped_column(comment="git blob sha of the card held then")
    base_count: Mapped[Count] = mapped_column(comment="Bases held then")
    is_moe: Mapped[bool | None] = mapped_column(comment="Holds experts; null: nothing tells")
    moe_family: Mapped[Words | None] = mapped_column(comment="Name in schema/moe/families.csv")
    model_type: Mapped[Words | None] = mapped_column(comment="Type of the implementation")
    architecture: Mapped[Words | None] = mapped_column(comment="First class of its config")
    expert_count: Mapped[Count | None] = mapped_column(comment="Routed experts a layer")
    experts_per_token: Mapped[Count | None] = mapped_column(comment="Those that a token uses")
    shared_expert_count: Mapped[Count | None] = mapped_column(comment="Those always on")
    granularity: Mapped[float | None] = mapped_column(comment="4 x hidden size / expert's width")
    parameter_count: Mapped[Count | None] = mapped_column(comment="All, of the language part")
    active_parameter_count: Mapped[Count | None] = mapped_column(comment="Those of one token")
    active_parameter_count_no_embedding: Mapped[Count | None] = mapped_column(
        comment="The same without the input embedding"
    )
    parameter_source: Mapped[Words | None] = mapped_column(comment="Where they were counted")
    parameter_check: Mapped[Words | None] = mapped_column(comment="What the weights say of it")
    router: Mapped[Words | None] = mapped_column(comment="How experts are chosen, in words")
    source: Mapped[Words | None] = mapped_column(comment="vocab.Source of is_moe")
    method: Mapped[Words | None] = mapped_column(comment="How it was read")
    confidence: Mapped[float | None] = mapped_column(comment="Measured precision of the method")
    is_unsure: Mapped[bool] = mapped_column(comment="Sources contradict, or a default stands")
    reasons: Mapped[Json | None] = mapped_column(comment="Why it is not sure, list")
    conflicts: Mapped[Json | None] = mapped_column(comment="What is said against it, list")
    evidence: Mapped[Json | None] = mapped_column(comment="Answer of every source, list of objects")
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
