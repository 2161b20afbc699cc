"""Single models and datasets, looked up in a DuckDB file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from miner.db.lookup import DuckdbLookup, open_lookup
from miner.errors import ConfigurationError
from tests.checking import SHELF, export_shelf


@pytest.fixture(scope="module")
def lookup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckdbLookup]:
    with open_lookup(export_shelf(SHELF, tmp_path_factory.mktemp("held"))) as found:
        yield found


def test_a_model_comes_with_what_it_was_made_from(lookup: DuckdbLookup) -> None:
    model = lookup.model("huggingface", "mix/merged")
    assert model is not None
    assert (model.owner, model.license, model.found_by) == ("mix", "mit", "name")
    assert model.created_at == datetime(2026, 1, 2)  # noqa: DTZ001
    assert {(base.name, base.relation, base.is_known) for base in model.bases} == {
        ("mix/sa", "merge", True), ("free/for-study", "merge", True),
    }  # fmt: skip
    orphan = lookup.model("huggingface", "odd/orphan")
    assert orphan is not None
    assert [(data.name, data.is_known) for data in orphan.datasets] == [
        ("gone/data", False), ("x", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "name", "found_by"),
    [
        ("acme/encoder", "acme/encoder", "name"),
        ("encoder-base", "acme/encoder", "alias"),
        ("ACME/Encoder", "acme/encoder", "case"),
    ],
)
def test_other_names_lead_to_a_model(
    asked: str, name: str, found_by: str, lookup: DuckdbLookup
) -> None:
    model = lookup.model("huggingface", asked)
    assert model is not None
    assert (model.name, model.found_by) == (name, found_by)


def test_what_is_not_held_is_none(lookup: DuckdbLookup) -> None:
    assert lookup.model("huggingface", "nobody/knows") is None
    assert lookup.model("ollama", "acme/encoder") is None
    assert lookup.dataset("huggingface", "gone/data") is None
    assert lookup.model("huggingface", "x' OR 1=1 --") is None


def test_files_and_reading_are_told_from_their_absence(lookup: DuckdbLookup) -> None:
    found = {}
    for name in ("odd/silent", "odd/beside", "odd/unread"):
        model = lookup.model("huggingface", name)
        assert model is not None
        found[name] = (model.is_read, model.license_files)
    assert found == {
        "odd/silent": (True, ()), "odd/beside": (True, ("LICENSE",)), "odd/unread": (False, None),
    }  # fmt: skip


def test_a_dataset_comes_with_its_statements(lookup: DuckdbLookup) -> None:
    dataset = lookup.dataset("huggingface", "acme/study-only")
    assert dataset is not None
    assert [one.key for one in dataset.statements] == ["cc-by-nc-4.0"]


def test_the_population_is_told(lookup: DuckdbLookup) -> None:
    assert lookup.population().startswith(f"miner.duckdb: {len(SHELF.models)} models, ")


def test_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no DuckDB file"), open_lookup(tmp_path / "a.db"):
        pass
