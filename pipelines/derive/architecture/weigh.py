"""How much a name weighs against the other evidence on a model, and that against the name."""

from __future__ import annotations

import re

from miner.pipelines.derive.architecture.headers import Weights
from miner.pipelines.derive.architecture.hints import COMMON
from miner.pipelines.derive.architecture.members import agree
from miner.pipelines.derive.architecture.model_evidence import (
    PARAMETERS,
    SHAPE,
    AnswerSource,
    Evidence,
    SourceAnswer,
)
from miner.pipelines.derive.architecture.name_hints import own_name, smallest_size
from miner.pipelines.derive.architecture.packing import names_pruning
from miner.schema.moe import Families, MoeFamily
from miner.schema.patterns import bounded

_LEAST_OF_EXPERT = 40_000_000
"""Parameters of a model for each of its experts, over all layers.

Fine ones of published models: 1.3 billion for 32 in granite-3.0-1b-a400m, 16 billion for 256 in
Ling-mini-2.0. Those that have fewer call themselves small, as Ling-3.0-tiny does.
"""
_SAME_SIZE, _SAME_ACTIVE = 1.2, 1.45
"""Ratios within which a rounded size in a name is the same; active ones are rounded by more."""
_SMALL = re.compile(r"(?:^|[-_.])(?:tiny|mini|nano|lite|small|micro)(?:$|[-_.\d])")
_END = bounded(r"[-_.\d]+$")


def weigh_inherited(answers: list[SourceAnswer], name: SourceAnswer) -> None:
    """Make what is inherited weak where the name says that this is not its base again.

    A distilled model is listed as a fine-tune of the model that it learned from, a draft model as
    made from the one that it drafts for; a name that has another size is of another model, and
    one that counts experts is of a model that was put together from its bases.
    """
    tells = name.method in {"name-active", "name-times"} or name.is_moe is False
    against = name.method in {"name-distilled", "name-draft"} or (tells and not name.is_weak)
    for answer in answers:
        if answer.source is AnswerSource.INHERITED and against and answer.is_moe is not name.is_moe:
            answer.is_weak = True
            answer.reasons.append("its name says that it is not its base again")
            if name.method in {"name-distilled", "name-draft"}:
                answer.is_moe = None


def weigh_types(answers: list[SourceAnswer], name: SourceAnswer) -> None:
    """Make type and tags weak where the name says that one expert is left of a mixture.

    What was extracted from a model of several keeps the type of these; only its config counts them.
    """
    if name.method != "name-times" or name.is_moe is not False:
        return
    for answer in answers:
        if answer.source in {AnswerSource.API, AnswerSource.TAG} and answer.is_moe:
            answer.is_weak = True
            answer.reasons.append("its name says that it has one expert")


def keep_unchanged(
    inherited: SourceAnswer, evidence: Evidence, weights: Weights, answers: list[SourceAnswer]
) -> str | None:
    """Drop those counts of a base that its derivative shows to be others.

    Pruning changes how many experts there are, and not what a token uses; a name can tell of
    other active parameters, or of another size; weights can add up to another total.

    Args:
        inherited: What the base says; counts are dropped from it.
        evidence: What is known of the model.
        weights: What headers of its weights tell.
        answers: What all sources say.

    Returns:
        What contradicts, with both values; None if nothing does.
    """
    contradiction = None
    named = next((one for one in answers if one.source is AnswerSource.NAME), None)
    total, active = inherited.parameter_count, inherited.active_parameter_count
    dropped: tuple[str, ...] = ()
    if names_pruning(evidence.model) and not names_pruning(inherited.read_in):
        dropped = ("expert_count",)
    elif total and agree((total,), weights) is False:
        dropped = (*SHAPE, *PARAMETERS)
        contradiction = f"its base has {total:,} parameters, the weights {weights.count or 0:,}"
    elif named is not None and _is_other(named.parameter_count, total, _SAME_SIZE):
        dropped = ("expert_count", *PARAMETERS)
    elif named is not None and _is_other(named.active_parameter_count, active, _SAME_ACTIVE):
        dropped = ("experts_per_token", *PARAMETERS[1:])
    for column in dropped:
        setattr(inherited, column, None)
    return contradiction


def _is_other(stated: int | None, known: int | None, by: float) -> bool:
    return bool(stated and known) and not 1 / by <= (stated or 1) / (known or 1) <= by


def weigh_by_evidence(name: SourceAnswer, evidence: Evidence, families: Families) -> None:
    """Make a name weak that is of a family with experts by its word alone, against the evidence.

    Some series are called by a word that others use, too: a tag of a dense type, or a size that
    tells of no experts, speaks against it. A student is named after the model that it learned
    from: it has far fewer parameters than so many experts need.

    Args:
        name: What the name says.
        evidence: What is known of the model.
        families: The table.
    """
    family = families.rows.get(name.moe_family or "")
    if name.method != "name-family" or not name.is_moe or family is None:
        return
    size = smallest_size(evidence.model)
    lower = own_name(evidence.model).strip().lower()
    if _is_common(family, lower):
        types = [evidence.model_type or "", *evidence.tags]
        if size is not None or any(families.is_dense_type(one.lower()) for one in types if one):
            name.is_weak = True
            name.reasons.append("the name of its series is a common word")
    total = evidence.gguf_total or size
    is_small = total is not None and total < _LEAST_OF_EXPERT * (family.experts or 0)
    if is_small and not _SMALL.search(lower):
        name.is_weak = True
        name.reasons.append("the model is too small for the experts of the series in its name")


def _is_common(family: MoeFamily, lower: str) -> bool:
    match = family.names.search(lower) if family.names is not None else None
    word = _END.sub("", match[0]) if match is not None else ""
    return word in COMMON and word in family.types
