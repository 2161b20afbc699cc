"""What manifests declare."""

from __future__ import annotations

import json

import pytest

from miner.pipelines.derive.licenses.statement import read as read_statement
from miner.pipelines.derive.licenses.texts import package_metadata

MANIFESTS = {
    "pyproject.toml": ('[project]\nname = "a"\nlicense = "MIT OR Apache-2.0"\n',
                       "mit OR apache-2.0", 3),
    "a/pyproject.toml": ('[tool.poetry]\nlicense = "BSD-3-Clause"\n', "bsd-3-clause", 2),
    "b/pyproject.toml": ('[project]\nlicense = {text = "Apache 2.0"}\n', "apache-2.0", 2),
    "setup.cfg": ("[metadata]\nname = a\nlicense = MIT License\n", "mit", 3),
    "setup.py": ('import setuptools\n\nsetuptools.setup(\n    name="a",\n    license="GPLv3+",\n)',
                 "gpl-3.0-or-later", 5),
    "package.json": ('{\n  "name": "a",\n  "license": "ISC"\n}\n', "isc", 3),
    "a/package.json": (json.dumps({"licenses": [{"type": "MIT"}, {"type": "Apache-2.0"}]}),
                       "mit OR apache-2.0", 1),
    "Cargo.toml": ('[package]\nname = "a"\nlicense = "MIT/Apache-2.0"\n', "mit OR apache-2.0", 3),
    "a/Cargo.toml": ('[workspace.package]\nlicense = "MPL-2.0"\n', "mpl-2.0", 2),
    "CITATION.cff": ("cff-version: 1.2.0\nlicense: Apache-2.0  # as always\n", "apache-2.0", 2),
    "a/CITATION.cff": ("license:\n  - MIT\n  - Apache-2.0\n", "mit OR apache-2.0", 1),
    "composer.json": ('{"license": ["MIT", "GPL-3.0-or-later"]}', "mit OR gpl-3.0-or-later", 1),
    "codemeta.json": ('{"license": "https://spdx.org/licenses/Apache-2.0"}', "apache-2.0", 1),
}  # fmt: skip


@pytest.mark.parametrize("path", MANIFESTS)
def test_what_a_manifest_declares(path: str) -> None:
    text, statement, line = MANIFESTS[path]
    (found,) = package_metadata.read(path, text)
    assert (read_statement(found.wording).text, found.line) == (statement, line)


@pytest.mark.parametrize(
    ("classifier", "key"),
    [
        ("License :: OSI Approved :: MIT License", "mit"),
        ("License :: OSI Approved :: Apache Software License", "apache-2.0"),
        ("License :: OSI Approved :: BSD License", "bsd"),
        ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", "gpl-3.0"),
        ("License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)",
         "gpl-3.0-or-later"),
        ("License :: OSI Approved :: GNU Affero General Public License v3", "agpl-3.0"),
        ("License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)", "mpl-2.0"),
        ("License :: OSI Approved :: ISC License (ISCL)", "isc"),
        ("License :: OSI Approved :: The Unlicense (Unlicense)", "unlicense"),
        ("License :: Public Domain", "public-domain"),
    ],
)  # fmt: skip
def test_classifiers(classifier: str, key: str) -> None:
    text = f'[project]\nclassifiers = ["Topic :: A", "{classifier}"]\n'
    (found,) = package_metadata.read("pyproject.toml", text)
    assert read_statement(found.wording).text == key
    assert found.is_broad


def test_approved_alone_says_nothing() -> None:
    text = '[project]\nclassifiers = ["License :: OSI Approved"]\n'
    assert package_metadata.read("pyproject.toml", text) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", "[project\nlicense ="),
        ("pyproject.toml", "project = 1\n"),
        ("pyproject.toml", "tool = 3\n[project]\nlicense = 5\n"),
        ("setup.py", "def setup(:\n"),
        ("setup.py", "(" * 5_000),
        ("setup.py", "setup(license=LICENSE, classifiers=[A, 3])\n"),
        ("setup.cfg", "license = MIT\n"),
        ("package.json", '{"license": '),
        ("package.json", "[" * 200_000),
        ("package.json", '{"license": "SEE LICENSE IN LICENSE.txt"}'),
        ("package.json", "[1, 2]"),
        ("Cargo.toml", "package = 7\n"),
        ("CITATION.cff", "title: none\n"),
        ("other.toml", "license = 'MIT'\n"),
    ],
)
def test_what_cannot_be_read_declares_nothing(path: str, text: str) -> None:
    assert package_metadata.read(path, text) == []


def test_code_of_others_that_python_warns_of_is_read_in_silence() -> None:
    (found,) = package_metadata.read("setup.py", 'setup(license="MIT", pattern="\\d" is 1)')
    assert found.wording == "MIT"
