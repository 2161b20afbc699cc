"""A request as one JSON object: the evidence on a model, in the shapes in which hubs publish it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from miner.pipelines.derive.architecture import config_values
from miner.pipelines.derive.architecture.model_evidence import Evidence, EvidenceBase
from miner.schema.vocab import DEFAULT_HUB, RELATION_SPELLINGS, Relation

_MAX_BASES = 100
_MAX_PROBLEMS = 20
_MOST_OF_NAME = 40


def evidence_from(request: Mapping[str, object]) -> Evidence:
    """Return what a request holds; fields of a wrong type are left out, and named as problems.

    Args:
        request: ``model``, ``hub``, ``config`` (object, or its text), ``gguf`` (metadata by key),
            ``safetensors`` (``parameters`` by number format and ``total``), ``tensors`` (entries
            of a header by name), ``model_type``, ``architectures``, ``quantization``, ``tags``,
            ``base_model`` (names, or ``{"relation", "models"}``), ``base_model_relation``,
            ``card``; all optional.
    """
    problems: list[str] = []
    weights = _mapping(request, "safetensors", problems)
    gguf = _mapping(request, "gguf", problems)
    return Evidence(
        _text(request, "model", problems) or "",
        _text(request, "hub", problems) or DEFAULT_HUB,
        config=_config(request.get("config")),
        gguf=gguf or None,
        tensors=_mapping(request, "tensors", problems) or None,
        dtypes=_counts(_mapping(weights, "parameters", problems), problems) or None,
        safetensors_total=_positive("safetensors", weights, problems),
        gguf_total=_positive("gguf", gguf, problems),
        model_type=_text(request, "model_type", problems),
        classes=_texts(request, "architectures", problems),
        quantization=_text(request, "quantization", problems),
        tags=_texts(request, "tags", problems),
        bases=tuple(_bases(request, problems)),
        card=_card(request.get("card"), problems),
        problems=tuple(problems[:_MAX_PROBLEMS]),
    )


def _wrong(name: str, value: object, expected: str) -> str:
    return f"{name} is {config_values.kind_of(value)}, not {expected}: left out"


def _mapping(request: Mapping[str, object], name: str, problems: list[str]) -> dict[str, object]:
    value = request.get(name)
    if isinstance(value, Mapping):
        return dict(value)
    if value is not None:
        problems.append(_wrong(name, value, "an object"))
    return {}


def _counts(parameters: Mapping[str, object], problems: list[str]) -> dict[str, int]:
    found = {}
    for name, value in parameters.items():
        if (count := config_values.element_count(value)) is not None:
            found[str(name)] = count
        elif value is not None:
            problems.append(f"safetensors.parameters.{name[:_MOST_OF_NAME]} is no count: left out")
    return found


def _positive(name: str, request: Mapping[str, object], problems: list[str]) -> int | None:
    number = config_values.element_count(value := request.get("total"))
    if value is not None and not number:
        problems.append(f"{name}.total is no count of parameters: left out")
    return number or None


def _text(request: Mapping[str, object], name: str, problems: list[str]) -> str | None:
    value = request.get(name)
    if (text := config_values.text(value)) is None and value not in (None, ""):
        is_long = isinstance(value, str)
        problems.append(
            f"{name} is too long: left out" if is_long else _wrong(name, value, "a text")
        )
    return text


def _texts(request: Mapping[str, object], name: str, problems: list[str]) -> tuple[str, ...]:
    value = request.get(name)
    texts = config_values.texts(value)
    entries = value if isinstance(value, list) else [value]
    if value is not None and len(texts) < len(entries):
        problems.append(f"{name} holds what is no text: left out")
    return tuple(texts)


def _card(value: object, problems: list[str]) -> str | None:
    if value is not None and not isinstance(value, str):
        problems.append(_wrong("card", value, "a text"))
    return value if isinstance(value, str) else None


def base_from(text: str) -> EvidenceBase:
    """Return the base that ``[RELATION:]OWNER/NAME`` names."""
    relation, _, name = text.rpartition(":")
    return EvidenceBase(name, _relation(relation))


def _relation(value: object) -> str:
    spelled = value.strip().lower() if isinstance(value, str) else ""
    return RELATION_SPELLINGS.get(spelled, Relation.UNKNOWN).value


def _config(value: object) -> bytes | Mapping[str, object] | None:
    """Return a config; what is no object is handed on as text, so that its state says so."""
    if value is None or isinstance(value, Mapping):
        return value
    if not isinstance(value, str):
        value = json.dumps(value, default=str)  # orjson refuses whole numbers beyond 64 bits
    return value.encode("utf-8", "replace")


def _bases(request: Mapping[str, object], problems: list[str]) -> list[EvidenceBase]:
    bases, relation = request.get("base_model"), request.get("base_model_relation")
    if isinstance(bases, Mapping):
        relation, bases = bases.get("relation"), bases.get("models")
    entries = bases if isinstance(bases, list) else [bases]
    names = [
        config_values.text(one.get("id")) if isinstance(one, Mapping) else config_values.text(one)
        for one in entries[:_MAX_BASES]
    ]
    if bases is not None and not all(names):
        problems.append("base_model holds what is no name: left out")
    return [EvidenceBase(name, _relation(relation)) for name in names if name]
