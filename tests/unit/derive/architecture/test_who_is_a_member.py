"""Which published member a model is, and what contradicts that."""

from __future__ import annotations

import json

import pytest

from miner.pipelines.derive.architecture.model_evidence import AnswerSource, Evidence, EvidenceBase
from miner.pipelines.derive.architecture.precedence import architecture
from miner.schema.moe.members import load_members

QWEN = 30_532_122_624


def counts(evidence: Evidence) -> tuple[int | None, int | None, int | None]:
    found = architecture(evidence)
    return found.expert_count, found.experts_per_token, found.active_parameter_count


def way(evidence: Evidence) -> str | None:
    found = architecture(evidence).evidence
    return next((one.method for one in found if one.source == "member"), None)


@pytest.mark.parametrize(
    ("evidence", "method"),
    [
        (Evidence("Qwen/Qwen3-30B-A3B"), "member"),
        (Evidence("ann/Qwen3-30B-A3B-Instruct-2507-GGUF"), "member-copy"),
        (Evidence("ann/qwen3-30b-a3b_AWQ-4bit", model_type="qwen3_moe"), "member-copy"),
        (Evidence("ann/Heron-Qwen3-30B-A3B-uncensored"), "member-named"),
        (Evidence("ann/Heron-30B-A3B", model_type="qwen3_moe", safetensors_total=QWEN),
         "member-size"),
        (Evidence("ann/Heron-30B-A3B", model_type="qwen3_moe"), "member-size-alone"),
        (Evidence("ann/heron", model_type="qwen3_moe", gguf_total=QWEN), "member-total"),
    ],
)  # fmt: skip
def test_a_member_is_known_by_name_size_or_total(evidence: Evidence, method: str) -> None:
    assert way(evidence) == method
    assert counts(evidence) == (128, 8, 3_300_000_000)
    assert architecture(evidence).parameter_source == "published"


def test_weights_saved_with_towers_and_without_prediction_layers_are_known_by_total() -> None:
    saved = Evidence("ann/heron", model_type="qwen3_5_moe", safetensors_total=35_107_181_936)
    assert (way(saved), *counts(saved)) == ("member-total", 256, 8, 3_000_000_000)


def test_a_config_does_not_give_a_member_other_active_parameters_than_its_copies_have() -> None:
    (member,) = (one for one in load_members() if one.name == "Qwen/Qwen3.5-35B-A3B")
    config = json.loads(member.config)
    listed = architecture(Evidence(member.name, config=config))
    copy = architecture(Evidence("ann/Qwen3.5-35B-A3B-GGUF"))
    assert listed.active_parameter_count == copy.active_parameter_count == member.active
    assert listed.parameter_count == copy.parameter_count == member.counted_total
    other = architecture(Evidence("ann/heron", config=config))
    assert other.active_parameter_count == member.counted_active
    halved = {**config, "text_config": {**config["text_config"], "num_experts": 128}}
    fewer = architecture(Evidence(member.name, config=halved))
    assert (fewer.expert_count, fewer.parameter_source) == (128, "formula")


def test_a_member_goes_before_its_base_and_a_base_before_a_size() -> None:
    listed = Evidence("Qwen/Qwen3-30B-A3B", bases=(EvidenceBase("Qwen/Qwen3-30B-A3B-Base"),))
    assert [one.source for one in architecture(listed).evidence][:2] == ["member", "inherited"]
    sized = Evidence("ann/Heron-30B-A3B", model_type="qwen3_moe",
                     bases=(EvidenceBase("Qwen/Qwen3-30B-A3B", "finetune"),))  # fmt: skip
    sources = [one.source for one in architecture(sized).evidence]
    assert sources.index(AnswerSource.INHERITED) < sources.index(AnswerSource.MEMBER)


