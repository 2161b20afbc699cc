"""Experts, routers and attention with biases, and a sink a head."""

from __future__ import annotations

from miner.pipelines.derive.architecture.mixers import head_count
from miner.pipelines.derive.architecture.parameters import Block, Sizes, feed_forward
from miner.pipelines.derive.architecture.part import ConfigPart


def blocks(part: ConfigPart, sizes: Sizes, layer: int) -> Block:
    """Count a block with the biases of its experts and router, and the sinks of the layer."""
    plain = feed_forward(part, sizes, layer)
    always = sizes.experts + (head_count(part) or 0)
    bias = 2 * sizes.expert_width + sizes.hidden
    return plain + Block(always + sizes.experts * bias, always + sizes.top_k * bias)
