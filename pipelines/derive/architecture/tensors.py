"""Safetensors headers: names and shapes of weights, and totals by number format.

Weights of few bits are packed: one element holds several parameters, and scales stand beside
them. Totals are corrected for that before they are compared with anything.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from miner.pipelines.derive.architecture import config_values
from miner.pipelines.derive.architecture.model_evidence import AnswerSource, SourceAnswer
from miner.schema.patterns import bounded

_INDEXED = bounded(
    r"(?:^|\.)(?P<layer>\d+)\.(?:[\w]+\.)*?(?:experts?|moe_experts)\.(?P<expert>\d+)\."
)
_STACKED = re.compile(
    r"(?:^|\.)experts\.(?:gate_up_proj|gate_proj|up_proj|down_proj|w[123]|mlp\.w[123]|"
    r"input_linear|output_linear)(?:\.weight|_blocks|_packed|\.qweight)?$"
    r"|block_sparse_moe\.(?:input_linear|output_linear)\.weight$|switch_mlp\.\w+\.weight$"
)
_ADAPTER = re.compile(r"(^|[._])lora_|adapter", re.IGNORECASE)
_SHARED = re.compile(r"shared_experts?(?:\.(\d+))?\.|shared_mlp\.")
_SCALES = re.compile(
    r"(_scale|_scales|\.scales|\.biases|scale_inv|_scale_2|qzeros|g_idx|input_scale)$"
)
_MAX_NAMES = 1_000_000
_WHOLE = {"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "FP8", "I8", "BOOL"}
_WORD_BITS = {"I32": 32, "U32": 32, "U8": 8, "F4": 4, "F4_E2M1": 4}


def read_tensors(tensors: Mapping[str, object], quantization: int | None = None) -> SourceAnswer:
    """Return what names and shapes of weights say.

    Args:
        tensors: By name: ``{"shape": […], "dtype": …}`` as in a header; the names alone will do.
        quantization: Bits of a packed weight, where a config tells them.
    """
    answer = SourceAnswer(AnswerSource.SAFETENSORS, "tensors")
    names = [name for name in list(tensors)[:_MAX_NAMES] if name != "__metadata__"]
    if not names:
        answer.reasons.append("no weights are named")
        return answer
    if all(_ADAPTER.search(name) for name in names):
        answer.reasons.append("the weights are an adapter's")
        return answer
    answer.expert_count = _experts(names, tensors)
    answer.is_moe = (answer.expert_count or 0) > 1
    if answer.expert_count is None and any("experts" in name.split(".") for name in names):
        answer.is_moe, answer.is_weak = True, True
    answer.read_in = "names of weights"
    if answer.is_moe:
        shared = [match for name in names if (match := _SHARED.search(name))]
        indexed = {match[1] for match in shared if match[1] is not None}
        answer.shared_expert_count = len(indexed) or None if shared else 0
    else:
        answer.expert_count = None
    answer.parameter_count = _total(names, tensors, quantization)
    return answer


def _experts(names: list[str], tensors: Mapping[str, object]) -> int | None:
    """Return the experts of a layer: by the highest number in a name, or by the first axis."""
    most = -1
    for name in names:
        if (match := _INDEXED.search(name)) is not None and "shared" not in name:
            most = max(most, int(match["expert"]))
    if most >= 0:
        return most + 1
    for name in names:
        shape = _shape(tensors.get(name))
        if _STACKED.search(name) and "shared" not in name and len(shape) >= 2:
            return shape[0] if len(shape) >= 3 else None
    return None


def _shape(entry: object) -> list[int]:
    found = entry.get("shape") if isinstance(entry, Mapping) else None
    numbers = [config_values.whole(one) for one in found] if isinstance(found, list) else []
    return [one for one in numbers if one is not None and one >= 0]


def _total(names: list[str], tensors: Mapping[str, object], bits: int | None) -> int | None:
    """Return parameters by shapes, packed weights unpacked; None if a shape or width is missing."""
    total = 0
    for name in names:
        entry = tensors[name]
        if not isinstance(entry, Mapping) or not isinstance(entry.get("shape"), list):
            return None
        if _SCALES.search(name):
            continue
        elements = math.prod(_shape(entry))
        word = _WORD_BITS.get(str(entry.get("dtype")))
        if word is not None:
            width = 4 if str(entry.get("dtype")) in {"U8", "F4", "F4_E2M1"} else bits
            if not width or word % width:
                return None
            elements = elements * word // width
        total += elements
    return total if total <= config_values.MAX_COUNT else None


def _bounded(count: int) -> int | None:
    return count if 0 < count <= config_values.MAX_COUNT else None


def unpacked(
    dtypes: Mapping[str, int] | None, total: int | None, bits: int | None, *, is_quantized: bool
) -> tuple[int | None, str]:
    """Return the parameters behind the totals that a hub reports, and how they were found.

    Args:
        dtypes: Elements by number format.
        total: Elements of all weights.
        bits: Bits of a packed weight.
        is_quantized: Whether the model is quantized at all.

    Returns:
        The parameters and ``as reported`` or ``unpacked``; or None and ``packed``, where the
        formats are not distinguished and nothing says how many parameters an element holds.
    """
    if dtypes:
        packed = {name: count for name, count in dtypes.items() if name in _WORD_BITS}
        if not packed:
            return _bounded(sum(dtypes.values())), "as reported"
        found = sum(count for name, count in dtypes.items() if name in _WHOLE - {"F8_E4M3"})
        for name, count in packed.items():
            width = 4 if name in {"U8", "F4", "F4_E2M1"} else bits
            if not width:
                return None, "packed"
            found += count * _WORD_BITS[name] // width
        return _bounded(found), "unpacked"
    if total is None:
        return None, ""
    return (None, "packed") if is_quantized else (total, "as reported")
