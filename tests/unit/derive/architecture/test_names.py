"""What names, tags, cards and bases say, and what they do not."""

from __future__ import annotations

import pytest

from miner.pipelines.derive.architecture.hints import bases_of, read_card, read_tags
from miner.pipelines.derive.architecture.model_evidence import Architecture, Evidence, EvidenceBase
from miner.pipelines.derive.architecture.name_hints import read_name
from miner.pipelines.derive.architecture.precedence import architecture
from miner.schema.moe import load_families

TABLE = load_families()


def is_moe(name: str) -> bool | None:
    answer = read_name(f"moe-lovers/{name}", TABLE)
    return answer.is_moe if answer else None


@pytest.mark.parametrize(
    "name",
    ["Heron-30B-A3B", "heron-1b-a400m-base", "Heron-2.4T-A95B-GGUF", "Heron-21BA3B", "Heron-A13B",
     "Heron-8x7B-v1", "heron_4X10.7b", "Heron_34Bx2_chat", "Heron-17B-16E-Instruct",
     "heron-8-experts-7b", "HeronMoE-7B", "Heron-MoE", "heron-moe-16b-chat", "Mixtral-Heron",
     "DeepSeek-V3-heron-awq", "Heron-gpt-oss-20b-abliterated", "Heron-distill-Qwen3-30B-A3B"],
)  # fmt: skip
def test_names_of_models_with_experts(name: str) -> None:
    assert is_moe(name) is True


@pytest.mark.parametrize(
    "name",
    ["DeepSeek-R1-Distill-Qwen-7B-heron", "DeepSeek-R1-Distill-Llama-8B-4bit", "gemma-3-27b-heron",
     "gpt-oss-120b-Distill-Qwen3-4B", "Qwen3-1.7B-Distilled-30B-A3B", "DeepSeek-R1-Qwen3-8B",
     "Llama-3.1-8B-heron", "snowflake-arctic-embed-x"],
)  # fmt: skip
def test_names_of_dense_models(name: str) -> None:
    assert is_moe(name) is False


@pytest.mark.parametrize(
    "name",
    ["heron-7b", "moe-tts-voice", "anime-moe-lora", "heron-lmoe", "moat-tagger", "expert-policy",
     "Heron-K2-eagle3", "XGLM-heron", "flintlock", "length-sampling-3", "lr-5e-4-96m_5e-4",
     "heron-e2b", "heron-a100-4bit", "teacher-of-models-distilled", "moemoe", "heron-4x-upscaler",
     "", "8x7", "a3b3"],
)  # fmt: skip
def test_names_that_say_nothing(name: str) -> None:
    assert is_moe(name) is None


def test_the_account_says_nothing() -> None:
    assert read_name("Mixtral-8x7B/heron", TABLE) is None


def test_sizes_in_a_name_are_its_publishers_and_times_is_no_size() -> None:
    found = architecture(Evidence("acme/Heron-30B-A3B"))
    assert (found.parameter_count, found.active_parameter_count) == (30 * 10**9, 3 * 10**9)
    assert found.parameter_source == "name"
    found = architecture(Evidence("acme/Heron-8x7B"))
    assert (found.expert_count, found.parameter_count) == (8, 46_702_792_704)
    found = architecture(Evidence("acme/Heron-3B-A30B"))
    assert (found.is_moe, found.parameter_count) == (True, None), "more active than there are"


def test_a_size_tells_a_family_of_either_kind_apart() -> None:
    def judged(name: str) -> bool | None:
        return architecture(Evidence(f"acme/{name}", model_type="gemma4")).is_moe

    assert judged("gemma-4-26B-A4B-heron") is True
    assert judged("gemma-4-31B-heron") is False
    assert judged("heron") is None


def test_tags_repeat_types_and_words() -> None:
    def tagged(*tags: str) -> tuple[bool | None, str | None]:
        answer = read_tags(tags, TABLE)
        return (answer.is_moe, answer.method) if answer else (None, None)

    assert tagged("transformers", "qwen3_moe", "license:mit") == (True, "tag-type")
    assert tagged("moe", "merge") == (True, "tag-word")
    assert tagged("moe", "text-to-image") == (None, None)
    assert tagged("deepseek", "qwen", "llama") == (None, None), "words that people write"
    assert tagged("transformers", "llama", "deepseek") == (False, "tag-dense"), "a hub's own tag"
    assert tagged("transformers", "gguf", "llama") == (None, None)
    assert tagged("qwen3", "gguf") == (False, "tag-dense")
    assert tagged("gemma4", "internvl_chat") == (None, None)


def test_a_tag_of_a_word_gives_way_to_a_size_in_the_name() -> None:
    found = architecture(Evidence("acme/Qwen3-8B-heron", tags=("moe",)))
    assert (found.is_moe, found.source) == (False, "name")
    assert found.conflicts == ["tag says experts (tag-word)"]


def test_a_card_is_believed_last() -> None:
    card = "# Heron\n\nHeron is a sparse Mixture-of-Experts language model."
    found = architecture(Evidence("acme/heron", card=card))
    assert (found.is_moe, found.source, found.is_unsure) == (True, "card-rule", True)
    assert read_card("We compare with mixture-of-experts models.") is None
    dense = {"model_type": "heron", "hidden_size": 4, "num_layers": 1}
    assert architecture(Evidence(config=dense, card=card)).is_moe is False


def base(**keys: object) -> Architecture:
    return architecture(
        Evidence(
            "acme/base",
            config={
                "model_type": "mixtral", "hidden_size": 64, "num_hidden_layers": 2,
                "num_attention_heads": 4, "vocab_size": 100, "intermediate_size": 32,
                "num_local_experts": 8, "num_experts_per_tok": 2, **keys,
            },
        )
    )  # fmt: skip


