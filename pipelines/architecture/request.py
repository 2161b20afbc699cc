"""A request as one JSON object: what is held of a model, in the shapes in which hubs give it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from miner.pipelines.architecture import values
from miner.pipelines.architecture.evidence import Base, Evidence
from miner.schema.vocab import RELATION_SPELLINGS, Relation

_MAX_BASES = 100


def evidence_from(request: Mapping[str, object]) -> Evidence:
    """Return what a request holds; fields of a wrong type are left out.

    Args:
        request: ``model``, ``hub``, ``config`` (object, or its text), ``gguf`` (metadata by key),
            ``safetensors`` (``parameters`` by number format and ``total``), ``tensors`` (entries
            of a header by name), ``model_type``, ``architectures``, ``quantization``, ``tags``,
            ``base_model`` (names, or ``{"relation", "models"}``), ``base_model_relation``,
            ``card``; all optional.
    """
    weights = _mapping(request.get("safetensors"))
    dtypes = _mapping(weights.get("parameters"))
    counts = {str(name): values.whole(count) for name, count in dtypes.items()}
    gguf = _mapping(request.get("gguf"))
    tags = tuple(values.texts(request.get("tags")))
    return Evidence(
        values.text(request.get("model")) or "",
        values.text(request.get("hub")) or "huggingface",
        config=_config(request.get("config")),
        gguf=gguf or None,
        tensors=_mapping(request.get("tensors")) or None,
        dtypes={name: count for name, count in counts.items() if count is not None} or None,
        safetensors_total=_positive(weights.get("total")),
        gguf_total=_positive(gguf.get("total")),
        model_type=values.text(request.get("model_type")),
        classes=tuple(values.texts(request.get("architectures"))),
        quantization=values.text(request.get("quantization")),
        tags=tags,
        bases=tuple(_bases(request.get("base_model"), request.get("base_model_relation"))),
        card=card if isinstance(card := request.get("card"), str) else None,
    )


def base_from(text: str) -> Base:
    """Return the base that ``[RELATION:]OWNER/NAME`` names."""
    relation, _, name = text.rpartition(":")
    return Base(name, _relation(relation))


def _relation(told: object) -> str:
    spelled = told.strip().lower() if isinstance(told, str) else ""
    return RELATION_SPELLINGS.get(spelled, Relation.UNKNOWN).value


def _mapping(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, Mapping) else {}


def _positive(value: object) -> int | None:
    number = values.whole(value)
    return number if number is not None and number > 0 else None


def _config(value: object) -> bytes | Mapping[str, object] | None:
    """Return a config; what is no object is handed on as text, so that its state says so."""
    if value is None or isinstance(value, Mapping):
        return value
    if not isinstance(value, str):
        value = json.dumps(value, default=str)  # orjson refuses whole numbers beyond 64 bits
    return value.encode("utf-8", "replace")


def _bases(told: object, relation: object) -> list[Base]:
    if isinstance(told, Mapping):
        relation, told = told.get("relation"), told.get("models")
    entries = told if isinstance(told, list) else [told]
    names = [
        values.text(one.get("id")) if isinstance(one, Mapping) else values.text(one)
        for one in entries[:_MAX_BASES]
    ]
    return [Base(name, _relation(relation)) for name in names if name]
