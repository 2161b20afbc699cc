"""What configs say: under every nesting, switched off, quantized, and written by strangers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miner.pipelines.derive.architecture.config_values import MAX_BYTES
from miner.pipelines.derive.architecture.model_evidence import (
    Architecture,
    Evidence,
    ReadState,
    SourceAnswer,
)
from miner.pipelines.derive.architecture.precedence import architecture
from miner.pipelines.derive.architecture.structure import read_structure
from miner.schema.moe import load_families

SIZES = {"hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4, "vocab_size": 128,
         "intermediate_size": 96}  # fmt: skip
PLAIN = {"model_type": "heron", **SIZES}
MIXED = {**PLAIN, "num_experts": 16, "num_experts_per_tok": 4, "moe_intermediate_size": 32}


def read(config: object) -> SourceAnswer:
    body = config if isinstance(config, bytes) else json.dumps(config).encode()
    return read_structure(body, load_families())[0]


def counts(config: object) -> tuple[bool | None, int | None, int | None, int | None]:
    found = read(config)
    return (found.is_moe, found.expert_count, found.experts_per_token, found.shared_expert_count)


@pytest.mark.parametrize(
    "path", ["text_config", "language_config", "llm_config", "thinker_config.text_config", "model"]
)
def test_a_nested_language_model_is_found(path: str) -> None:
    config: dict[str, Any] = MIXED
    for name in reversed(path.split(".")):
        config = {"model_type": "heron_vl", name: config, "vision_config": PLAIN}
    assert counts(config) == (True, 16, 4, 0)
    assert read(config).read_in.startswith(f"{path}.num_experts")


@pytest.mark.parametrize("block", ["moe", "moe_config", "ffn_config", "expert_config"])
def test_a_block_of_its_own_is_read_with_its_part(block: str) -> None:
    config = {**PLAIN, block: {"moe_num_experts": 8, "moe_top_k": 2, "ffn_hidden_size": 32}}
    assert counts(config) == (True, 8, 2, 0)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"moe": {"n_experts": 32, "k": 4, "d_expert": 16, "n_shared": 1}}, (32, 4, 1)),
        ({"experts": {"count": 12, "per_token": 3, "shared": 2}}, (12, 3, 2)),
        ({"router": {"num_experts": 8, "top_k": 2}}, (8, 2, 0)),
        ({"nb_experts": 8, "nb_active_experts": 2, "shared_experts": 1}, (8, 2, 1)),
        ({"expert_num": 64, "routing_topk": 6, "shared_expert_num": 2}, (64, 6, 2)),
        ({"numExperts": 16, "numExpertsPerToken": 4}, (16, 4, 0)),
        ({"num_ffn_experts": 10, "k_experts": 2}, (10, 2, 0)),
        ({"experts_per_layer": [1, 24, 24], "experts_used": 3}, (24, 3, 0)),
        ({"total_experts": 48, "num_experts_to_use": 4}, (48, 4, 0)),
        ({"layers": [{"kind": "a"}, {"ffn": {"num_experts": 6, "top_k": 2}}]}, (6, 2, 0)),
        ({"moe": {"num_experts": 8, "top_k": 2, "first_k_dense_replace": 1}}, (8, 2, 0)),
    ],
)
def test_spellings_that_nobody_has_told_of_are_read_by_their_words(
    keys: dict[str, object], expected: tuple[int, int, int]
) -> None:
    assert counts({**PLAIN, **keys}) == (True, *expected)


@pytest.mark.parametrize(
    "keys",
    [
        {"expert_hidden_size": 64, "expert_dropout": 0.1},
        {"moe_intermediate_size": 64},
        {"num_key_value_heads": 8, "index_topk": 2048, "top_k": 50},
        {"quantization_config": {"num_experts": 8}, "id2label": {"0": "expert"}},
        {"num_domain_heads": 8, "expert_layer_period": 2},
        {"medusa_num_heads": 5},
    ],
)
def test_keys_that_only_sound_like_it_are_none(keys: dict[str, object]) -> None:
    assert counts({**PLAIN, **keys})[0] is False


def test_layers_of_rules_that_nobody_has_told_of() -> None:
    def layers(**keys: object) -> int:
        full, some = read(MIXED).parameter_count or 0, read({**MIXED, **keys}).parameter_count or 0
        one = 64 * 16 + 16 * 3 * 64 * 32 - 3 * 64 * 96
        return 4 - (full - some) // one

    assert layers(moe_first_layer=1) == layers(num_initial_dense_layers=1) == 3
    assert layers(moe_every=2) == layers(sparse_layer_interval=2) == 2
    assert layers() == 4


def test_a_tower_with_experts_counts_only_where_the_language_model_has_none() -> None:
    tower = {**PLAIN, "num_local_experts": 64, "num_experts_per_tok": 2}
    assert counts({"model_type": "heron_vl", "text_config": PLAIN, "vision_config": tower}) == (
        True, 64, 2, 0,
    )  # fmt: skip
    both = {"model_type": "heron_vl", "text_config": MIXED, "vision_config": tower}
    assert counts(both) == (True, 16, 4, 0)


@pytest.mark.parametrize(
    "keys",
    [
        {"num_experts": 1},
        {"num_experts": 0},
        {"num_experts": -1},
        {"num_experts": None},
        {"use_moe": False},
        {"is_moe": False},
        {"enable_moe_block": False},
        {"moe_enabled": "false"},
        {"mlp_layer_types": ["dense"] * 4},
        {"moe_layers": []},
        {"first_k_dense_replace": 4},
        {"interleave_moe_layer_step": 0},
        {"mlp_only_layers": [0, 1, 2, 3]},
        {"moe_layer_freq": [0, 0, 0, 0]},
        {"hybrid_override_pattern": "M-*-"},
    ],
)
def test_experts_that_are_none_or_off_are_dense(keys: dict[str, object]) -> None:
    assert counts({**MIXED, **keys}) == (False, None, None, None)
    assert counts(MIXED)[0] is True


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"num_experts": "16", "num_experts_per_tok": "4"}, (16, 4, 0)),
        ({"num_experts": 16.0}, (16, 4, 0)),
        ({"num_experts": [1, 16, 16, 16], "num_experts_per_tok": [4] * 4}, (16, 4, 0)),
        ({"n_shared_experts": 2}, (16, 4, 2)),
        ({"n_shared_experts": None}, (16, 4, 0)),
        ({"shared_expert_intermediate_size": 96}, (16, 4, 3)),
        ({"shared_expert_intermediate_size": 0}, (16, 4, 0)),
        ({"top_k": 50, "topk_group": 2, "index_topk": 99, "norm_topk_prob": True}, (16, 4, 0)),
        ({"num_expert_group": 8, "expert_capacity": 64, "zero_expert_num": 5}, (16, 4, 0)),
        ({"quantization_config": {"num_experts": 3, "bits": 4}}, (16, 4, 0)),
    ],
)
def test_counts_are_read_however_they_are_written(
    keys: dict[str, object], expected: tuple[int, int, int]
) -> None:
    assert counts({**MIXED, **keys}) == (True, *expected)


@pytest.mark.parametrize("value", ["many", {"a": 8}, True, [], 10**30, 1.5, "1e3"])
def test_what_is_no_number_of_experts_is_unknown_and_not_dense(value: object) -> None:
    found = read({**PLAIN, "num_experts": value})
    assert found.is_moe is None
    assert found.reasons == ["num_experts is no number of experts"]


def test_nan_is_read_and_is_no_number() -> None:
    body = json.dumps({**PLAIN, "num_experts": float("nan"), "rope_theta": float("inf")})
    assert "NaN" in body
    assert read(body.encode()).is_moe is None
    assert read(b"\xef\xbb\xbf" + json.dumps(MIXED).encode()).expert_count == 16


def test_keys_that_contradict_are_told() -> None:
    found = read({**MIXED, "num_experts_per_tok": 20})
    assert (found.is_moe, found.reasons) == (True, ["20 experts a token of 16"])
    found = read({**MIXED, "num_local_experts": 8})
    assert found.reasons == ["keys name 8 and 16 experts"]


def test_a_config_of_an_unknown_type_without_any_key_of_experts_is_dense() -> None:
    found = read(PLAIN)
    assert (found.is_moe, found.method) == (False, "config-structure")


def test_a_type_that_calls_itself_so_is_believed_but_not_sure() -> None:
    found = read({**PLAIN, "model_type": "heron_moe"})
    assert (found.is_moe, found.is_weak, found.expert_count) == (True, True, None)
    assert read({"architectures": ["HeronMoeForCausalLM"]}).is_moe is True


def test_a_type_alone_says_what_the_table_says() -> None:
    assert read({"model_type": "mixtral"}).is_moe is True
    assert read({"model_type": "bert"}).is_moe is False
    assert read({"model_type": "heron"}).is_moe is None
    assert read({}).is_moe is None


def test_defaults_stand_for_keys_that_a_nested_config_leaves_out() -> None:
    inner = {"model_type": "qwen3_moe", "hidden_size": 64, "num_hidden_layers": 4}
    found = read({"model_type": "heron_vl", "text_config": inner})
    assert (found.is_moe, found.expert_count, found.experts_per_token) == (True, 128, 8)
    assert found.is_weak
    assert found.parameter_count is None, "the sizes behind the defaults are not known"


def test_a_container_is_of_the_kind_of_its_language_model() -> None:
    moe = {**MIXED, "model_type": "qwen3_moe"}
    dense = {**PLAIN, "model_type": "qwen3"}
    assert counts({"model_type": "internvl_chat", "llm_config": moe}) == (True, 16, 4, 0)
    assert counts({"model_type": "internvl_chat", "llm_config": dense})[0] is False


def test_keys_win_over_a_type_that_has_no_experts() -> None:
    found = read({**MIXED, "model_type": "llama"})
    assert found.is_moe is True
    assert found.reasons
    weak = read({**MIXED, "model_type": "hunyuan_vl"})
    assert (weak.is_moe, weak.is_weak) == (False, True), "a family known to carry idle keys"


def test_a_pipeline_of_two_transformers_holds_two_experts() -> None:
    pair = {"_class_name": "WanPipeline", "transformer": ["diffusers", "WanTransformer3DModel"],
            "transformer_2": ["diffusers", "WanTransformer3DModel"]}  # fmt: skip
    assert counts(pair) == (True, 2, 1, 0)
    assert counts({**pair, "transformer_2": [None, None]})[0] is False
    assert counts({**pair, "_class_name": "HeronPipeline", "transformer_2": None})[0] is None
    layer = {"_class_name": "HiDreamImageTransformer2DModel", "num_routed_experts": 4,
             "num_activated_experts": 2, "num_layers": 16}  # fmt: skip
    assert counts(layer) == (True, 4, 2, 1)


def test_files_in_formats_of_their_makers_are_read() -> None:
    own = {"dim": 64, "n_layers": 4, "n_heads": 4, "vocab_size": 128, "inter_dim": 96,
           "moe_inter_dim": 32, "n_dense_layers": 1, "n_routed_experts": 64,
           "n_shared_experts": 2, "n_activated_experts": 6}  # fmt: skip
    assert counts(own) == (True, 64, 6, 2)
    params = {"dim": 64, "n_layers": 4, "head_dim": 16, "hidden_dim": 96, "n_heads": 4,
              "moe": {"num_experts": 8, "num_experts_per_tok": 2}}  # fmt: skip
    assert counts(params) == (True, 8, 2, 0)


@pytest.mark.parametrize("body", [b"", b"null", b"[1]", b'"x"', b"{", b"\xff\xfe", b"{'a': 1}"])
def test_what_is_no_config_has_a_state(body: bytes) -> None:
    found = read(body)
    assert (found.is_moe, found.state) == (None, ReadState.UNPARSABLE)
    assert found.reasons


def test_a_config_too_large_or_too_deep_has_a_state() -> None:
    large = json.dumps({**MIXED, "pad": "x" * MAX_BYTES}).encode()
    assert read(large).state is ReadState.TOO_LARGE
    assert read(b'{"a":' * 100_000 + b"1" + b"}" * 100_000).state is ReadState.UNPARSABLE
    nested: dict[str, object] = MIXED
    for _ in range(50):
        nested = {"text_config": nested}
    assert read(nested).is_moe is None, "it is deeper than any config, and not looked into"
    many = {f"part{number}": {"num_layers": number} for number in range(5000)}
    assert read({**many, **MIXED}).expert_count == 16


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*MIXED, "moe", "text_config", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)
KEYS = [
    *MIXED, "n_shared_experts", "mlp_layer_types", "moe_layers", "moe_layer_freq", "layer_types",
    "first_k_dense_replace", "text_config", "moe", "kv_lora_rank", "qk_nope_head_dim", "head_dim",
    "linear_num_value_heads", "mamba_d_state", "hybrid_override_pattern", "num_key_value_heads",
    "architectures", "decoder_sparse_step", "mlp_only_layers", "expert_layer_period",
    "expert_layer_offset", "transformer", "_class_name", "attn_layer_period", "attn_layer_offset",
    "full_attention_interval", "layer_group_size", "linear_head_dim", "o_lora_rank",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=12),
    st.sampled_from([row.types[0] for row in load_families().rows.values() if row.types]),
)
def test_no_config_breaks_it(config: dict[str, object], model_type: str) -> None:
    """Any JSON under any key of any family gives an answer; numbers stay within reason."""
    found: Architecture = architecture(
        Evidence(config={"model_type": model_type, **SIZES, **config})
    )
    assert found.is_moe in (True, False, None)
    assert found.expert_count is None or found.is_moe
    total, active = found.parameter_count, found.active_parameter_count
    assert total is None or total > 0
    assert active is None or total is None or 0 < active <= total
    json.dumps(found.as_row())
