"""Attention with a gate on its output that the config does not tell."""

from __future__ import annotations

from miner.pipelines.derive.architecture.mixers import Traits

TRAITS = Traits(has_output_gate=True)
