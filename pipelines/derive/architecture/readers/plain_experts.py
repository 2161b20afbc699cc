"""Blocks of two matrices, and experts that can work in a narrower width of their own."""

from __future__ import annotations

from miner.pipelines.derive.architecture.parameters import Block, Sizes
from miner.pipelines.derive.architecture.part import ConfigPart


def blocks(part: ConfigPart, sizes: Sizes, layer: int) -> Block:
    """Count a block; two projections lead to the experts' width and back."""
    if not sizes.moe[layer]:
        width = 2 * sizes.hidden * sizes.dense_width * _is_block(part, layer)
        return Block(width, width)
    latent = part.count("moe_latent_size")
    one = 2 * (latent or sizes.hidden) * sizes.expert_width
    always = sizes.hidden * sizes.experts + 2 * sizes.hidden * sizes.shared_width
    always += 2 * sizes.hidden * latent if latent else 0
    return Block(always + sizes.experts * one, always + sizes.top_k * one)


def _is_block(part: ConfigPart, layer: int) -> bool:
    """Return whether a layer without experts is a block, and not a mixer alone."""
    pattern = part.get("hybrid_override_pattern")
    if isinstance(pattern, str):
        return pattern[layer : layer + 1] == "-"
    series = part.series("layers_block_type") or []
    return layer < len(series) and str(series[layer]).lower() == "mlp"
