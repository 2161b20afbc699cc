"""Headers that count words, or one file of several: what tells the parameters in their place."""

from __future__ import annotations

import pytest

from miner.pipelines.derive.architecture.model_evidence import Architecture, Evidence, EvidenceBase
from miner.pipelines.derive.architecture.name_hints import sizes_of
from miner.pipelines.derive.architecture.precedence import architecture

BILLION = 10**9


def base(
    count: int = 30_532_122_624, relation: str = "quantized", *, is_moe: bool = True
) -> EvidenceBase:
    active = 3_353_020_416 if is_moe else count
    built = Architecture(
        "", "acme/heron-30B", is_moe=is_moe, parameter_count=count, active_parameter_count=active,
        method="config",
    )  # fmt: skip
    return EvidenceBase("acme/heron-30B", relation, built)


@pytest.mark.parametrize(
    ("name", "tags", "relation"),
    [("ann/heron-30B-MLX-6bit", (), "finetune"), ("ann/heron-30B-8bit", ("mlx",), "finetune"),
     ("ann/heron-30B-small", (), "quantized"), ("ann/heron-30B-w4a16", (), "finetune"),
     ("ann/heron-30B-oQ5e-mtp", ("6-bit",), "finetune"), ("ann/heron-30B-awq", (), "unknown")],
)  # fmt: skip
@pytest.mark.parametrize("is_moe", [True, False])
def test_the_base_tells_parameters_where_a_header_counts_words(
    name: str, tags: tuple[str, ...], relation: str, *, is_moe: bool
) -> None:
    found = architecture(
        Evidence(
            name, tags=tags, bases=(base(relation=relation, is_moe=is_moe),),
            safetensors_total=7 * BILLION,
        )
    )  # fmt: skip
    assert (found.parameter_count, found.parameter_source) == (30_532_122_624, "inherited")
    assert found.active_parameter_count == (3_353_020_416 if is_moe else 30_532_122_624)
    assert "the header counts 7,000,000,000 elements" in found.reasons[-1]
    assert found.is_unsure is (relation == "unknown")


def test_without_a_base_the_name_tells_them_rounded() -> None:
    found = architecture(Evidence("ann/heron-8B-MLX-6bit", safetensors_total=2 * BILLION))
    assert (found.is_moe, found.parameter_count) == (None, 8 * BILLION)
    assert (found.parameter_source, found.is_unsure) == ("name", True)
    found = architecture(Evidence("ann/heron-30B-A3B-6bit", safetensors_total=7 * BILLION))
    assert (found.parameter_count, found.active_parameter_count) == (30 * BILLION, 3 * BILLION)


def test_where_nothing_tells_them_they_are_not_known() -> None:
    found = architecture(Evidence("ann/heron-MLX-8bit", safetensors_total=7 * BILLION))
    assert (found.parameter_count, found.parameter_source) == (None, None)
    assert found.reasons == ["weights are packed, and nothing tells how many parameters"]
    found = architecture(Evidence("ann/heron-30B-A3B-REAP-4bit", bases=(base(),),
                                  safetensors_total=4 * BILLION))  # fmt: skip
    assert found.parameter_count is None, "experts were taken out, and the name tells no new size"


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence("ann/heron-30B-AWQ", bases=(base(),), safetensors_total=30_100_000_000),
        Evidence("ann/heron-30B-int8", bases=(base(),), safetensors_total=30_100_000_000),
        Evidence("ann/heron-30B-mlx", bases=(base(),), dtypes={"BF16": 20 * BILLION}),
        Evidence("ann/heron-cut", bases=(base(relation="finetune"),),
                 safetensors_total=20 * BILLION),
        Evidence("ann/heron-20B-4bit", bases=(base(),), safetensors_total=19 * BILLION),
        Evidence("ann/heron-108-GGUF", bases=(base(),), gguf_total=15 * BILLION),
    ],
)  # fmt: skip
def test_headers_are_believed_where_they_count_parameters(evidence: Evidence) -> None:
    found = architecture(evidence)
    total = evidence.safetensors_total or evidence.gguf_total or 20 * BILLION
    assert found.parameter_count == total
    assert found.parameter_source in {"safetensors", "gguf"}
    assert not found.reasons


def test_one_file_of_several_is_not_the_model() -> None:
    found = architecture(Evidence("ann/heron-GGUF", bases=(base(),), gguf_total=2 * BILLION))
    assert (found.parameter_count, found.parameter_source) == (30_532_122_624, "inherited")


def test_a_part_that_drafts_has_its_own_parameters() -> None:
    found = architecture(Evidence("ann/llama-8b.speculators.eagle3-mlx", safetensors_total=BILLION))
    assert (found.is_moe, found.parameter_count) == (None, BILLION)


@pytest.mark.parametrize(
    ("name", "total", "is_part"),
    [("ann/heron", 700_000, True), ("ann/heron", BILLION, False),
     ("ann/heron-0.7m", 700_000, False), ("ann/tiny-heron", 700_000, False),
     ("ann/heron-dflash", 700_000, False)],
)  # fmt: skip
def test_a_base_tells_of_a_part_where_the_name_has_no_size(
    name: str, total: int, *, is_part: bool
) -> None:
    found = architecture(
        Evidence(name, bases=(base(relation="finetune"),), safetensors_total=total)
    )
    assert found.parameter_count == (30_532_122_624 if is_part else total)
    assert any("a part of the model" in reason for reason in found.reasons) is is_part


def test_a_fraction_of_what_the_name_tells_is_unsure() -> None:
    found = architecture(Evidence("ann/llama-8B-tuned", safetensors_total=BILLION))
    assert (found.parameter_count, found.is_unsure) == (BILLION, True)


def test_totals_beyond_any_model_are_none() -> None:
    found = architecture(Evidence("ann/x", dtypes={"BF16": 2**53, "F32": 2**53}))
    assert found.parameter_count is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a/x-1.0-35B", [35]), ("a/x-0-6b", []), ("a/x-0_6b", []), ("a/x35-08b", []),
     ("a/Llama-3-8B-as-70B", [8, 70]), ("a/x-a3b", [])],
)  # fmt: skip
def test_sizes_in_a_name(name: str, expected: list[int]) -> None:
    assert sizes_of(name) == [one * BILLION for one in expected]
