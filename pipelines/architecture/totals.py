"""Parameters: which count is chosen, and what the totals of the weights say of it."""

from __future__ import annotations

import re

from miner.pipelines.architecture.evidence import (
    PARAMETERS,
    Answer,
    Architecture,
    Evidence,
    Source,
)
from miner.pipelines.architecture.names import smallest_size
from miner.pipelines.architecture.packing import bits_of, is_packed
from miner.pipelines.architecture.tensors import unpacked

SAME = 0.02
MORE = 0.3
MOST_PACKED = 32
"""One bit a parameter, in words of 32."""
BYTES = {"float32": 4.0, "bfloat16": 2.0, "float8": 1.0, "int4": 0.5}
"""Bytes a parameter; scales and zero points of quantization come on top."""
_PACKED_NAME = re.compile(
    r"(?:^|[-_.])(?:awq|gptq|nvfp4|mxfp4|fp4|nf4|bnb|int4|w4a16|[234](?:\.\d+)?-?bit|exl[23])"
    r"(?:$|[-_.])",
    re.IGNORECASE,
)
_SOURCES = {Source.CONFIG: "formula", Source.GGUF: "gguf", Source.SAFETENSORS: "tensors",
            Source.INHERITED: "inherited", Source.NAME: "name"}  # fmt: skip


_COUNTED = (Source.CONFIG, Source.GGUF, Source.SAFETENSORS)
_TOLD = (Source.INHERITED, Source.NAME)


def _first(answers: list[Answer], sources: tuple[Source, ...], *columns: str) -> Answer | None:
    """Return the first answer of some sources that has one of the columns."""
    return next(
        (
            one
            for one in answers
            if one.source in sources and any(getattr(one, name) is not None for name in columns)
        ),
        None,
    )


def set_parameters(
    found: Architecture, evidence: Evidence, chosen: Answer | None, answers: list[Answer]
) -> None:
    """Choose the count of parameters, check it against the weights, and set the memory.

    The formula goes first: it is the language model alone, as publishers count it. Where there is
    none, headers of the weights tell; then the base that the weights come from, then the name.
    """
    weights, state = _weights(evidence)
    agreed = [one for one in answers if chosen is None or one.is_moe in (None, chosen.is_moe)]
    if weights is not None and _is_a_part(weights, evidence.model, agreed):
        found.reasons.append("the weights counted are too few for its name: a part of the model")
        found.is_unsure, weights = True, None
    taken = _first(agreed, _COUNTED, "parameter_count")
    if taken is None and weights is not None:
        found.parameter_count, found.parameter_source = weights, state
        if found.is_moe is False:
            found.active_parameter_count = weights
    elif taken is None:
        taken = _first(agreed, _TOLD, "parameter_count", "active_parameter_count")
    if taken is not None:
        for column in PARAMETERS:
            setattr(found, column, getattr(taken, column))
        found.parameter_source = _SOURCES[taken.source]
    _fill_active(found, agreed)
    if found.parameter_source == "formula":
        found.parameter_check = _check(
            found.parameter_count or 0,
            weights or evidence.safetensors_total,
            is_packed=_is_packed(evidence),
        )
    if found.parameter_count is not None:
        found.memory_bytes = {
            name: round(found.parameter_count * size) for name, size in BYTES.items()
        }


def _weights(evidence: Evidence) -> tuple[int | None, str]:
    """Return the parameters that the hub's totals tell, and from which headers."""
    found, how = unpacked(
        evidence.dtypes, evidence.safetensors_total, bits_of(evidence.config),
        is_quantized=_is_packed(evidence),
    )  # fmt: skip
    if found is not None:
        return found, "safetensors"
    if evidence.gguf_total is not None:
        return evidence.gguf_total, "gguf"
    return None, how


def _is_a_part(weights: int, model: str, answers: list[Answer]) -> bool:
    """Return whether the name tells of far more parameters than the weights hold.

    Hubs count one file of several: a projector for images, layers that predict further tokens, an
    adapter. No packing puts more than 32 parameters in an element.
    """
    size = smallest_size(model)
    if size is not None and weights * MOST_PACKED < size:
        return True
    named = _first(answers, (Source.NAME,), "active_parameter_count")
    return named is not None and weights < (named.active_parameter_count or 0) * (1 - MORE)


def _is_packed(evidence: Evidence) -> bool:
    """Return whether one element can hold several parameters: by config, record or name."""
    if is_packed(evidence.config) or _PACKED_NAME.search(evidence.model):
        return True
    return bool(evidence.quantization) and "fp8" not in (evidence.quantization or "").lower()


def _fill_active(found: Architecture, agreed: list[Answer]) -> None:
    """Take the active parameters from elsewhere where the chosen count has none."""
    if found.active_parameter_count is not None or not found.is_moe:
        return
    for answer in agreed:
        active = answer.active_parameter_count
        if active is not None and active <= (found.parameter_count or active):
            found.active_parameter_count = active
            return


def _check(counted: int, total: int | None, *, is_packed: bool) -> str | None:
    """Compare the formula with the weights.

    Returns:
        ``agrees``: within 2 %. ``more in the weights``: up to 30 % more, as towers, layers that
        predict further tokens and a second copy of the embedding are. ``packed``: fewer elements
        than parameters, in a quantized model. ``fewer in the weights``: the same in one that no
        config calls quantized. ``disagrees``: far more. None: no total is known.
    """
    if total is None or not counted:
        return None
    ratio = total / counted
    if abs(ratio - 1) <= SAME:
        return "agrees"
    if ratio < 1:
        return "packed" if is_packed else "fewer in the weights"
    return "more in the weights" if ratio <= 1 + MORE else "disagrees"
