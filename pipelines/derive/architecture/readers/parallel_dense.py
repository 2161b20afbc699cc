"""A block without experts runs beside the experts of every layer, and is always on."""

from __future__ import annotations

from miner.pipelines.derive.architecture.parameters import Block, Sizes, feed_forward
from miner.pipelines.derive.architecture.part import ConfigPart


def blocks(part: ConfigPart, sizes: Sizes, layer: int) -> Block:
    """Count both blocks and the norms between them."""
    routed = feed_forward(part, sizes, layer)
    if not sizes.moe[layer]:
        return routed
    width = part.count("intermediate_size") or 0
    if part.flag("parallel_attn_mlp_res"):
        width = sizes.hidden  # this design has a residual block as wide as the model
    dense = sizes.block(width) + 3 * sizes.hidden
    return routed + Block(dense, dense)
