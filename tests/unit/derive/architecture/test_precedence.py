"""One answer of many: which source is chosen, and what becomes of the others."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miner.pipelines.derive.architecture.architecture_confidence import confidence, measured
from miner.pipelines.derive.architecture.model_evidence import AnswerSource, Evidence, EvidenceBase
from miner.pipelines.derive.architecture.precedence import architecture
from miner.pipelines.derive.architecture.request import evidence_from

CONFIG = {"model_type": "heron", "hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 100,
          "num_attention_heads": 4, "intermediate_size": 96}  # fmt: skip
MIXED = {**CONFIG, "num_experts": 8, "num_experts_per_tok": 2}
GGUF = {"general.architecture": "llama", "llama.block_count": 2, "llama.expert_count": 4}


def test_sources_stand_in_their_order_and_all_answers_are_kept() -> None:
    found = architecture(
        Evidence(
            "acme/Heron-30B-A3B", config=MIXED, gguf=GGUF, model_type="mixtral",
            tags=("qwen3_moe",), bases=(EvidenceBase("acme/Heron-8x7B", "quantized"),),
            card="Heron is a mixture-of-experts model.",
        )
    )  # fmt: skip
    assert [answer.source for answer in found.evidence] == [
        AnswerSource.CONFIG,
        AnswerSource.GGUF,
        AnswerSource.API,
        AnswerSource.TAG,
        AnswerSource.INHERITED,
        AnswerSource.NAME,
        AnswerSource.CARD,
    ]
    assert (found.source, found.expert_count) == ("config", 8)
    assert "gguf says expert_count 4" in found.conflicts
    assert found.is_unsure


def test_a_source_that_says_nothing_is_passed_over() -> None:
    found = architecture(Evidence("acme/heron", config=b"[]", gguf=b"GGUF", tags=("qwen3_moe",)))
    assert (found.is_moe, found.source) == (True, "tag")
    assert [answer.state.value for answer in found.evidence] == ["unparsable", "partial", "read"]


def test_weak_answers_give_way_to_sure_ones_of_later_sources() -> None:
    usually = architecture(Evidence("acme/heron", model_type="jamba"))
    assert (usually.is_moe, usually.source, usually.is_unsure) == (True, "api", True)
    named = architecture(Evidence("acme/jamba-reasoning-3b", model_type="jamba"))
    assert (named.is_moe, named.source) == (False, "name")
    default = {"text_config": {"model_type": "qwen3_moe", "hidden_size": 4, "num_layers": 2}}
    weights = {"model.layers.0.mlp.up_proj.weight": {"dtype": "BF16", "shape": [4, 4]}}
    found = architecture(Evidence("acme/heron", config=default, tensors=weights))
    assert (found.is_moe, found.source) == (False, "safetensors")


def test_counts_come_from_sources_that_agree_on_experts() -> None:
    found = architecture(Evidence("acme/Heron-8x7B", model_type="mixtral"))
    assert (found.source, found.expert_count, found.experts_per_token) == ("api", 8, 2)
    dense = architecture(Evidence("acme/Heron-8x7B", config=CONFIG))
    assert (dense.is_moe, dense.expert_count) == (False, None)
    assert dense.conflicts == ["name says experts (name-times)"]


def test_unknown_is_an_answer() -> None:
    found = architecture(Evidence("acme/heron"))
    assert (found.is_moe, found.source, found.confidence, found.is_unsure) == (None, None, 0, False)
    assert found.parameter_count is None
    assert found.evidence == []


def test_type_and_class_of_a_hub_are_cleaned_before_they_are_believed() -> None:
    assert architecture(Evidence(model_type="(no config) mixtral")).is_moe is None
    found = architecture(Evidence(model_type="llama", classes=("MixtralForCausalLM",)))
    assert (found.is_moe, found.is_unsure) == (True, True), "the code is the class's"
    found = architecture(Evidence(model_type="internvl_chat", classes=("InternLM2VEForCausalLM",)))
    assert found.is_moe is False
    found = architecture(Evidence(model_type="llama", classes=("HeronForCausalLM",)))
    assert found.is_moe is None, "a class of its own beside a borrowed type"


def test_a_config_that_tells_the_type_alone_comes_after_headers_of_weights() -> None:
    weights = {"model.layers.0.mlp.experts.7.w1.weight": None}
    found = architecture(Evidence(config={"model_type": "llama"}, tensors=weights))
    assert (found.source, found.expert_count, found.model_type) == ("safetensors", 8, "llama")
    assert found.conflicts == ["api says no experts (type-dense)"]
    assert architecture(Evidence(config={"model_type": "mixtral"})).source == "api"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["relation", "models", "id", "total"]), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = ["model", "hub", "config", "gguf", "safetensors", "tensors", "model_type",
          "architectures", "quantization", "tags", "base_model", "base_model_relation",
          "card"]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_no_request_breaks_it(request: dict[str, object]) -> None:
    json.dumps(architecture(evidence_from(request)).as_row())


def test_a_row_has_every_column_and_the_answers() -> None:
    row = architecture(Evidence("acme/Heron-8x7B", config=MIXED)).as_row()
    for column in (
        "hub", "model", "is_moe", "moe_family", "model_type", "expert_count", "experts_per_token",
        "shared_expert_count", "parameter_count", "active_parameter_count",
        "active_parameter_count_no_embedding", "source", "confidence", "router", "is_unsure",
        "evidence",
    ):  # fmt: skip
        assert column in row
    assert (row["hub"], row["model"]) == ("huggingface", "acme/Heron-8x7B")


def test_confidence_is_the_measured_share_leaning_on_the_middle() -> None:
    assert confidence("never seen") == 0.5
    for method, (right, wrong) in measured().items():
        assert confidence(method) == pytest.approx((right + 1) / (right + wrong + 2), abs=0.001)
    assert confidence("gguf") == confidence("config")


def test_the_first_type_among_the_tags_is_the_type() -> None:
    tags = ("transformers", "safetensors", "bert", "text-classification", "llama4", "mixtral")
    found = architecture(Evidence("acme/guard", tags=tags))
    assert (found.is_moe, found.method) == (False, "tag-dense")


def test_the_name_of_a_series_among_tags_of_gguf_files_gives_way() -> None:
    base = EvidenceBase(
        "acme/Heron-M2", "quantized", architecture(Evidence("acme/Heron", config=MIXED))
    )
    found = architecture(Evidence("ann/heron-gguf", tags=("gguf", "mixtral"), bases=(base,)))
    assert (found.source, found.expert_count) == ("inherited", 8)
    alone = architecture(Evidence("ann/heron-gguf", tags=("gguf", "mixtral")))
    assert (alone.is_moe, alone.is_unsure) == (True, True)
    plain = architecture(Evidence("ann/heron", tags=("safetensors", "mixtral")))
    assert (plain.is_moe, plain.is_unsure) == (True, False)


@pytest.mark.parametrize(("weights", "expected"), [(664_944, None), (1_200_000_000, 1_200_000_000)])
def test_weights_far_below_the_size_in_the_name_are_a_part(
    weights: int, expected: int | None
) -> None:
    found = architecture(
        Evidence("acme/Heron-35B", tags=("safetensors", "mixtral"), safetensors_total=weights)
    )
    assert found.parameter_count == expected
    assert any("a part of the model" in reason for reason in found.reasons) is (expected is None)
