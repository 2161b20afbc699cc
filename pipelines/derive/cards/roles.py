"""What data was to a model: pretraining, finetuning or alignment."""

from __future__ import annotations

import re
from collections.abc import Iterable

from miner.pipelines.derive.cards.document import Document
from miner.pipelines.derive.cards.value import Value

_ALIGNMENT = re.compile(r"dpo|rlhf|preference|feedback|hh-rlhf|orpo|reward", re.IGNORECASE)
_PRETRAINED = re.compile(r"\bpre-?train(?:ed|ing)\b|from scratch")
_TUNED = re.compile(r"fine-?\s?tun")


def add_roles(document: Document, values: Iterable[Value]) -> None:
    """Set the role of training data: a model with a base was tuned on it, one without pretrained.

    Args:
        document: The card.
        values: All its values; changed in place.
    """
    values = list(values)
    has_base = any(value.field == "base_model" for value in values)
    for value in values:
        if value.field != "training_dataset" or "role" in value.qualifiers:
            continue
        if _ALIGNMENT.search(str(value.value)):
            role = "alignment"
        elif has_base or (document.contains(_TUNED) and not document.contains(_PRETRAINED)):
            role = "finetuning"
        elif document.contains(_PRETRAINED):
            role = "pretraining"
        else:
            role = "unknown"
        value.qualifiers["role"] = role
