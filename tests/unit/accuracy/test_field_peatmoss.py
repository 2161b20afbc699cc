"""Labels in the form of PeaTMOSS: what becomes a label, what is left out, and how it is scored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from miner.errors import ConfigurationError, InvalidData
from tests.accuracy.field_job import FieldJob, score_job
from tests.accuracy.peatmoss_labels import NOT_IN_CARD, is_peatmoss, read_peatmoss

CARD = """---
license: apache-2.0
datasets:
- code_search_net
language: en
---
# own

A model fine-tuned from [acme/base](https://huggingface.co/acme/base) on 8 x V100 GPUs. It has 84
million parameters. Accuracy is 91.5.

- learning_rate: 2e-05
"""
ROW: dict[str, Any] = {
    "id": "Acme/Own",
    "model_type": "nlp",
    "model_tasks": "",
    "frameworks": ["pytorch", "rust"],
    "datasets": ["CodeSearchNet[https://example.org]", "some other"],
    "license": "Apache 2.0",
    "github": "",
    "paper": [""],
    "upstream_model": "https://huggingface.co/acme/base",
    "parameter_count": "84M",
    "hyper_parameters": {
        "lr": "2e-5", "layers": "6", "batch_size": "complicated", "optimizer": "",
    },
    "evaluation": {"accuracy": "91.5", "Docs / Sec": 9000, "board": "https://example.org"},
    "hardware": "eight V100 GPUs",
    "limitation_and_bias": "",
    "code_demo": "",
    "card_in_corpus": True,
}  # fmt: skip


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    (tmp_path / "acme__own.md").write_text(CARD)
    path = tmp_path / "truth.jsonl"
    away = {**ROW, "id": "acme/away"}
    path.write_text(f"{json.dumps(ROW)}\n\n{json.dumps(away)}\n")
    return path


def test_values_become_labels_of_our_fields(labels: Path) -> None:
    found = read_peatmoss(labels, labels.parent, {"acme/own": "acme__own.md"})
    assert found.without_card == ["acme/away"]
    [label] = found.labels
    assert (label.model, label.card, label.absent) == ("Acme/Own", "acme__own.md", frozenset())
    assert {(entry["field"], entry["value"]) for entry in label.entries} == {
        ("training_dataset", "CodeSearchNet"), ("license", "Apache 2.0"),
        ("base_model", "https://huggingface.co/acme/base"), ("parameter_count", "84M"),
        ("evaluation", "91.5"),
    }  # fmt: skip


def test_what_is_left_out_has_a_reason(labels: Path) -> None:
    found = read_peatmoss(labels, labels.parent, {"acme/own": "acme__own.md"})
    reasons = {(one.key, one.value): one.reason for one in found.left_out}
    assert reasons == {
        ("model_type", "nlp"): "there is no such field here",
        ("frameworks", "pytorch"): "badges of the hub's page, not words of the card",
        ("frameworks", "rust"): "badges of the hub's page, not words of the card",
        ("datasets", "some other"): NOT_IN_CARD,
        ("hyper_parameters", "learning_rate=2e-5"): NOT_IN_CARD,  # the card writes 2e-05
        ("hyper_parameters", "layers=6"): "a shape or a speed, or not of the training",
        ("hyper_parameters", "batch_size=complicated"): "a remark, not a value",
        ("evaluation", "Docs / Sec=9000"): "a count or a speed, not a result",
        ("evaluation", "board=https://example.org"): "an address or a remark, not a number",
        ("hardware", "eight V100 GPUs"): NOT_IN_CARD,
    }


def test_only_fields_that_they_fill_are_scored(labels: Path) -> None:
    assert is_peatmoss(labels)
    file = labels.parent / "llm.jsonl"
    rows = [
        {"field": "license", "value": "apache-2.0", "quote": "license: apache-2.0"},
        {"field": "base_model", "value": "acme/other", "quote": "acme/base"},
        {"field": "training_dataset", "value": "code_search_net", "quote": "- code_search_net"},
        {"field": "language", "value": "en", "quote": "language: en"},  # they have no such field
        {"field": "hardware", "value": "V100", "quote": "8 x V100 GPUs"},  # theirs is left out
    ]
    file.write_text("".join(json.dumps({"model": "acme/own", **row}) + "\n" for row in rows))
    scored = score_job(FieldJob(labels, labels.parent, predictions=(file,)))
    micro = scored.sides.results["llm"].micro
    assert (micro.right, micro.wrong, micro.missed) == (2, 1, 3)
    assert scored.not_compared == {"llm": {"language": 1, "hardware": 1}}
    shown = scored.as_dict()
    assert shown["without_card"] == ["acme/away"]
    assert len(shown["left_out"]) == 10


def test_free_words_hold_the_value(tmp_path: Path) -> None:
    (tmp_path / "own.md").write_text("---\ndatasets:\n- sexstories\n---\nSexstories, the good ones")
    path = tmp_path / "truth.jsonl"
    path.write_text(json.dumps({**ROW, "id": "own", "datasets": ["Sexstories (the good ones)"]}))
    scored = score_job(FieldJob(path, tmp_path))
    assert scored.sides.results["rules"].fields["training_dataset"].right == 1


def test_other_files_are_not_of_this_form(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    assert not is_peatmoss(path)
    for text in ("", "{", "[]", '{"id": "acme/own", "fields": []}'):
        path.write_text(text)
        assert not is_peatmoss(path)
    path.write_text('{"name": "x"}')
    with pytest.raises(InvalidData, match=r"labels.jsonl:1 is no row of PeaTMOSS"):
        read_peatmoss(path, tmp_path, {})
    path.write_text(json.dumps(ROW))
    with pytest.raises(ConfigurationError, match=r"no model of .* has a card"):
        read_peatmoss(path, tmp_path, {})
