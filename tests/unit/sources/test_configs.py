"""config.json: what is read, from which part, and what becomes of odd files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.pipelines.sources.records.config import read_config
from tests.unit.sources.strategies import any_json, assert_storable


def read(config: object) -> dict[str, object]:
    facts = read_config(json.dumps(config).encode())
    return {key: value for key, value in facts.values.items() if value is not None}


@pytest.mark.parametrize(
    ("config", "values"),
    [
        pytest.param(
            {
                "model_type": "llama",
                "architectures": ["LlamaForCausalLM"],
                "max_position_embeddings": 4096,
                "vocab_size": 32000,
                "torch_dtype": "bfloat16",
                "_name_or_path": "owner/base",
            },
            {
                "model_type": "llama",
                "architectures": '["LlamaForCausalLM"]',
                "context_length": 4096,
                "vocabulary_size": 32000,
                "dtype": "bfloat16",
                "name_or_path": "owner/base",
            },
            id="plain",
        ),
        pytest.param(
            {
                "model_type": "llava",
                "text_config": {
                    "model_type": "mistral",
                    "max_position_embeddings": 8192,
                    "vocab_size": 9,
                    "torch_dtype": "float16",
                },
                "vision_config": {"max_position_embeddings": 1},
            },
            {
                "model_type": "llava",
                "context_length": 8192,
                "vocabulary_size": 9,
                "dtype": "float16",
            },
            id="nested language part",
        ),
        pytest.param(
            {"max_position_embeddings": 10, "text_config": {"max_position_embeddings": 20}},
            {"context_length": 10},
            id="outer before inner",
        ),
        pytest.param({"dtype": "a", "torch_dtype": "b"}, {"dtype": "a"}, id="dtype"),
        pytest.param({"dtype": None, "torch_dtype": "b"}, {"dtype": "b"}, id="dtype null"),
        pytest.param({"torch_dtype": "torch.float16"}, {"dtype": "float16"}, id="torch prefix"),
        pytest.param({"n_positions": 1024}, {"context_length": 1024}, id="GPT-2"),
        pytest.param({"max_seq_len": 2048}, {"context_length": 2048}, id="MPT"),
        pytest.param({"seq_length": 512.0}, {"context_length": 512}, id="whole float"),
        pytest.param(
            {"quantization_config": {"quant_method": "gptq", "bits": 4}},
            {"quantization": "gptq"},
            id="quantized",
        ),
        pytest.param({"architectures": "Solo"}, {"architectures": '["Solo"]'}, id="one text"),
        pytest.param({"vocab_size": 0}, {"vocabulary_size": 0}, id="zero is not missing"),
        pytest.param({}, {}, id="empty object"),
        pytest.param({"self": 1, "text_config": None}, {}, id="self"),
    ],
)  # fmt: skip
def test_fields(config: object, values: dict[str, object]) -> None:
    assert read(config) == values
    assert read_config(json.dumps(config).encode()).state == "parsed"


@pytest.mark.parametrize(
    ("config", "fields"),
    [
        ({"model_type": 7}, "model_type"),
        ({"architectures": {"a": 1}}, "architectures"),
        ({"max_position_embeddings": "2k"}, "max_position_embeddings"),
        ({"max_position_embeddings": -1}, "max_position_embeddings"),
        ({"model_max_length": 1e30}, "model_max_length"),
        ({"model_max_length": 10**30}, "model_max_length"),
        ({"vocab_size": float("nan")}, "vocab_size"),
        ({"vocab_size": float("inf")}, "vocab_size"),
        ({"torch_dtype": ["float16"]}, "dtype"),
        ({"quantization_config": "4-bit"}, "quantization_config"),
        ({"quantization_config": {"quant_method": 4}}, "quant_method"),
        ({"model_type": "x" * 20_000}, "model_type"),
        ({"model_type": [[[[1]]]], "vocab_size": True}, "model_type, vocab_size"),
    ],
)
def test_an_odd_field_is_left_out_and_named(config: object, fields: str) -> None:
    facts = read_config(json.dumps(config).encode())
    assert (facts.state, facts.reason) == ("partial", fields)
    assert read(config) == {}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no JSON"),
        (b"   ", "no JSON"),
        (b"{", "no JSON"),
        (b'{"a": 1,}', "no JSON"),
        (b"\xff\xfe{\x00}\x00", "no JSON"),
        (b"version https://git-lfs.github.com/spec/v1\n", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"a":' * 100_000, "no JSON"),
        (b'{"a": ' + b"9" * 5000 + b", NaN}", "no JSON"),
        (b"[]", "a list"),
        (b'[{"model_type": "x"}]', "a list"),
        (b'"text"', "a str"),
        (b"null", "a NoneType"),
        (b"NaN", "a float"),
    ],
)
def test_what_is_no_object_is_unparsable(body: bytes, reason: str) -> None:
    facts = read_config(body)
    assert (facts.state, facts.values) == ("unparsable", {})
    assert reason in facts.reason


def test_nan_and_a_mark_are_accepted() -> None:
    facts = read_config(b'\xef\xbb\xbf{"rope": NaN, "model_type": "x", "eps": -Infinity}')
    assert (facts.state, facts.values["model_type"]) == ("parsed", "x")


def test_not_utf8_costs_only_what_it_touches() -> None:
    facts = read_config(b'{"note": "\xff", "model_type": "x"}')
    assert (facts.state, facts.values["model_type"]) == ("parsed", "x")


def test_ten_megabytes() -> None:
    labels = {str(number): f"LABEL_{number}" * 4 for number in range(200_000)}
    body = json.dumps({"id2label": labels, "model_type": "x"}).encode()
    assert len(body) > 10_000_000
    assert read_config(body).values["model_type"] == "x"


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(body: bytes) -> None:
    assert read_config(body).state in {"parsed", "partial", "unparsable"}


_KEYS = st.sampled_from(
    ["model_type", "architectures", "text_config", "quantization_config", "quant_method", "dtype",
     "torch_dtype", "vocab_size", "max_position_embeddings", "_name_or_path", "self"]
)  # fmt: skip


@given(st.dictionaries(_KEYS, st.one_of(any_json, st.dictionaries(_KEYS, any_json)), max_size=6))
def test_no_object_makes_it_fail_and_all_can_be_stored(config: dict[str, object]) -> None:
    assert_storable(read_config(json.dumps(config).encode()))
