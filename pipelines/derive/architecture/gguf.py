"""GGUF: the metadata at the head of a file, and what it says of experts.

The format is described in the GGUF specification of ggml: a magic word, a version, the number of
tensors and of keys, then typed keys, then names and shapes of tensors. A file's first megabytes
are enough; one that is cut short gives what stands before the cut.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from miner.pipelines.derive.architecture import config_values
from miner.pipelines.derive.architecture.family import fill_fixed
from miner.pipelines.derive.architecture.model_evidence import AnswerSource, ReadState, SourceAnswer
from miner.pipelines.derive.architecture.parameters import granularity
from miner.schema.moe import Families, MoeFamily

_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q",
            11: "<q", 12: "<d"}  # fmt: skip
_TEXT, _LIST = 8, 9
_MAX_KEYS, _MAX_TENSORS, _MAX_TEXT, _MAX_KEPT = 10_000, 200_000, 16 * 1024 * 1024, 1_000
_AHEAD = "nextn_predict_layers"
_ROUTERS = {1: "softmax", 2: "sigmoid", 3: "softmax after choice", 4: "sqrt-softplus"}


class _CutShortError(Exception):
    """The bytes end before what they promise."""


@dataclass(slots=True)
class Header:
    """The head of a GGUF file.

    Attributes:
        metadata: Values by key; long lists are cut to 1,000 entries.
        shapes: Shape of each tensor by name, as far as they were read.
        state: Read to the end, in part, or not at all.
        reason: Why it was not read to the end.
    """

    metadata: dict[str, object] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    state: ReadState = ReadState.READ
    reason: str = ""


class _Bytes:
    """A cursor over bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise _CutShortError
        found = self.data[self.at : self.at + count]
        self.at += count
        return found

    def number(self, form: str) -> int | float | bool:
        found: int | float | bool = struct.unpack(form, self.take(struct.calcsize(form)))[0]
        return found

    def whole(self, form: str) -> int:
        return int(self.number(form))

    def text(self) -> str:
        length = self.whole("<Q")
        if length > _MAX_TEXT:
            raise _CutShortError
        return self.take(length).decode("utf-8", "replace")


def read_header(data: bytes) -> Header:
    """Read the head of a GGUF file from the bytes it begins with; never raises on bad bytes."""
    header, source = Header(), _Bytes(data)
    if data[:4] != b"GGUF":
        return Header(state=ReadState.UNPARSABLE, reason="it does not begin as a GGUF file")
    try:
        source.take(4)
        version = source.whole("<I")
        if not 2 <= version <= 3:
            return Header(state=ReadState.UNPARSABLE, reason=f"GGUF version {version} is not known")
        tensors, keys = source.whole("<Q"), source.whole("<Q")
        if keys > _MAX_KEYS or tensors > _MAX_TENSORS:
            return Header(state=ReadState.UNPARSABLE, reason="it promises too many keys or tensors")
        for _ in range(keys):
            name = source.text()
            header.metadata[name] = _value(source, source.whole("<I"), 0)
        for _ in range(tensors):
            name = source.text()
            shape = tuple(source.whole("<Q") for _ in range(min(source.whole("<I"), 8)))
            source.take(4 + 8)
            header.shapes[name] = shape
    except _CutShortError:
        header.state, header.reason = ReadState.PARTIAL, "it is cut short"
    except (struct.error, ValueError, OverflowError) as error:
        header.state, header.reason = ReadState.PARTIAL, f"it cannot be read on: {error}"[:200]
    return header


def _value(source: _Bytes, kind: int, depth: int) -> object:
    if kind in _SCALARS:
        return source.number(_SCALARS[kind])
    if kind == _TEXT:
        return source.text()
    if kind != _LIST or depth > 2:
        raise ValueError(f"unknown type {kind}")
    inner, length = source.whole("<I"), source.whole("<Q")
    if inner in _SCALARS:
        size = struct.calcsize(_SCALARS[inner])
        block = source.take(length * size)
        kept = min(length, _MAX_KEPT)
        return list(struct.unpack(f"<{kept}{_SCALARS[inner][1]}", block[: kept * size]))
    found: list[object] = []
    for _ in range(length):
        value = _value(source, inner, depth + 1)
        if len(found) < _MAX_KEPT:
            found.append(value)
    return found


