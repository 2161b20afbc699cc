"""How weights are packed, as a config tells it."""

from __future__ import annotations

from collections.abc import Mapping

from miner.pipelines.architecture import values

Config = bytes | Mapping[str, object] | None


def _quantization(config: Config) -> Mapping[str, object] | None:
    decoded = values.decode(config)[0] if isinstance(config, bytes) else config
    for key in ("quantization_config", "quantization"):
        told = decoded.get(key) if decoded is not None else None
        if isinstance(told, Mapping):
            return told
    return None


def is_packed(config: Config) -> bool:
    """Return whether a config tells of weights of which one element holds several."""
    told = _quantization(config)
    if told is None:
        return False
    method = str(told.get("quant_method", "")).lower()
    return "fp8" not in method and bits_of(config) not in {8, 16}


def bits_of(config: Config) -> int | None:
    """Return the bits of a packed weight that a config tells, None if it tells none."""
    told = _quantization(config)
    if told is None:
        return None
    for name in ("bits", "w_bit", "weight_bits", "num_bits"):
        if (bits := values.whole(told.get(name))) is not None and 0 < bits <= 16:
            return bits
    if told.get("load_in_4bit") is True or told.get("_load_in_4bit") is True:
        return 4
    groups = told.get("config_groups")
    for group in groups.values() if isinstance(groups, Mapping) else ():
        weights = group.get("weights") if isinstance(group, Mapping) else None
        if isinstance(weights, Mapping) and (bits := values.whole(weights.get("num_bits"))):
            return bits
    return None
