"""Experts cut from one block: together they are as wide as the block was."""

from __future__ import annotations

from miner.pipelines.derive.architecture.parameters import Block, Sizes
from miner.pipelines.derive.architecture.part import ConfigPart


def blocks(part: ConfigPart, sizes: Sizes, layer: int) -> Block:
    """Count the block once, and of it the share that a token uses."""
    whole = sizes.block(part.count("intermediate_size") or 0)
    if not sizes.moe[layer] or not sizes.experts:
        return Block(whole, whole)
    router = sizes.hidden * sizes.experts
    return Block(whole + router, whole * sizes.top_k // sizes.experts + router)