def read_gguf(gguf: bytes | Header | Mapping[str, object], families: Families) -> SourceAnswer:
    """Return what a GGUF file says.

    Args:
        gguf: The bytes it begins with, these as read, or its metadata by key. The hub's own
            summary, which has the architecture alone, will do.
        families: The table.
    """
    header = _header(gguf)
    answer = SourceAnswer(AnswerSource.GGUF, "gguf", state=header.state)
    if header.reason:
        answer.reasons.append(header.reason)
    metadata = header.metadata
    name = config_values.text(metadata.get("general.architecture") or metadata.get("architecture"))
    answer.model_type = name
    family = families.of_gguf(name) if name else None
    prefix = f"{name}." if name else ""

    def count(key: str) -> int | None:
        return config_values.most_common(metadata.get(prefix + key))

    answer.expert_count = count("expert_count")
    if answer.expert_count is not None:
        answer.read_in = f"{prefix}expert_count"
        answer.is_moe = answer.expert_count > 1
    elif header.shapes and (stacked := _experts_of(header.shapes)):
        answer.expert_count, answer.is_moe = stacked, stacked > 1
        answer.read_in = "tensors"
    elif _is_complete(header, prefix):
        answer.is_moe, answer.read_in = False, f"no {prefix}expert_count"
    else:
        _by_name(answer, name, family)
    if answer.is_moe:
        answer.experts_per_token = answer.experts_per_token or count("expert_used_count")
        _describe(answer, family, count("expert_shared_count"), count("expert_gating_func"))
        width = count("expert_feed_forward_length") or count("feed_forward_length")
        answer.granularity = granularity(count("embedding_length"), width)
    elif answer.is_moe is False:
        answer.expert_count = None
    if (config_values.most_common(metadata.get("split.count")) or 1) > 1:
        answer.reasons.append("it is one of several files: weights are not counted")
    elif header.state is ReadState.READ and header.shapes:
        _count(answer, _of_language(header.shapes, count("block_count"), count(_AHEAD)))
    return answer


def _header(gguf: bytes | Header | Mapping[str, object]) -> Header:
    if isinstance(gguf, bytes):
        return read_header(gguf)
    return gguf if isinstance(gguf, Header) else Header({str(k): v for k, v in gguf.items()})


def _of_language(
    shapes: Mapping[str, tuple[int, ...]], blocks: int | None, ahead: int | None
) -> Mapping[str, tuple[int, ...]]:
    """Return the shapes without the last blocks, where these predict further tokens."""
    if not blocks or not ahead or ahead >= blocks:
        return shapes
    left_out = tuple(f"blk.{number}." for number in range(blocks - min(ahead, 16), blocks))
    return {name: shape for name, shape in shapes.items() if not name.startswith(left_out)}


def _is_complete(header: Header, prefix: str) -> bool:
    """Return whether the sizes stand there, so that a missing number of experts means none."""
    return header.state is ReadState.READ and f"{prefix}block_count" in header.metadata


def _by_name(answer: SourceAnswer, name: str | None, family: MoeFamily | None) -> None:
    """Go by the architecture alone: several of them carry models of either kind."""
    answer.method = "gguf-name"
    if family is not None and family.when in {"always", "usually"}:
        answer.is_moe, answer.is_weak = True, family.when == "usually"
        fill_fixed(answer, family)
    elif name is not None and (name.endswith("moe") or "moe" in name.replace("_", "-").split("-")):
        answer.is_moe = True
    answer.read_in = f"architecture {name}" if answer.is_moe is not None else ""


def _describe(
    answer: SourceAnswer, family: MoeFamily | None, shared: int | None, gating: int | None
) -> None:
    answer.shared_expert_count = shared if shared is not None else answer.shared_expert_count
    if answer.shared_expert_count is None and answer.method == "gguf":
        answer.shared_expert_count = family.shared if family and "shared" in family.fixed else None
    answer.router = _ROUTERS.get(gating or 0)
    if family is not None:
        answer.moe_family = family.name
        answer.router = answer.router or family.router or None
    if answer.expert_count and (answer.experts_per_token or 0) > answer.expert_count:
        answer.reasons.append(
            f"{answer.experts_per_token} experts a token of {answer.expert_count}"
        )


def _experts_of(shapes: Mapping[str, tuple[int, ...]]) -> int | None:
    """Return the experts of a file by the stacked tensors, whose last axis they are."""
    return next(
        (shape[-1] for name, shape in shapes.items() if "_exps." in name and len(shape) == 3), None
    )


def _count(answer: SourceAnswer, shapes: Mapping[str, tuple[int, ...]]) -> None:
    total = sum(math.prod(shape) for shape in shapes.values())
    routed = sum(math.prod(shape) for name, shape in shapes.items() if "_exps." in name)
    embedding = math.prod(shapes.get("token_embd.weight", (0,)))
    if total > config_values.MAX_COUNT:
        answer.reasons.append("its shapes are larger than any model")
        return
    answer.parameter_count = total
    used, experts = answer.experts_per_token, answer.expert_count
    if answer.is_moe is False:
        answer.active_parameter_count = total
    elif used and experts and routed:
        answer.active_parameter_count = total - routed + routed * min(used, experts) // experts
    if answer.active_parameter_count is not None:
        answer.active_parameter_count_no_embedding = answer.active_parameter_count - embedding
