"""Which layers of a part hold experts: a list, a pattern, or a rule of steps."""

from __future__ import annotations

from collections.abc import Callable

from miner.pipelines.derive.architecture import config_values
from miner.pipelines.derive.architecture.config_keys import Words, words_of
from miner.pipelines.derive.architecture.part import MAX_LAYERS, ConfigPart

_LAYER_KEYS = ("num_hidden_layers", "num_layers", "n_layers", "n_layer", "num_decoder_layers",
               "decoder_layers", "depth")  # fmt: skip
_NAMED = ("mlp_layer_types", "layers_block_type", "moe_layer_types", "ffn_types", "mlp_types")
_FREQUENCIES = ("moe_layer_freq", "moe_layer_layout", "moe_layers_mask", "is_moe_layer")
_LISTED = ("moe_layers", "moe_layers_enum", "moe_layers_idx", "moe_layer_ids", "moe_layer_indices")
NAMING = frozenset({*_NAMED, *_FREQUENCIES, *_LISTED, "hybrid_override_pattern"})
"""Keys that name layers with experts one by one."""
_LEADING = (
    "first_k_dense_replace", "num_dense_layers", "n_dense_layers", "moe_layer_start_index",
    "moe_start_layer", "moe_layer_num_skipped", "first_dense_layers", "n_dense_first",
    "num_dense_first_layers", "n_leading_dense_layers", "leading_dense_block_count",
)  # fmt: skip
_EVERY: dict[str, Callable[[int, int], bool]] = {
    "decoder_sparse_step": lambda i, step: (i + 1) % step == 0,
    "moe_layer_interval": lambda i, step: (i + 1) % step == 0,
    "interleave_moe_layer_step": lambda i, step: (i + 1) % step == 0,
    "moe_layer_frequency": lambda i, step: (i + 1) % step == 0,
    "expert_frequency": lambda i, step: (i + 1) % step == 0,
    "moe_expert_interval": lambda i, step: (i + 1) % step == 0,
    "moe_layer_freq": lambda i, step: i % step == 0,
    "moe_every_n_layers": lambda i, step: i % step == 1 % step,
}
"""Rules of one number: whether layer i, from 0, holds experts at this step."""
_PLAIN_STEP = "decoder_sparse_step"
_PAIR = ("expert_layer_period", "expert_layer_offset", "encoder_sparse_step")


def layer_count(part: ConfigPart) -> int | None:
    """Return the number of layers, from its key or from a pattern; None if nothing tells it."""
    stated = part.count(*_LAYER_KEYS)
    if stated is None:
        for key in ("hybrid_override_pattern", "layers_block_type", "layer_types"):
            found = part.get(key)
            if isinstance(found, str | list) and found:
                stated = len(found)
                break
    return stated if stated is not None and 0 < stated <= MAX_LAYERS else None


def moe_layers(part: ConfigPart, layers: int) -> tuple[list[bool], str]:
    """Return for each layer whether it holds experts, and the key that says so.

    A list wins over a rule. Where nothing is said, every layer holds them.
    """
    for read in (_by_name, _by_pattern, _by_frequency, _by_number):
        if (found := read(part, layers)) is not None:
            return found
    return _by_rule(part, layers)


def _fitted(found: list[bool], layers: int) -> list[bool]:
    """Return a list as long as there are layers: extra entries are of prediction layers."""
    return found[:layers] + [False] * (layers - len(found))


def _by_name(part: ConfigPart, layers: int) -> tuple[list[bool], str] | None:
    for key in _NAMED:
        series = part.series(key)
        if series and all(isinstance(one, str) for one in series):
            names = [str(one).lower() for one in series]
            if any(_holds(name) or name in {"dense", "mlp"} for name in names):
                return _fitted([_holds(name) for name in names], layers), key
    return None


def _holds(name: str) -> bool:
    return "moe" in name or name in {"sparse", "expert", "experts"}


def _by_pattern(part: ConfigPart, layers: int) -> tuple[list[bool], str] | None:
    """Read a pattern of letters, a letter a layer: E is a layer of experts."""
    pattern = part.get("hybrid_override_pattern")
    if not isinstance(pattern, str) or not 0 < len(pattern) <= MAX_LAYERS:
        return None
    return _fitted([letter == "E" for letter in pattern], layers), "hybrid_override_pattern"


def _by_frequency(part: ConfigPart, layers: int) -> tuple[list[bool], str] | None:
    for key in _FREQUENCIES:
        series = part.series(key)
        if series:
            return _fitted([bool(config_values.whole(one)) for one in series], layers), key
    return None


def _by_number(part: ConfigPart, layers: int) -> tuple[list[bool], str] | None:
    """Read a list of layer numbers, from 0; an empty list says that none holds experts."""
    for key in _LISTED:
        found = part.get(key)
        if isinstance(found, str):
            found = [one for one in found.split(",") if one.strip()]
        if isinstance(found, list):
            numbers = {config_values.whole(one) for one in found}
            return [i in numbers for i in range(layers)], key
    return None


def _others(part: ConfigPart, fits: Callable[[Words], bool]) -> list[str]:
    """Return keys that no rule names, whose words say the same."""
    named = {*_LEADING, *_EVERY, *_PAIR}
    return [
        key
        for key, _ in part.items()
        if key.rsplit(".", 1)[-1] not in named and fits(words_of(key))
    ]


def _by_rule(part: ConfigPart, layers: int) -> tuple[list[bool], str]:
    used: list[str] = []
    found = [True] * layers
    for key in [*_LEADING, *_others(part, lambda one: one.is_leading)]:
        if (first := part.count(key)) is not None:
            found = [is_moe and i >= first for i, is_moe in enumerate(found)]
            used.append(key)
            break
    if (last := part.count("moe_layer_end_index")) is not None and last >= 0:
        found = [is_moe and i <= last for i, is_moe in enumerate(found)]
        used.append("moe_layer_end_index")
    rules = _EVERY | dict.fromkeys(_others(part, lambda one: one.is_step), _EVERY[_PLAIN_STEP])
    for key, rule in rules.items():
        step = part.count(key)
        if step is not None and step >= 0:
            found = [is_moe and step > 0 and rule(i, step) for i, is_moe in enumerate(found)]
            used.append(key)
    period, offset = part.count("expert_layer_period"), part.count("expert_layer_offset")
    if period and period > 0:
        found = [is_moe and i % period == (offset or 0) % period for i, is_moe in enumerate(found)]
        used.append("expert_layer_period")
    dense = {config_values.whole(one) for one in part.series("mlp_only_layers") or []}
    if dense:
        found = [is_moe and i not in dense for i, is_moe in enumerate(found)]
        used.append("mlp_only_layers")
    return found, ", ".join(used)
