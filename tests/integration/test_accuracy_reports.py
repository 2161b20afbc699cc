"""Accuracy reports on cards: beside labels, another extractor, and other sources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from miner.errors import ConfigurationError
from miner.schema.fields import load_fields
from tests.accuracy.__main__ import accuracy

CORPUS = "hub-corpus"
CARD = (
    "---\nlicense: mit\n---\n# own\n\nA 🦙 with 7 billion parameters.\n\n- learning_rate: 2e-05\n"
)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(accuracy, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    folder = tmp_path / "cards"
    folder.mkdir()
    (folder / "acme__own.md").write_text("---\nlicense: mit\nbase_model: acme/old\n---\n# own\n")
    return folder


def test_two_sources_are_printed_side_by_side(cards: Path, tmp_path: Path) -> None:
    entry = {"field": "license", "value": "mit", "quote": "license: mit", "confidence": "high"}
    row = {"id": "acme/own", "card": "acme__own.md", "fields": [entry], "absent": []}
    labels, file = tmp_path / "labels.jsonl", tmp_path / "llm.jsonl"
    labels.write_text(json.dumps(row))
    file.write_text(json.dumps({"model": "acme/own"}))
    where = ("--labels", str(labels), "--cards", str(cards), "--predictions", str(file))
    text = run("fields", *where, "--with-rules")
    assert "only rules" in text
    assert "Right in some only" in text
    found = json.loads(run("fields", *where, "--with-rules", "--format", "json"))
    assert found["labelled_values_found_by"] == [
        {"field": "license", "found_by": ["rules"], "values": 1}
    ]
    assert json.loads(run("fields", *where, "--format", "json"))["source"] == "llm"


def test_recorded_answers_are_replayed_beside_the_rules(cards: Path, tmp_path: Path) -> None:
    card = cards / "acme__own.md"
    card.write_text("---\nlicense: mit\n---\n# own\n\nWe like SQuAD, on which it was tuned.\n")
    fields = [
        {"field": "license", "value": "mit", "quote": "license: mit", "confidence": "high"},
        {"field": "funding", "value": "Acme", "quote": "We like SQuAD", "confidence": "high"},
    ]
    labels, answers, prompts = tmp_path / "labels.jsonl", tmp_path / "answers", tmp_path / "prompts"
    labels.write_text(json.dumps({"id": "acme/own", "card": card.name, "fields": fields,
                                  "absent": []}))  # fmt: skip
    answers.mkdir()
    where = ["fields", "--labels", str(labels), "--cards", str(cards), "--answers", str(answers),
             "--write-prompts", str(prompts), "--fields", "all", "--format", "json"]  # fmt: skip

    assert json.loads(run(*where))["replayed"][0]["open_prompts"] == 1
    (prompt,) = prompts.iterdir()
    assert "on which it was tuned" in prompt.read_text("utf-8")
    entries: dict[str, list[dict[str, str]]] = {name: [] for name in load_fields()}
    entries |= {
        "funding": [{"value": "Acme", "quote": "by Acme"}],
        "training_dataset": [{"value": "SQuAD", "quote": "We like SQuAD, on which it was tuned"}],
    }
    (answers / f"{prompt.stem}.json").write_text(json.dumps(entries))

    found = json.loads(run(*where))
    (replayed,) = found["replayed"]
    assert (replayed["cards"], replayed["open_prompts"]) == (1, 0)
    assert [one["reason"] for one in replayed["rejected"]] == ["quote-not-in-card"]
    rights = {one["source"]: one["micro"]["right"] for one in found["sources"]}
    assert rights == {"rules": 1, "rules and llm all": 1, "llm all alone": 0}


def test_statements_are_printed_with_their_words(cards: Path, tmp_path: Path) -> None:
    edges = "parent,child,relation\nother/old,acme/own,finetuned\n"
    (tmp_path / "lineage_edges.csv").write_text(edges)
    where = ("--truth", str(tmp_path), "--cards", str(cards))
    text = run("statements", *where)
    assert "the same name under another owner" in text
    assert "base_model: acme/old" in text
    found = json.loads(run("statements", *where, "--format", "json"))
    assert [(one["stated"], one["reference"]) for one in found["found"]] == [
        ("acme/old", "other/old")
    ]


def test_the_score_of_fields(tmp_path: Path) -> None:
    labels, card = tmp_path / "labels.jsonl", tmp_path / "own.md"
    card.write_text(CARD, encoding="utf-8")
    fields = [
        {"field": "license", "value": "mit", "quote": "license: mit", "confidence": "high"},
        {"field": "task", "value": "translation", "quote": "own", "confidence": "medium"},
    ]
    row = {"id": "acme/own", "card": card.name, "fields": fields, "absent": ["demo"]}
    labels.write_text(json.dumps(row))
    where = ("--labels", str(labels), "--cards", str(tmp_path))
    result = json.loads(run("fields", *where, "--format", "json"))
    assert result["fields"]["license"] == {
        "right": 1, "wrong": 0, "missed": 0, "precision": 1.0, "recall": 1.0, "f1": 1.0,
    }  # fmt: skip
    assert result["micro"]["wrong"] == 2  # the two that nobody labelled
    assert {(one["field"], one["is_found"]) for one in result["misses"]} == {
        ("task", False), ("hyperparameter", True), ("parameter_count", True),
    }  # fmt: skip
    assert "micro" in run("fields", *where)
    with pytest.raises(ConfigurationError, match="no labels of acme/none"):
        run("fields", *where, "--only", "acme/none")


@pytest.mark.shared
def test_the_labels_of_others(shared_dir: Path) -> None:
    truth = shared_dir / CORPUS / "truth" / "peatmoss_ground_truth.jsonl"
    where = ("--labels", str(truth), "--cards", str(shared_dir / CORPUS / "cards"))
    found = json.loads(run("fields", *where, "--format", "json"))
    assert found["cards"] == 16
    assert found["micro"]["precision"] > 0.85
    assert found["micro"]["recall"] > 0.8
    assert {one["key"] for one in found["left_out"]} >= {"frameworks", "model_type"}
    assert "Values of the labels that are not compared" in run("fields", *where)


@pytest.mark.shared
@pytest.mark.soak
def test_what_cards_state_beside_the_tables_of_others(shared_dir: Path) -> None:
    corpus = shared_dir / CORPUS
    where = ("--truth", str(corpus), "--cards", str(corpus / "cards"))
    found = json.loads(run("statements", *where, "--format", "json"))
    assert found["cards"] > 1900
    for name, least in (("parameter_count", 50), ("base_model", 200), ("base_model.relation", 200)):
        counts = [one for one in found["counts"] if one["field"] == name]
        agree, disagree = (sum(one[key] for one in counts) for key in ("agree", "disagree"))
        assert agree >= least
        assert disagree < 0.15 * (agree + disagree)
