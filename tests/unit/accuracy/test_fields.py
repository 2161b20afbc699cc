"""The scorer of fields, on labels small enough to be counted by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from miner.errors import ConfigurationError, InvalidData
from tests.accuracy.field_equality import same
from tests.accuracy.field_scores import CardLabels, FieldResult, evaluate_fields, read_field_labels

CARD = "one mit two 0.9123 three 91.23 four acme/Base five 7B six"


def entry(field: str, value: object, quote: str = "one", **keys: object) -> dict[str, Any]:
    return {"field": field, "value": value, "quote": quote, "confidence": "high", **keys}


def score(
    entries: list[dict[str, Any]],
    rows: Iterable[Mapping[str, Any]],
    tmp_path: Path,
    absent: tuple[str, ...] = (),
) -> FieldResult:
    (tmp_path / "own.md").write_text(CARD)
    labels = [CardLabels("acme/own", "own.md", entries, frozenset(absent))]
    return evaluate_fields(labels, tmp_path, lambda card, model: rows)


def counts(result: FieldResult, field: str) -> tuple[int, int, int]:
    one = result.fields[field]
    return one.right, one.wrong, one.missed


def test_values_are_matched_one_to_one(tmp_path: Path) -> None:
    result = score(
        [entry("base_model", "acme/base"), entry("base_model", "acme/other")],
        [entry("base_model", "ACME/Base"), entry("base_model", "base"), entry("base_model", "x/y")],
        tmp_path,
    )
    # the second says the same as the first, so it counts once; the third is wrong
    assert counts(result, "base_model") == (1, 1, 1)
    assert [(one.value, one.is_found) for one in result.misses] == [
        ("x/y", True), ("acme/other", False),
    ]  # fmt: skip


def test_a_value_without_its_words_is_wrong(tmp_path: Path) -> None:
    result = score([entry("license", "mit")], [entry("license", "mit", "MIT License")], tmp_path)
    assert counts(result, "license") == (0, 1, 1)
    assert result.bad_quotes == 1


def test_line_ends_of_a_quote_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "own.md").write_bytes(b"a\r\nb")
    labels = [CardLabels("acme/own", "own.md", [entry("license", "mit", "a\nb")], frozenset())]
    result = evaluate_fields(labels, tmp_path, lambda *_: [entry("license", "mit", "a\nb")])
    assert counts(result, "license") == (1, 0, 0)


def test_low_labels_count_neither_way(tmp_path: Path) -> None:
    low = {**entry("paper", "2401.00001"), "confidence": "low"}
    high = entry("paper", "2401.00002")
    found = [entry("paper", "arxiv.org/abs/2401.00001v2"), entry("paper", "2401.00002")]
    assert counts(score([low, high], found, tmp_path), "paper") == (1, 0, 0)
    # a field with low labels alone is skipped, whatever is found
    assert counts(score([low], [entry("paper", "2401.00009")], tmp_path), "paper") == (0, 0, 0)


def test_results_are_a_multiset_of_the_first_twelve(tmp_path: Path) -> None:
    gold = [entry("evaluation", 1.5)] * 12
    found = [entry("evaluation", 1.5, start=at) for at in range(12)]
    found += [entry("evaluation", 9.9, start=40), entry("evaluation", 1.5, start=50)]
    assert counts(score(gold, found, tmp_path), "evaluation") == (12, 0, 0)
    assert counts(score(gold[:2], found[:1], tmp_path), "evaluation") == (1, 0, 1)


def test_presence_counts_once_a_card(tmp_path: Path) -> None:
    gold = [entry("input_format", "text"), entry("output_format", "text")]
    found = [entry("input_format", "anything"), entry("input_format", "more")]
    result = score(gold, found, tmp_path)
    assert counts(result, "input_format") == (1, 0, 0)
    assert counts(result, "output_format") == (0, 0, 1)


def test_what_counts_neither_way_is_dropped(tmp_path: Path) -> None:
    found = [
        entry("library", "pytorch"), entry("language", "code"),
        entry("hyperparameter", 8, name="eval_batch_size"),
    ]  # fmt: skip
    result = score([], found, tmp_path, absent=("library",))
    assert (result.micro.right, result.micro.wrong, result.micro.missed) == (0, 0, 0)


def test_averages(tmp_path: Path) -> None:
    gold = [entry("license", "mit"), entry("task", "translation")]
    result = score(gold, [entry("license", "mit"), entry("demo", "code")], tmp_path, ("demo",))
    assert result.micro.precision == pytest.approx(1 / 2)
    assert result.micro.recall == pytest.approx(1 / 2)
    assert result.macro() == pytest.approx((1 + 0) / 2)  # demo has no label, so it has no F1
    assert (result.absent_marks, result.absent_right) == (1, 0)
    assert result.as_dict()["fields"]["demo"]["wrong"] == 1


@pytest.mark.parametrize(
    ("field", "wanted", "got", "is_same"),
    [
        ("license", "apache-2.0", "Apache License 2.0", True),
        ("license", "cc-by-nc-sa-4.0", "CC BY-NC-SA 4.0", True),
        ("license", "mit", "apache-2.0", False),
        ("base_model", "acme/base", "https://huggingface.co/acme/base", True),
        ("base_model", "acme/base", "other/base", False),
        ("training_dataset", "common_voice", "Common Voice dataset", True),
        ("evaluation_dataset", "MMLU", "MMLU (5-shot)", True),
        ("evaluation", 0.9123, 91.23, True),
        ("evaluation", 89.13105, "89.131", True),
        ("evaluation", 0.9, 0.91, False),
        ("parameter_count", 1_300_000_000, "1.3B", True),
        ("parameter_count", 1_300_000_000, 1_400_000_000, False),
        ("context_length", 4096, 4000, True),
        ("hardware", "NVIDIA A100-80GB", "8 x A100 80GB GPUs", True),
        ("paper", "2401.00001", "https://doi.org/10.48550/arXiv.2401.00001", True),
        ("paper", "10.1000/XYZ", "https://doi.org/10.1000/xyz", True),
        ("repository", "https://github.com/acme/own", "github.com/Acme/own.git", True),
        ("repository", "github.com/acme/own", "https://github.com/acme/own/tree/main/x", True),
        ("language", "en", "English", True),
        ("language", "pt-BR", "pt_br", True),
        ("library", "sentence-transformers", "Sentence Transformers", True),
        ("funding", "Acme Foundation", "the Acme Foundation, grant 5", True),
        ("training_data_cutoff", "2023-03-05", "2023-03", True),
        ("training_data_cutoff", "2023-03", "2023-04", False),
    ],
)
def test_when_values_are_the_same(field: str, wanted: object, got: object, is_same: bool) -> None:
    assert same(field, entry(field, wanted), entry(field, got)) is is_same


def test_units_aliases_and_names() -> None:
    assert same("training_time", entry("", 2, unit="days"), entry("", 48, unit="hours"))
    assert same("carbon_emitted", entry("", 0.5, unit="kgCO2eq"), entry("", 500, unit="g"))
    assert same("paper", entry("", "A title", alias=["2401.00001"]), entry("", "2401.00001"))
    rate = entry("", 5e-05, name="learning_rate")
    assert same("hyperparameter", rate, entry("", "0.00005", name="lr"))
    assert not same("hyperparameter", rate, entry("", 5e-05, name="weight_decay"))
    assert same("hyperparameter", entry("", "Adam", name="optimizer"),
                entry("", "Adam with betas", name="optim"))  # fmt: skip


def test_labels_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"id": "acme/own"}\n')
    with pytest.raises(InvalidData, match=r"labels.jsonl:1 is no labelled card"):
        read_field_labels(path)
    path.write_text("{")
    with pytest.raises(InvalidData, match="cannot read the labels"):
        read_field_labels(path)


def test_a_card_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    row = {"id": "acme/own", "card": "own.md", "fields": [], "absent": []}
    path.write_text(json.dumps(row))
    with pytest.raises(ConfigurationError, match=r"cannot read the labelled card .*own.md"):
        evaluate_fields(read_field_labels(path), tmp_path, lambda *_: [])
