"""Origins: names, arXiv ids, tags, relations and where each comes from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.pipelines.sources.hubs.huggingface.records import read_model
from miner.pipelines.sources.records.statements import arxiv_id, arxiv_month, clean_name, read_tags


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("owner/name", "owner/name"),
        ("  owner/name\n", "owner/name"),
        ('"owner/name"', "owner/name"),
        ("gpt2", "gpt2"),
        ("https://huggingface.co/owner/name", "owner/name"),
        ("http://www.huggingface.co/owner/name/", "owner/name"),
        ("huggingface.co/owner/name", "owner/name"),
        ("https://hf.co/owner/name", "owner/name"),
        ("HTTPS://HuggingFace.co/Owner/Name", "Owner/Name"),
        ("https://huggingface.co/owner/name/tree/main?x=1#y", "owner/name"),
        ("https://huggingface.co/owner/name#usage", "owner/name"),
        ("https://huggingface.co/gpt2", "gpt2"),
        ("https://huggingface.co/models/owner/name", "owner/name"),
        ("https://huggingface.co/", ""),
        ("", ""),
        (" '' ", ""),
        ("owner/name/file.gguf", "owner/name/file.gguf"),
        ("./local/path", "./local/path"),
        ("https://example.org/owner/name", "https://example.org/owner/name"),
    ],
)
def test_a_model_name(written: str, name: str) -> None:
    assert clean_name(written) == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("https://huggingface.co/datasets/owner/name", "owner/name"),
        ("https://huggingface.co/datasets/squad/viewer/x", "squad/viewer"),
        ("datasets/owner/name", "owner/name"),
        ("datasets/squad", "datasets/squad"),
        ("squad", "squad"),
    ],
)
def test_a_dataset_name(written: str, name: str) -> None:
    assert clean_name(written, "datasets") == name


@given(st.text(max_size=400))
def test_a_clean_name_is_bounded(text: str) -> None:
    assert len(clean_name(text)) <= 300


@pytest.mark.parametrize(
    ("written", "identifier", "month"),
    [
        ("2106.09685", "2106.09685", "2021-06-01"),
        ("2106.09685v2", "2106.09685", "2021-06-01"),
        (" 2106.09685v12 ", "2106.09685", "2021-06-01"),
        ("0704.0001", "0704.0001", "2007-04-01"),
        ("1412.6980", "1412.6980", "2014-12-01"),
        ("cs/0112017", "cs/0112017", "2001-12-01"),
        ("cs/0112017v1", "cs/0112017", "2001-12-01"),
        ("cmp-lg/9404001", "cmp-lg/9404001", "1994-04-01"),
        ("hep-th/9901001", "hep-th/9901001", "1999-01-01"),
        ("math.GT/0309136", "math.gt/0309136", "2003-09-01"),
        ("8812.12345", "8812.12345", "2088-12-01"),
    ],
)
def test_an_arxiv_id_and_its_month(written: str, identifier: str, month: str) -> None:
    assert arxiv_id(written) == identifier
    assert arxiv_month(identifier) == month


@pytest.mark.parametrize(
    "text",
    [
        "", "arxiv", "2113.00001", "2100.12345", "2106.096", "2106.123456", "2106.09685v", "v2",
        "2106-09685", "21060.9685", "9912.12345", "9107.1234", "cs/9913001", "cs/011201",
        "/0112017",
        "cs/5001001", "٢١٠٦.09685", "2106.0968\uff15", "https://arxiv.org/abs/2106.09685",
    ],
)  # fmt: skip
def test_what_is_no_arxiv_id(text: str) -> None:
    assert arxiv_id(text) is None


@given(st.one_of(st.text(max_size=30), st.from_regex(r"(cs/)?[0-9]{4}\.?[0-9]{3,5}(v[0-9])?")))
def test_every_arxiv_id_has_a_month_and_is_its_own_id(text: str) -> None:
    identifier = arxiv_id(text)
    if identifier is None:
        with pytest.raises(ValueError, match="no arXiv id"):
            arxiv_month("no id")
    else:
        assert identifier.isascii()
        assert arxiv_id(identifier) == identifier
        assert 1 <= int(arxiv_month(identifier)[5:7]) <= 12


def test_tags_by_what_they_say() -> None:
    tags = read_tags(
        ["license:mit", "license:", "dataset:squad", "dataset:datasets/a/b", "arxiv:2106.09685v2",
         "arxiv:none", "region:us", "en", "base_model:a/b", "base_model:quantized:a/b",
         "base_model:c/d", "base_model:", "base_model:https://huggingface.co/e/f",
         "base_model:finetune:", ":x", "license:other:x"]
    )  # fmt: skip
    assert tags.licenses == ["mit", "other:x"]
    assert tags.datasets == ["squad", "a/b"]
    assert tags.papers == ["2106.09685"]
    assert tags.bases == {"a/b": "quantized", "c/d": "unknown", "e/f": "unknown"}


def edges(**record: object) -> list[tuple[str, str, str, str]]:
    facts = read_model({"id": "o/n", **record})
    return [(e.parent, e.relation, e.relation_source, e.source) for e in facts.statements.edges]


def declared(base: object, **more: object) -> dict[str, object]:
    return {"base_model": base, **more}


def api(relation: object, *names: str) -> dict[str, object]:
    return {"relation": relation, "models": [{"_id": "1", "id": name} for name in names]}


@pytest.mark.parametrize(
    ("base", "parents"),
    [
        ("a/b", ["a/b"]),
        (["a/b", "c/d"], ["a/b", "c/d"]),
        (["a/b", "https://huggingface.co/a/b"], ["a/b"]),
        ("https://huggingface.co/a/b/tree/main", ["a/b"]),
        (["a/b", None, "", "  "], ["a/b"]),
        (["a/b", {"id": "c/d"}], ["a/b"]),
        ({"name": "a/b"}, []),
        (7, []),
        (None, []),
    ],
)
def test_bases_of_any_shape(base: object, parents: list[str]) -> None:
    assert [edge[0] for edge in edges(cardData=declared(base))] == parents


@pytest.mark.parametrize(
    ("written", "relation"),
    [
        ("finetune", "finetune"), ("Finetuned", "finetune"), (" adapter ", "adapter"),
        ("quantized", "quantized"), ("MERGE", "merge"), ("distillation", "distill"),
    ],
)  # fmt: skip
def test_spellings_of_a_relation(written: str, relation: str) -> None:
    assert edges(cardData=declared("a/b", base_model_relation=written)) == [
        ("a/b", relation, "declared", "declared")
    ]


@pytest.mark.parametrize("written", ["cousin", "", None, 3, ["quantized", "merge"], {"a": 1}])
def test_a_relation_that_is_none_leaves_it_open(written: object) -> None:
    assert edges(cardData=declared("a/b", base_model_relation=written)) == [
        ("a/b", "unknown", "inferred", "declared")
    ]


def test_what_the_card_declares_comes_before_api_and_tag() -> None:
    found = edges(
        cardData=declared("a/b", base_model_relation="merge"),
        baseModels=api("finetune", "a/b"),
        tags=["base_model:quantized:a/b"],
    )
    assert found == [
        ("a/b", "merge", "declared", "declared"),
        ("a/b", "finetune", "api", "api"),
        ("a/b", "quantized", "tag", "tag"),
    ]


def test_an_open_relation_is_filled_from_the_api_before_the_tag() -> None:
    found = edges(
        cardData=declared("A/b"),
        baseModels=api("finetune", "a/b"),
        tags=["base_model:quantized:a/b", "gguf"],
    )
    assert found[0] == ("A/b", "finetune", "api", "declared")


def test_an_open_relation_is_filled_from_the_tag_before_inference() -> None:
    found = edges(cardData=declared("a/b"), tags=["base_model:finetune:a/b", "gguf"])
    assert found[0] == ("a/b", "finetune", "tag", "declared")


def test_a_relation_of_one_base_says_nothing_of_another() -> None:
    found = edges(cardData=declared(["a/b", "c/d"]), tags=["base_model:finetune:a/b"])
    assert found[:2] == [
        ("a/b", "finetune", "tag", "declared"),
        ("c/d", "merge", "inferred", "declared"),
    ]


@pytest.mark.parametrize(
    ("record", "relation"),
    [
        ({"library_name": "peft"}, "adapter"),
        ({"tags": ["lora"]}, "adapter"),
        ({"tags": ["LoRA", "gguf"]}, "adapter"),
        ({"library_name": "gguf"}, "quantized"),
        ({"library_name": "mlx"}, "quantized"),
        ({"tags": ["gguf"]}, "quantized"),
        ({"tags": ["GPTQ"]}, "quantized"),
        ({"tags": ["awq", "merge"]}, "quantized"),
        ({"tags": ["mergekit"]}, "merge"),
        ({"tags": ["distillation"]}, "distill"),
        ({"tags": ["generated_from_trainer"], "siblings": [{"rfilename": "x"}]}, "finetune"),
        ({"tags": ["transformers", "safetensors"]}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_inference_where_nobody_says(record: dict[str, object], relation: str) -> None:
    assert edges(cardData=declared("a/b"), **record) == [("a/b", relation, "inferred", "declared")]


def test_several_bases_are_a_merge() -> None:
    assert {edge[1] for edge in edges(cardData=declared(["a/b", "c/d"]))} == {"merge"}


def test_one_base_under_an_old_and_a_new_name_is_no_merge() -> None:
    found = edges(cardData=declared("old/name"), baseModels=api(None, "new/name"))
    assert [edge[1] for edge in found] == ["unknown", "unknown"]


@pytest.mark.parametrize(
    "bases",
    ["a/b", ["a/b"], {}, {"models": None}, {"models": "a/b"}, {"models": [None, 3, {}, {"id": 5}]},
     {"relation": "merge"}],
)  # fmt: skip
def test_an_odd_answer_on_bases_gives_none(bases: object) -> None:
    assert edges(baseModels=bases) == []


@pytest.mark.parametrize(
    ("card", "uses"),
    [
        ({"datasets": "squad"}, [("squad", "trained_on")]),
        ({"datasets": ["squad", "a/b", "squad"]}, [("squad", "trained_on"), ("a/b", "trained_on")]),
        ({"dataset": "squad"}, [("squad", "trained_on")]),
        ({"datasets": None, "dataset": ["squad"]}, [("squad", "trained_on")]),
        ({"datasets": {"train": "squad"}}, []),
        ({"datasets": [{"name": "squad"}, "a/b"]}, [("a/b", "trained_on")]),
        ({"datasets": ["https://huggingface.co/datasets/a/b"]}, [("a/b", "trained_on")]),
        (
            {"datasets": "squad", "model-index": [{"results": [{"dataset": {"type": "squad"}}]}]},
            [("squad", "trained_on"), ("squad", "evaluated_on")],
        ),
        (
            {"model-index": [{"results": [{"dataset": {"name": "Own set"}}]}]},
            [("Own set", "evaluated_on")],
        ),
        ({"model-index": [{"results": [{"dataset": {"type": 5, "name": "x"}}]}]}, []),
        ({"model-index": [{"results": [{"dataset": "squad"}, None, 3]}]}, []),
        ({"model-index": {"results": []}}, []),
        ({"model-index": [None, 3, "x", {"results": None}, {"results": {"dataset": {}}}]}, []),
    ],
)  # fmt: skip
def test_datasets_of_any_shape(card: object, uses: list[tuple[str, str]]) -> None:
    facts = read_model({"id": "o/n", "cardData": card})
    assert [(use.dataset, use.role) for use in facts.statements.datasets] == uses


def test_a_model_index_beside_the_card_counts_too() -> None:
    index = [{"results": [{"dataset": {"type": "squad"}}]}]
    facts = read_model({"id": "o/n", "model-index": index})
    assert [(use.dataset, use.role) for use in facts.statements.datasets] == [
        ("squad", "evaluated_on")
    ]


@pytest.mark.parametrize(
    ("license_", "keys", "canonical"),
    [
        ("mit", ["mit"], "mit"),
        ("Apache-2.0", ["Apache-2.0"], "apache-2.0"),
        (" MIT ", [" MIT "], "mit"),
        (["mit", "apache-2.0"], ["mit", "apache-2.0"], "mit"),
        (["mit", None, 3], ["mit", "3"], "mit"),
        (["", "  "], [], None),
        ("", [], None),
        (None, [], None),
        ({"name": "mit"}, [], None),
        (True, [], None),
    ],
)
def test_licenses_of_any_shape(license_: object, keys: list[str], canonical: str | None) -> None:
    facts = read_model({"id": "o/n", "cardData": {"license": license_}})
    assert [statement.key for statement in facts.statements.licenses] == keys
    assert facts.values["license"] == canonical


def test_the_license_declared_comes_before_the_tag_and_both_stay() -> None:
    facts = read_model(
        {
            "id": "o/n",
            "cardData": {"license": "other", "license_name": "own", "license_link": "LICENSE"},
            "tags": ["license:mit"],
        }
    )
    assert [(item.source, item.canonical) for item in facts.statements.licenses] == [
        ("declared", "other"),
        ("tag", "mit"),
    ]
    chosen = [facts.values[key] for key in ("license", "license_name", "license_link")]
    assert chosen == ["other", "own", "LICENSE"]
