"""Labels, configs and totals of real models: the measure of what an architecture is read to be."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner.pipelines.derive.architecture.model_evidence import COUNTS, Evidence
from miner.pipelines.derive.architecture.precedence import architecture
from miner.pipelines.derive.architecture.structure import read_structure
from miner.schema.moe import load_families
from tests.accuracy.moe_scores import (
    MoeLabel,
    MoeResult,
    cross_validate,
    evaluate_moe,
    read_corpus_configs,
    read_moe_labels,
)
from tests.accuracy.moe_weights import compare_with_weights

pytestmark = pytest.mark.shared

DENSE_DEFAULTS = {
    "diffusion_gemma", "diffusion_gemma_text", "doge", "dots1", "gemma4", "gemma4_text",
    "hunyuan_v1_moe", "vitpose", "vitpose_backbone",
}  # fmt: skip
"""Classes whose defaults hold no experts."""
WITHOUT_OUTPUT = {"mistral4", "mistral_large4", "muse_spark"}
"""Counted in the check table by a class that lacks the output matrix."""


@pytest.fixture(scope="module")
def labels(shared_dir: Path) -> list[MoeLabel]:
    return read_moe_labels(shared_dir / "moe" / "labels-dev.csv")


@pytest.fixture(scope="module")
def configs(shared_dir: Path, labels: list[MoeLabel]) -> list[MoeLabel]:
    return read_corpus_configs(shared_dir / "hub-corpus", labels)


@pytest.fixture(scope="module")
def results(labels: list[MoeLabel], configs: list[MoeLabel]) -> dict[str, MoeResult]:
    return evaluate_moe(labels, configs)


@pytest.mark.parametrize(
    ("known", "precision", "recall"),
    [("config", 0.98, 0.98), ("type", 0.93, 0.95), ("type and name", 0.98, 0.98),
     ("name", 0.95, 0.80)],
)  # fmt: skip
def test_experts_are_told_by_what_is_known(
    results: dict[str, MoeResult], known: str, precision: float, recall: float
) -> None:
    score = results[known].is_moe
    assert (score.precision or 0) >= precision, results[known].misses
    assert (score.recall or 0) >= recall, results[known].misses


def test_counts_of_a_full_config_are_exact(results: dict[str, MoeResult]) -> None:
    for column in COUNTS:
        assert (results["config"].exact(column) or 0) >= 0.98
        assert results["config"].counts[column][2] == 0


def test_families_that_are_in_no_table_are_read_by_structure(
    labels: list[MoeLabel], configs: list[MoeLabel]
) -> None:
    models = right = 0
    for seed in range(5):
        scored = cross_validate(labels, configs, share=0.5, seed=seed)[0]["config"]
        assert not scored.is_moe.wrong
        models += scored.is_moe.right + scored.is_moe.missed
        right += scored.is_moe.right
        for column in COUNTS[:2]:
            assert scored.counts[column][1] == 0
    assert models > 50
    assert right / models >= 0.98


def _class_defaults(shared_dir: Path) -> Iterator[Path]:
    yield from sorted((shared_dir / "moe" / "configs" / "class-defaults").glob("*.json"))


@pytest.mark.parametrize("is_known", [True, False])
def test_defaults_of_every_class_are_read_with_and_without_the_table(
    shared_dir: Path, is_known: bool
) -> None:
    table = load_families()
    table = table if is_known else table.without(table.rows)
    for path in _class_defaults(shared_dir):
        answer, _ = read_structure(path.read_bytes(), table)
        assert answer.is_moe is (path.stem not in DENSE_DEFAULTS), path.stem


def _check_table(shared_dir: Path) -> Iterator[tuple[str, list[str]]]:
    text = (shared_dir / "moe" / "params.md").read_text("utf-8")
    for line in text.split("## Check table")[1].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 7 and cells[3][:1].isdigit():
            yield cells[0], cells[3:5]


CONFIGS = {
    "Mixtral-8x7B-v0.1": "hub-corpus/configs/mistralai__Mixtral-8x7B-v0.1.json",
    "Mixtral-8x22B-v0.1": "hub-corpus/configs/mistralai__Mixtral-8x22B-v0.1.json",
    "Qwen1.5-MoE-A2.7B": "moe/configs/class-defaults/qwen2_moe.json",
    "Qwen3-30B-A3B": "moe/configs/Qwen--Qwen3-30B-A3B-Base.json",
    "Qwen3-235B-A22B": "hub-corpus/configs/Qwen__Qwen3-235B-A22B.json",
    "Qwen3-Coder-480B-A35B": "hub-corpus/configs/Qwen__Qwen3-Coder-480B-A35B-Instruct.json",
    "Qwen3-Next-80B-A3B": "moe/configs/class-defaults/qwen3_next.json",
    "Qwen3.5-35B-A3B (text)": "hub-corpus/configs/Qwen__Qwen3.5-35B-A3B.json",
    "Qwen3.5-397B-A17B (text)": "hub-corpus/configs/Qwen__Qwen3.5-397B-A17B.json",
    "DeepSeek-V2-Lite": "moe/configs/deepseek-ai--DeepSeek-V2-Lite.json",
    "DeepSeek-V3": "hub-corpus/configs/deepseek-ai__DeepSeek-V3.json",
    "DeepSeek-V3.2": "moe/configs/deepseek-ai--DeepSeek-V3.2.json",
    "DeepSeek-V4-Flash": "hub-corpus/configs/deepseek-ai__DeepSeek-V4-Flash.json",
    "Kimi-K2": "hub-corpus/configs/moonshotai__Kimi-K2-Instruct.json",
    "gpt-oss-120b": "hub-corpus/configs/openai__gpt-oss-120b.json",
    "GLM-4.7-Flash": "moe/configs/class-defaults/glm4_moe_lite.json",
    "Phi-3.5-MoE": "moe/configs/class-defaults/phimoe.json",
    "Jamba-v0.1": "moe/configs/class-defaults/jamba.json",
    "Llama-4-Scout (text)": "moe/configs/class-defaults/llama4.json",
    "Llama-4-Maverick (text)":
        "hub-corpus/configs/meta-llama__Llama-4-Maverick-17B-128E-Instruct.json",
    "MiniMax-M2": "moe/configs/class-defaults/minimax_m2.json",
    "Hy3-preview": "moe/configs/class-defaults/hy_v3.json",
    "Solar-Open-100B": "moe/configs/class-defaults/solar_open.json",
    "Mistral-Small-4-119B": "moe/configs/class-defaults/mistral4.json",
    "Mistral-Large-4-1T-A52B (text)": "moe/configs/class-defaults/mistral_large4.json",
    "Beam-1.0-501B-A23B": "moe/configs/class-defaults/beam.json",
    "Muse-Spark-Open-816B-A42B (text)": "moe/configs/class-defaults/muse_spark.json",
    "Ling-3.0-flash": "moe/configs/class-defaults/bailing_hybrid.json",
    "Mellum2-12B-A2.5B": "moe/configs/class-defaults/mellum.json",
    "MiMo-V2-Flash": "hub-corpus/configs/XiaomiMiMo__MiMo-V2-Flash.json",
    "Kimi-Linear-48B-A3B": "moe/configs/class-defaults/kimi_linear.json",
}  # fmt: skip
"""Rows of the check table whose config is at hand."""


def test_parameters_are_within_one_percent_of_those_counted_by_the_classes(
    shared_dir: Path,
) -> None:
    table = dict(_check_table(shared_dir))
    assert table.keys() >= CONFIGS.keys()
    for name, path in CONFIGS.items():
        found = architecture(Evidence(config=(shared_dir / path).read_bytes()))
        total, active = table[name]
        embedding = 0
        if Path(path).stem in WITHOUT_OUTPUT:
            embedding = (found.active_parameter_count or 0) - (
                found.active_parameter_count_no_embedding or 0
            )
        counted = [float(one) for one in active.split("/") if one.strip()[:1].isdigit()]
        for judged, expected in [
            (found.parameter_count, float(total.split()[0])),
            (found.active_parameter_count, counted[0]),
            (found.active_parameter_count_no_embedding, counted[-1] if counted[1:] else None),
        ]:
            if expected is not None:
                assert judged is not None, name
                assert abs((judged - embedding) / (expected * 1e9) - 1) < 0.01, (name, expected)


def test_the_formula_agrees_with_the_weights_of_the_corpus(shared_dir: Path) -> None:
    """Where it does not, the weights hold towers, prediction layers or packed words."""
    corpus = shared_dir / "hub-corpus"
    safetensors = {}
    with (corpus / "models.jsonl").open("rb") as stream:
        for line in stream:
            record = json.loads(line)
            if record.get("safetensors"):
                safetensors[record["id"]] = record["safetensors"]
    checks: dict[str, int] = {}
    with (corpus / "configs_index.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            weights = safetensors.get(row["id"])
            if row["kind"] != "config" or weights is None:
                continue
            found = architecture(
                Evidence(
                    row["id"], config=(corpus / "configs" / row["file"]).read_bytes(),
                    dtypes=weights.get("parameters"), safetensors_total=weights.get("total"),
                )
            )  # fmt: skip
            checks[found.parameter_check or ""] = checks.get(found.parameter_check or "", 0) + 1
    assert checks.keys() <= {"agrees", "more in the weights", "packed"}
    assert checks["agrees"] >= 6


CLASS_COUNTS = Path(__file__).parents[1] / "unit" / "derive" / "architecture" / "class_counts.csv"
"""Experts and parameters that classes of transformers 5.23.0 hold with their defaults, counted on
tensors without storage; towers and layers that predict further tokens left out."""


def test_every_class_is_counted_as_it_is(shared_dir: Path) -> None:
    folder = shared_dir / "moe" / "configs" / "class-defaults"
    models = 0
    with CLASS_COUNTS.open(newline="") as stream:
        for row in csv.DictReader(stream):
            name = row["model_type"]
            found = architecture(Evidence(config=(folder / f"{name}.json").read_bytes()))
            assert (found.expert_count, found.experts_per_token) == (
                int(row["experts"]), int(row["top_k"]),
            ), name  # fmt: skip
            assert (found.parameter_count or 0) / int(row["total"]) == pytest.approx(1, abs=0.01), (
                name
            )
            assert (found.active_parameter_count or 0) / int(row["active"]) == pytest.approx(
                1, abs=0.01
            ), name
            models += 1
    assert models >= 60


def test_where_weights_and_formula_differ_the_config_says_why(shared_dir: Path) -> None:
    comparisons = compare_with_weights(shared_dir / "hub-corpus", shared_dir / "moe" / "configs")
    findings = Counter(one.finding for one in comparisons)
    assert len(comparisons) >= 100
    assert findings["agrees"] >= len(comparisons) / 2
    assert not findings["fewer"], "the formula never counts what is not there"
    assert findings["more"] + findings["another model"] <= len(comparisons) / 20
    assert sum(one.is_moe is True and one.finding == "agrees" for one in comparisons) >= 10
