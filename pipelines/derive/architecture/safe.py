"""A result that always comes, and whose texts can be stored and sent whatever was read.

Configs, names and tags are written by strangers: a text in them can hold half of a surrogate pair,
which JSON spells and UTF-8 has not, and NUL, which stores refuse.
"""

from __future__ import annotations

import re

from miner.pipelines.derive.architecture.model_evidence import Architecture, Evidence
from miner.pipelines.sources.records.values import storable

_TEXTS = ("hub", "model", "moe_family", "model_type", "architecture", "router")
_TEXTS_OF_ANSWER = ("moe_family", "model_type", "router", "read_in")
_MOST_OF_REASON = 200
_FAULT = re.compile(r"failed: (\w+ at [\w.]+\.py:\d+): ", re.ASCII)


def cleaned(found: Architecture) -> Architecture:
    """Replace in all texts of an architecture what no store accepts; return the same object."""
    _clean(found, _TEXTS)
    found.reasons = list(map(storable, found.reasons))
    found.conflicts = list(map(storable, found.conflicts))
    for answer in found.evidence:
        _clean(answer, _TEXTS_OF_ANSWER)
        if answer.reasons:
            answer.reasons = list(map(storable, answer.reasons))
    return found


def _clean(target: object, names: tuple[str, ...]) -> None:
    for name in names:
        if (text := getattr(target, name)) is not None:
            setattr(target, name, storable(text))


def failed(evidence: Evidence, reason: str) -> Architecture:
    """Return the architecture of a model that the rules broke on: unknown, and why.

    Args:
        evidence: What is known of the model.
        reason: What happened.
    """
    found = Architecture(evidence.hub, evidence.model, is_unsure=True)
    found.reasons.append(f"failed: {' '.join(reason.split())[:_MOST_OF_REASON]}")
    return cleaned(found)


def has_failed(found: Architecture) -> bool:
    """Return whether the rules broke on a model, or took too long."""
    return bool(found.reasons) and found.reasons[0].startswith("failed: ")


def fault_of(found: Architecture) -> str:
    """Return class and place of the unexpected error that a derivation failed by, else nothing."""
    match = _FAULT.match(found.reasons[0]) if found.reasons else None
    return match[1] if match else ""
