"""What models are made of: the answer chosen, and what every source says."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy.orm import Mapped

from miner.schema.description import Reference
from miner.schema.tables.base import (
    Base,
    Count,
    Derived,
    Json,
    PublishedAs,
    Words,
    column,
    derived,
    reference,
)


class ModelArchitecture(Base):
    """The architecture of a model, chosen from what its sources state.

    Experts or none, how many, how large. One row a model of which anything is known; is_moe is
    null where nothing tells, which is not dense.
    """

    __tablename__ = "model_architecture"

    __published__ = PublishedAs(
        key=("hub", "model"), references=(Reference(("hub", "model"), "model", ("hub", "name")),)
    )

    model_id: Mapped[int] = reference(
        "model", published={"hub": "hub", "model": "name"}, primary_key=True
    )
    is_moe: Mapped[bool | None] = column("Holds experts to choose between; null: nothing tells")
    moe_family: Mapped[Words | None] = column("Family of experts; null: none, or in no table")
    model_type: Mapped[Words | None] = column("Family of the implementation")
    architecture: Mapped[Words | None] = column("First class that its config names")
    expert_count: Mapped[Count | None] = column("Routed experts of a layer", unit="experts")
    experts_per_token: Mapped[Count | None] = column(
        "Of these, those that a token uses", unit="experts"
    )
    shared_expert_count: Mapped[Count | None] = column("Experts that are always on", unit="experts")
    granularity: Mapped[float | None] = column(
        "Four times the hidden size, by the inner width of one expert"
    )
    parameter_count: Mapped[Count | None] = column(
        "Weights of the language part, experts included", unit="parameters"
    )
    active_parameter_count: Mapped[Count | None] = column(
        "Parameters that one token uses, embeddings included", unit="parameters"
    )
    active_parameter_count_no_embedding: Mapped[Count | None] = column(
        "The same without the input embedding; never mix the two in one chart", unit="parameters"
    )
    parameter_source: Mapped[Words | None] = column(
        "How they were counted: formula (from the config), published (active ones as the publisher "
        "counts them, some without embeddings), gguf, safetensors (headers), inherited, or name "
        "(rounded)"
    )
    parameter_check: Mapped[Words | None] = column(
        "What the weights say of the formula: agrees, more in the weights, packed, fewer "
        "in the weights, disagrees"
    )
    context_length: ClassVar[Derived] = derived("BIGINT", "Longest context", unit="tokens")
    dtype: ClassVar[Derived] = derived("VARCHAR", "Number format of most weights")
    quantization: ClassVar[Derived] = derived(
        "VARCHAR", "Method of quantization; null: none is named"
    )
    weight_format: ClassVar[Derived] = derived(
        "VARCHAR",
        "Format of the weights beside plain ones: gguf, mlx, awq, gptq, fp8, nvfp4, "
        "mxfp4, exl2, exl3, or another method; null: none is seen",
    )
    router: Mapped[Words | None] = column("How experts are chosen, in words")
    source: Mapped[Words | None] = column(
        "Where is_moe was read; where it is null, the best source there is", vocabulary="Source"
    )
    method: Mapped[Words | None] = column("How that was read, the key of its measured precision")
    confidence: Mapped[float | None] = column("Measured precision of the method, 0 to 1")
    is_unsure: Mapped[bool] = column("Sources contradict each other, or a default stands")
    reasons: Mapped[Json | None] = column("Why it is not sure", kind="VARCHAR[]")
    conflicts: Mapped[Json | None] = column(
        "What sources say against what was chosen", kind="VARCHAR[]"
    )
    version: Mapped[Words] = column(
        "Of rules and families; empty: a base changed, it is to be judged again", published=False
    )
    record_digest: Mapped[Words | None] = column("The record that was read", published=False)
    config_sha: Mapped[Words | None] = column("git blob sha of the config read", published=False)
    card_sha: Mapped[Words | None] = column("git blob sha of the card held then", published=False)
    base_count: Mapped[Count] = column("Bases held then", published=False)
    evidence: Mapped[Json | None] = column(
        "Answer of every source, list of objects", published=False
    )
    run_id: Mapped[int | None] = reference("run")
