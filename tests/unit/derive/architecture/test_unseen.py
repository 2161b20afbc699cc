"""Models that no table has, and configs that leave out what a loader would fill in."""

from __future__ import annotations

from typing import Any

import pytest

from miner.pipelines.derive.architecture.model_evidence import Architecture, Evidence, EvidenceBase
from miner.pipelines.derive.architecture.precedence import architecture
from miner.schema.moe import load_families

SIZES: dict[str, Any] = {
    "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 100,
    "intermediate_size": 96, "tie_word_embeddings": False,
}  # fmt: skip


def of_config(**keys: object) -> Architecture:
    return architecture(Evidence(config={**SIZES, **keys}))


def of_type(model_type: str, *classes: str) -> bool | None:
    return architecture(Evidence(model_type=model_type, classes=classes)).is_moe


def of_name(model: str, *tags: str) -> bool | None:
    return architecture(Evidence(model, tags=tags)).is_moe


@pytest.mark.parametrize(
    "keys",
    [
        {"num_experts_per_tok": 2},
        {"mlp_layer_types": ["dense", "sparse"]},
        {"hybrid_override_pattern": "ME"},
        {"moe_layers_enum": "1"},
        {"num_experts": "eight", "num_experts_per_tok": 2},
    ],
)
def test_keys_of_experts_without_their_number_are_a_mixture_that_is_not_sure(
    keys: dict[str, object],
) -> None:
    found = of_config(model_type="heron", **keys)
    assert found.is_moe is True
    assert found.is_unsure
    assert found.expert_count is None
    assert found.experts_per_token == keys.get("num_experts_per_tok")
    assert found.parameter_count is None, "their number is needed to count"


@pytest.mark.parametrize(
    "keys",
    [
        {"mlp_layer_types": ["dense", "dense"]},
        {"hybrid_override_pattern": "M-"},
        {"num_experts_per_tok": 2, "num_experts": 0},
        {"num_experts_per_tok": 2, "use_moe": False},
    ],
)
def test_layers_that_hold_none_and_switches_say_dense(keys: dict[str, object]) -> None:
    assert of_config(model_type="heron", **keys).is_moe is False


def test_a_known_dense_type_is_dense_whatever_it_leaves_out() -> None:
    assert of_config(model_type="llama", num_experts_per_tok=2).is_moe is False


def test_a_negative_number_of_experts_is_none() -> None:
    found = of_config(model_type="heron", num_experts=-8)
    assert found.is_moe is None
    assert "num_experts is no number of experts" in found.reasons


def test_defaults_stand_for_what_a_nested_config_leaves_out() -> None:
    nested = {"model_type": "mixtral", **SIZES, "num_local_experts": 4}
    found = architecture(Evidence(config={"model_type": "heron_vl", "text_config": nested}))
    assert (found.expert_count, found.experts_per_token) == (4, 2)
    bare = {"model_type": "aria", "text_config": {"model_type": "aria_text", **SIZES}}
    found = architecture(Evidence(config=bare))
    assert (found.is_moe, found.expert_count, found.experts_per_token) == (True, 8, 2)
    assert found.is_unsure
    flint = of_config(model_type="flint", num_experts=16)
    assert flint.experts_per_token == 6
    assert "a default stands for the experts that a token uses" in flint.reasons


@pytest.mark.parametrize(
    ("model_type", "classes"),
    [
        ("heron4_moe", ("Heron4MoeForCausalLM",)),
        ("heronmoe", ()),
        ("heron_moe_v2", ()),
        ("moe", ()),
        ("mixture_of_experts", ()),
        ("heron", ("HeronMoEForCausalLM",)),
        ("heron", ("SparseExpertsForCausalLM",)),
        ("", ("BertMixtureOfExperts",)),
    ],
)
def test_a_type_that_calls_itself_a_mixture_is_one(
    model_type: str, classes: tuple[str, ...]
) -> None:
    assert of_type(model_type, *classes) is True


