"""Writes how often each method of reading an architecture was right, for its confidence.

``python -m miner.pipelines.evaluate.moe_accuracy LABELS CORPUS``, into
``pipelines/derive/architecture/accuracy.csv``.

Methods that need a config, a type or a name are held against labels. Tags and bases, which labels
do not have, are held against records whose names tell sizes of all and of active parameters, or a
number of experts; what a record's name cannot tell is not counted.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from miner.pipelines.derive.architecture.evidence import Answer
from miner.pipelines.derive.architecture.hints import bases_of, read_tags
from miner.pipelines.derive.architecture.inherit import read_bases
from miner.pipelines.derive.architecture.names import read_name
from miner.pipelines.evaluate.moe import evaluate_moe, read_corpus_configs, read_moe_labels
from miner.schema.moe import Families, load_families

_TOLD = {"name-active", "name-times", "name-distilled", "name-dense"}


def count_methods(labels: Path, corpus: Path) -> dict[tuple[str, str], list[int]]:
    """Return by method and what it was measured on how many answers were right and wrong."""
    told = read_moe_labels(labels)
    results = evaluate_moe(told, read_corpus_configs(corpus, told))
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for given in ("config", "type", "name"):  # not twice what a fourth input repeats
        for method, (right, wrong) in results[given].methods.items():
            counts[method, "labels"][0] += right
            counts[method, "labels"][1] += wrong
    for answer, is_moe in _against_names(corpus / "models.jsonl", load_families()):
        counts[answer.method, "records whose name tells"][answer.is_moe is not is_moe] += 1
    return counts


def _against_names(path: Path, families: Families) -> Iterator[tuple[Answer, bool]]:
    for record in _records(path):
        tags = [tag for tag in record.get("tags") or [] if isinstance(tag, str)]
        name = read_name(str(record.get("id", "")), families)
        if name is None or name.is_moe is None or name.method not in _TOLD or name.is_weak:
            continue
        for answer in (read_tags(tags, families), read_bases(bases_of(tags), families)):
            if answer is not None and answer.is_moe is not None:
                yield answer, name.is_moe


def _records(path: Path) -> Iterator[dict[str, list[object]]]:
    with path.open("rb") as stream:
        for line in stream:
            yield json.loads(line)


def main(arguments: list[str]) -> None:
    """Count and print as CSV.

    Args:
        arguments: The file of labels and the folder of the corpus.
    """
    labels, corpus = (Path(one) for one in arguments)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("method", "right", "wrong", "measured_on"))
    writer.writerows(_rows(count_methods(labels, corpus).items()))


def _rows(
    counts: Iterable[tuple[tuple[str, str], list[int]]],
) -> list[tuple[str, int, int, str]]:
    return sorted((method, right, wrong, on) for (method, on), (right, wrong) in counts)


if __name__ == "__main__":
    main(sys.argv[1:])
