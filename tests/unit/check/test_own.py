"""What a project states of its own license."""

from __future__ import annotations

import pytest

from miner.pipelines.check.own_license import own_of_files, own_of_report
from tests.license_texts import statements_of


@pytest.mark.parametrize(
    ("files", "state", "text"),
    [
        ({}, "not-stated", ""),
        ({"package.json": '{"name": "a", "license": "MIT"}'}, "stated", "mit"),
        ({"Cargo.toml": '[package]\nname = "a"\nlicense = "MIT OR Apache-2.0"\n'}, "stated",
         "mit OR apache-2.0"),
        ({"LICENSE": "All of this is mine. Ask before you touch it.\n" * 5}, "unresolved", ""),
        ({"third_party/x/package.json": '{"name": "x", "license": "GPL-3.0"}'}, "not-stated", ""),
    ],
)  # fmt: skip
def test_code_has_the_license_of_its_files(files: dict[str, str], state: str, text: str) -> None:
    own = own_of_files(statements_of(files))
    assert (own.terms.state, own.terms.text) == (state, text)


def test_every_own_statement_has_its_place() -> None:
    files = {"pyproject.toml": '[project]\nname = "a"\nlicense = "MIT"\n',
             "README.md": "# A\n\n## License\n\nApache-2.0\n"}  # fmt: skip
    own = own_of_files(statements_of(files))
    assert {(one.path, one.line, one.terms.text) for one in own.found} == {
        ("pyproject.toml", 3, "mit"), ("README.md", 5, "apache-2.0"),
    }  # fmt: skip
    assert own.terms.source == "pyproject.toml"


@pytest.mark.parametrize(
    ("key", "state", "text"),
    [("MIT", "stated", "mit"), (None, "not-stated", ""), ("NOASSERTION", "unresolved", "")],
)
def test_of_a_repository_what_github_reports(key: str | None, state: str, text: str) -> None:
    own = own_of_report(key)
    assert (own.terms.state, own.terms.text) == (state, text)
