"""Command ``moe`` of the accuracy reports, as it is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from miner.errors import ConfigurationError, InvalidData
from tests.accuracy.moe_report import moe

CONFIG = {"model_type": "heron", "hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 100,
          "num_attention_heads": 4, "intermediate_size": 96, "num_experts": 8,
          "num_experts_per_tok": 2}  # fmt: skip


def run(*arguments: str) -> str:
    result = CliRunner().invoke(moe, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


LABELS = """id,is_moe,model_type,architecture,n_experts,top_k,n_shared,category,confidence,\
config_file
acme/heron,1,heron,,8,2,0,native,high,config.json
acme/Heron-8x7B,1,,,4,,,native,medium,
acme/dense,0,llama,LlamaForCausalLM,,,,easy-negative,high,
acme/mixed,0,mixtral,,,,,hard-negative: borrowed type,high,
acme/later,1,,,,,,native,low,
"""


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    path.write_text(LABELS)
    return path


def test_labels_are_scored_by_what_is_given(labels: Path) -> None:
    found = json.loads(run("--labels", str(labels), "--format", "json"))["inputs"]
    assert found["config"]["is_moe"]["right"] == 1
    assert found["config"]["counts"]["expert_count"] == {"exact": 1, "wrong": 0, "not_answered": 0}
    assert found["type"]["is_moe"] == {
        "right": 0, "wrong": 1, "missed": 1, "precision": 0.0, "recall": 0.0, "f1": 0.0,
    }  # fmt: skip
    assert found["type"]["hard_negatives"] == {"borrowed type": {"models": 1, "called_moe": 1}}
    assert found["name"]["models"] == 4
    assert found["name"]["unknown"] == 2
    assert found["name"]["counts"]["expert_count"] == {"exact": 0, "wrong": 1, "not_answered": 1}
    table = run("--labels", str(labels))
    assert "acme/Heron-8x7B" in table
    assert "borrowed type" in table
    assert "acme/later" not in table, "labels of low confidence are set aside"


def test_families_can_be_taken_out(labels: Path) -> None:
    out = json.loads(run("--labels", str(labels), "--without-families", "1", "--format", "json"))
    assert "mixtral" in out["families_out"]
    assert out["inputs"]["type"]["models"] == 1
    assert out["inputs"]["type"]["unknown"] == 1


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [("acme/dense,0", "acme/dense,maybe", r"line 4, column is_moe: 'maybe' is not 1 or 0"),
     (",8,2,0,", ",abc,2,0,", r"line 2, column n_experts: 'abc' is not a number"),
     (",8,2,0,", ",8,dynamic (top-p),0,", None),
     ("acme/heron,1", ",1", "line 2, column id")],
)  # fmt: skip
def test_a_label_that_is_none_is_named_by_line_and_column(
    labels: Path, before: str, after: str, message: str | None
) -> None:
    labels.write_text(LABELS.replace(before, after, 1))
    if message is None:
        run("--labels", str(labels))
        return
    with pytest.raises(InvalidData, match=message) as raised:
        run("--labels", str(labels))
    assert raised.value.next_step


def test_labels_that_are_no_text_are_refused(tmp_path: Path) -> None:
    binary = tmp_path / "labels.csv"
    binary.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(InvalidData, match="is no text in UTF-8") as raised:
        run("--labels", str(binary))
    assert raised.value.next_step


def test_labels_that_are_none_are_refused(tmp_path: Path, labels: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("id,is_moe\na/b,1\n")
    with pytest.raises(InvalidData, match="lacks model_type"):
        run("--labels", str(other))
    with pytest.raises(ConfigurationError, match="no labels of a/b"):
        run("--labels", str(labels), "--only", "a/b")
    with pytest.raises(InvalidData, match="index of configs"):
        run("--labels", str(labels), "--corpus", str(tmp_path))
