"""How weights are packed, as config, name and tags tell it.

A word of 32 bits holds eight weights of 4 bits, and headers count words: their total is then a
fraction of the parameters. Weights of 8 bits are packed by some tools and left whole by others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from miner.pipelines.derive.architecture import config_values
from miner.pipelines.derive.architecture.name_hints import own_name

_PACKED_NAME = re.compile(
    r"(?:^|[-_.])(?:awq|gptq|nvfp4|mxfp4|fp4|nf4|bnb|int[2-4]|w[1-4](?:a\d+)?|exl[23]|aqlm|quip"
    r"|o?q[1-7](?:\.\d+)?e?|[1-7](?:\.\d+)?[-_]?bits?|\d(?:\.\d+)?[-_]?bpw)(?:$|[-_.])",
    re.IGNORECASE,
)
_QUANTIZED_NAME = re.compile(
    r"(?:^|[-_.])(?:mlx|mtplx|w[5-8]a\d+|(?:w\d)?g(?:32|64|128)|o?q8e?|(?:mx)?fp[68]"
    r"|8[-_]?bits?|int[5-8]|hqq|autoround)(?:$|[-_.])|quant(?:i[sz]ed)?(?:$|[-_.])",
    re.IGNORECASE,
)
_QUANTIZED_BITS = re.compile(r"(?:^|[-_.])(?:8[-_]?bits?|o?q8e?|mxfp8)(?:$|[-_.])", re.IGNORECASE)
_BITS = re.compile(r"[1-8](?:\.\d+)?-?bits?|int[2-8]|w[1-8]a\d+")
_FEW_BITS = re.compile(r"[1-7](?:\.\d+)?-?bits?|int[2-4]|w[1-4]a\d+")
_TOOLS = {"awq", "gptq", "exl2", "exl3", "nvfp4", "mxfp4", "aqlm"}
_MAY_PACK = {"mlx", "quantized", "quantization", "hqq", "bitsandbytes", "compressed-tensors",
             "modelopt", "auto-round", "quanto"}  # fmt: skip
_MLX = "mlx"
_PRUNED = re.compile(r"(?:^|[-_.\d])(?:reap|prun(?:e|ed|ing))(?:$|[-_.\d])", re.IGNORECASE)
NAME_PATTERNS = (_PACKED_NAME, _QUANTIZED_NAME, _QUANTIZED_BITS, _PRUNED, re.compile(_MLX))
"""Of which one matches in each name that tells of packing."""

Config = bytes | Mapping[str, object] | None


def _quantization(config: Config) -> Mapping[str, object] | None:
    decoded = config_values.decode(config)[0] if isinstance(config, bytes) else config
    for key in ("quantization_config", "quantization"):
        quantization = decoded.get(key) if decoded is not None else None
        if isinstance(quantization, Mapping):
            return quantization
    return None


def is_packed(config: Config) -> bool:
    """Return whether a config tells of weights of which one element holds several."""
    quantization = _quantization(config)
    if quantization is None:
        return False
    method = str(quantization.get("quant_method", "")).lower()
    return "fp8" not in method and bits_of(config) not in {8, 16}


def names_few_bits(model: str, tags: Iterable[str]) -> bool:
    """Return whether name or tags tell of weights of which one element holds several."""
    name, words = own_name(model), {tag.lower() for tag in tags}
    if _PACKED_NAME.search(name) or words & _TOOLS or any(map(_FEW_BITS.fullmatch, words)):
        return True
    is_mlx = _MLX in words or "mlx" in name.lower()
    return is_mlx and (bool(_QUANTIZED_BITS.search(name)) or any(map(_BITS.fullmatch, words)))


def names_quantization(model: str, tags: Iterable[str]) -> bool:
    """Return whether name or tags tell of quantized weights, packed or not."""
    words = {tag.lower() for tag in tags}
    is_tagged = bool(words & (_TOOLS | _MAY_PACK)) or any(map(_BITS.fullmatch, words))
    name = own_name(model)
    return is_tagged or bool(_QUANTIZED_NAME.search(name) or _PACKED_NAME.search(name))


def names_pruning(model: str) -> bool:
    """Return whether a name says that experts or layers were pruned."""
    return _PRUNED.search(own_name(model)) is not None


def is_tag_of_packing(tag: str) -> bool:
    """Return whether a tag, lower case, is one that tells of packing."""
    return tag in _TOOLS or tag in _MAY_PACK or tag == _MLX or _BITS.fullmatch(tag) is not None


def bits_of(config: Config) -> int | None:
    """Return the bits of a packed weight that a config tells, None if it tells none."""
    quantization = _quantization(config)
    if quantization is None:
        return None
    for name in ("bits", "w_bit", "weight_bits", "num_bits"):
        if (bits := config_values.whole(quantization.get(name))) is not None and 0 < bits <= 16:
            return bits
    if quantization.get("load_in_4bit") is True or quantization.get("_load_in_4bit") is True:
        return 4
    groups = quantization.get("config_groups")
    for group in groups.values() if isinstance(groups, Mapping) else ():
        weights = group.get("weights") if isinstance(group, Mapping) else None
        if isinstance(weights, Mapping) and (bits := config_values.whole(weights.get("num_bits"))):
            return bits
    return None