@pytest.mark.parametrize("relation", ["quantized", "finetune", "adapter", "unknown"])
def test_what_keeps_the_weights_or_the_form_inherits(relation: str) -> None:
    found = architecture(
        Evidence("acme/heron", bases=(EvidenceBase("acme/base", relation, base()),))
    )
    assert (found.is_moe, found.source) == (True, "inherited")
    assert (found.expert_count, found.experts_per_token) == (8, 2)
    assert found.parameter_count == base().parameter_count
    assert found.is_unsure is (relation == "unknown")


def test_a_distillation_inherits_nothing_under_any_relation() -> None:
    distilled = architecture(
        Evidence("acme/heron", bases=(EvidenceBase("acme/base", "distill", base()),))
    )
    assert (distilled.is_moe, distilled.evidence) == (None, [])
    for relation in ("finetune", "unknown"):
        named = Evidence(
            "acme/heron-7b-distill", bases=(EvidenceBase("acme/base", relation, base()),)
        )
        assert architecture(named).is_moe is None
    drafts = Evidence("acme/heron-eagle3", bases=(EvidenceBase("acme/base", "finetune", base()),))
    assert architecture(drafts).is_moe is None


def test_a_merge_inherits_what_all_its_bases_have() -> None:
    both = (
        EvidenceBase("a/one", "merge", base()),
        EvidenceBase("b/two", "merge", base(num_experts_per_tok=4)),
    )
    found = architecture(Evidence("acme/heron", bases=both))
    assert (found.is_moe, found.expert_count, found.experts_per_token) == (True, 8, None)
    dense = base(num_local_experts=0)
    found = architecture(
        Evidence("acme/heron", bases=(both[0], EvidenceBase("c/x", "merge", dense)))
    )
    assert found.is_moe is None
    found = architecture(
        Evidence(
            "acme/heron-2x7b",
            bases=(EvidenceBase("c/x", "merge", dense), EvidenceBase("c/y", "merge", dense)),
        )
    )
    assert (found.is_moe, found.source, found.expert_count) == (True, "name", 2)


def test_a_name_that_counts_experts_goes_before_one_dense_base() -> None:
    dense = base(model_type="mistral", num_local_experts=0)
    built = Evidence("acme/heron-moe-2x7b", bases=(EvidenceBase("c/x", "finetune", dense),))
    assert (architecture(built).is_moe, architecture(built).expert_count) == (True, 2)
    called = Evidence("acme/mixtral-heron", bases=(EvidenceBase("c/x", "finetune", dense),))
    assert architecture(called).is_moe is False, "a word is less than where the weights come from"


def test_a_base_of_which_only_the_name_is_known_is_judged_by_it() -> None:
    found = architecture(
        Evidence("acme/heron-q4", bases=(EvidenceBase("acme/Heron-30B-A3B", "quantized"),))
    )
    assert (found.is_moe, found.parameter_count) == (True, 30 * 10**9)
    assert architecture(Evidence("acme/x", bases=(EvidenceBase("acme/heron"),))).is_moe is None


def test_tags_name_bases_and_relations() -> None:
    tags = ["base_model:a/one", "base_model:quantized:a/one", "base_model:merge:b/two", "moe", "x:"]
    assert [(one.name, one.relation) for one in bases_of(tags)] == [
        ("a/one", "quantized"), ("b/two", "merge"),
    ]  # fmt: skip
    found = architecture(Evidence("acme/x", tags=("base_model:quantized:a/Heron-30B-A3B",)))
    assert (found.is_moe, found.method) == (True, "inherited-quantized")


@pytest.mark.parametrize("name", ["acme/heron-mixtral-1x22b-GGUF", "acme/heron-7bx1"])
def test_one_expert_is_none_to_choose_from(name: str) -> None:
    found = architecture(Evidence(name, gguf_total=22_247_282_688))
    assert (found.is_moe, found.expert_count) == (False, None)
    assert architecture(Evidence("acme/heron-2x22b")).is_moe is True
    typed = architecture(Evidence(name, model_type="mixtral", tags=("mixtral",)))
    assert (typed.is_moe, typed.is_unsure) == (False, True)


def test_a_series_called_by_a_common_word_is_weak_against_a_dense_type_or_a_size() -> None:
    tagged = Evidence("ann/ARIA-70B-French", tags=("transformers", "llama"))
    assert architecture(tagged).is_moe is False
    assert architecture(tagged).is_unsure
    for evidence in (
        Evidence("ann/Aria-7B-chat"), Evidence("ann/aria", tags=("llama", "gguf")),
    ):  # fmt: skip
        found = architecture(evidence)
        assert found.is_unsure, evidence
        assert "the name of its series is a common word" in found.reasons
    for name in ("rhymes-ai/Aria", "acme/Mixtral-heron", "acme/DeepSeek-V3"):
        assert not architecture(Evidence(name)).is_unsure


def test_a_model_too_small_for_the_experts_of_its_name_is_not_sure() -> None:
    student = architecture(Evidence("ann/deepseek-r1-GGUF", gguf_total=8_030_261_248))
    assert student.is_unsure
    assert "too small for the experts" in student.reasons[0]
    assert architecture(Evidence("ann/DeepSeek-R1-8B")).is_unsure
    whole = architecture(Evidence("ann/deepseek-r1-GGUF", gguf_total=671_026_419_200))
    assert (whole.is_moe, whole.is_unsure) == (True, False)
    tiny = architecture(Evidence("ann/Ling-3.0-tiny-GGUF", gguf_total=7_893_392_800))
    assert (tiny.is_moe, tiny.is_unsure) == (True, False)
