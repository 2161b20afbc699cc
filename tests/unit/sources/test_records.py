"""Records of models and datasets: every field with every wrong type, and the digest."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.errors import SkipRecord
from miner.pipelines.sources.hubs.huggingface.records import read_dataset, read_light, read_model
from miner.pipelines.sources.records.facts import DatasetFacts, ModelFacts
from tests.unit.sources.strategies import (
    CARD_KEYS,
    RECORD_KEYS,
    any_json,
    assert_storable,
    nested,
    problems_of,
    records,
)

Read = Callable[[object], ModelFacts | DatasetFacts]
READERS: list[Read] = [read_model, read_light, read_dataset]
READ = pytest.mark.parametrize("read", READERS, ids=["model", "light", "dataset"])

WRONG: list[object] = [
    None, True, False, 0, -1, 10**30, 1.5, float("nan"), float("inf"), "", "text", "\ud800",
    "a\x00b", "x" * 20_000, [], [None], [[]], [{}], ["\ud800"], {}, {"": None}, {"\ud800": 10**30},
    {"self": 1}, {"id": "a/b"},
    [{"rfilename": "\ud800", "size": 10**30, "lfs": {"sha256": "\ud800"}}],
    {"total": 10**30, "parameters": {"\ud800": 3, "n\x00": 10**30, "F32": -1}},
    {"models": [{"id": "\ud800"}]}, [{"results": [{"dataset": {"type": "\ud800\x00"}}]}],
    ["license:\ud800", "base_model:\ud800", "arxiv:\ud800", "dataset:a\x00"], nested(1000),
]  # fmt: skip

FULL: dict[str, object] = {
    "_id": "65f000000000000000000001",
    "id": "owner/name",
    "author": "owner",
    "createdAt": "2024-03-02T23:29:04.000Z",
    "lastModified": "2024-04-02T23:29:04.000Z",
    "sha": "a" * 40,
    "pipeline_tag": "text-generation",
    "library_name": "transformers",
    "tags": ["en", "arxiv:2106.09685", "license:mit", "dataset:squad", "base_model:adapter:a/b"],
    "cardData": {"license": "MIT", "language": ["en", "NO"], "base_model": "a/b", "self": "x"},
    "siblings": [
        {"rfilename": "README.md"},
        {"rfilename": "model.gguf", "size": 12, "lfs": {"sha256": "b" * 64, "size": 12}},
    ],
    "config": {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "quantization_config": {"quant_method": "awq"},
    },
    "safetensors": {"total": 7, "parameters": {"F32": 3, "BF16": 4}},
    "gguf": {"total": 9, "architecture": "llama", "context_length": 4096},
    "baseModels": {"relation": "adapter", "models": [{"_id": "1", "id": "a/b"}]},
    "downloads": 5,
    "downloadsAllTime": 50,
    "likes": 2,
    "private": False,
    "disabled": False,
    "gated": "manual",
    "usedStorage": 1234,
}


def test_a_full_record() -> None:
    facts = read_model(FULL)
    assert facts.problems == []
    assert (facts.name, facts.uid, facts.owner) == (
        "owner/name",
        "65f000000000000000000001",
        "owner",
    )
    values = {key: value for key, value in facts.values.items() if value is not None}
    expected = {
        "created_at": "2024-03-02 23:29:04.000000",
        "last_modified_at": "2024-04-02 23:29:04.000000",
        "sha": "a" * 40,
        "pipeline_tag": "text-generation",
        "library_name": "transformers",
        "license": "mit",
        "tags": json.dumps(FULL["tags"], separators=(",", ":")),
        "languages": '["en","no"]',
        "model_type": "llama",
        "architectures": '["LlamaForCausalLM"]',
        "quantization": "awq",
        "gguf_architecture": "llama",
        "gguf_context_length": 4096,
        "gguf_parameter_count": 9,
        "safetensors_parameter_count": 7,
        "parse_state": "parsed",
    }
    assert values | expected == values
    assert json.loads(str(values["safetensors_dtypes"])) == {"F32": 3, "BF16": 4}
    assert json.loads(str(values["files"])) == [
        {"path": "README.md"},
        {"path": "model.gguf", "size_bytes": 12, "sha256": "b" * 64},
    ]
    volatile = {"downloads": 5, "downloads_all_time": 50, "likes": 2, "gated": "manual"}
    assert facts.volatile | volatile == facts.volatile


@READ
@pytest.mark.parametrize("field", RECORD_KEYS)
def test_every_field_with_every_wrong_type(field: str, read: Read) -> None:
    for value in WRONG:
        facts = read({**FULL, field: value})
        assert facts.name == "owner/name"
        assert_storable(facts)


@READ
@pytest.mark.parametrize("field", CARD_KEYS)
def test_every_field_of_card_data_with_every_wrong_type(field: str, read: Read) -> None:
    for value in WRONG:
        assert_storable(read({"id": "owner/name", "cardData": {"license": "mit", field: value}}))


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("createdAt", "0001-01-01T00:00:00Z", "bad-date"),
        ("lastModified", 1709422144, "wrong-type"),
        ("tags", {"en": True}, "wrong-type"),
        ("cardData", "license: mit", "wrong-type"),
        ("cardData", [], "wrong-type"),
        ("siblings", "README.md", "wrong-type"),
        ("siblings", ["README.md"], "wrong-type"),
        ("config", [], "wrong-type"),
        ("safetensors", "7B", "wrong-type"),
        ("gguf", 7, "wrong-type"),
        ("sha", "x" * 20_000, "too-long"),
        ("_id", 7, "wrong-type"),
        ("author", {"name": "x"}, "wrong-type"),
        ("downloads", "many", "wrong-type"),
        ("likes", -1, "out-of-range"),
        ("gated", "perhaps", "wrong-type"),
        ("gated", 0, "wrong-type"),
        ("private", "false", "wrong-type"),
        ("baseModels", "a/b", "wrong-type"),
    ],
)
def test_a_wrong_field_is_noted_and_the_record_is_partial(
    field: str, value: object, reason: str
) -> None:
    facts = read_model({**FULL, field: value})
    assert problems_of(facts) == {field: reason}
    assert facts.values["parse_state"] == "partial"
    assert facts.name == "owner/name"


@READ
@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (None, "not-an-object"),
        ([], "not-an-object"),
        ("owner/name", "not-an-object"),
        (7, "not-an-object"),
        (nested(1000), "not-an-object"),
        ({}, "no-name"),
        ({"id": None}, "no-name"),
        ({"id": ""}, "no-name"),
        ({"id": " "}, "no-name"),
        ({"id": 7}, "no-name"),
        ({"id": ["a/b"]}, "no-name"),
        ({"id": "a b"}, "no-name"),
        ({"id": "a/b\n"}, "no-name"),
        ({"id": "a\x00b"}, "no-name"),
        ({"id": "a\ud800b"}, "no-name"),
        ({"id": "a\u2028b"}, "no-name"),
        ({"id": "x" * 1000}, "no-name"),
        ({"_id": "1", "cardData": nested(1000)}, "no-name"),
    ],
)
def test_a_record_without_a_usable_name_is_set_aside(
    record: object, reason: str, read: Read
) -> None:
    with pytest.raises(SkipRecord) as found:
        read(record)
    assert found.value.reason == reason
    assert len(str(found.value)) <= 200


def test_the_older_key_of_the_name_is_read() -> None:
    assert read_model({"modelId": "a/b"}).name == "a/b"
    assert read_model({"id": "gpt2"}).owner is None


@pytest.mark.parametrize(
    ("written", "languages"),
    [
        ("en", ["en"]), (["en", "DE "], ["en", "de"]), (False, ["no"]),
        (["en", False], ["en", "no"]),
        ("no", ["no"]), ([], None), (None, None), ({"en": 1}, None), (True, None), ([True], None),
    ],
)  # fmt: skip
def test_languages(written: object, languages: list[str] | None) -> None:
    value = read_model({"id": "a/b", "cardData": {"language": written}}).values["languages"]
    assert (None if value is None else json.loads(str(value))) == languages


@pytest.mark.parametrize(
    ("written", "gating"),
    [(False, "no"), (True, "yes"), ("auto", "auto"), ("manual", "manual"), (None, None)]
)  # fmt: skip
def test_gating(written: object, gating: str | None) -> None:
    assert read_light({"id": "a/b", "gated": written}).volatile["gated"] == gating


def test_a_light_record_speaks_only_of_what_it_has() -> None:
    facts = read_light({"id": "a/b", "downloads": 3, "sha": "x"})
    assert facts.volatile == {"downloads": 3}
    assert facts.values == {"created_at": None, "last_modified_at": None, "sha": "x"}


def test_a_dataset() -> None:
    facts = read_dataset(
        {
            "id": "owner/data",
            "_id": "1",
            "disabled": True,
            "gated": "auto",
            "downloads": 3,
            "tags": ["license:mit", "size_categories:1K<n<10K"],
            "cardData": {"license": ["CC-BY-4.0", "mit"], "size_categories": "n<1K"},
        }
    )
    assert facts.values["state"] == "disabled"
    assert facts.values["license"] == "cc-by-4.0"
    assert facts.values["size_category"] == "1K<n<10K"
    assert facts.values["gated"] == "auto"
    assert [(item.source, item.canonical, item.scope) for item in facts.licenses] == [
        ("declared", "cc-by-4.0", "data"),
        ("declared", "mit", "data"),
        ("tag", "mit", "data"),
    ]


def _reversed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _reversed(item) for key, item in reversed(value.items())}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def test_the_digest_ignores_the_order_of_keys_and_what_moves() -> None:
    digest = read_model(FULL).digest
    assert read_model(_reversed(FULL)).digest == digest
    assert read_model(json.loads(json.dumps(FULL)), position=7).digest == digest
    moved = {"downloads": 6, "downloadsAllTime": 51, "likes": 3, "gated": False, "disabled": True}
    assert read_model({**FULL, **moved, "trendingScore": 9}).digest == digest
    assert read_model(_reversed(FULL)).values == read_model(FULL).values


@pytest.mark.parametrize(
    "change",
    [
        {"sha": "c" * 40},
        {"createdAt": None},
        {"tags": []},
        {"tags": ["license:mit", "en"]},
        {"cardData": {"license": "apache-2.0"}},
        {"cardData": {"license": "MIT", "license_link": "x"}},
        {"cardData": {"license": "MIT", "base_model": "a/c"}},
        {"cardData": {"license": "MIT", "base_model": "a/b", "base_model_relation": "merge"}},
        {"cardData": {"license": "MIT", "datasets": ["x"]}},
        {"model-index": [{"results": [{"dataset": {"type": "x"}}]}]},
        {"baseModels": None},
        {"siblings": []},
        {"config": {"model_type": "llama"}},
        {"safetensors": {"total": 8}},
        {"gguf": {}},
        {"pipeline_tag": None},
        {"library_name": "peft"},
    ],
)
def test_the_digest_sees_every_change_of_what_is_said(change: dict[str, object]) -> None:
    assert read_model({**FULL, **change}).digest != read_model(FULL).digest


@pytest.mark.parametrize("odd", [{"n": 10**30}, {"x": "\ud800"}, {"\ud800": 1}, nested(300)])
def test_the_digest_of_odd_values_is_stable_and_sees_changes(odd: object) -> None:
    first = read_model({**FULL, "cardData": {"license": "mit", "odd": odd}})
    again = read_model(_reversed({**FULL, "cardData": {"license": "mit", "odd": odd}}))
    other = read_model({**FULL, "cardData": {"license": "gpl", "odd": odd}})
    assert first.digest == again.digest != other.digest


@given(any_json)
def test_no_json_at_all_does_more_than_skip(record: object) -> None:
    for read in READERS:
        try:
            read(record)
        except SkipRecord as found:
            assert found.reason in {"not-an-object", "no-name"}


@given(records)
def test_no_record_does_more_than_skip_and_all_facts_can_be_stored(record: object) -> None:
    for read in READERS:
        try:
            facts = read(record)
        except SkipRecord as found:
            str(found).encode("utf-8")
            continue
        assert_storable(facts)
        if isinstance(facts, ModelFacts) and read is read_model:
            assert (facts.values["parse_state"] == "partial") == bool(facts.problems)


@given(records, st.data())
def test_equal_records_have_equal_digests(record: object, data: st.DataObject) -> None:
    assert isinstance(record, dict)
    record["id"] = "owner/name"
    order = data.draw(st.permutations(list(record)))
    first, second = read_model(record), read_model({key: record[key] for key in order})
    assert first.digest == second.digest
