"""Experts are adapters beside one block that all of them share."""

from __future__ import annotations

from miner.pipelines.derive.architecture.parameters import Block, Sizes
from miner.pipelines.derive.architecture.part import ConfigPart


def blocks(part: ConfigPart, sizes: Sizes, layer: int) -> Block:
    """Count the block, and two matrices an adapter."""
    dense = sizes.block(part.count("intermediate_size") or 0)
    if not sizes.moe[layer]:
        return Block(dense, dense)
    one = 2 * sizes.hidden * (part.count("adapter_dim") or 0)
    router = sizes.hidden * sizes.experts
    return Block(dense + router + sizes.experts * one, dense + router + sizes.top_k * one)
