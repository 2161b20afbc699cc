"""The architecture of a model: what is chosen, what each source says, what the files report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from miner.pipelines.show.fact_evidence import Witness
from miner.schema.tables import ModelArchitecture, ModelConfig
from miner.schema.vocab import Source

Fact = dict[str, Any]

_CHOSEN = (
    "is_moe", "moe_family", "expert_count", "experts_per_token", "shared_expert_count",
    "granularity", "router",
    "parameter_count", "active_parameter_count", "active_parameter_count_no_embedding",
    "parameter_source", "parameter_check", "source", "method", "confidence", "is_unsure",
)  # fmt: skip
_STATED = ("is_moe", "moe_family", "model_type", "expert_count", "experts_per_token",
         "shared_expert_count", "parameter_count", "active_parameter_count")  # fmt: skip


def chosen(connection: Connection, model: Mapping[str, Any], witness: Witness) -> Fact | None:
    """Return what is chosen of all sources, with the answer of each; None before it is derived.

    Counts are parameters or experts a layer; ``confidence`` is the measured precision, 0 to 1.
    """
    row = (
        connection.execute(
            select(ModelArchitecture.__table__).where(ModelArchitecture.model_id == model["id"])
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    return {
        **{key: row[key] for key in _CHOSEN},
        "reasons": row["reasons"] or [],
        "conflicts": row["conflicts"] or [],
        "evidence": [
            {
                **{key: answer.get(key) for key in ("source", "method", "confidence", "read_in")},
                **{key: answer.get(key) for key in _STATED},
                "is_weak": bool(answer.get("is_weak")),
                "evidence": witness.of(answer["source"]),
            }
            for answer in row["evidence"] or []
        ],
    }


def reported(connection: Connection, model: Mapping[str, Any], witness: Witness) -> list[Fact]:
    """Return what each source says of the architecture, side by side where they disagree."""
    found = connection.execute(
        select(ModelConfig.__table__).where(ModelConfig.model_id == model["id"])
    )
    config: Mapping[Any, Any] = found.mappings().first() or {}
    api, gguf, safetensors = Source.API.value, Source.GGUF.value, Source.SAFETENSORS.value
    reports: list[tuple[str, object, str]] = [
        (fact, config.get(fact), Source.CONFIG.value)
        for fact in ("model_type", "architectures", "context_length", "vocabulary_size", "dtype",
                     "quantization", "name_or_path")
    ]  # fmt: skip
    listed = ("model_type", "architectures", "quantization")
    reports += [(fact, model[fact], api) for fact in listed]
    reports += [
        ("model_type", model["gguf_architecture"], gguf),
        ("context_length", model["gguf_context_length"], gguf),
        ("parameter_count", model["gguf_parameter_count"], gguf),
        ("parameter_count", model["safetensors_parameter_count"], safetensors),
        ("elements_by_dtype", model["safetensors_dtypes"], safetensors),
    ]
    blob = config.get("blob_sha")
    return [
        {"fact": fact, "value": value, "source": source,
         "evidence": witness.of(source, blob if source == Source.CONFIG.value else None)}
        for fact, value, source in sorted(reports, key=lambda item: item[0])
        if value not in (None, [], {})
    ]  # fmt: skip
