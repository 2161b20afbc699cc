"""``miner architecture``, as it is called."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from miner.cli.architecture import architecture
from miner.pipelines.derive.architecture import answering
from miner.pipelines.derive.architecture.model_evidence import Architecture, Evidence
from miner.pipelines.derive.architecture.precedence import architecture as judge
from miner.pipelines.executors import open_executor

CONFIG = {"model_type": "heron", "hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 100,
          "num_attention_heads": 4, "intermediate_size": 96, "num_experts": 8,
          "num_experts_per_tok": 2}  # fmt: skip


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit test starts no process, and a worker would not know of what breaks here."""
    monkeypatch.setattr(answering, "open_executor", lambda _: open_executor("here"))


def run(command: click.Command, *arguments: str, stdin: bytes | None = None) -> str:
    result = CliRunner().invoke(command, arguments, input=stdin, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG))
    return path


def test_a_config_gives_one_object(config: Path) -> None:
    row = json.loads(run(architecture, "--config", str(config), "--model", "acme/heron"))
    assert (row["model"], row["is_moe"], row["source"]) == ("acme/heron", True, "config")
    assert (row["expert_count"], row["experts_per_token"]) == (8, 2)
    assert row["parameter_count"] > row["active_parameter_count"] > 0
    again = run(architecture, "--config", "-", stdin=config.read_bytes())
    assert json.loads(again)["expert_count"] == 8


def test_name_tags_and_bases_are_evidence_too() -> None:
    row = json.loads(run(architecture, "--model", "acme/Heron-8x7B"))
    assert (row["is_moe"], row["source"], row["expert_count"]) == (True, "name", 8)
    row = json.loads(run(architecture, "--tag", "qwen3_moe", "--tag", "license:mit"))
    assert (row["is_moe"], row["moe_family"]) == (True, "qwen3-moe")
    row = json.loads(run(architecture, "--base", "quantized:acme/Heron-8x7B"))
    assert (row["is_moe"], row["method"]) == (True, "inherited-quantized")
    row = json.loads(run(architecture, "--base", "distill:acme/Heron-8x7B"))
    assert row["is_moe"] is None


def test_what_cannot_be_read_has_a_state_and_no_traceback(tmp_path: Path) -> None:
    bad = tmp_path / "config.json"
    bad.write_bytes(b"[1, 2]")
    row = json.loads(run(architecture, "--config", str(bad)))
    assert (row["is_moe"], row["evidence"][0]["state"]) == (None, "unparsable")
    cut = tmp_path / "model.gguf"
    cut.write_bytes(b"GGUF\x03\x00\x00\x00\x01")
    row = json.loads(run(architecture, "--gguf", str(cut)))
    assert (row["is_moe"], row["evidence"][0]["state"]) == (None, "partial")
    assert json.loads(run(architecture, "--config", str(cut))) == row, "whatever it is called"


def test_requests_give_a_line_each_in_their_order(tmp_path: Path) -> None:
    requests: list[Any] = [
        {"model": "acme/heron", "config": CONFIG},
        {"model": "acme/heron", "config": json.dumps(CONFIG)},
        {"model": "acme/Heron-30B-A3B", "tags": ["moe"]},
        {"model": "acme/x", "base_model": "acme/Heron-8x7B"},
        {"model": "acme/x", "base_model": {"relation": "quantized",
                                            "models": [{"id": "a/b-8x7B"}]}},
        {"model": "acme/x", "model_type": "mixtral", "architectures": "MixtralForCausalLM"},
        {"model": "acme/x", "config": [1], "tags": 7, "base_model": 7, "gguf": "x"},
        {"model": "acme/x", "config": {"model_type": "llama", "hidden_size": 4, "num_layers": 1},
         "safetensors": {"parameters": {"BF16": 9, "bad": "x"}, "total": 9}},
        ["not", "a", "request"],
    ]  # fmt: skip
    path = tmp_path / "requests.jsonl"
    text = "\n".join(map(json.dumps, requests)) + '\n{"model": \n\n{"model": "a/b", "x": NaN}\n'
    path.write_text(text)
    rows = [json.loads(line) for line in run(architecture, "--jsonl", str(path)).splitlines()]
    assert [row["is_moe"] for row in rows] == [
        True, True, True, True, True, True, None, False, None, None, None, None,
    ]  # fmt: skip
    assert [row["expert_count"] for row in rows[:5]] == [8, 8, None, 8, 8]
    assert rows[7]["parameter_count"] == 9
    assert rows[8]["reasons"] == ["line 9: no JSON object"]
    assert rows[9]["reasons"] == ["line 10: no JSON"]
    assert rows[10]["reasons"] == ["line 11: empty"], "line n is answered by line n"
    assert rows[11]["model"] == "a/b"


