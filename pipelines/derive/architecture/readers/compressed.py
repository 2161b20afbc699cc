"""Attention whose queries and keys are mixed over positions, and a router of several layers."""

from __future__ import annotations

from miner.pipelines.derive.architecture.mixers import head_count
from miner.pipelines.derive.architecture.parameters import Block, Sizes, feed_forward
from miner.pipelines.derive.architecture.part import ConfigPart


def blocks(part: ConfigPart, sizes: Sizes, layer: int) -> Block:
    """Count a block with its router's inner layers, and the convolutions before it."""
    width = part.count("head_dim") or sizes.hidden // (head_count(part) or 1)
    heads = (head_count(part) or 0) + (part.count("num_key_value_heads") or 0)
    kernels = part.count("cca_time0") or 0, part.count("cca_time1") or 0
    mixed = heads * width * (kernels[0] + kernels[1] * width)
    inner = part.count("router_hidden_size")
    if inner and sizes.moe[layer]:
        mixed += inner * (sizes.hidden + 2 * inner + sizes.experts + 1)
        mixed -= sizes.hidden * sizes.experts  # the plain router, which is counted with the block
    return feed_forward(part, sizes, layer) + Block(mixed, mixed)
