"""Counts how often each rule was right: the measured confidence of what miner reads.

``card-rates`` prints ``pipelines/derive/cards/accuracy.toml``, and ``moe-rates`` prints
``pipelines/derive/architecture/accuracy.csv``.

Methods that need a config, a type or a name are compared with labels. Tags and bases, which labels
do not have, are compared with records whose names state sizes of all and of active parameters, or a
number of experts; what a record's name does not state is not counted.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from miner.pipelines.derive.architecture.headers import read_headers
from miner.pipelines.derive.architecture.hints import bases_of, read_tags
from miner.pipelines.derive.architecture.inherit import read_bases
from miner.pipelines.derive.architecture.members import COPY, LISTED, SIZE, TOTAL, candidates
from miner.pipelines.derive.architecture.model_evidence import AnswerSource, Evidence, SourceAnswer
from miner.pipelines.derive.architecture.name_hints import read_name
from miner.pipelines.derive.architecture.precedence import architecture
from miner.pipelines.derive.cards.rule_extractor import extract
from miner.schema.moe import Families, load_families
from tests.accuracy.field_scores import FieldResult, evaluate_fields, read_field_labels
from tests.accuracy.moe_scores import (
    MoeLabel,
    evaluate_moe,
    evidence_of,
    read_corpus_configs,
    read_moe_labels,
)
from tests.accuracy.scoring import FILE, FOLDER

_HEAD = "# Values right and wrong on labelled cards, by field and rule. Generated.\n"
_STATING = {"name-active", "name-times", "name-distilled", "name-dense"}


@click.command("card-rates")
@click.argument("labels", type=FILE)
@click.argument("cards", type=FOLDER)
def card_rates(labels: Path, cards: Path) -> None:
    """Print how often each rule was right on labelled cards, as TOML."""
    result = evaluate_fields(
        read_field_labels(labels),
        cards,
        lambda card, model: [value.as_row() for value in extract(card, model)],
    )
    sys.stdout.write(as_toml(result, datetime.now(UTC).date()))


@click.command("moe-rates")
@click.argument("labels", type=FILE)
@click.argument("corpus", type=FOLDER)
def moe_rates(labels: Path, corpus: Path) -> None:
    """Print how often each method of reading an architecture was right, as CSV."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("method", "right", "wrong", "measured_on"))
    writer.writerows(_rows(count_methods(labels, corpus).items()))


def as_toml(result: FieldResult, day: date) -> str:
    """Return the counts of a result: what rules found by field, and what is missed.

    Args:
        result: Of the rules on labelled cards.
        day: When it was measured.
    """
    lines = [_HEAD, f'measured_on = "{day.isoformat()}"\n', "\n[missed]\n"]
    lines += [f"{field} = {score.missed}\n" for field, score in sorted(result.fields.items())]
    last = ""
    for (field, method), score in sorted(result.by_method.items()):
        if field != last:
            lines.append(f"\n[found.{field}]\n")
            last = field
        lines.append(f"{method} = [{score.right}, {score.wrong}]\n")
    return "".join(lines)


def count_methods(labels: Path, corpus: Path) -> dict[tuple[str, str], list[int]]:
    """Return by method and what it was measured on how many answers were right and wrong."""
    labelled = read_moe_labels(labels)
    results = evaluate_moe(labelled, read_corpus_configs(corpus, labelled))
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for known in ("config", "type"):
        for method, (right, wrong) in results[known].methods.items():
            counts[method, "labels"][0] += right
            counts[method, "labels"][1] += wrong
    for method, is_right in _by_name(labelled):
        counts[method, "labels"][not is_right] += 1
    for method, is_right in _member_counts(labelled):
        counts[method, "expert counts of labels"][not is_right] += 1
    for method, is_right in _member_ways(corpus / "models.jsonl", load_families()):
        counts[method, "records named as a member"][not is_right] += 1
    for answer, is_moe in _against_names(corpus / "models.jsonl", load_families()):
        counts[answer.method, "records whose name tells"][answer.is_moe is not is_moe] += 1
    return counts


def _by_name(labelled: Iterable[MoeLabel]) -> Iterator[tuple[str, bool]]:
    """Yield what names alone say, and whether it is right; weak answers only where none is not."""
    for label in labelled:
        evidence = evidence_of(label, "name")
        found = architecture(evidence) if evidence is not None else None
        for answer in found.evidence if found is not None else ():
            is_asked = answer.source is AnswerSource.NAME and answer.is_moe is not None
            if is_asked and found is not None and answer.is_moe is found.is_moe:
                yield answer.method, answer.is_moe is label.is_moe


def _member_ways(path: Path, families: Families) -> Iterator[tuple[str, bool]]:
    """Yield whether sizes and totals lead to the member that a record is by its name."""
    for record in _records(path):
        weights: Any = record.get("safetensors") or {}
        evidence = Evidence(
            str(record.get("id", "")),
            tags=tuple(tag for tag in record.get("tags") or [] if isinstance(tag, str)),
            dtypes=weights.get("parameters"),
            safetensors_total=weights.get("total"),
            gguf_total=dict(record.get("gguf") or {}).get("total"),
        )
        stated = read_tags(evidence.tags, families)
        family = {stated.moe_family} if stated is not None and stated.moe_family else set()
        found = list(candidates(evidence.model, family, read_headers(evidence)))
        named = next((one for one, method in found if method in {LISTED, COPY}), None)
        for member, method in found:
            if method in {SIZE, TOTAL} and named is not None and named.experts:
                yield method, member.experts == named.experts


def _member_counts(labelled: Iterable[MoeLabel]) -> Iterator[tuple[str, bool]]:
    """Yield by which way a labelled model was found to be a member, and whether its count is right.

    A dense model that is found to be one is wrong; what a label does not state is not counted.
    """
    for label in labelled:
        evidence = evidence_of(label, "type and name") or evidence_of(label, "name")
        for answer in architecture(evidence).evidence if evidence is not None else ():
            if answer.source is not AnswerSource.MEMBER or answer.is_moe is None:
                continue
            known = label.counts.get("expert_count")
            if not label.is_moe or (known and answer.expert_count):
                yield answer.method, label.is_moe and answer.expert_count == known


def _against_names(path: Path, families: Families) -> Iterator[tuple[SourceAnswer, bool]]:
    for record in _records(path):
        tags = [tag for tag in record.get("tags") or [] if isinstance(tag, str)]
        name = read_name(str(record.get("id", "")), families)
        if name is None or name.is_moe is None or name.method not in _STATING or name.is_weak:
            continue
        for answer in (read_tags(tags, families), read_bases(bases_of(tags), families)):
            if answer is not None and answer.is_moe is not None:
                yield answer, name.is_moe


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as stream:
        for line in stream:
            yield json.loads(line)


def _rows(
    counts: Iterable[tuple[tuple[str, str], list[int]]],
) -> list[tuple[str, int, int, str]]:
    return sorted((method, right, wrong, on) for (method, on), (right, wrong) in counts)
