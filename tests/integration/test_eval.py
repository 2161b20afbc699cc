"""The commands of ``miner eval`` on cards: beside labels, another extractor, and other sources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from miner.cli import cli

CORPUS = "hub-corpus"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["eval", *arguments], catch_exceptions=False)
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
@pytest.mark.slow
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
