"""Modules and files are found by their folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import miner.schema.tables
from miner.errors import ConfigurationError
from miner.registry import files_in, index_by_name, modules_in


def test_public_modules_are_found_in_order() -> None:
    names = [module.__name__.rpartition(".")[2] for module in modules_in(miner.schema.tables)]
    assert {"base", "lineage", "models", "provenance"} <= set(names)
    assert names == sorted(names)


def test_a_new_file_is_a_new_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "planted_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "second.py").write_text("NAME = 'second'")
    (package / "first.py").write_text("NAME = 'first'")
    (package / "_private.py").write_text("raise RuntimeError('must not be imported')")
    monkeypatch.syspath_prepend(tmp_path)
    module = __import__("planted_package")
    try:
        assert [found.NAME for found in modules_in(module)] == ["first", "second"]
    finally:
        for name in [key for key in sys.modules if key.startswith("planted_package")]:
            del sys.modules[name]


def test_files_are_found_below_a_folder_in_order(tmp_path: Path) -> None:
    for name in ("b/two.sql", "a/one.sql", "a/one.yaml", "three.sql"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "folder.sql").mkdir()
    found = [path.relative_to(tmp_path).as_posix() for path in files_in(tmp_path, ".sql")]
    assert found == ["a/one.sql", "b/two.sql", "three.sql"]


def test_items_are_indexed_by_the_name_they_claim() -> None:
    assert index_by_name(["a", "b"], str.upper, str) == {"A": "a", "B": "b"}


def test_a_name_claimed_twice_names_both_files() -> None:
    items = [("same", "one.toml"), ("same", "two.toml")]
    with pytest.raises(ConfigurationError, match=r"'same' is claimed by one\.toml and two\.toml"):
        index_by_name(items, lambda item: item[0], lambda item: item[1])
