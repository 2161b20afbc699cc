"""The code lives in five folders and installs as one package; these guards hold that together."""

from __future__ import annotations

import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

import miner

ROOT = Path(__file__).resolve().parents[2]
CODE_FOLDERS = ("miner", "db", "pipelines", "queries", "schema")
MAPPED = ("db", "pipelines", "queries", "schema")
SAMPLE = PurePosixPath("miner/sample/github")
"""Repositories of the sample: their source is data, and never imported."""


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _files() -> list[PurePosixPath]:
    """Files of the code folders, relative to the root, links not followed."""
    return [
        PurePosixPath(path.relative_to(ROOT).as_posix())
        for folder in CODE_FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not any(part.is_symlink() for part in path.parents)
    ]


def _is_code(path: PurePosixPath) -> bool:
    return path.suffix == ".py" and not path.is_relative_to(SAMPLE)


def _package_of(folder: PurePosixPath) -> str:
    dotted = str(folder).replace("/", ".")
    return dotted if folder.parts[0] == "miner" else f"miner.{dotted}"


def _packages_on_disk() -> dict[str, str]:
    return {
        _package_of(path.parent): str(path.parent)
        for path in _files()
        if path.name == "__init__.py" and _is_code(path)
    }


def test_every_package_is_listed_and_mapped(project: dict[str, Any]) -> None:
    setuptools = project["tool"]["setuptools"]
    found = _packages_on_disk()
    assert setuptools["package-dir"] == found
    assert sorted(setuptools["packages"]) == sorted(found)


def test_every_module_lies_in_a_package() -> None:
    packages = set(_packages_on_disk().values())
    strays = [str(p) for p in _files() if _is_code(p) and str(p.parent) not in packages]
    assert strays == []


def test_every_data_file_is_shipped(project: dict[str, Any]) -> None:
    folders = {name: ROOT / folder for name, folder in _packages_on_disk().items()}
    shipped = {
        path
        for package, patterns in project["tool"]["setuptools"]["package-data"].items()
        for pattern in patterns
        for path in folders[package].glob(pattern)
    }
    missing = [str(p) for p in _files() if not _is_code(p) and ROOT / p not in shipped]
    assert missing == [], "add a pattern to [tool.setuptools.package-data]"


def test_links_are_relative_and_point_at_the_folders() -> None:
    links = {
        path.name: path.readlink().as_posix()
        for path in (ROOT / "miner").iterdir()
        if path.is_symlink()
    }
    assert links == {name: f"../{name}" for name in MAPPED}


def test_the_version_stands_the_same_wherever_it_stands(project: dict[str, Any]) -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version = project["project"]["version"]
    assert miner.__version__ == version
    assert f"\nversion: {version}\n" in citation
    assert f"## {version}" in changelog
