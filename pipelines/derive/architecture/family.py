"""Which family a model type and its classes belong to, and what that alone says."""

from __future__ import annotations

import re
from collections.abc import Iterable

from miner.pipelines.derive.architecture.model_evidence import AnswerSource, SourceAnswer
from miner.schema.moe import Families, MoeFamily, stem

_TYPE_WORD = re.compile(
    r"moe(?:[_\-.\d]|$|v\d|vl|text|hybrid|shared|lite)|(?:^|[_\-.])experts(?:[_\-.]|$)|expert_choice"
)
_CLASS_WORD = re.compile(r"M[Oo][Ee](?![a-z])|(?:Of|Sparse)Experts")
_TOWER_TYPE = re.compile(
    r"(?:^|[_\-.])(?:vision|visual|audio|speech|image|video|encoder|code_predictor|projector|vqmodel|vocoder"
    r"|tokenizer|code2wav)(?:_(?:model|encoder|tower|config|text_model))?$"
)
_TOWER_CLASS = re.compile(r"(?:Vision|Visual|Audio|Speech)(?:Model|Encoder|Tower|Transformer)$")
_DRAFT_CLASS = re.compile(r"Eagle|Medusa|NextN|MTP|Draft|Speculator|DFlash")


def family_of(
    families: Families, model_type: str | None, classes: Iterable[str]
) -> tuple[MoeFamily | None, bool]:
    """Return the family, and whether type and classes are at odds over experts.

    A class is more special than a type: types of dense models are borrowed by models with experts
    whose code comes along, and types of containers by models of either kind.
    """
    of_type = families.of_type(model_type) if model_type else None
    named = [families.of_class(name) for name in classes]
    of_class = next((one for one in named if one is not None and one.when != "either"), None)
    of_class = of_class or next((one for one in named if one is not None), None)
    if of_type is None or of_class is None:
        is_dense_type = bool(model_type) and families.is_dense_type(model_type or "")
        at_odds = of_type is None and of_class is not None and is_dense_type
        return of_type or of_class, at_odds and of_class is not None and of_class.when != "never"
    if of_type.when == "either" and of_class.when != "either":
        return of_class, False
    if of_type.when != "never" and of_class.when == "never":
        return of_class, of_type.when != "either"
    if of_type.when == "never" and of_class.when in {"always", "usually"}:
        return of_class, True
    return of_type, False


def from_type(
    families: Families, source: AnswerSource, model_type: str | None, classes: tuple[str, ...]
) -> SourceAnswer | None:
    """Return what model type and classes alone say; None if there are none.

    Types that the table does not have are classified by the word in their name: it calls itself a
    mixture of experts. A type that neither the table nor the list of dense types has, and that
    does not call itself so, says nothing.
    """
    if not model_type and not classes:
        return None
    answer = SourceAnswer(source, "type", model_type=model_type)
    answer.read_in = " ".join([model_type or "", *classes]).strip()
    if any(_DRAFT_CLASS.search(name) for name in classes):
        answer.reasons.append("the class is of a part that drafts for another model")
        return answer
    family, at_odds = family_of(families, model_type, classes)
    if family is not None:
        _by_family(answer, family)
    elif _is_tower(model_type, classes) and _calls_itself(model_type, classes):
        answer.reasons.append("the type is of a part that is called after its model")
    elif _calls_itself(model_type, classes):
        answer.method, answer.is_moe = "type-word", True
    elif _is_dense(families, model_type, classes):
        answer.method, answer.is_moe = "type-dense", False
    elif any(families.has_kin(name) for name in (model_type or "", *map(stem, classes))):
        answer.method, answer.is_moe, answer.is_weak = "type-kin", True, True
        answer.reasons.append("the type is not known; those of its name hold experts")
    elif families.has_house(model_type or "") and not _is_tower(model_type, classes):
        answer.method, answer.is_moe, answer.is_weak = "type-house", True, True
        answer.reasons.append("the type is not known; those that begin like it hold experts")
    if at_odds:
        answer.is_weak = True
        answer.reasons.append("model type and class disagree")
    return answer


def _by_family(answer: SourceAnswer, family: MoeFamily) -> None:
    answer.moe_family = family.name if family.when != "never" else None
    answer.method = f"type-{family.when}"
    if family.when == "either":
        answer.moe_family = None
        return
    answer.is_moe = family.when != "never"
    if answer.is_moe:
        answer.router = family.router or None
        fill_fixed(answer, family)
    if family.when == "usually":
        answer.is_weak = True
        answer.reasons.append("some models of this type hold no experts")


def fill_fixed(answer: SourceAnswer, family: MoeFamily) -> None:
    """Fill what is the same in all models of a family, where the answer lacks it."""
    for name, column, value in (
        ("experts", "expert_count", family.experts),
        ("top_k", "experts_per_token", family.top_k),
        ("shared", "shared_expert_count", family.shared),
    ):
        if name in family.fixed and getattr(answer, column) is None:
            setattr(answer, column, value)


def _is_tower(model_type: str | None, classes: tuple[str, ...]) -> bool:
    """Return whether a type is of a part that reads or makes images or sound."""
    is_tower_type = bool(model_type and _TOWER_TYPE.search(model_type.lower()))
    return is_tower_type or any(_TOWER_CLASS.search(name) for name in classes)


def _calls_itself(model_type: str | None, classes: tuple[str, ...]) -> bool:
    return bool(model_type and _TYPE_WORD.search(model_type.lower())) or any(
        _CLASS_WORD.search(name) for name in classes
    )


def _is_dense(families: Families, model_type: str | None, classes: tuple[str, ...]) -> bool:
    """Return whether all that is named is dense; an unknown class beside a dense type is not."""
    named = [families.is_dense_class(name) for name in classes]
    if model_type:
        return families.is_dense_type(model_type) and (not classes or any(named))
    return bool(named) and all(named)
