"""The data dictionary says what the tables are, and is fresh."""

from __future__ import annotations

from pathlib import Path

import pytest

from miner.db import export
from miner.schema import dictionary
from miner.schema.published import GROUPS, PUBLISHED, VIEWS, Table
from miner.schema.tables import metadata
from miner.schema.warnings import WARNINGS

ALL = [*PUBLISHED.values(), *VIEWS]


def test_the_pages_in_docs_are_those_of_the_tables() -> None:
    found = {path.name: path.read_text(encoding="utf-8") for path in dictionary.FOLDER.iterdir()}
    assert found == dictionary.pages(), "run: make dictionary"


def test_every_word_of_a_vocabulary_is_explained_in_words() -> None:
    assert "noqa" not in dictionary.pages()["values.md"]


def test_check_tells_stale_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dictionary, "FOLDER", tmp_path / "dictionary")
    dictionary.main([])
    dictionary.main(["--check"])
    page = tmp_path / "dictionary" / "models.md"
    page.write_text(page.read_text(encoding="utf-8") + "more", encoding="utf-8")
    (tmp_path / "dictionary" / "old.md").write_text("", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"stale: models\.md, old\.md"):
        dictionary.main(["--check"])
    dictionary.main([])
    dictionary.main(["--check"])
    assert not (tmp_path / "dictionary" / "old.md").exists()


@pytest.mark.parametrize("table", ALL, ids=lambda table: str(table.name))
def test_descriptions_hold_together(table: Table) -> None:
    names = table.column_names
    assert len(set(names)) == len(names)
    assert {*table.key, *table.order} <= set(names)
    assert set(table.warnings) <= set(WARNINGS)
    for column in table.columns:
        assert column.description and not column.description.endswith("."), column.name
        assert not column.name.endswith("_id") or column.name == "arxiv_id"
        if column.vocabulary:
            assert all(dictionary.meanings(column.vocabulary).values()), column.vocabulary
    for reference in table.references:
        assert set(reference.columns) <= set(names)
        assert PUBLISHED[reference.table].key == reference.target


def test_every_table_is_described_and_every_transform_belongs_to_one() -> None:
    assert sum(len(group) for group in GROUPS.values()) == len(PUBLISHED)
    folder = dictionary.FOLDER.parents[1] / "db" / "sql" / "export"
    written = {path.stem for path in folder.glob("[a-z]*.sql")}
    assert written <= {table.name for table in ALL}
    assert not written & set(export.GENERATED)


def test_every_column_of_the_store_is_explained() -> None:
    unexplained = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if not (column.comment or column.foreign_keys or column.name == "id")
    ]
    assert unexplained == []


def test_the_json_schema_has_a_definition_of_each_table() -> None:
    definitions = dictionary.json_schema()["$defs"]
    assert list(definitions) == [table.name for table in ALL]
    state = definitions["model"]["properties"]["state"]
    assert state["type"] == ["string", "null"]
    assert state["enum"][-1] is None
    assert definitions["model"]["properties"]["name"]["type"] == "string"
