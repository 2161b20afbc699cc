"""Sliding layers with twice the key-value heads, where the config does not tell them apart."""

from __future__ import annotations

from miner.pipelines.derive.architecture.mixers import Traits

TRAITS = Traits(doubles_sliding_heads=True)
