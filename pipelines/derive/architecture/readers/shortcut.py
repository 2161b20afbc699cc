"""A layer of two attentions and two blocks, with experts on a shortcut around them.

Some of the experts that a router can choose do nothing; they have no parameters, and a token
uses fewer real ones the more of them it is given.
"""

from __future__ import annotations

from miner.pipelines.derive.architecture.parameters import Block, Sizes, feed_forward
from miner.pipelines.derive.architecture.part import ConfigPart

ATTENTIONS = 2


def blocks(part: ConfigPart, sizes: Sizes, layer: int) -> Block:
    """Count both blocks and the experts; active is the mean over tokens, idle experts left out."""
    idle = part.count("zero_expert_num") or 0
    dense = 2 * sizes.block(part.count("ffn_hidden_size", "intermediate_size") or 0)
    dense += idle * sizes.hidden  # the router knows the idle ones too
    routed = feed_forward(part, sizes, layer)
    spared = sizes.top_k * idle * sizes.block(sizes.expert_width) // (sizes.experts + idle)
    return Block(routed.total, routed.active - spared) + Block(dense, dense)
