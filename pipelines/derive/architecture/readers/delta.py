"""Gated delta nets beside attention with an output gate, and a gate on the shared expert."""

from __future__ import annotations

from miner.pipelines.derive.architecture.mixers import Traits
from miner.pipelines.derive.architecture.parameters import Block, Sizes, feed_forward
from miner.pipelines.derive.architecture.part import ConfigPart

TRAITS = Traits(has_output_gate=True)


def blocks(part: ConfigPart, sizes: Sizes, layer: int) -> Block:
    """Count a block; the shared expert has a gate of one output."""
    gate = sizes.hidden if sizes.moe[layer] and sizes.shared_width else 0
    return feed_forward(part, sizes, layer) + Block(gate, gate)
