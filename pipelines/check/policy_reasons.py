"""Codes of what a policy finds, one sentence each."""

from __future__ import annotations

from functools import cache

from miner.pipelines.check.chain_findings import OWN_REASONS
from miner.schema.licenses import load_reasons

POLICY_REASONS = {
    "LICENSE_DENIED": "The policy denies the license of a model, or of a base in it.",
    "LICENSE_NOT_ALLOWED": "The license of a model, or of a base in it, is not among those that "
    "the policy allows.",
    "LICENSE_TO_REVIEW": "The policy asks that the license of a model, or of a base, is reviewed.",
    "NON_COMMERCIAL_MODEL": "A model may not be used commercially, and the project is commercial.",
    "NETWORK_CLAUSE": "A license counts the offer over a network as passing on, and the project "
    "is hosted.",
    "MODEL_GONE": "A model is not on its hub any more, or disabled.",
    "MODEL_GATED": "The terms of a model have to be accepted before it can be downloaded.",
    "REVISION_UNPINNED": "A load names no commit, so what it gets can change.",
    "PICKLE_WEIGHTS": "The weights of a model are pickled only: loading them can run code.",
    "WAIVER_EXPIRED": "A waiver of the policy has expired.",
    "WAIVER_UNUSED": "A waiver of the policy matches no finding.",
    "CONCLUSION_UNUSED": "A conclusion of the policy is on a model that the project does not use.",
}


@cache
def known_codes() -> frozenset[str]:
    """Return every code that a finding can have."""
    return frozenset({*load_reasons(), *OWN_REASONS, *POLICY_REASONS})