@pytest.mark.parametrize(
    ("model_type", "classes"),
    [
        ("heron_moe_vision", ("HeronMoeVisionModel",)),
        ("heron_moe_audio_encoder", ()),
        ("heron_moe_talker_code_predictor", ()),
        ("moeru_tts", ()),
        ("heron_expert", ()),
        ("mixture_of_depths", ("MixtureOfDepthsForCausalLM",)),
        ("qwen3_moe", ("Qwen3MoeForCausalLMEagle3",)),
        ("deepseek_v3", ("DeepseekV3ForCausalLMNextN",)),
    ],
)
def test_towers_drafts_and_other_words_say_nothing(
    model_type: str, classes: tuple[str, ...]
) -> None:
    assert of_type(model_type, *classes) is None


def test_a_house_that_builds_with_experts_is_followed_weakly() -> None:
    table = load_families()
    assert table.has_house("bailing_heron")
    assert not table.has_house("qwen9_heron"), "that house has dense types, too"
    assert not table.has_house("dbrx_heron"), "one family is no habit"
    found = architecture(Evidence(model_type="bailing_heron"))
    assert (found.is_moe, found.method, found.is_unsure) == (True, "type-house", True)


@pytest.mark.parametrize(
    "name",
    [
        "acme/Heron-120B-A6B",
        "acme/Heron-8x22B-Instruct-GGUF",
        "acme/Llama-3.1-8B-Upcycled-MoE",
        "acme/PixelMoE-XL",
        "acme/Upcycled-Heron-8E-top2",
        "acme/mixlora-llama-3-8b",
        "acme/tiny-Qwen3MoeForCausalLM",
        "acme/tiny-HeronMoeModel",
    ],
)
def test_names_of_mixtures(name: str) -> None:
    assert of_name(name) is True


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("acme/Moe-ification-SD15", ()),
        ("acme/kyoto-moe-blob", ("stable-diffusion",)),
        ("acme/moe-router-classifier", ()),
        ("acme/Qwen3-Next-Tokenizer", ()),
        ("acme/GLM-4.5-NextN", ()),
        ("acme/lora-pack-of-8-experts", ()),
        ("acme/heron-8b-MXFP4_MOE-GGUF", ()),
        ("acme/tiny-HeronModel", ()),
    ],
)
def test_names_that_only_look_so(name: str, tags: tuple[str, ...]) -> None:
    assert of_name(name, *tags) is None


def test_a_name_that_says_dense_is_weakly_believed() -> None:
    assert of_name("acme/mixtral-dense") is False
    assert of_name("acme/Heron-30B-A3B-dense-retrieval") is True, "a size says more"
    inherited = architecture(
        Evidence("acme/dense", bases=(EvidenceBase("mistralai/Mixtral-8x7B-v0.1"),))
    )
    assert inherited.is_moe is True
    assert inherited.is_unsure


@pytest.mark.parametrize(
    "keys",
    [
        {"moe_config": {"expert_cnt": 8, "k": 2}},
        {"moe_n_experts": 8, "moe_n_active": 2},
        {"expertCount": 8, "expertsPerToken": 2},
        {"experts": {"count": 8, "top_k": 2}},
        {"num-experts": 8, "top-k-experts": 2},
    ],
)
def test_keys_that_nobody_listed_are_read_by_their_words(keys: dict[str, object]) -> None:
    found = of_config(model_type="heron", **keys)
    assert (found.is_moe, found.expert_count, found.experts_per_token) == (True, 8, 2)


@pytest.mark.parametrize(
    "keys",
    [{"sparse_attn_topk": 2048}, {"index_topk": 64}, {"top_k": 50}, {"moe_attention_topk": 64}],
)
def test_choices_of_other_things_are_no_hint_of_experts(keys: dict[str, object]) -> None:
    assert of_config(model_type="heron", **keys).is_moe is False


def test_no_count_is_larger_than_a_column_holds() -> None:
    huge = of_config(model_type="heron", num_experts=8, hidden_size=2**50, vocab_size=2**50)
    assert (huge.is_moe, huge.parameter_count) == (True, None)


def test_experts_that_are_switched_off_are_not_counted() -> None:
    off = of_config(model_type="heron", num_experts=4096, is_moe=False)
    assert off.is_moe is False
    assert off.parameter_count == of_config(model_type="heron").parameter_count
