"""Answers that many models share: what the rules read of them is the same.

Of a model the rules read its type, classes, totals, some of its tags, some words of its name, the
blobs of its config and card, and what is known of its bases. Where none of this tells of experts,
its answer is that of every model with the same, but for its own name and that of its base, which
the answer quotes. Models that anything calls a mixture are judged one by one.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Hashable, Sequence
from functools import lru_cache
from operator import attrgetter

import orjson

from miner.pipelines.derive.architecture import hints, packing
from miner.pipelines.derive.architecture.architecture_rows import (
    JudgedValues,
    ModelInputs,
    StoredBase,
    judged_values,
)
from miner.pipelines.derive.architecture.model_evidence import (
    AnswerSource,
    Architecture,
    Evidence,
)
from miner.pipelines.derive.architecture.name_hints import own_name
from miner.pipelines.derive.architecture.packing import names_pruning
from miner.pipelines.derive.architecture.safe import has_failed
from miner.pipelines.derive.architecture.shared_names import readings
from miner.schema.moe import load_families
from miner.schema.vocab import Relation

Key = tuple[Hashable, ...]
"""What the rules read of a model: of those with the same key one is judged."""

_read_of_record = attrgetter(
    "hub_id",
    "model_type",
    "architectures",
    "quantization",
    "gguf_architecture",
    "gguf_parameter_count",
    "safetensors_parameter_count",
    "safetensors_dtypes",
)
_OWN, _BASE = "\x02own name\x02", "\x02base\x02"
"""What stands for a name in an answer that is shared."""
_MARK = "\\u0002"
_SPELLED = {text: orjson.dumps(text)[1:-1].decode() for text in (_OWN, _BASE)}
_PLAIN = re.compile(r"[\w.\-]{1,96}/[\w.\-]{1,96}", re.ASCII)
_MOST_TAGS = 100_000
_BASE_TAG, _QUANTIZED_TAG = "base_model:", "base_model:quantized:"


def keys_of(models: Sequence[ModelInputs]) -> list[Key | None]:
    """Return what the rules read of some models; None of one that is to be judged for itself.

    What its card says is left out: a card that may say something is read with its model alone.
    """
    names = readings([model.name for model in models])
    return [
        None if name is None else _key(model, name)
        for model, name in zip(models, names, strict=True)
    ]


def _key(model: ModelInputs, name: Hashable) -> Key:
    record, bases = model.record, model.bases
    return (
        name,
        _read_of_record(record),
        model.config and model.config.blob_sha,
        model.gguf_head and model.gguf_head.blob_sha,
        _tags(record.tags, bases) if record.tags else (),
        bases and _bases(bases),
    )


def _bases(bases: tuple[StoredBase, ...]) -> Hashable:
    """Return what rules read of bases: all of the name, where nothing else is known."""
    if _is_quoted(bases):
        [(name, relation, _, known)] = bases
        return relation, known, names_pruning(name)
    return tuple((one.relation, one.known, one.name) for one in bases)


def _is_quoted(bases: tuple[StoredBase, ...]) -> bool:
    """Return whether an answer but quotes the name of the base, so that it can be another."""
    return (
        len(bases) == 1
        and bases[0].known is not None
        and _PLAIN.fullmatch(bases[0].name) is not None
    )


def _tags(text: str, bases: tuple[StoredBase, ...]) -> Hashable:
    """Return those tags that rules read; of bases alone whether one says quantized.

    Tags are asked for bases only where no base is stored, or nothing tells how it was made.
    """
    tags = orjson.loads(text)
    if _BASE_TAG not in text:
        return tuple(filter(is_read, tags))
    others = tuple(tag for tag in tags if not tag.startswith(_BASE_TAG) and is_read(tag))
    if bases and all(one.known is not None or one.relation != Relation.UNKNOWN for one in bases):
        return others, any(tag.startswith(_QUANTIZED_TAG) for tag in tags)
    return others, tuple(tag for tag in tags if tag.startswith(_BASE_TAG))


@lru_cache(_MOST_TAGS)
def is_read(tag: str) -> bool:
    """Return whether any rule reads a tag that names no base."""
    families, lower = load_families(), tag.lower()
    return (
        families.of_type(lower) is not None
        or families.is_dense_type(lower)
        or hints.is_word_of_tags(lower)
        or packing.is_tag_of_packing(lower)
    )


def shared(model: ModelInputs, evidence: Evidence, found: Architecture) -> JudgedValues | None:
    """Return the answer of a model with marks where it quotes names; None if none can share it.

    Args:
        model: What the store holds of it.
        evidence: The same, as the rules read it.
        found: Its architecture.
    """
    if evidence.problems or has_failed(found) or any(answer.is_moe for answer in found.evidence):
        return None
    own = own_name(model.name)
    base = model.bases[0].name if _is_quoted(model.bases) else None
    quoted = {AnswerSource.NAME: (own, _OWN), AnswerSource.INHERITED: (base, _BASE)}
    answers = []
    for answer in found.evidence:
        name, mark = quoted.get(answer.source, (None, ""))
        is_quoted = name is not None and answer.read_in == name
        answers.append(dataclasses.replace(answer, read_in=mark) if is_quoted else answer)
    return judged_values(dataclasses.replace(found, evidence=answers))


def filled(answer: JudgedValues, model: ModelInputs) -> JudgedValues:
    """Return a shared answer with the names of a model in it."""
    evidence = answer.evidence
    if evidence is None or _MARK not in evidence:
        return answer
    evidence = evidence.replace(_SPELLED[_OWN], own_name(model.name))
    if model.bases:
        evidence = evidence.replace(_SPELLED[_BASE], model.bases[0].name)
    return JudgedValues(answer.values, evidence, answer.is_moe)