def test_texts_that_no_json_holds_are_replaced(tmp_path: Path) -> None:
    half = rb'{"model_type": "foo\ud800_moe", "architectures": ["F\udfffMoE"], "num_experts": 8}'
    config = tmp_path / "config.json"
    config.write_bytes(half)
    row = json.loads(run(architecture, "--config", str(config)))
    assert (row["model_type"], row["architecture"]) == ("foo?_moe", "F?MoE")
    assert (row["is_moe"], row["expert_count"]) == (True, 8)
    lines = [b'{"model": "a/\\ud800-8x7b", "tags": ["\\udfff"], "config": ' + half + b"}",
             b'{"model": "a/b-8x7b"}']  # fmt: skip
    rows = run(architecture, "--jsonl", "-", stdin=b"\n".join(lines)).splitlines()
    assert [json.loads(row)["model"] for row in rows] == ["a/?-8x7b", "a/b-8x7b"]
    row = json.loads(run(architecture, "--model", "a/\udcff-8x7b", "--tag", "\udcfe"))
    assert (row["model"], row["expert_count"]) == ("a/?-8x7b", 8)


def test_a_request_that_the_rules_break_on_ends_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(evidence: Evidence) -> Architecture:
        if evidence.model == "a/broken":
            raise ZeroDivisionError("experts")
        return judge(evidence)

    monkeypatch.setattr("miner.pipelines.derive.architecture.precedence.architecture", breaks)
    requests = b'{"model": "a/broken"}\n{"model": "a/b-8x7b"}\n'
    lines = run(architecture, "--jsonl", "-", stdin=requests).splitlines()
    broken, other = map(json.loads, lines)
    (reason,) = broken["reasons"]
    assert broken["is_moe"] is None
    assert re.fullmatch(r"failed: ZeroDivisionError at \S+\.py:\d+: experts", reason)
    assert other["expert_count"] == 8


def test_fields_of_a_wrong_type_are_left_out_and_named() -> None:
    request = {
        "model": 5, "tags": [1], "gguf": "x", "card": 3, "base_model": 9, "tensors": [],
        "safetensors": {"parameters": {"BF16": -1}, "total": "many"},
    }  # fmt: skip
    row = json.loads(run(architecture, "--jsonl", "-", stdin=json.dumps(request).encode()))
    assert (row["parameter_count"], row["is_unsure"]) == (None, True)
    assert row["reasons"] == [
        "gguf is a text, not an object: left out",
        "model is a number, not a text: left out",
        "tensors is a list, not an object: left out",
        "safetensors.parameters.BF16 is no count: left out",
        "safetensors.total is no count of parameters: left out",
        "tags holds what is no text: left out",
        "base_model holds what is no name: left out",
        "card is a number, not a text: left out",
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"null", "null where an object is expected"), (b"[1]", "a list where an object is expected"),
     (b"[" * 200_000, "no JSON that can be read: nested too deeply"),
     (b'{"a": ' + b"9" * 5_000 + b"}", "no JSON that can be read: a number of too many digits"),
     (b'{"a": 1,\n,}', "no JSON, from line 2, column 1 on")],
)  # fmt: skip
def test_what_is_no_config_is_told_in_plain_words(body: bytes, reason: str) -> None:
    row = json.loads(run(architecture, "--config", "-", stdin=body))
    assert (row["is_moe"], row["reasons"]) == (None, [reason])


def test_a_wrong_use_is_told() -> None:
    runner = CliRunner()
    assert runner.invoke(architecture, []).exit_code == 2
    assert runner.invoke(architecture, ["--jsonl", "-", "--model", "a/b"]).exit_code == 2
    assert runner.invoke(architecture, ["--config", "/no/such/file"]).exit_code == 2


def test_a_table_says_what_it_is_from_where_how_sure_and_what_disagrees() -> None:
    shown = run(architecture, "--model", "mistralai/Mixtral-8x7B-v0.1", "--format", "table")
    lines = [re.split(r"\s{2,}", line.strip()) for line in shown.splitlines()]
    assert ["parameters", "46.7 B"] in lines
    assert ["active parameters", "12.9 B"] in lines
    assert ["experts", "8 a layer, 2 a token"] in lines
    assert "known from         member (member), right in" in shown
    assert "Where sources disagree" not in shown
    shown = run(
        architecture, "--model", "acme/Heron-8x7B", "--base", "quantized:acme/heron-dense",
        "--tag", "llama", "--tag", "transformers", "--format", "table",
    )  # fmt: skip
    assert "a mixture of experts, not sure" in shown
    assert "tag says no experts (tag-dense)" in shown.split("Where sources disagree")[1]


def test_elsewhere_than_on_a_terminal_json_is_the_default() -> None:
    plain = run(architecture, "--model", "acme/Heron-8x7B")
    assert json.loads(plain) == json.loads(
        run(architecture, "--model", "acme/Heron-8x7B", "--format", "json")
    )
    unknown = run(architecture, "--model", "acme/heron", "--format", "table")
    assert "it is  not known" in unknown
