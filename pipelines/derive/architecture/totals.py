"""Parameters: which count is chosen, and what the totals of the weights say of it."""

from __future__ import annotations

from miner.pipelines.derive.architecture.headers import (
    MORE,
    believed,
    is_a_part,
    is_packed_for_sure,
    read_headers,
)
from miner.pipelines.derive.architecture.model_evidence import (
    PARAMETERS,
    AnswerSource,
    Architecture,
    Evidence,
    SourceAnswer,
)

SAME = 0.02
BYTES = {"float32": 4.0, "bfloat16": 2.0, "float8": 1.0, "int4": 0.5}
"""Bytes a parameter; scales and zero points of quantization come on top."""
_SOURCES = {
    AnswerSource.CONFIG: "formula",
    AnswerSource.GGUF: "gguf",
    AnswerSource.SAFETENSORS: "tensors",
    AnswerSource.MEMBER: "published",
    AnswerSource.INHERITED: "inherited",
    AnswerSource.NAME: "name",
}


_COUNTED = (AnswerSource.CONFIG, AnswerSource.GGUF, AnswerSource.SAFETENSORS)
_STATED = (AnswerSource.INHERITED, AnswerSource.NAME)


def _first(
    answers: list[SourceAnswer], sources: tuple[AnswerSource, ...], *columns: str
) -> SourceAnswer | None:
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
    found: Architecture,
    evidence: Evidence,
    chosen: SourceAnswer | None,
    answers: list[SourceAnswer],
) -> None:
    """Choose the count of parameters, check it against the weights, and set the memory.

    The formula goes first: it is the language model alone, as publishers count it. What is
    published of the model takes its place where both agree on the total, so that a model has the
    same active parameters as its copies without a config, and where there is no formula; then
    headers of the weights tell, then the base that the weights come from, then the name.
    """
    weights = read_headers(evidence)
    counted = weights.count
    agreed = [one for one in answers if chosen is None or _goes_with(one, chosen)]
    if counted is not None and is_a_part(counted, evidence.model, agreed):
        found.reasons.append(
            "the weights counted are too few for its name or base: a part of the model"
        )
        found.is_unsure, counted = True, None
    counting = _formula_or_published(agreed)
    has_header = counted is not None or (weights.count is None and bool(weights.elements))
    if counting is None and has_header:
        size = believed(found, evidence, weights, agreed)
        if isinstance(size, int):
            found.parameter_count, found.parameter_source = size, weights.source
        counting = size if isinstance(size, SourceAnswer) else None
    elif counting is None:
        counting = _first(agreed, _STATED, "parameter_count", "active_parameter_count")
    if counting is not None:
        for column in PARAMETERS:
            setattr(found, column, getattr(counting, column))
        found.parameter_source = _SOURCES[counting.source]
    if found.is_moe is False and found.active_parameter_count is None:
        found.active_parameter_count = found.parameter_count  # a dense model uses all
    _fill_active(found, agreed)
    if found.parameter_source in {"formula", "published"}:
        found.parameter_check = _check(
            found.parameter_count or 0,
            counted or evidence.safetensors_total,
            is_packed=is_packed_for_sure(evidence),
        )
    if found.parameter_count is not None:
        found.memory_bytes = {
            name: round(found.parameter_count * size) for name, size in BYTES.items()
        }


def _formula_or_published(agreed: list[SourceAnswer]) -> SourceAnswer | None:
    counted = _first(agreed, _COUNTED, "parameter_count")
    published = _first(agreed, (AnswerSource.MEMBER,), "parameter_count")
    if counted is None or published is None:
        return counted or published
    is_same = abs((counted.parameter_count or 0) / (published.parameter_count or 1) - 1) <= SAME
    return published if is_same and published.active_parameter_count is not None else counted


def _goes_with(one: SourceAnswer, chosen: SourceAnswer) -> bool:
    """Return whether an answer does not contradict the choice, and is not contradicted itself."""
    if one.is_moe is None:
        return one.source is not AnswerSource.MEMBER
    return one.is_moe is chosen.is_moe


def _fill_active(found: Architecture, agreed: list[SourceAnswer]) -> None:
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