def test_what_is_made_from_a_member_inherits_its_counts_without_the_base_in_the_store() -> None:
    base = EvidenceBase("Qwen/Qwen3-30B-A3B-Instruct-2507", "finetune")
    assert counts(Evidence("ann/heron", bases=(base,))) == (128, 8, 3_300_000_000)


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence("ann/Heron-Qwen3-30B-A3B-half", gguf_total=QWEN // 2),
        Evidence("ann/Heron-30B-A3B", model_type="qwen3_moe", safetensors_total=QWEN * 2),
        Evidence("ann/heron-half", bases=(EvidenceBase("Qwen/Qwen3-30B-A3B", "finetune"),),
                 safetensors_total=QWEN // 2),
    ],
)  # fmt: skip
def test_a_total_that_contradicts_leaves_counts_unknown_and_both_values_stand(
    evidence: Evidence,
) -> None:
    found = architecture(evidence)
    assert (found.is_moe, found.expert_count, found.is_unsure) == (True, None, True)
    total = evidence.safetensors_total or evidence.gguf_total or 0
    assert any("30,532," in one and f"{total:,}" in one for one in found.conflicts)


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence("ann/Qwen3-30B-A3B-AWQ", safetensors_total=QWEN // 7),
        Evidence("ann/Qwen3-30B-A3B-GGUF", gguf_total=QWEN // 50),
        Evidence("ann/Qwen3-30B-A3B-MTP-vision", safetensors_total=QWEN * 11 // 10),
    ],
)
def test_packed_words_one_file_of_several_and_towers_are_no_contradiction(
    evidence: Evidence,
) -> None:
    assert not architecture(evidence).conflicts


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence("ann/DeepSeek-R1-Distill-Llama-8B"),
        Evidence("ann/Qwen3-30B-A3B-eagle3"),
        Evidence("ann/Qwen3-30B-A3B-tiny-random", model_type="qwen3_moe"),
        Evidence("ann/Qwen3-30B-A3B-16B", model_type="qwen3_moe"),
        Evidence("ann/Qwen3-30B-A1.5B", model_type="qwen3_moe"),
        Evidence("ann/Qwen3-30B-A3B-copy", model_type="mixtral"),
        Evidence("ann/aria"),
        Evidence("ann/heron-30B-A3B"),
    ],
)
def test_what_only_resembles_a_member_is_none(evidence: Evidence) -> None:
    assert way(evidence) is None
    assert architecture(evidence).expert_count is None


def test_pruned_experts_are_unknown_and_a_token_uses_as_many_as_before() -> None:
    pruned = Evidence("ann/GLM-4.7-Flash-REAP-39-GGUF", gguf_total=19_088_275_970)
    assert counts(pruned)[:2] == (None, 4)
    base = EvidenceBase("zai-org/GLM-4.7-Flash", "quantized")
    inherited = Evidence("ann/Heron-REAP-GGUF", gguf_total=19_088_275_970, bases=(base,))
    assert counts(inherited)[:2] == (None, 4)


def test_other_active_parameters_in_a_name_are_another_number_of_experts_a_token() -> None:
    base = EvidenceBase("Qwen/Qwen3-30B-A3B", "finetune")
    found = counts(Evidence("ann/Qwen3-30B-A1.5B-fast", model_type="qwen3_moe", bases=(base,)))
    assert found == (128, None, 1_500_000_000)


@pytest.mark.parametrize(
    ("name", "total", "active"),
    [
        ("Heron-7Bx2_MoE", 12_879_138_816, 12_879_138_816),
        ("Heron-MoE-4x8B", 24_942_219_264, 13_667_930_112),
        ("Heron-4x10.7b", 36_099_461_120, 19_188_027_392),
    ],
)
def test_a_mixture_of_dense_models_is_counted_by_its_name(
    name: str, total: int, active: int
) -> None:
    found = architecture(Evidence(f"ann/{name}", model_type="mixtral"))
    assert (found.parameter_count, found.active_parameter_count) == (total, active)
    assert (found.experts_per_token, found.parameter_source) == (2, "name")


def test_a_name_of_a_mixture_on_other_weights_tells_no_count() -> None:
    dense = architecture(Evidence("ann/Heron-8x7B", safetensors_total=7_241_732_096))
    assert (dense.expert_count, dense.active_parameter_count) == (None, None)
    assert dense.is_unsure
    assert "7,241,732,096" in dense.conflicts[0]
    other = architecture(Evidence("ann/Heron-4x7B", gguf_total=12_879_138_816))
    assert (other.is_moe, other.expert_count) == (True, None)


def test_a_recipe_of_a_card_tells_experts_and_how_many_a_token_uses() -> None:
    card = (
        "# Heron\n```yaml\nbase_model: a/x\ngate_mode: hidden\nexperts_per_token: 3\nexperts:\n"
        "  - source_model: a/x\n  - source_model: b/y\n    positive_prompts: [code]\n"
        "  - source_model: c/z\n  - source_model: d/w\n```\n"
    )
    found = architecture(Evidence("ann/heron", model_type="mixtral", card=card))
    assert (found.expert_count, found.experts_per_token) == (4, 2), "the family's own is 2"
    alone = architecture(Evidence("ann/heron", card=card))
    assert (alone.is_moe, alone.expert_count, alone.experts_per_token) == (True, 4, 3)
    one = architecture(Evidence("ann/heron", card=card.partition("  - source_model: b/y")[0]))
    assert one.is_moe is None
