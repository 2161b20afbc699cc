"""Counts of parameters, against sums made by hand from the shapes of the matrices."""

from __future__ import annotations

from typing import Any

import pytest

from miner.pipelines.derive.architecture.model_evidence import Architecture, Evidence
from miner.pipelines.derive.architecture.precedence import architecture

H, V, A = 64, 1000, 4  # width, vocabulary, heads of 16
BASE: dict[str, Any] = {
    "model_type": "heron", "hidden_size": H, "num_hidden_layers": 2, "num_attention_heads": A,
    "num_key_value_heads": 2, "vocab_size": V, "intermediate_size": 96, "hidden_act": "silu",
    "tie_word_embeddings": False,
}  # fmt: skip
EXPERTS = {"num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32}
ATTENTION = 2 * H * H + 2 * H * 32  # query and output; keys and values of two heads
NORMS = 2 * H
ENDS = 2 * V * H + H  # both embeddings and the last norm
ONE = 3 * H * 32  # an expert: gate, up, down
DENSE = 3 * H * 96


def read(**keys: object) -> Architecture:
    return architecture(Evidence(config={**BASE, **keys}))


def counted(**keys: object) -> tuple[int | None, int | None, int | None]:
    found = read(**keys)
    return (
        found.parameter_count,
        found.active_parameter_count,
        found.active_parameter_count_no_embedding,
    )


def test_a_dense_model() -> None:
    total = ENDS + 2 * (ATTENTION + NORMS + DENSE)
    assert counted() == (total, total, total - V * H)
    assert counted(tie_word_embeddings=True)[0] == total - V * H


def test_experts_count_whole_and_active_as_many_as_a_token_uses() -> None:
    router = H * 8
    total = ENDS + 2 * (ATTENTION + NORMS + router + 8 * ONE)
    active = ENDS + 2 * (ATTENTION + NORMS + router + 2 * ONE)
    assert counted(**EXPERTS) == (total, active, active - V * H)


def test_shared_experts_are_always_active() -> None:
    plain = counted(**EXPERTS)
    shared = counted(**EXPERTS, n_shared_experts=2)
    assert [a - b for a, b in zip(shared, plain, strict=True) if a and b] == [2 * 2 * ONE] * 3
    assert counted(**EXPERTS, shared_expert_intermediate_size=64) == shared


@pytest.mark.parametrize(
    "keys",
    [
        {"first_k_dense_replace": 1},
        {"mlp_only_layers": [0]},
        {"mlp_layer_types": ["dense", "sparse"]},
        {"decoder_sparse_step": 2},
        {"moe_layer_freq": [0, 1]},
        {"moe_layers_enum": "1"},
        {"expert_layer_period": 2, "expert_layer_offset": 1},
    ],
)
def test_layers_without_experts_have_the_wide_block(keys: dict[str, object]) -> None:
    router = H * 8
    total = ENDS + 2 * (ATTENTION + NORMS) + DENSE + router + 8 * ONE
    active = total - 6 * ONE
    assert counted(**EXPERTS, **keys)[:2] == (total, active)


def test_attention_over_a_compressed_state() -> None:
    keys = {"q_lora_rank": 24, "kv_lora_rank": 20, "qk_nope_head_dim": 12, "qk_rope_head_dim": 4,
            "v_head_dim": 10}  # fmt: skip
    query = H * 24 + 24 + 24 * A * 16
    state = H * (20 + 4) + 20 + 20 * A * (12 + 10)
    mixer = query + state + A * 10 * H
    total = ENDS + 2 * (mixer + NORMS + DENSE)
    assert counted(**keys)[0] == total
    indexer = 24 * 2 * 8 + H * 8 + H * 2 + 2 * 8
    indexed = counted(**keys, index_n_heads=2, index_head_dim=8, index_topk=16)[0]
    assert indexed == total + 2 * indexer
    once = counted(**keys, index_n_heads=2, index_head_dim=8, indexer_types=["full", "shared"])[0]
    assert once == total + indexer


def test_state_spaces_and_linear_attention_by_their_own_keys() -> None:
    two = {"layer_types": ["linear_attention", "full_attention"]}
    rest = ENDS + ATTENTION + 2 * (NORMS + DENSE)
    delta = {"linear_num_key_heads": 2, "linear_key_head_dim": 8, "linear_num_value_heads": 4,
             "linear_value_head_dim": 8, "linear_conv_kernel_dim": 4}  # fmt: skip
    mixer = H * (2 * 16 + 2 * 32) + H * 8 + (2 * 16 + 32) * 4 + 8 + 8 + 32 * H
    assert counted(**two, **delta)[0] == rest + mixer
    heads = {"mamba_num_heads": 8, "mamba_head_dim": 16, "ssm_state_size": 4, "n_groups": 2}
    mixed = 128 + 2 * 2 * 4
    mixer = H * (128 + mixed + 8) + mixed * 5 + 3 * 8 + 128 + 128 * H
    assert counted(**two, **heads)[0] == rest + mixer
    assert counted(layer_types=["conv", "full_attention"])[0] == rest + 4 * H * H + 3 * H


def test_a_pattern_of_letters_gives_each_layer_one_thing() -> None:
    keys = {"hybrid_override_pattern": "ME*-", "num_hidden_layers": 4, "model_type": "nemotron_h",
            "n_routed_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32,
            "n_shared_experts": 1, "moe_shared_expert_intermediate_size": 48, "mlp_hidden_act":
            "relu2", "mamba_num_heads": 8, "mamba_head_dim": 16, "ssm_state_size": 4}  # fmt: skip
    mixed = 128 + 2 * 4
    mamba = H * (128 + mixed + 8) + mixed * 5 + 3 * 8 + 128 + 128 * H
    experts = H * 8 + 2 * H * 48 + 8 * 2 * H * 32
    total = ENDS + 4 * H + mamba + experts + ATTENTION + 2 * H * 96
    assert counted(**keys)[:2] == (total, total - 6 * 2 * H * 32)
    latent = counted(**keys, moe_latent_size=16)[0]
    assert latent == total - 8 * 2 * (H - 16) * 32 + 2 * H * 16


def test_a_dense_block_beside_the_experts_is_always_active() -> None:
    keys = {"model_type": "gemma4", "enable_moe_block": True, "num_experts": 8, "top_k_experts": 2,
            "moe_intermediate_size": 32, "hidden_activation": "gelu_pytorch_tanh"}  # fmt: skip
    both = ENDS + 2 * (ATTENTION + NORMS + H * 8 + 8 * ONE + DENSE + 3 * H)
    assert counted(**keys)[:2] == (both, both - 2 * 6 * ONE)


def test_attention_that_is_routed_counts_its_experts() -> None:
    keys = {"model_type": "jetmoe", "num_local_experts": 8, "num_experts_per_tok": 2,
            "kv_channels": 16}  # fmt: skip
    total, active, _ = counted(**keys)
    assert total is not None
    assert active is not None
    block, pair = DENSE, 2 * H * 32
    assert total - active == 2 * 6 * (block + pair)


def test_experts_of_an_encoder_and_a_decoder() -> None:
    keys = {"model_type": "switch_transformers", "d_model": H, "d_ff": 96, "num_layers": 4,
            "num_decoder_layers": 4, "num_heads": 4, "d_kv": 16, "num_sparse_encoder_layers": 2,
            "num_sparse_decoder_layers": 1, "num_experts": 8, "vocab_size": V}  # fmt: skip
    found = architecture(Evidence(config=keys))
    one = 2 * H * 96
    expected = V * H + 12 * 4 * H * H + (2 * 4 + 3 * 4 + 2) * H + 5 * one + 3 * (8 * one + 8 * H)
    assert (found.parameter_count, found.experts_per_token) == (expected, 1)
    assert found.active_parameter_count == expected - 3 * 7 * one


def test_idle_experts_have_no_parameters_and_spare_real_ones() -> None:
    keys = {"model_type": "longcat_flash", "num_layers": 2, "num_hidden_layers": 4,
            "n_routed_experts": 8, "moe_topk": 4, "zero_expert_num": 8, "ffn_hidden_size": 96,
            "expert_ffn_hidden_size": 32}  # fmt: skip
    found = architecture(Evidence(config={**BASE, **keys, "num_hidden_layers": 2}))
    layer = 2 * ATTENTION + 4 * H + 2 * DENSE + 16 * H + 8 * ONE
    assert found.parameter_count == ENDS + 2 * layer
    assert found.active_parameter_count == ENDS + 2 * (layer - 6 * ONE)


def test_two_groups_of_experts_count_both_and_a_text_token_uses_one() -> None:
    keys = {"model_type": "ernie4_5_vl_moe_text", "moe_num_experts": [8, 8], "moe_k": 2,
            "moe_num_shared_experts": 1, "moe_intermediate_size": [32, 16]}  # fmt: skip
    total = ENDS + 2 * (ATTENTION + NORMS + 2 * 8 * H + ONE + 8 * ONE + 8 * ONE // 2)
    active = ENDS + 2 * (ATTENTION + NORMS + 2 * 8 * H + ONE + 2 * ONE)
    assert counted(**keys)[:2] == (total, active)


def test_experts_cut_from_one_block_are_as_large_as_it() -> None:
    keys = {"model_type": "llama_moe", "num_experts": 8, "num_selects": 2}
    router = H * 8
    total = ENDS + 2 * (ATTENTION + NORMS + DENSE + router)
    assert counted(**keys)[:2] == (total, total - 2 * DENSE * 3 // 4)


def test_adapters_as_experts_leave_the_block_whole() -> None:
    keys = {"model_type": "sparsetral", "num_experts": 8, "topk": 2, "adapter_dim": 4}
    total = ENDS + 2 * (ATTENTION + NORMS + DENSE + 8 * H + 8 * 2 * H * 4)
    assert counted(**keys)[:2] == (total, total - 2 * 6 * 2 * H * 4)


def test_biases_and_gates_of_families_that_have_them() -> None:
    keys = {"model_type": "gpt_oss", "num_local_experts": 8, "num_experts_per_tok": 2,
            "intermediate_size": 32, "attention_bias": True}  # fmt: skip
    bias = 64 + 2 * 32 + 64
    expert = ONE + 2 * 32 + H
    total = ENDS + 2 * (ATTENTION + bias + NORMS + 8 * H + 8 + A + 8 * expert)
    assert counted(**keys)[:2] == (total, total - 2 * 6 * expert)
    gated = {**EXPERTS, "model_type": "afmoe", "num_shared_experts": 0}
    assert (counted(**gated)[0] or 0) - (counted(**EXPERTS)[0] or 0) == 2 * H * H


def test_without_the_sizes_there_is_no_count() -> None:
    for key in ("hidden_size", "vocab_size", "num_hidden_layers", "intermediate_size"):
        config = {name: value for name, value in BASE.items() if name != key}
        assert architecture(Evidence(config=config)).parameter_count is None
    assert counted(hidden_size=-64) == counted(num_attention_heads=0) == (None, None, None)


def test_without_the_number_of_used_experts_only_all_are_counted() -> None:
    found = read(num_experts=8, moe_intermediate_size=32)
    assert found.parameter_count is not None
    assert found.active_parameter_count is None


def test_memory_is_told_by_precision() -> None:
    found = read()
    total = found.parameter_count or 0
    assert found.memory_bytes == {
        "float32": 4 * total, "bfloat16": 2 * total, "float8": total, "int4": total // 2,
    }  # fmt: skip


def test_the_whole_config_says_whether_the_embeddings_are_one() -> None:
    def total(**whole: object) -> int | None:
        nested = {**BASE, "tie_word_embeddings": True}
        config = {"model_type": "heron_vl", "text_config": nested, **whole}
        return architecture(Evidence(config=config)).parameter_count

    one, two = total(), total(tie_word_embeddings=False)
    assert one is not None
    assert two == one + V * H, "the language model was tied alone, the whole is not"
    assert total(tie_word_embeddings=True) == one


@pytest.mark.parametrize(("version", "is_tied"), [("4.51.0", True), ("5.3.0", False)])
def test_what_a_left_out_key_means_depends_on_the_library(version: str, is_tied: bool) -> None:
    config = {key: value for key, value in BASE.items() if key != "tie_word_embeddings"}
    found = architecture(Evidence(config={**config, "transformers_version": version}))
    assert found.parameter_count == counted(tie_word_embeddings=is_tied)[0]


def test_classes_that_answer_with_scores_have_no_output_matrix() -> None:
    whole = counted()[0] or 0
    assert counted(architectures=["HeronForTokenClassification"])[0] == whole - V * H
    assert counted(architectures=["HeronForCausalLM"])[0] == whole


def test_layers_can_have_sizes_of_their_own() -> None:
    half = {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16}
    plain = counted(head_dim=16)[0] or 0
    assert counted(head_dim=16, per_layer_config={"01": half})[0] == plain - ATTENTION // 2
    assert counted(head_dim=16, per_layer_config={"01": 5, "7": half})[0] == plain


@pytest.mark.parametrize(
    ("config", "granularity"),
    [
        ({"num_local_experts": 8, "num_experts_per_tok": 2, "intermediate_size": 14336}, 1.143),
        ({"n_routed_experts": 64, "num_experts_per_tok": 6, "intermediate_size": 11008,
          "moe_intermediate_size": 1024}, 16.0),
        ({"intermediate_size": 11008}, None),
    ],
)  # fmt: skip
def test_granularity_is_four_widths_of_the_model_by_one_expert(
    config: dict[str, int], granularity: float | None
) -> None:
    sizes = {"hidden_size": 4096, "num_hidden_layers": 4, "num_attention_heads": 32,
             "vocab_size": 1000}  # fmt: skip
    assert architecture(Evidence("a/b", config={**sizes, **config})).granularity == granularity
    gguf = {"general.architecture": "heron", "heron.block_count": 2, "heron.embedding_length": 4096,
            "heron.feed_forward_length": 14336, "heron.expert_count": 8}  # fmt: skip
    assert architecture(Evidence("a/b", gguf=gguf)).granularity == 1.143


@pytest.mark.parametrize(
    ("keys", "total", "active"),
    [
        ({"num_experts": [8, 4]}, 12, 4),
        ({"num_experts": [8, 8]}, 16, 4),
        ({"num_experts_per_tok": [2, 4]}, 16, 6),
        ({"num_experts": [8, 2], "num_experts_per_tok": [2, 4]}, 10, 4),
    ],
)
def test_layers_with_numbers_of_experts_of_their_own_are_counted_one_by_one(
    keys: dict[str, object], total: int, active: int
) -> None:
    counts = keys.get("num_experts", [8, 8])
    assert isinstance(counts, list)
    rest = ENDS + 2 * (ATTENTION + NORMS) + H * sum(counts)
    assert counted(**{**EXPERTS, **keys})[:2] == (rest + total * ONE, rest + active * ONE)
    found = read(**{**EXPERTS, **keys})
    assert found.expert_count == 8
    assert bool(found.reasons) is (keys != {"num_experts": [8, 8]})


def test_a_list_says_which_layers_hold_no_experts() -> None:
    rest = ENDS + 2 * (ATTENTION + NORMS)
    dense_first = rest + DENSE + H * 8 + 8 * ONE
    assert counted(**{**EXPERTS, "num_experts": [1, 8]})[0] == dense_first
    assert counted(**{**EXPERTS, "num_experts": [None, 8]})[0] == dense_first
    counts = counted(**{**EXPERTS, "num_experts": [1, 8], "intermediate_size": None})
    assert counts[0] is None, "the width of the first layer is not known"


def test_sizes_that_cannot_be_are_named() -> None:
    for key, value, reason in (
        ("hidden_size", 0, "hidden_size is 0"),
        ("num_hidden_layers", 10**9, "num_hidden_layers is more than any model has: 1,000,000,000"),
        ("vocab_size", "many", "vocab_size is no whole number: a text"),
        ("num_attention_heads", {}, "num_attention_heads is no whole number: an object"),
    ):
        found = read(**{**EXPERTS, key: value})
        assert (found.is_moe, found.parameter_count, found.reasons) == (True, None, [reason])


def test_routed_experts_can_work_in_a_width_of_their_own() -> None:
    plain, latent = counted(**EXPERTS)[0], counted(**EXPERTS, routed_expert_hidden_size=16)[0]
    assert plain is not None
    assert latent is not None
    assert plain - latent == 2 * (8 * (ONE - 3 * 16 * 32) - 2 * H * 16)


def test_latent_attention_can_have_a_gate_as_wide_as_its_values() -> None:
    keys = {"kv_lora_rank": 16, "qk_nope_head_dim": 8, "qk_rope_head_dim": 4, "v_head_dim": 8}
    plain, gated = counted(**keys)[0], counted(**keys, mla_use_output_gate=True)[0]
    assert plain is not None
    assert gated is not None
    assert gated - plain == 2 * H * A * 8


@pytest.mark.parametrize("act", ["silu", "swigluoai", "situ"])
def test_an_activation_that_gates_gives_an_expert_three_matrices(act: str) -> None:
    plain, gated = counted(**EXPERTS, hidden_act="gelu")[0], counted(**EXPERTS, hidden_act=act)[0]
    assert plain is not None
    assert gated is not None
    assert gated - plain == 2 * 8 * H * 32
