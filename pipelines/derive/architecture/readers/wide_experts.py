"""Experts with an input width of their own, led to and back by projections; gated attention."""

from __future__ import annotations

from miner.pipelines.derive.architecture.mixers import Traits
from miner.pipelines.derive.architecture.parameters import Block, Sizes, feed_forward
from miner.pipelines.derive.architecture.part import ConfigPart

TRAITS = Traits(has_output_gate=True)


def blocks(part: ConfigPart, sizes: Sizes, layer: int) -> Block:
    """Count a block whose experts work in their own width."""
    width = part.count("moe_hidden_size")
    if not sizes.moe[layer] or width is None:
        return feed_forward(part, sizes, layer)
    one = sizes.block(sizes.expert_width, width)
    always = sizes.hidden * sizes.experts + 2 * sizes.hidden * width
    return Block(always + sizes.experts * one, always + sizes.top_k * one)
