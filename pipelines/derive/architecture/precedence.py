"""From all evidence on a model to one answer, with what every source states beside it.

Sources stand in the order of ``Source``. The first that answers is chosen, unless its answer is
weak (a default, a word, a type that has exceptions) and a later one is not. What sources say
against the choice is kept as a conflict; unknown is an answer, and never means dense.
"""

from __future__ import annotations

import dataclasses
import logging
import re
from collections.abc import Iterable

from miner.pipelines.derive.architecture.architecture_confidence import confidence
from miner.pipelines.derive.architecture.family import family_of, from_type
from miner.pipelines.derive.architecture.gguf import read_gguf
from miner.pipelines.derive.architecture.headers import read_headers_of_mixture
from miner.pipelines.derive.architecture.hints import bases_of, is_drawn, read_card, read_tags
from miner.pipelines.derive.architecture.inherit import read_bases
from miner.pipelines.derive.architecture.members import (
    COPY,
    LISTED,
    TOTAL,
    is_listed,
    read_member,
)
from miner.pipelines.derive.architecture.mixtures import FORM, count_mixture
from miner.pipelines.derive.architecture.model_evidence import (
    COUNTS,
    SHAPE,
    AnswerSource,
    Architecture,
    Evidence,
    EvidenceBase,
    SourceAnswer,
)
from miner.pipelines.derive.architecture.name_hints import is_only_a_word, read_name
from miner.pipelines.derive.architecture.packing import bits_of
from miner.pipelines.derive.architecture.safe import cleaned, failed
from miner.pipelines.derive.architecture.structure import read_structure
from miner.pipelines.derive.architecture.tensors import read_tensors
from miner.pipelines.derive.architecture.totals import set_parameters
from miner.pipelines.derive.architecture.weigh import (
    keep_unchanged,
    weigh_by_evidence,
    weigh_inherited,
    weigh_types,
)
from miner.pipelines.sources.faults import place_of
from miner.schema.moe import Families, load_families
from miner.schema.vocab import Relation

log = logging.getLogger(__name__)

_TYPE = re.compile(r"[A-Za-z0-9][\w.\-]*", re.ASCII)


def architecture(evidence: Evidence, families: Families | None = None) -> Architecture:
    """Return the architecture of a model.

    Args:
        evidence: What is known of it; nothing is fetched.
        families: The table; by default the one that miner ships.
    """
    table = families or load_families()
    if isinstance(evidence.config, bytes) and evidence.config[:4] == b"GGUF":
        evidence = dataclasses.replace(evidence, config=None, gguf=evidence.config)
    found = Architecture(evidence.hub, evidence.model)
    answers = _answers(evidence, table, found)
    for answer in answers:
        answer.confidence = confidence(answer.method) if answer.is_moe is not None else 0.0
    found.evidence = answers
    chosen = _chosen(answers)
    _set_type(found, answers)
    if chosen is not None:
        _set(found, chosen, answers)
    else:
        found.reasons += [reason for answer in answers for reason in answer.reasons]
        found.is_unsure = any(answer.reasons for answer in answers)
    if evidence.problems:
        found.reasons += evidence.problems
        found.is_unsure = True
    set_parameters(found, evidence, chosen, answers)
    return cleaned(found)


def architecture_or_reason(evidence: Evidence) -> Architecture:
    """Return the architecture of a model; where the rules break on it, that it is unknown, and why.

    Args:
        evidence: What is known of it.
    """
    try:
        return architecture(evidence)
    except Exception as error:  # one model of millions must not end a crawl
        found = failed(evidence, f"{place_of(error)}: {error}")
        log.warning("%s cannot be judged: %s", found.model or "a model", found.reasons[0])
        log.debug("%s", found.model, exc_info=True)
        return found


def _answers(evidence: Evidence, table: Families, found: Architecture) -> list[SourceAnswer]:
    answers: list[SourceAnswer] = []
    reduced: list[SourceAnswer] = []
    classes = reported_classes = tuple(name for name in evidence.classes if _TYPE.fullmatch(name))
    model_type = evidence.model_type or ""
    model_type = model_type if _TYPE.fullmatch(model_type) else ""
    if evidence.config is not None:
        answer, named = read_structure(evidence.config, table)
        if answer.method.startswith("type"):
            answer.source = AnswerSource.API  # it tells the type alone, as hubs reduce it
            reduced.append(answer)
        else:
            answers.append(answer)
        classes = classes or tuple(named)
        found.architecture = next(iter(named), None)
    found.architecture = found.architecture or next(iter(classes), None)
    if evidence.gguf is not None:
        answers.append(read_gguf(evidence.gguf, table))
    if evidence.tensors is not None:
        answers.append(read_tensors(evidence.tensors, bits_of(evidence.config)))
    answers += reduced
    if (
        hint := from_type(table, AnswerSource.API, model_type or None, reported_classes)
    ) is not None:
        answers.append(hint)
    if (hint := read_tags(evidence.tags, table)) is not None:
        answers.append(hint)
    stated = {one.moe_family for one in answers if one.is_moe and one.moe_family}
    if (hint := read_bases(_bases(evidence), table)) is not None:
        answers.append(hint)
    stated_type = next((one.model_type for one in answers if one.model_type), None)
    family, _ = family_of(table, stated_type, classes)
    hint = read_name(evidence.model, table, family)
    if hint is not None and not (is_only_a_word(hint) and is_drawn(evidence.tags)):
        weigh_by_evidence(hint, evidence, table)
        answers.append(hint)
        weigh_inherited(answers, hint)
        weigh_types(answers, hint)
    _add_member(answers, evidence, {name for name in stated if name}, found)
    if evidence.card and (hint := read_card(evidence.card)) is not None:
        answers.append(hint)
    return answers


