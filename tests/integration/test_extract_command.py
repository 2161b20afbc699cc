"""``miner extract``, as it is called."""

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
    assert "1 value in 1 field" in text
    assert "license: mit" in text
    assert "learning_rate" not in text


def test_a_field_that_is_not_there_is_named(card: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no field licence"):
        run("extract", "--card", str(card), "--model", "acme/own", "--field", "licence")
