"""Parameters: which count is chosen, and what the totals of the weights say of it."""

from __future__ import annotations

from miner.pipelines.architecture.evidence import (
    PARAMETERS,
    Answer,
    Architecture,
    Evidence,
    Source,
)
from miner.pipelines.architecture.packing import bits_of, is_quantized
from miner.pipelines.architecture.tensors import unpacked

SAME = 0.02
MORE = 0.25
BYTES = {"float32": 4.0, "bfloat16": 2.0, "float8": 1.0, "int4": 0.5}
"""Bytes a parameter; scales and zero points of quantization come on top."""
_SOURCES = {Source.CONFIG: "formula", Source.GGUF: "gguf", Source.SAFETENSORS: "tensors",
            Source.INHERITED: "inherited", Source.NAME: "name"}  # fmt: skip


def set_parameters(
    found: Architecture, evidence: Evidence, chosen: Answer | None, answers: list[Answer]
) -> None:
    """Choose the count of parameters, check it against the weights, and set the memory.

    The formula goes first: it is the language model alone, as publishers count it. Where there is
    none, headers of the weights tell; then the base that the weights come from, then the name.
    """
    weights, state = _weights(evidence)
    agreed = [one for one in answers if chosen is None or one.is_moe in (None, chosen.is_moe)]
    taken = next((one for one in agreed if one.parameter_count is not None
                  and one.source in (Source.CONFIG, Source.GGUF, Source.SAFETENSORS)), None)  # fmt: skip
    if taken is None and weights is not None:
        found.parameter_count, found.parameter_source = weights, state
        if found.is_moe is False:
            found.active_parameter_count = weights
    elif taken is None:
        later = (Source.INHERITED, Source.NAME)
        taken = next((one for one in agreed if one.source in later and (
            one.parameter_count is not None or one.active_parameter_count is not None)), None)  # fmt: skip
    if taken is not None:
        for column in PARAMETERS:
            setattr(found, column, getattr(taken, column))
        found.parameter_source = _SOURCES[taken.source]
    _fill_active(found, agreed)
    if found.parameter_source == "formula":
        found.parameter_check = _check(found.parameter_count or 0, weights, state)
    if found.parameter_count is not None:
        found.memory_bytes = {
            name: round(found.parameter_count * size) for name, size in BYTES.items()
        }


def _weights(evidence: Evidence) -> tuple[int | None, str]:
    """Return the parameters that the hub's totals tell, and from which headers."""
    found, how = unpacked(
        evidence.dtypes, evidence.safetensors_total, bits_of(evidence.config),
        is_quantized=bool(evidence.quantization) or is_quantized(evidence.config),
    )  # fmt: skip
    if found is not None:
        return found, "safetensors"
    if evidence.gguf_total is not None:
        return evidence.gguf_total, "gguf"
    return None, how


def _fill_active(found: Architecture, agreed: list[Answer]) -> None:
    """Take the active parameters from elsewhere where the chosen count has none."""
    if found.active_parameter_count is not None or not found.is_moe:
        return
    for answer in agreed:
        if answer.active_parameter_count is not None:
            found.active_parameter_count = answer.active_parameter_count
            return


def _check(counted: int, weights: int | None, state: str) -> str | None:
    """Compare the formula with the weights.

    Returns:
        ``agrees``: within 2 %; ``more in the weights``: up to a quarter more, as towers and
        layers that predict further tokens are; ``disagrees``; ``packed``: the weights are packed
        and cannot be compared; None: no total is known.
    """
    if weights is None:
        return "packed" if state == "packed" else None
    ratio = weights / counted if counted else 0.0
    if abs(ratio - 1) <= SAME:
        return "agrees"
    return "more in the weights" if 1 < ratio <= 1 + MORE else "disagrees"
