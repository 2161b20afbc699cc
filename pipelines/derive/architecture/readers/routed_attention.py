"""Attention is routed too: its query and output projections are experts."""

from __future__ import annotations

from miner.pipelines.derive.architecture.mixers import head_count
from miner.pipelines.derive.architecture.parameters import Block, Sizes, feed_forward
from miner.pipelines.derive.architecture.part import ConfigPart


def blocks(part: ConfigPart, sizes: Sizes, layer: int) -> Block:
    """Count a block, and the experts of the attention in place of one pair of projections."""
    width = part.count("kv_channels", "head_dim") or sizes.hidden // (head_count(part) or 1)
    inner = width * (part.count("num_key_value_heads") or 0)
    one = 2 * sizes.hidden * inner
    heads = head_count(part) or part.count("num_key_value_heads") or 0
    counted = 2 * sizes.hidden * width * heads
    router = sizes.hidden * sizes.experts
    return feed_forward(part, sizes, layer) + Block(
        sizes.experts * one + router - counted, sizes.top_k * one + router - counted
    )
