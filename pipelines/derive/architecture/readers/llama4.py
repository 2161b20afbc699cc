"""Experts in some layers, each with one shared expert; the other layers are wider blocks."""

from __future__ import annotations

from miner.pipelines.derive.architecture.experts import Experts
from miner.pipelines.derive.architecture.part import ConfigPart


def adjust(experts: Experts, part: ConfigPart, moe: list[bool]) -> list[bool]:
    """Set the shared expert, which no key tells: it is as wide as a routed one."""
    if any(moe) and (experts.count or 0) > 1:
        experts.shared = 1
        experts.shared_width = part.count("intermediate_size")
    return moe
