"""Latent attention whose query comes with a gate, from two inputs; norms with gates of low rank."""

from __future__ import annotations

from miner.pipelines.derive.architecture.mixers import head_count
from miner.pipelines.derive.architecture.parameters import Block, Sizes, feed_forward
from miner.pipelines.derive.architecture.part import ConfigPart


def blocks(part: ConfigPart, sizes: Sizes, layer: int) -> Block:
    """Count a block, and what the layer has beyond plain latent attention."""
    heads, rank = head_count(part) or 0, part.count("q_lora_rank") or 0
    width = (part.count("qk_nope_head_dim") or 0) + (part.count("qk_rope_head_dim") or 0)
    gate = heads * (part.count("v_head_dim") or 0)
    more = 2 * rank * (heads * width + gate) - rank * heads * width
    more += 2 * 2 * sizes.hidden * (part.count("gated_norm_rank") or 0)
    return feed_forward(part, sizes, layer) + Block(more, more)
