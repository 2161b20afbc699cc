"""Command ``weights``: counts of parameters compared with the totals of real weights.

A model is compared with its own config, or, where there is none, with that of the one model that
its tags name as its base: a fine-tune has the sizes of its base. Only the language model is
counted; what else the weights contain is found in the config: towers, layers that predict further
tokens, a second copy of a tied embedding. Packed weights have fewer elements than parameters.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import click

from miner.pipelines.derive.architecture import config_values
from miner.pipelines.derive.architecture.hints import bases_of
from miner.pipelines.derive.architecture.model_evidence import Architecture, Evidence
from miner.pipelines.derive.architecture.part import ConfigPart, parts
from miner.pipelines.derive.architecture.precedence import architecture
from miner.schema.vocab import Relation
from tests.accuracy.scoring import FOLDER

SAME = 0.02
_PREDICTS = (
    "num_nextn_predict_layers", "num_mtp_layers", "mtp_num_hidden_layers", "mtp_layers_block_type",
    "mtp_hybrid_override_pattern", "mtp_block_configs",
)  # fmt: skip
_LIMITS = ((0.1, "adapter"), (0.75, "packed"), (1 - SAME, "fewer"), (1 + SAME, "agrees"))
_SAME_SIZE = {Relation.FINETUNE, Relation.QUANTIZED}


@dataclass(frozen=True, slots=True)
class WeightComparison:
    """The weights of one model compared with a config.

    Attributes:
        model: owner/name.
        config_of: The model whose config it is.
        is_moe: What the config says.
        counted: Parameters of the language model by the formula.
        weights: Elements of all weights, as the hub reports them.
        finding: ``agrees`` (within 2 %); what the weights hold more: ``second embedding``,
            ``towers``, ``prediction layers``, ``more``; far fewer: ``packed``, ``adapter``;
            ``fewer``; ``another model``: more than twice as many.
    """

    model: str
    config_of: str
    is_moe: bool | None
    counted: int
    weights: int
    finding: str


def compare_with_weights(corpus: Path, *folders: Path) -> list[WeightComparison]:
    """Return the models of a corpus of which weights and a config are known.

    Args:
        corpus: Holds ``models.jsonl`` and ``configs_index.csv`` with the folder ``configs``.
        folders: More configs, named ``owner--name.json``.
    """
    configs = _configs(corpus, folders)
    judged = {name: architecture(Evidence(name, config=body)) for name, body in configs.items()}
    found = []
    for record in _records(corpus / "models.jsonl"):
        name, total = str(record.get("id")), config_values.whole(record["safetensors"].get("total"))
        source = name if name in configs else _base(record, configs)
        if source is None or not total or not judged[source].parameter_count:
            continue
        found.append(_comparison(name, source, judged[source], total, json.loads(configs[source])))
    return found


def _comparison(
    name: str,
    source: str,
    whole: Architecture,
    weights: int,
    config: Mapping[str, object],
) -> WeightComparison:
    counted = whole.parameter_count or 0
    active, inner = (
        whole.active_parameter_count,
        whole.active_parameter_count_no_embedding,
    )
    embedding = active - inner if active is not None and inner is not None else 0
    finding = _finding(weights, counted, embedding, parts(config))
    return WeightComparison(name, source, whole.is_moe, counted, weights, finding)


def _finding(weights: int, counted: int, embedding: int, found: list[ConfigPart]) -> str:
    ratio = weights / counted
    for limit, finding in _LIMITS:
        if ratio <= limit:
            return finding
    is_tied = any(part.flag("tie_word_embeddings") for part in found)
    if is_tied and abs(weights / (counted + embedding) - 1) <= SAME / 10:
        return "second embedding"
    if ratio > 2:
        return "another model"
    if any(part.is_tower and part.is_full for part in found):
        return "towers"
    is_predicting = any(part.get(key) for part in found for key in _PREDICTS)
    return "prediction layers" if is_predicting else "more"


def _configs(corpus: Path, folders: tuple[Path, ...]) -> dict[str, bytes]:
    found = {}
    with (corpus / "configs_index.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["kind"] == "config":
                found[row["id"]] = (corpus / "configs" / row["file"]).read_bytes()
    for folder in folders:
        for path in sorted(folder.glob("*--*.json")):
            found.setdefault(path.stem.replace("--", "/", 1), path.read_bytes())
    return found


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as stream:
        for line in stream:
            record = json.loads(line)
            if isinstance(record.get("safetensors"), dict):
                yield record


def _base(record: dict[str, Any], configs: dict[str, bytes]) -> str | None:
    bases = bases_of(record.get("tags") or [])
    kept = [base.name for base in bases if base.relation in _SAME_SIZE]
    return kept[0] if len(bases) == len(kept) == 1 and kept[0] in configs else None


@click.command("weights")
@click.argument("corpus", type=FOLDER)
@click.argument("folders", type=FOLDER, nargs=-1)
def weights(corpus: Path, folders: tuple[Path, ...]) -> None:
    """Compare counts of parameters with the totals of real weights, a CSV row a model.

    CORPUS holds models.jsonl, configs_index.csv and configs/; FOLDERS hold more configs, named
    owner--name.json.
    """
    names = [one.name for one in fields(WeightComparison)]
    writer = csv.DictWriter(sys.stdout, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(one) for one in compare_with_weights(corpus, *folders))
