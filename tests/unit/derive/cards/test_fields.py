"""Field files: well formed, and their worked examples are what the rules read."""

from __future__ import annotations

from pathlib import Path

import pytest

from miner.errors import ConfigurationError
from miner.schema import fields
from miner.schema.fields import FieldExample, load_fields
from tests.reading import MODEL, values

GUIDE = {
    "license", "license_in_text", "base_model", "training_dataset", "evaluation_dataset",
    "evaluation", "parameter_count", "active_parameter_count", "expert_count",
    "experts_per_token", "training_tokens", "context_length", "vocabulary_size",
    "hyperparameter", "hardware", "training_time", "carbon_emitted", "cloud_provider",
    "compute_region", "paper", "repository", "language", "library", "task", "input_format",
    "output_format", "limitation_and_bias", "demo", "funding", "training_data_cutoff",
}  # fmt: skip
EXAMPLES = [(name, one) for name, field in load_fields().items() for one in field.examples]


def test_there_is_a_file_for_every_field_of_the_guide() -> None:
    assert set(load_fields()) == GUIDE


def test_every_field_has_an_example_that_is_stated_and_one_that_is_not() -> None:
    for field in load_fields().values():
        assert {bool(one.values) for one in field.examples} == {True, False}, field.name
        for one in field.examples:
            assert bool(one.values) == (one.quote != "") == (one.missing == "")
            assert one.missing == "" or (one.missing in field.missing and one.why)


@pytest.mark.parametrize(
    ("name", "example"), EXAMPLES, ids=[f"{name}-{i % 2}" for i, (name, _) in enumerate(EXAMPLES)]
)
def test_the_rules_read_the_worked_examples(name: str, example: FieldExample) -> None:
    found = [one for one in values(example.card, MODEL) if one.field == name]
    assert tuple(one.value for one in found) == example.values
    assert [one.quote for one in found[:1]] == ([example.quote] if example.quote else [])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('name = "other"', "does not bear its name"),
        ('name = "broken"\nflavor = 1', "has the unknown key flavor"),
        ('name = "broken"', "lacks description"),
        ("name = ", "cannot read the field file"),
    ],
)
def test_a_broken_field_file_is_named(
    text: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.toml").write_text(text)
    monkeypatch.setattr(fields, "_FOLDER", tmp_path)
    with pytest.raises(ConfigurationError, match=complaint):
        load_fields.__wrapped__()