def _add_member(
    answers: list[SourceAnswer], evidence: Evidence, families: set[str], found: Architecture
) -> None:
    """Add what is published of the member that the model is, where something calls it a mixture.

    One that is listed, or is named as one that is, goes before its bases; a name that only holds
    that of a member, a size or a total, behind them.
    """
    if not is_listed(evidence.model) and not any(one.is_moe for one in answers):
        return
    if any(one.method in {"name-draft", "name-distilled"} for one in answers):
        return
    weights = read_headers_of_mixture(evidence)
    inherited = next((one for one in answers if one.source is AnswerSource.INHERITED), None)
    if inherited is not None:
        contradiction = keep_unchanged(inherited, evidence, weights, answers)
        found.conflicts += [contradiction] if contradiction else []
    named = next((one for one in answers if one.source is AnswerSource.NAME), None)
    if not families:
        by = (one for one in (inherited, named) if one is not None and not one.is_weak)
        families = {one.moe_family for one in by if one.moe_family}
    if named is not None and families <= {FORM}:
        contradiction = count_mixture(named, evidence.model, weights)
        found.conflicts += [contradiction] if contradiction else []
    member = read_member(evidence.model, families, weights)
    if member is None:
        return
    if member.is_moe is None:
        found.conflicts += member.reasons
    elif named is not None and named.is_weak and member.method not in {LISTED, TOTAL}:
        member.is_weak = True
        member.reasons += named.reasons
    sources = [one.source for one in answers]
    behind = {AnswerSource.NAME} if member.method not in {LISTED, COPY} else {
        AnswerSource.INHERITED, AnswerSource.NAME
    }  # fmt: skip
    place = next((at for at, source in enumerate(sources) if source in behind), len(answers))
    answers.insert(place, member)


def _bases(evidence: Evidence) -> list[EvidenceBase]:
    """Return the bases listed, else those that tags name."""
    listed: Iterable[EvidenceBase] = evidence.bases
    tagged = {base.name: base for base in bases_of(evidence.tags)}
    merged = {
        base.name: tagged[base.name]
        if base.relation == Relation.UNKNOWN and base.name in tagged and base.architecture is None
        else base
        for base in listed
    }
    return list(merged.values()) or list(tagged.values())


def _chosen(answers: list[SourceAnswer]) -> SourceAnswer | None:
    clear = [answer for answer in answers if answer.is_moe is not None]
    return next((one for one in clear if not one.is_weak), clear[0] if clear else None)


def _set_type(found: Architecture, answers: list[SourceAnswer]) -> None:
    order = {AnswerSource.CONFIG: 0, AnswerSource.API: 1, AnswerSource.GGUF: 2, AnswerSource.TAG: 3}
    named = [answer for answer in answers if answer.model_type and answer.source in order]
    if named:
        found.model_type = min(named, key=lambda one: order[one.source]).model_type


def _set(found: Architecture, chosen: SourceAnswer, answers: list[SourceAnswer]) -> None:
    found.is_moe, found.source, found.method = chosen.is_moe, chosen.source.value, chosen.method
    found.confidence = chosen.confidence
    found.reasons = list(dict.fromkeys(chosen.reasons))
    agreed = [one for one in answers if one.is_moe is chosen.is_moe]
    ordered = [chosen, *(one for one in agreed if one is not chosen)]
    if found.is_moe:
        found.moe_family = next((one.moe_family for one in ordered if one.moe_family), None)
        found.router = next((one.router for one in ordered if one.router), None)
        for column in SHAPE:
            stated = (getattr(one, column) for one in ordered)
            setattr(found, column, next((one for one in stated if one is not None), None))
    found.conflicts += _conflicts(found, chosen, answers)
    found.is_unsure = bool(found.reasons or found.conflicts or chosen.is_weak)


def _conflicts(found: Architecture, chosen: SourceAnswer, answers: list[SourceAnswer]) -> list[str]:
    conflicts = []
    for answer in answers:
        if answer is chosen or answer.is_moe is None:
            continue
        if answer.is_moe is not chosen.is_moe:
            what = "experts" if answer.is_moe else "no experts"
            conflicts.append(f"{answer.source.value} says {what} ({answer.method})")
            continue
        for column in COUNTS if found.is_moe else ():
            stated, selected = getattr(answer, column), getattr(found, column)
            if stated is not None and selected is not None and stated != selected:
                conflicts.append(f"{answer.source.value} says {column} {stated}")
    return conflicts
