"""Parameters by the totals that a hub reads in headers of weights, and whether they can be.

A header counts elements. Quantized weights are packed, several in one element, and a hub can have
read one file of several: where the base or the name states far more parameters, theirs are used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from miner.pipelines.derive.architecture.model_evidence import (
    AnswerSource,
    Architecture,
    Evidence,
    SourceAnswer,
)
from miner.pipelines.derive.architecture.name_hints import own_name, sizes_of, smallest_size
from miner.pipelines.derive.architecture.packing import (
    bits_of,
    is_packed,
    names_few_bits,
    names_pruning,
    names_quantization,
)
from miner.pipelines.derive.architecture.tensors import unpacked
from miner.schema.vocab import Relation

MORE = 0.3
MOST_PACKED = 32
"""One bit a parameter, in words of 32."""
FEWER = 0.85
"""Below this share of what is stated, elements of quantized weights are words, not parameters."""
_A_FILE = 1 / 3
"""The same of GGUF files, whose elements are parameters: fewer are those of one file of several."""
_NEAR = 0.2
_ROUNDED = 10_000_000
_SMALL = re.compile(
    r"(?<![a-z\d.])(?:\d{1,6}(?:\.\d{1,3})?[mk]|tiny|random|mini|small|nano|micro|toy|dummy)(?![a-z\d])"
)
_NEVER_PACKED = {"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "FP8"}


@dataclass(frozen=True, slots=True)
class Weights:
    """What headers tell.

    Attributes:
        count: Parameters; None: an element holds several, and nothing tells how many.
        elements: Elements as reported; None without a header.
        source: ``safetensors`` or ``gguf``.
        is_exact: Formats of numbers are known, and none of them holds several parameters.
        may_be_packed: The model is quantized, and nothing says that its elements are parameters.
    """

    count: int | None
    elements: int | None
    source: str
    is_exact: bool = False
    may_be_packed: bool = False


def read_headers(evidence: Evidence) -> Weights:
    """Return the parameters that the hub's totals tell, and from which headers."""
    dtypes = evidence.dtypes
    elements = sum(dtypes.values()) if dtypes else evidence.safetensors_total
    if elements is None:
        return Weights(evidence.gguf_total, evidence.gguf_total, "gguf")
    is_exact = dtypes is not None and dtypes.keys() <= _NEVER_PACKED
    count, _ = unpacked(
        dtypes, evidence.safetensors_total, bits_of(evidence.config),
        is_quantized=is_packed_for_sure(evidence),
    )  # fmt: skip
    if count is None and evidence.gguf_total is not None:
        return Weights(evidence.gguf_total, evidence.gguf_total, "gguf")
    return Weights(count, elements, "safetensors", is_exact)


def read_headers_of_mixture(evidence: Evidence) -> Weights:
    """Return the same, and whether elements can be packed: that costs more, and few need it."""
    weights = read_headers(evidence)
    if weights.source != "safetensors" or weights.is_exact or weights.count is None:
        return weights
    return replace(weights, may_be_packed=_is_quantized(evidence))


def is_packed_for_sure(evidence: Evidence) -> bool:
    """Return whether one element can hold several parameters: by config, record, name or tag."""
    if is_packed(evidence.config) or names_few_bits(evidence.model, evidence.tags):
        return True
    return bool(evidence.quantization) and "fp8" not in (evidence.quantization or "").lower()


def _is_quantized(evidence: Evidence) -> bool:
    return (
        any(base.relation == Relation.QUANTIZED for base in evidence.bases)
        or any(tag.startswith("base_model:quantized:") for tag in evidence.tags)
        or is_packed_for_sure(evidence)
        or names_quantization(evidence.model, evidence.tags)
    )


def is_a_part(weights: int, model: str, answers: list[SourceAnswer]) -> bool:
    """Return whether name or base tell of far more parameters than the weights hold.

    Hubs count one file of several: a projector for images, layers that predict further tokens, an
    adapter. No packing puts more than 32 parameters in an element. A base with experts tells
    where the name does not: what is made small on purpose is named so, and what drafts is smaller.
    """
    size = smallest_size(model)
    if size is None and not _is_draft(answers) and not _SMALL.search(own_name(model).lower()):
        base = _stated_by(answers, AnswerSource.INHERITED, "parameter_count")
        size = base.parameter_count if base is not None and base.is_moe else None
    if size is not None and weights * MOST_PACKED < size:
        return True
    named = _stated_by(answers, AnswerSource.NAME, "active_parameter_count")
    return named is not None and weights < (named.active_parameter_count or 0) * (1 - MORE)


def _is_draft(answers: list[SourceAnswer]) -> bool:
    return any(one.method == "name-draft" for one in answers)


def _stated_by(
    answers: list[SourceAnswer], source: AnswerSource, column: str
) -> SourceAnswer | None:
    return next(
        (one for one in answers if one.source is source and getattr(one, column) is not None), None
    )


def believed(
    found: Architecture, evidence: Evidence, weights: Weights, answers: list[SourceAnswer]
) -> int | SourceAnswer | None:
    """Return the count of the headers, or what tells it in their place; None if nothing does.

    Args:
        found: Gets the reason where the headers are not believed.
        evidence: What is known of the model.
        weights: What its headers tell.
        answers: What sources say that agree with the choice.
    """
    elements = weights.elements or 0
    stated = _stated_parameters(evidence.model, answers)
    size = stated.parameter_count if stated is not None else None
    if stated is None or size is None:
        if weights.count is None:
            found.reasons.append("weights are packed, and nothing tells how many parameters")
        return weights.count
    if weights.count is None:
        if elements >= FEWER * size and not evidence.dtypes:
            return elements  # the name is of the model that it was trained as, not of its weights
    else:
        limit = _A_FILE if weights.source == "gguf" else FEWER
        if weights.is_exact or weights.count >= limit * size:
            return weights.count
        if not _is_quantized(evidence):
            if weights.count < _A_FILE * size:
                found.is_unsure = True
                found.reasons.append("the header counts a fraction of what base or name tells")
            return weights.count
    by = "its base" if stated.source is AnswerSource.INHERITED else "its name"
    found.reasons.append(
        f"the header counts {elements:,} elements: packed, or of a part; parameters as {by} says"
    )
    if stated.source is AnswerSource.NAME or size % _ROUNDED == 0:
        found.is_unsure = True
    return stated


def _stated_parameters(model: str, answers: list[SourceAnswer]) -> SourceAnswer | None:
    """Return the answer that tells the parameters beside headers: its base, or its name.

    The name goes first where it has another size than the base. A model that was made smaller,
    and does not say how small, tells nothing; neither does one that drafts for another.
    """
    if _is_draft(answers):
        return None
    base = _stated_by(answers, AnswerSource.INHERITED, "parameter_count")
    named = _stated_by(answers, AnswerSource.NAME, "parameter_count")
    size = smallest_size(model)
    if named is None and size is not None:
        named = SourceAnswer(AnswerSource.NAME, "name", parameter_count=size)
    if base is None:
        return named
    sizes = [*sizes_of(model), *([named.parameter_count] if named is not None else [])]
    if named is not None and not any(_is_near(one, base.parameter_count) for one in sizes):
        return named
    is_smaller = names_pruning(model) and not names_pruning(base.read_in)
    return None if is_smaller else base


def _is_near(one: int | None, other: int | None) -> bool:
    return bool(one and other) and abs((one or 0) / (other or 1) - 1) <= _NEAR
