"""Parameters of what mixes positions in a layer: attention in its forms, state spaces, convolution.

Widths are in elements; a result is a number of parameters, biases and small norms included where
a config tells of them. Which form a layer has is read from the keys that only this form needs.
Sources: the formulas of the papers and the public implementations of each form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from miner.pipelines.derive.architecture import config_values
from miner.pipelines.derive.architecture.part import ConfigPart, of_layer


@dataclass(frozen=True, slots=True)
class Traits:
    """What a family's attention has beyond what its config tells.

    Attributes:
        has_output_gate: A gate as wide as the query.
        has_full_gates: Linear attention has gates of full width, not of low rank.
        doubles_sliding_heads: Sliding layers have twice the key-value heads.
    """

    has_output_gate: bool = False
    has_full_gates: bool = False
    doubles_sliding_heads: bool = False


def hidden_size(part: ConfigPart) -> int | None:
    """Return the width of the residual stream."""
    return part.count("hidden_size", "d_model", "dim", "n_embd", "hidden_dim", "model_dim")


def head_count(part: ConfigPart) -> int | None:
    """Return the number of query heads."""
    return part.count("num_attention_heads", "n_heads", "n_head", "num_heads")


def mixer_kinds(part: ConfigPart, layers: int) -> list[str]:
    """Return the kind of each layer's mixer, lower case, as in full_attention.

    A layer of experts alone, as in patterns of one letter a layer, is ``none``.
    """
    for key in ("hybrid_override_pattern", "layers_block_type", "layer_types", "attn_type_list"):
        found = part.get(key)
        if isinstance(found, str | list) and len(found) >= layers:
            return [_kind(one) for one in found[:layers]]
    return _by_rule(part, layers)


_LETTERS = {"M": "mamba", "*": "full_attention", "E": "none", "-": "none"}
_ALONE = {"moe": "none", "mlp": "none", "attention": "full_attention", "0": "linear_attention",
          "1": "full_attention"}  # fmt: skip


def _kind(one: object) -> str:
    name = str(one)
    return _LETTERS.get(name) or _ALONE.get(name.lower()) or name.lower()


def _by_rule(part: ConfigPart, layers: int) -> list[str]:
    linear = {
        number - 1
        for number in map(config_values.whole, part.series("linear_attn_config.kda_layers") or [])
        if number is not None
    }
    if linear:
        return ["linear_attention" if i in linear else "full_attention" for i in range(layers)]
    period, offset = part.count("attn_layer_period"), part.count("attn_layer_offset")
    if period and offset is not None:
        return ["full_attention" if i % period == offset else "mamba" for i in range(layers)]
    every = part.count("full_attention_interval", "layer_group_size")
    if every and part.count("linear_num_value_heads", "linear_num_heads", "linear_head_dim"):
        return [
            "full_attention" if (i + 1) % every == 0 else "linear_attention" for i in range(layers)
        ]
    pattern = part.series("hybrid_layer_pattern")
    if pattern and len(pattern) >= layers:
        return ["sliding_attention" if config_values.whole(one) else "full_attention"
                for one in pattern[:layers]]  # fmt: skip
    return ["full_attention"] * layers


def mixers(part: ConfigPart, kinds: list[str], traits: Traits) -> list[int] | None:
    """Return the parameters of each layer's mixer; None if the config does not tell their sizes.

    Most layers are alike: a form is counted once.
    """
    counted: dict[tuple[object, ...], int] = {}
    found = []
    for layer, kind in enumerate(kinds):
        here = of_layer(part, layer)
        own = -1 if here is part else layer
        form = (kind, _has_indexer(here, layer), _compression(here, layer), own)
        if form not in counted:
            mixer = mixer_parameters(here, kind, traits, layer)
            if mixer is None:
                return None
            counted[form] = mixer
        found.append(counted[form])
    return found


def mixer_parameters(part: ConfigPart, kind: str, traits: Traits, layer: int = 0) -> int | None:
    """Return the parameters of one layer's mixer; None if the config does not tell its sizes."""
    if kind == "none":
        return 0
    if kind in {"mamba", "linear_attention", "mamba2", "recurrent"}:
        return _linear(part, traits)
    if kind in {"conv", "short_conv"}:
        return _short_convolution(part)
    return _attention(part, kind, traits, layer)


