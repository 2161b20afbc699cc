"""The words of license facts and verdicts, each with one sentence."""

from __future__ import annotations

from enum import StrEnum

from miner.schema.vocab import RELATION_SPELLINGS, Relation


class Verdict(StrEnum):
    """What is said of one edge: whether what is stated downstream goes with what is upstream."""

    CONSISTENT = "consistent"  # nothing stated is against the upstream's terms
    UNKNOWN = "unknown"  # a side states nothing, or nothing that can be compared
    NEEDS_REVIEW = "needs-review"  # it turns on a fact, a version or a question of law left open
    INCONSISTENT = "inconsistent"  # what is stated contradicts the upstream's terms


WORST_LAST: tuple[Verdict, ...] = tuple(Verdict)
"""If several rules speak, the verdict that stands last here wins."""


class Severity(StrEnum):
    """How much hangs on it."""

    INFO = "info"  # nothing to do but keep notices
    LOW = "low"  # a statement to add or correct
    MEDIUM = "medium"  # a duty is probably missed, or a right is unsure
    HIGH = "high"  # a right is claimed that was not given


class LicenseRelation(StrEnum):
    """How the downstream came from, or uses, the upstream."""

    FINETUNE = "finetune"  # trained further from its weights
    ADAPTER = "adapter"  # small weights that need its weights beside them
    QUANTIZED = "quantized"  # its weights at another precision or in another format
    MERGE = "merge"  # its weights and those of others combined
    UNKNOWN = "unknown"  # made from its weights, in a way that is not stated
    COPIED_FROM = "copied_from"  # the same content elsewhere
    DISTILL = "distill"  # trained on, or made of, its outputs
    TRAINED_ON = "trained_on"  # a model trained on data
    USED_BY = "used_by"  # a repository that loads, or ships, it
    SELF = "self"  # two statements on one and the same thing


WEIGHTS = frozenset(
    {
        LicenseRelation.FINETUNE,
        LicenseRelation.ADAPTER,
        LicenseRelation.QUANTIZED,
        LicenseRelation.MERGE,
        LicenseRelation.UNKNOWN,
        LicenseRelation.COPIED_FROM,
    }
)
"""Relations in which the downstream holds the upstream's weights or data."""

_OTHER_SPELLINGS = {
    "finetuned_from": LicenseRelation.FINETUNE,
    "fine_tuned_from": LicenseRelation.FINETUNE,
    "adapter_of": LicenseRelation.ADAPTER,
    "adapter_from": LicenseRelation.ADAPTER,
    "quantized_from": LicenseRelation.QUANTIZED,
    "merged_from": LicenseRelation.MERGE,
    "merge_of": LicenseRelation.MERGE,
    "distilled_from": LicenseRelation.DISTILL,
    "distilled_from_outputs": LicenseRelation.DISTILL,
    "derived_from": LicenseRelation.UNKNOWN,
    "copy_of": LicenseRelation.COPIED_FROM,
    "copied": LicenseRelation.COPIED_FROM,
}

LICENSE_RELATION_SPELLINGS: dict[str, LicenseRelation] = {
    **{word: LicenseRelation(relation.value) for word, relation in RELATION_SPELLINGS.items()},
    Relation.UNKNOWN.value: LicenseRelation.UNKNOWN,
    **{relation.value: relation for relation in LicenseRelation},
    **_OTHER_SPELLINGS,
}
"""Spellings of relations, lower case, to the word of this project."""


class LicenseFamily(StrEnum):
    """License families: licenses that ask for the same kind of thing."""

    PERMISSIVE = "permissive"  # notices stay, all else is free
    PUBLIC_DOMAIN = "public-domain"  # no conditions
    CC_ATTRIBUTION = "cc-attribution"  # credit
    CC_SHAREALIKE = "cc-sharealike"  # credit; adaptations under the same elements
    CC_NONCOMMERCIAL = "cc-noncommercial"  # credit; no commercial use
    CC_NC_SHAREALIKE = "cc-nc-sharealike"  # both
    CC_NODERIVATIVES = "cc-noderivatives"  # credit; no shared adaptations
    CC_NC_NODERIVATIVES = "cc-nc-noderivatives"  # neither commercial use nor shared adaptations
    WEAK_COPYLEFT = "weak-copyleft"  # the covered files or library stay under it
    STRONG_COPYLEFT = "strong-copyleft"  # the whole work stays under it
    NETWORK_COPYLEFT = "network-copyleft"  # also where it is only offered over a network
    DATA_PERMISSIVE = "data-permissive"  # a data license that asks for credit or notice
    DATA_SHAREALIKE = "data-sharealike"  # a data license that stays on derived data
    RAIL = "rail"  # listed uses are prohibited, and the list goes on with every derivative
    COMMUNITY = "community"  # a vendor's agreement: commercial use under conditions
    RESEARCH_ONLY = "research-only"  # a vendor's agreement: research or non-commercial use alone
    SOURCE_AVAILABLE = "source-available"  # readable, with limits on use or sale
    PROVIDER_TERMS = "provider-terms"  # terms of use of a hosted service
    UNKNOWN = "unknown"  # not known


CREDIT_ONLY = frozenset(
    {
        LicenseFamily.PERMISSIVE,
        LicenseFamily.PUBLIC_DOMAIN,
        LicenseFamily.CC_ATTRIBUTION,
        LicenseFamily.DATA_PERMISSIVE,
    }
)
"""Families that let derivatives take another license as long as credit and notices stay."""

COPYLEFT = frozenset({LicenseFamily.STRONG_COPYLEFT, LicenseFamily.NETWORK_COPYLEFT})
SHAREALIKE = frozenset(
    {LicenseFamily.CC_SHAREALIKE, LicenseFamily.CC_NC_SHAREALIKE, LicenseFamily.DATA_SHAREALIKE}
)  # fmt: skip

FAMILY_KEYS = frozenset({"agpl", "bsd", "cc", "gfdl", "gpl", "lgpl", "openrail"})
"""Keys that name a family and not a text."""
