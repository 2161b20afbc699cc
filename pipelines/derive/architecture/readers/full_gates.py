"""Linear attention whose gates have full width."""

from __future__ import annotations

from miner.pipelines.derive.architecture.mixers import Traits

TRAITS = Traits(has_full_gates=True)