def _linear(part: ConfigPart, traits: Traits) -> int | None:
    forms: tuple[tuple[str, Callable[[], int | None]], ...] = (
        ("linear_num_value_heads", lambda: _gated_delta(part)),
        ("linear_num_heads", lambda: _delta(part, traits)),
        ("linear_attn_config.num_heads", lambda: _delta(part, traits)),
        ("mamba_num_heads", lambda: _state_space_heads(part)),
        ("mamba_n_heads", lambda: _state_space_heads(part)),
        ("mamba_dt_rank", lambda: _state_space(part)),
        ("mamba_d_state", lambda: _state_space(part)),
    )
    for key, count in forms:
        if part.get(key) is not None:
            return count()
    return _lightning(part)


def _product(*numbers: int | None) -> int | None:
    result = 1
    for number in numbers:
        if number is None:
            return None
        result *= number
    return result


def _gated_delta(part: ConfigPart) -> int | None:
    """Count a gated delta net: q, k, v, z, two gates a head, a convolution, an output."""
    h = hidden_size(part)
    keys = _product(part.count("linear_num_key_heads"), part.count("linear_key_head_dim"))
    heads, width = part.count("linear_num_value_heads"), part.count("linear_value_head_dim")
    if h is None or keys is None or heads is None or width is None:
        return None
    inner = heads * width
    kernel = part.count("linear_conv_kernel_dim") or 4
    return (
        h * (2 * keys + 2 * inner) + h * 2 * heads + (2 * keys + inner) * kernel + 2 * heads
        + width + inner * h
    )  # fmt: skip


def _delta(part: ConfigPart, traits: Traits) -> int | None:
    """Count a delta net with a decay a channel: q, k, v, two gates, a convolution, an output."""
    h = hidden_size(part)
    heads = part.count("linear_num_heads", "linear_attn_config.num_heads")
    width = part.count("linear_head_dim", "linear_attn_config.head_dim")
    if h is None or heads is None or width is None:
        return None
    inner = heads * width
    kernel = part.count("linear_conv_kernel_dim", "short_conv_kernel_size") or 4
    low = h * width + width * inner
    gates = 2 * (h * inner if traits.has_full_gates else low)
    if part.flag("linear_attn_config.use_full_rank_gate") and not traits.has_full_gates:
        gates = h * inner + low
    return 3 * h * inner + gates + 3 * inner * kernel + h * heads + inner * h + inner + heads


def _state_space_heads(part: ConfigPart) -> int | None:
    """Count a state space with heads (the second generation)."""
    h = hidden_size(part)
    heads = part.count("mamba_num_heads", "mamba_n_heads")
    width = part.count("mamba_head_dim", "mamba_d_head")
    state = part.count("ssm_state_size", "mamba_d_state")
    if h is None or heads is None or width is None or state is None:
        return None
    inner = heads * width
    groups = part.count("n_groups", "mamba_n_groups") or 1
    kernel = part.count("conv_kernel", "mamba_d_conv") or 4
    mixed = inner + 2 * groups * state
    return h * (inner + mixed + heads) + mixed * (kernel + 1) + 3 * heads + inner + inner * h


