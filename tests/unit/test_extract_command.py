"""``miner extract`` and ``miner eval fields``, as they are called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from miner.cli import cli
from miner.errors import ConfigurationError

CARD = (
    "---\nlicense: mit\n---\n# own\n\nA 🦙 with 7 billion parameters.\n\n- learning_rate: 2e-05\n"
)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    path = tmp_path / "own.md"
    path.write_text(CARD, encoding="utf-8")
    return path


def run(*arguments: str, stdin: bytes | None = None) -> str:
    result = CliRunner().invoke(cli, arguments, input=stdin, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_one_line_a_value(card: Path) -> None:
    text = run("extract", "--card", str(card), "--model", "acme/own", "--format", "jsonl")
    rows = [json.loads(line) for line in text.splitlines()]
    assert [(row["field"], row["value"]) for row in rows] == [
        ("hyperparameter", 2e-05), ("license", "mit"), ("parameter_count", 7_000_000_000),
    ]  # fmt: skip
    for row in rows:
        assert CARD[row["start"] : row["end"]] == row["quote"]
        assert 0 < row["confidence"] <= 1
    assert rows[0]["name"] == "learning_rate"
    assert (rows[1]["from"], rows[1]["source"]) == ("front-matter", "card")
    assert (rows[2]["from"], rows[2]["source"]) == ("text", "card-rule")
    assert (rows[2]["unit"], rows[2]["quote"]) == ("parameters", "7 billion parameters")


def test_only_some_fields_as_a_table(card: Path) -> None:
    text = run("extract", "--card", str(card), "--model", "acme/own", "--field", "license")
    assert "1 values in 1 fields" in text
    assert "license: mit" in text
    assert "learning_rate" not in text


def test_a_field_that_is_not_there_is_named(card: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no field licence"):
        run("extract", "--card", str(card), "--model", "acme/own", "--field", "licence")


def test_the_score_of_fields(card: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.jsonl"
    fields = [
        {"field": "license", "value": "mit", "quote": "license: mit", "confidence": "high"},
        {"field": "task", "value": "translation", "quote": "own", "confidence": "medium"},
    ]
    row = {"id": "acme/own", "card": card.name, "fields": fields, "absent": ["demo"]}
    labels.write_text(json.dumps(row))
    where = ("--labels", str(labels), "--cards", str(tmp_path))
    result = json.loads(run("eval", "fields", *where, "--format", "json"))
    assert result["fields"]["license"] == {
        "right": 1, "wrong": 0, "missed": 0, "precision": 1.0, "recall": 1.0, "f1": 1.0,
    }  # fmt: skip
    assert result["micro"]["wrong"] == 2  # the two that nobody labelled
    assert {(one["field"], one["is_found"]) for one in result["misses"]} == {
        ("task", False), ("hyperparameter", True), ("parameter_count", True),
    }  # fmt: skip
    assert "micro" in run("eval", "fields", *where)
    with pytest.raises(ConfigurationError, match="no labels of acme/none"):
        run("eval", "fields", *where, "--only", "acme/none")
