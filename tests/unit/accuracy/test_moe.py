"""The scorer of experts, on judgments small enough to be counted by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from miner.pipelines.derive.architecture.model_evidence import Architecture
from tests.accuracy.measured_rates import moe_rates
from tests.accuracy.moe_scores import (
    MoeLabel,
    MoeResult,
    cross_validate,
    read_corpus_configs,
    read_moe_labels,
    score_one,
)

HEAD = (
    "id,is_moe,model_type,architecture,n_experts,top_k,n_shared,category,confidence,config_file\n"
)


def label(is_moe: bool, category: str = "native", kind: str = "heron", **counts: int) -> MoeLabel:
    return MoeLabel("acme/own", is_moe, kind, (), counts, category)


def found(is_moe: bool | None, **counts: int) -> Architecture:
    one = Architecture("huggingface", "acme/own", is_moe, method="config")
    for column, number in counts.items():
        setattr(one, column, number)
    return one


def test_unknown_is_missed_among_positives_and_not_wrong_among_negatives() -> None:
    result = MoeResult()
    for labelled, judged in [(1, True), (1, None), (1, False), (0, True), (0, None), (0, False)]:
        score_one(result, "name", label(bool(labelled)), found(judged))
    assert (result.is_moe.right, result.is_moe.wrong, result.is_moe.missed) == (1, 1, 2)
    assert (result.is_dense.right, result.is_dense.wrong, result.is_dense.missed) == (1, 1, 2)
    assert (result.models, result.unknown) == (6, 2)
    assert len(result.misses) == 4
    assert result.methods["config"] == [2, 2]


def test_counts_are_scored_over_positives_whose_label_states_them() -> None:
    result = MoeResult()
    score_one(result, "config", label(True, expert_count=8), found(True, expert_count=8))
    score_one(result, "config", label(True, expert_count=8), found(True, expert_count=4))
    score_one(result, "config", label(True, expert_count=8), found(None))
    score_one(result, "config", label(True), found(True, expert_count=4))
    score_one(result, "config", label(False, expert_count=0), found(False))
    assert result.counts["expert_count"] == [1, 1, 1]
    assert result.exact("expert_count") == 0.5
    assert result.exact("experts_per_token") is None


def test_the_mean_over_types_counts_a_small_family_as_a_large_one() -> None:
    result = MoeResult()
    for _ in range(9):
        score_one(result, "type", label(True, kind="large"), found(True))
    score_one(result, "type", label(True, kind="small"), found(False))
    assert result.is_moe.recall == 0.9
    assert result.macro(lambda one: one.recall) == 0.5
    assert MoeResult().macro(lambda one: one.recall) is None


def test_hard_negatives_are_counted_by_reason() -> None:
    result = MoeResult()
    score_one(result, "type", label(False, "hard-negative: dense by flag"), found(True))
    score_one(result, "type", label(False, "hard-negative: dense by flag"), found(None))
    score_one(result, "type", label(False, "easy-negative"), found(True))
    assert dict(result.hard) == {"dense by flag": [2, 1]}


def test_labels_are_read_with_what_they_leave_open(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(
        HEAD + 'a/b,1,(no config),"OneFor, TwoFor",64+64,dynamic (top-p),,native,high,x/c.json\n'
        "a/c,0,llama,,,,,easy-negative,low,\n"
    )
    (one,) = read_moe_labels(path)
    assert (one.model_type, one.classes) == ("", ("OneFor", "TwoFor"))
    assert one.counts == {"expert_count": 64}
    assert one.config == tmp_path / "x/c.json"


def test_an_index_of_configs_gives_labels(tmp_path: Path) -> None:
    (tmp_path / "configs_index.csv").write_text(
        "id,file,kind,architecture,model_type,dense_or_moe,source\n"
        "a/b,b.json,config,BFor,b,moe,x\na/c,c.json,config,CFor,c,dense,x\n"
        "a/b,q.json,hf_quant_config,,,,x\na/d,d.json,config,D,d,,x\n"
    )
    known = [MoeLabel("a/b", True, "b", (), {"expert_count": 8}, "native")]
    labelled = read_corpus_configs(tmp_path, known)
    assert [(one.model, one.is_moe, dict(one.counts)) for one in labelled] == [
        ("a/b", True, {"expert_count": 8}), ("a/c", False, {}),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1])
def test_a_choice_of_families_is_the_same_for_the_same_seed(seed: int) -> None:
    first = cross_validate([], [], share=0.3, seed=seed)[1]
    assert first == cross_validate([], [], share=0.3, seed=seed)[1]
    assert first != cross_validate([], [], share=0.3, seed=seed + 1)[1]


def test_methods_are_counted_on_labels_and_on_names_that_tell(
    tmp_path: Path,
) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text(HEAD + "a/Heron-8x7B,1,mixtral,,,,,native,high,\n")
    (tmp_path / "configs_index.csv").write_text(
        "id,file,kind,architecture,model_type,dense_or_moe,source\n"
    )
    records = [
        {"id": "a/Heron-30B-A3B", "tags": ["qwen3_moe", "base_model:quantized:a/Heron-8x7B"]},
        {"id": "a/heron", "tags": ["qwen3_moe"]},
        {"id": "a/Qwen3-8B-heron", "tags": ["moe"]},
    ]
    (tmp_path / "models.jsonl").write_text("\n".join(map(json.dumps, records)))
    result = CliRunner().invoke(moe_rates, [str(labels), str(tmp_path)], catch_exceptions=False)
    assert result.stdout.splitlines() == [
        "method,right,wrong,measured_on",
        "inherited-quantized,1,0,records whose name tells",
        "name-times,1,0,labels",
        "tag-type,1,0,records whose name tells",
        "tag-word,0,1,records whose name tells",
        "type-always,1,0,labels",
    ]
