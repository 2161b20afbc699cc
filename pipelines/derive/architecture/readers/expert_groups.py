"""Two groups of experts in one layer, for text and for images; a token uses one group's."""

from __future__ import annotations

from miner.pipelines.derive.architecture import config_values
from miner.pipelines.derive.architecture.parameters import Block, Sizes
from miner.pipelines.derive.architecture.part import ConfigPart


def blocks(part: ConfigPart, sizes: Sizes, layer: int) -> Block:
    """Count both groups; active are the experts that a text token uses."""
    if not sizes.moe[layer]:
        width = sizes.block(sizes.dense_width)
        return Block(width, width)
    stated = part.get("moe_intermediate_size")
    widths = [config_values.whole(one) or 0 for one in stated] if isinstance(stated, list) else []
    widths = widths or [sizes.expert_width]
    always = len(widths) * sizes.hidden * sizes.experts + sizes.block(sizes.shared_width)
    return Block(
        always + sum(sizes.experts * sizes.block(width) for width in widths),
        always + sizes.top_k * sizes.block(widths[0]),
    )