def _state_space(part: ConfigPart) -> int | None:
    """Count a state space without heads (the first generation)."""
    h, state = hidden_size(part), part.count("mamba_d_state")
    if h is None or state is None:
        return None
    inner = h * (part.count("mamba_expand") or 2)
    rank = part.count("mamba_dt_rank") or -(-h // 16)
    kernel = part.count("mamba_d_conv") or 4
    return (
        h * 2 * inner + inner * (kernel + 1) + inner * (rank + 2 * state) + rank * inner + inner
        + inner * state + inner + inner * h + rank + 2 * state
    )  # fmt: skip


def _lightning(part: ConfigPart) -> int | None:
    """Count linear attention with full heads and an output gate."""
    h, heads = hidden_size(part), head_count(part)
    if h is None or not heads:
        return None
    inner = heads * (part.count("head_dim") or h // heads)
    return h * 3 * inner + h * inner + inner * h + inner


def _short_convolution(part: ConfigPart) -> int | None:
    h = hidden_size(part)
    return None if h is None else 4 * h * h + h * (part.count("conv_L_cache") or 3)


def _attention(part: ConfigPart, kind: str, traits: Traits, layer: int) -> int | None:
    h, heads = hidden_size(part), head_count(part)
    if h is None or not heads:
        return None
    if part.count("kv_lora_rank"):
        return _latent(part, h, heads, layer, traits)
    if part.count("o_lora_rank"):
        return _grouped_latent(part, h, heads, layer)
    return _grouped_query(part, h, heads, kind, traits)


def _grouped_query(part: ConfigPart, h: int, heads: int, kind: str, traits: Traits) -> int:
    """Count attention with fewer key-value heads than query heads; one or all of them, too."""
    groups = part.count("num_key_value_heads", "num_kv_heads", "n_kv_heads", "kv_n_heads",
                        "n_head_kv", "multi_query_group_num") or heads  # fmt: skip
    is_new = part.flag("new_decoder_architecture")
    is_grouped = is_new is not False and part.count("num_kv_heads", "n_head_kv")
    if part.flag("multi_query") and not is_grouped:
        groups = 1
    width = part.count("head_dim", "attention_head_dim", "kv_channels") or h // heads
    value_width = part.count("v_head_dim") or width
    sliding = kind in {"sliding_attention", "hybrid_sliding", "local"}
    has_values = True
    if sliding:
        groups = part.count("swa_num_key_value_heads") or groups * (
            2 if traits.doubles_sliding_heads else 1
        )
        heads = part.count("swa_num_attention_heads", "num_sliding_attention_heads") or heads
        width = part.count("swa_head_dim") or width
        value_width = part.count("swa_v_head_dim") or part.count("v_head_dim") or width
    elif part.count("global_head_dim"):
        width = value_width = part.count("global_head_dim") or width
        groups = part.count("num_global_key_value_heads") or groups
        has_values = not part.flag("attention_k_eq_v")
    total = h * heads * width + h * groups * (width + value_width * has_values)
    total += heads * value_width * h
    if traits.has_output_gate or part.flag("attn_output_gate"):
        total += h * heads * width
    if part.flag("attention_bias", "use_bias", "bias"):
        total += heads * width + groups * (width + value_width) + h
    elif part.flag("qkv_bias"):
        total += heads * width + groups * (width + value_width)
    if part.flag("use_qk_norm", "qk_norm"):
        total += 2 * width
    if relative := part.count("d_rel"):
        total += h * heads * relative + relative * (part.count("rel_extent") or 0)
    return total


def _latent(part: ConfigPart, h: int, heads: int, layer: int, traits: Traits) -> int | None:
    """Count attention over a compressed state, with gate and indexer where it has them."""
    rank = part.count("kv_lora_rank") or 0
    turned = part.count("qk_rope_head_dim") or 0
    plain = part.count("qk_nope_head_dim")
    values_width = part.count("v_head_dim") or plain
    if plain is None or values_width is None:
        return None
    query = part.count("q_lora_rank")
    width = plain + turned
    total = h * query + query + query * heads * width if query else h * heads * width
    total += h * (rank + turned) + rank + rank * heads * (plain + values_width)
    total += heads * values_width * h
    if traits.has_output_gate or part.flag("mla_use_output_gate"):
        total += h * heads * values_width
    if _has_indexer(part, layer):
        total += _indexer(part, h, query or h)
    return total


def _has_indexer(part: ConfigPart, layer: int) -> bool:
    types = part.series("indexer_types")
    if types and layer < len(types):
        return types[layer] != "shared"
    kinds = part.series("layer_types")
    if kinds and layer < len(kinds) and "indexed_attention" in kinds:
        return kinds[layer] == "indexed_attention"
    return part.count("index_n_heads") is not None


def _indexer(part: ConfigPart, h: int, query: int) -> int:
    heads, width = part.count("index_n_heads") or 0, part.count("index_head_dim") or 0
    return query * heads * width + h * width + h * heads + 2 * width


def _grouped_latent(part: ConfigPart, h: int, heads: int, layer: int) -> int | None:
    """Count attention with one key head, an output of low rank in groups, and compressors.

    A compressor that keeps one entry of few positions overlaps its windows, which doubles its
    projections, and picks among them by an indexer.
    """
    width, query = part.count("head_dim"), part.count("q_lora_rank")
    rank, groups = part.count("o_lora_rank") or 0, part.count("o_groups") or 8
    if width is None or query is None:
        return None
    total = h * query + query + query * heads * width + h * width + width
    total += heads * width * rank + groups * rank * h + heads
    streams = part.count("hc_mult") or 0
    total += 2 * (2 + streams) * streams * streams * h
    form = _compression(part, layer)
    if form == "heavy":
        total += 2 * h * width
    elif form == "sparse":
        index = part.count("index_head_dim") or 0
        total += 4 * h * width + 4 * h * index
        total += query * (part.count("index_n_heads") or 0) * index
        total += h * (part.count("index_n_heads") or 0)
    return total


def _compression(part: ConfigPart, layer: int) -> str:
    ratios = part.series("compress_ratios")
    if ratios and layer < len(ratios):
        ratio = config_values.whole(ratios[layer]) or 0
        return "" if ratio == 0 else "sparse" if ratio < 32 else "heavy"
    types = part.series("layer_types")
    name = str(types[layer]) if types and layer < len(types) else ""
    return "heavy" if "heavily" in name else "sparse" if "compressed" in name else ""
