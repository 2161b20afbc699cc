"""What is known of a model through its base models, by how it was derived.

A quantization holds the same weights: all is the same. A fine-tune and an adapter keep the
architecture. A distillation keeps nothing: it learned from answers. A merge keeps what all its
bases have in common; experts can also be put together from dense models, which only tags, a name
or a config tell.
"""

from __future__ import annotations

from collections.abc import Iterable

from miner.pipelines.derive.architecture.members import read_listed
from miner.pipelines.derive.architecture.model_evidence import (
    PARAMETERS,
    SHAPE,
    AnswerSource,
    EvidenceBase,
    SourceAnswer,
)
from miner.pipelines.derive.architecture.name_hints import read_name
from miner.schema.moe import Families
from miner.schema.vocab import Relation


def read_bases(bases: Iterable[EvidenceBase], families: Families) -> SourceAnswer | None:
    """Return what the bases of a model say; None if they say nothing.

    A base of which only the name is known is classified by its name.
    """
    known = list(bases)
    if not known or any(base.relation == Relation.DISTILL for base in known):
        return None
    answers = [(base, _of(base, families)) for base in known]
    stated = [(base, one) for base, one in answers if one is not None and one.is_moe is not None]
    if not stated or len({one.is_moe for _, one in stated}) > 1:
        return None
    is_merge = len(known) > 1 or known[0].relation == Relation.MERGE
    if is_merge and len(stated) < len(known):
        return None
    first_base, first = stated[0]
    answer = SourceAnswer(
        AnswerSource.INHERITED, f"inherited-{'merge' if is_merge else first_base.relation}",
        is_moe=first.is_moe, moe_family=first.moe_family, router=first.router,
        is_weak=first.is_weak, read_in=", ".join(base.name for base, _ in stated)[:200],
    )  # fmt: skip
    if is_merge and not answer.is_moe:
        answer.is_weak = True
        answer.reasons.append("dense models can be merged into experts")
    if first_base.relation == Relation.UNKNOWN:
        answer.reasons.append("how it was made from its base is not known")
    for column in (*SHAPE, *PARAMETERS):
        common = {getattr(one, column) for _, one in stated}
        if len(common) == 1:
            setattr(answer, column, common.pop())
    return answer


def _of(base: EvidenceBase, families: Families) -> SourceAnswer | None:
    known = base.architecture
    if known is None:
        return read_listed(base.name) or read_name(base.name, families)
    return SourceAnswer(
        AnswerSource.INHERITED,
        known.method or "",
        known.is_moe,
        known.moe_family,
        known.model_type,
        known.expert_count,
        known.experts_per_token,
        known.shared_expert_count,
        known.granularity,
        known.router,
        known.parameter_count,
        known.active_parameter_count,
        known.active_parameter_count_no_embedding,
        known.is_unsure,
    )
