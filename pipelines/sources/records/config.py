"""A model's config.json: type, classes, context, dtype, quantization, as it says them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from miner.pipelines.sources.records.values import Reader, as_json
from miner.schema.vocab import ParseState

_NESTED = ("text_config", "language_config", "llm_config", "thinker_config")
_CONTEXT_KEYS = (
    "max_position_embeddings",
    "n_positions",
    "max_sequence_length",
    "max_seq_len",
    "seq_length",
    "n_ctx",
    "model_max_length",
)


@dataclass(slots=True)
class ConfigFacts:
    """Columns of table model_config by name, and what became of the file."""

    values: dict[str, object]
    state: str
    reason: str


def read_config(body: bytes) -> ConfigFacts:
    """Read a config.json; anything but an object is unparsable, odd fields are left out."""
    try:
        config = _decode(body)
    except (ValueError, RecursionError) as error:
        return ConfigFacts({}, ParseState.UNPARSABLE.value, f"no JSON: {error}"[:200])
    if not isinstance(config, dict):
        reason = f"a {type(config).__name__} where an object is expected"
        return ConfigFacts({}, ParseState.UNPARSABLE.value, reason)
    reader = Reader()
    inner = _inner(config)
    classes = reader.texts("architectures", config.get("architectures"))
    quantization = reader.mapping("quantization_config", config.get("quantization_config"))
    values: dict[str, object] = {
        "model_type": reader.text("model_type", config.get("model_type")),
        "architectures": as_json(classes) if classes else None,
        "context_length": _first_count(reader, (config, inner), _CONTEXT_KEYS),
        "vocabulary_size": _first_count(reader, (config, inner), ("vocab_size",)),
        "dtype": _dtype(reader, config) or _dtype(reader, inner),
        "quantization": reader.text("quant_method", quantization.get("quant_method")),
        "name_or_path": reader.text("_name_or_path", config.get("_name_or_path")),
    }
    state = ParseState.PARTIAL if reader.problems else ParseState.PARSED
    reason = ", ".join(dict.fromkeys(problem.field for problem in reader.problems))
    return ConfigFacts(values, state.value, reason)


def _decode(body: bytes) -> object:
    """Decode JSON; NaN and a byte-order mark, which real configs hold, are accepted."""
    text = body.removeprefix(b"\xef\xbb\xbf")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text.decode("utf-8", "replace"))


def _inner(config: Mapping[str, object]) -> Mapping[str, object]:
    """Return the config of the language part where a model has several parts."""
    for key in _NESTED:
        inner = config.get(key)
        if isinstance(inner, dict):
            return inner
    return {}


def _first_count(
    reader: Reader, configs: tuple[Mapping[str, object], ...], keys: tuple[str, ...]
) -> int | None:
    for config in configs:
        for key in keys:
            if (value := reader.count(key, config.get(key))) is not None:
                return value
    return None


def _dtype(reader: Reader, config: Mapping[str, object]) -> str | None:
    dtype = reader.text("dtype", config.get("dtype") or config.get("torch_dtype"))
    return dtype.removeprefix("torch.") if dtype else None
