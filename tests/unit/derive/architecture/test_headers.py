"""Headers of weights: GGUF files, whole and cut, and safetensors, packed and not."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miner.pipelines.derive.architecture.gguf import read_gguf, read_header
from miner.pipelines.derive.architecture.model_evidence import (
    Architecture,
    Evidence,
    EvidenceBase,
    ReadState,
    SourceAnswer,
)
from miner.pipelines.derive.architecture.precedence import architecture
from miner.pipelines.derive.architecture.tensors import read_tensors, unpacked
from miner.schema.moe import load_families
from tests.gguf_files import gguf, word

TABLE = load_families()


MIXED: dict[str, Any] = {
    "general.architecture": "heron", "heron.block_count": 2, "heron.expert_count": 8,
    "heron.expert_used_count": 2, "heron.expert_shared_count": 1, "heron.expert_gating_func": 2,
    "tokenizer.ggml.token_type": list(range(1200)),
}  # fmt: skip
SHAPES = {"token_embd.weight": (64, 100), "blk.0.ffn_up_exps.weight": (64, 32, 8),
          "blk.0.attn_q.weight": (64, 64)}  # fmt: skip


def test_a_file_tells_its_experts_and_its_parameters() -> None:
    answer = read_gguf(gguf(MIXED, SHAPES), TABLE)
    assert (answer.is_moe, answer.expert_count, answer.experts_per_token) == (True, 8, 2)
    assert (answer.shared_expert_count, answer.router) == (1, "sigmoid")
    experts = 64 * 32 * 8
    total = 6400 + experts + 4096
    assert answer.parameter_count == total
    assert answer.active_parameter_count == total - experts * 3 // 4
    assert answer.active_parameter_count_no_embedding == total - experts * 3 // 4 - 6400


def test_a_file_that_tells_sizes_and_no_experts_is_dense() -> None:
    dense = {"general.architecture": "llama", "llama.block_count": 2}
    assert read_gguf(gguf(dense), TABLE).is_moe is False
    assert read_gguf(gguf({**dense, "llama.expert_count": 0}), TABLE).is_moe is False
    assert read_gguf(gguf({**dense, "llama.expert_count": 8}), TABLE).is_moe is True


def test_the_architecture_alone_says_what_the_table_says() -> None:
    def verdict(name: str) -> bool | None:
        return read_gguf({"architecture": name, "total": 5}, TABLE).is_moe

    assert verdict("qwen3moe") is True
    assert verdict("heron-moe") is True, "it calls itself so"
    assert verdict("llama") is None, "models of either kind are of this architecture"
    assert verdict("heron") is None


def test_a_file_cut_anywhere_breaks_nothing_and_never_turns_dense() -> None:
    whole = gguf(MIXED, SHAPES)
    for length in range(len(whole)):
        answer = read_gguf(whole[:length], TABLE)
        assert answer.state in {ReadState.PARTIAL, ReadState.UNPARSABLE}
        assert answer.is_moe is not False
        assert answer.parameter_count is None
    after = whole.index(b"heron.expert_used_count")
    assert read_gguf(whole[:after], TABLE).expert_count == 8


@pytest.mark.parametrize(
    "head",
    [b"", b"PK\x03\x04", b"GGUF", b"GGUF" + struct.pack("<IQQ", 9, 0, 0),
     b"GGUF" + struct.pack("<IQQ", 3, 2**60, 1), b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + word("a")
     + struct.pack("<I", 77), b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**62)],
)  # fmt: skip
def test_what_is_no_gguf_has_a_state(head: bytes) -> None:
    header = read_header(head)
    assert header.state in {ReadState.PARTIAL, ReadState.UNPARSABLE}
    assert header.reason


def test_weights_of_one_part_and_of_blocks_that_predict_ahead_are_not_counted() -> None:
    ahead = {"blk.1.nextn.eh_proj.weight": (128, 64), "blk.1.attn_q.weight": (64, 64)}
    whole = read_gguf(gguf(MIXED, SHAPES), TABLE)
    found = read_gguf(gguf({**MIXED, "heron.nextn_predict_layers": 1}, {**SHAPES, **ahead}), TABLE)
    assert found.parameter_count == whole.parameter_count
    assert found.active_parameter_count == whole.active_parameter_count
    part = read_gguf(gguf({**MIXED, "split.count": 3}, SHAPES), TABLE)
    assert (part.expert_count, part.experts_per_token, part.parameter_count) == (8, 2, None)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 200))
def test_no_bytes_break_it(noise: bytes, place: int) -> None:
    whole = gguf(MIXED, SHAPES)
    read_gguf(whole[:place] + noise + whole[place + len(noise) :], TABLE)
    read_gguf(b"GGUF" + noise, TABLE)


def weights(**shapes: list[int]) -> dict[str, Any]:
    return {
        name.replace("__", "."): {"dtype": "BF16", "shape": shape} for name, shape in shapes.items()
    }


def test_names_of_weights_tell_experts_one_by_one_or_stacked() -> None:
    one = read_tensors(
        {f"model.layers.3.mlp.experts.{number}.up_proj.weight": None for number in range(16)}
    )
    assert (one.is_moe, one.expert_count, one.shared_expert_count) == (True, 16, 0)
    stacked = read_tensors(weights(model__layers__0__mlp__experts__down_proj=[32, 64, 16]))
    assert (stacked.is_moe, stacked.expert_count) == (True, 32)
    assert stacked.parameter_count == 32 * 64 * 16
    shared = read_tensors({
        "model.layers.1.mlp.experts.7.w1.weight": None,
        "model.layers.1.mlp.shared_experts.up_proj.weight": None,
    })  # fmt: skip
    assert shared.shared_expert_count is None, "how many stand behind one matrix is not told"


def test_names_without_experts_are_dense_and_of_an_adapter_say_nothing() -> None:
    assert read_tensors(weights(model__layers__0__mlp__up_proj__weight=[4, 4])).is_moe is False
    adapter = {"base_model.model.layers.0.mlp.experts.7.up_proj.lora_A.weight": None}
    assert read_tensors(adapter).is_moe is None
    assert read_tensors({}).is_moe is None
    assert read_tensors({"__metadata__": {"format": "pt"}}).is_moe is None


@pytest.mark.parametrize(
    ("dtype", "bits", "expected"),
    [("I32", 4, 8 * 100), ("U32", 8, 4 * 100), ("U8", None, 200), ("BF16", None, 100),
     ("I32", None, None), ("I32", 5, None)],
)  # fmt: skip
def test_packed_weights_are_unpacked_and_scales_left_out(
    dtype: str, bits: int | None, expected: int | None
) -> None:
    entries: dict[str, Any] = {
        "layers.0.up_proj.qweight": {"dtype": dtype, "shape": [10, 10]},
        "layers.0.up_proj.scales": {"dtype": "F16", "shape": [10, 2]},
        "layers.0.up_proj.weight_scale_inv": {"dtype": "F32", "shape": [3]},
    }
    assert read_tensors(entries, bits).parameter_count == expected


def test_totals_by_number_format_are_unpacked() -> None:
    assert unpacked({"BF16": 7, "F32": 3}, 10, None, is_quantized=False) == (10, "as reported")
    assert unpacked({"BF16": 7, "I32": 10}, 17, 4, is_quantized=True) == (87, "unpacked")
    assert unpacked({"BF16": 7, "U8": 10, "F8_E4M3": 1}, 18, None, is_quantized=True) == (
        27, "unpacked",
    )  # fmt: skip
    assert unpacked({"I32": 10}, 10, None, is_quantized=True) == (None, "packed")
    assert unpacked(None, 10, None, is_quantized=True) == (None, "packed")
    assert unpacked(None, None, None, is_quantized=False) == (None, "")


CONFIG = {"model_type": "heron", "hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 100,
          "num_attention_heads": 4, "intermediate_size": 96,
          "tie_word_embeddings": True}  # fmt: skip


@pytest.mark.parametrize(
    ("ratio", "bits", "expected"),
    [(1.01, None, "agrees"), (1.1, None, "more in the weights"), (3.0, None, "disagrees"),
     (0.5, None, "fewer in the weights"), (0.5, 4, "packed"), (1.0, 4, "agrees")],
)  # fmt: skip
def test_the_formula_is_held_against_the_weights(
    ratio: float, bits: int | None, expected: str
) -> None:
    counted = architecture(Evidence(config=CONFIG)).parameter_count or 0
    packing = {"quantization_config": {"quant_method": "awq", "bits": bits}} if bits else {}
    found = architecture(
        Evidence(config={**CONFIG, **packing}, safetensors_total=round(counted * ratio))
    )
    assert (found.parameter_check, found.parameter_source) == (expected, "formula")
    assert found.parameter_count == counted


def test_where_no_formula_is_the_weights_tell() -> None:
    found = architecture(Evidence(model_type="bert", dtypes={"F32": 30, "I32": 4}))
    assert found.parameter_count is None, "packed, and nothing tells how"
    found = architecture(Evidence(model_type="bert", dtypes={"F32": 30}))
    assert (found.parameter_count, found.active_parameter_count) == (30, 30)
    found = architecture(Evidence(gguf={"architecture": "qwen3moe"}, gguf_total=1000))
    assert (found.parameter_count, found.parameter_source) == (1000, "gguf")
    assert found.active_parameter_count is None


def test_answers_are_dataclasses_of_plain_values() -> None:
    row = SourceAnswer.as_dict(read_gguf(gguf(MIXED), TABLE))
    assert row["expert_count"] == 8
    assert "parameter_count" not in row


def test_weights_that_are_fewer_than_a_token_uses_are_a_part() -> None:
    part = architecture(Evidence("acme/heron-35B-A3B-GGUF", gguf_total=446_571_248))
    assert (part.parameter_count, part.parameter_source) == (35_000_000_000, "name")
    assert part.is_unsure
    assert "a part of the model" in part.reasons[0]
    whole = architecture(Evidence("acme/heron-35B-A3B-GGUF", gguf_total=34_660_610_688))
    assert (whole.parameter_count, whole.parameter_source) == (34_660_610_688, "gguf")


def test_active_parameters_of_a_base_are_not_taken_where_the_model_is_smaller() -> None:
    base = Architecture(
        "", "acme/heron", is_moe=True, active_parameter_count=3_000_000_000, method="config",
    )  # fmt: skip
    cut = Evidence(
        "acme/heron-cut", bases=(EvidenceBase("acme/heron", "finetune", base),),
        safetensors_total=800_000_000,
    )  # fmt: skip
    found = architecture(cut)
    assert (found.is_moe, found.parameter_count) == (True, 800_000_000)
    assert found.active_parameter_count is None


def test_shapes_larger_than_any_model_are_not_counted() -> None:
    huge = gguf(MIXED, {**SHAPES, "blk.1.attn_q.weight": (2**40, 2**40)})
    found = architecture(Evidence(gguf=huge))
    assert (found.is_moe, found.expert_count, found.parameter_count) == (True, 8, None)
    assert "its shapes are larger than any model" in found.reasons
    tensors = {"a.weight": {"shape": [2**40, 2**40], "dtype": "BF16"}}
    assert read_tensors(tensors).parameter_count is None
