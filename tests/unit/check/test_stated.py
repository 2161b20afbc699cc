"""Statements as held, and as names that other tools know."""

from __future__ import annotations

import pytest
from license_expression import get_spdx_licensing

from miner.db.lookup import KnownModel, KnownStatement
from miner.pipelines.check import license_terms
from miner.pipelines.derive.licenses.statement import read
from miner.schema.licenses import load_licenses


def model_of(*statements: KnownStatement, **more: object) -> KnownModel:
    values: dict[str, object] = dict.fromkeys(KnownModel.__slots__)
    values |= {"hub": "huggingface", "name": "a/b", "found_by": "name", "is_read": True,
               "statements": statements, "bases": (), "datasets": (), **more}  # fmt: skip
    return KnownModel(**values)  # type: ignore[arg-type]  # fields of the class


def says(key: str, *, is_chosen: bool = True, **more: str) -> KnownStatement:
    return KnownStatement(
        "card", key, more.get("name"), more.get("link"), more.get("scope", "weights"), is_chosen, ""
    )


@pytest.mark.parametrize(
    ("statement", "state", "text", "expression"),
    [
        ("mit", "stated", "mit", "MIT"),
        ("MIT OR Apache-2.0", "stated", "mit OR apache-2.0", "MIT OR Apache-2.0"),
        ("gpl-3.0", "stated", "gpl-3.0", "GPL-3.0-only OR GPL-3.0-or-later"),
        ("gpl-3.0 AND mit", "stated", "gpl-3.0 AND mit",
         "(GPL-3.0-only OR GPL-3.0-or-later) AND MIT"),
        ("mit|apache-2.0", "stated", "mit | apache-2.0", None),
        ("other", "unresolved", "", None),
        ("", "not-stated", "", None),
    ],
)  # fmt: skip
def test_terms_say_what_is_stated_and_how_sure_that_is(
    statement: str, state: str, text: str, expression: str | None
) -> None:
    terms = license_terms.terms_of(read(statement))
    assert (terms.state, terms.text, terms.expression) == (state, text, expression)


def test_nothing_read_is_not_nothing_stated() -> None:
    assert license_terms.terms_of(license_terms.of_model(None)).state == "not-known"
    assert (
        license_terms.terms_of(license_terms.of_model(model_of(is_read=False))).state == "not-known"
    )
    assert license_terms.terms_of(license_terms.of_model(model_of())).state == "not-stated"
    beside = model_of(license_files=("LICENSE",))
    assert license_terms.terms_of_model(beside).state == "not-known"
    assert "LICENSE" in license_terms.terms_of_model(beside).detail
    assert license_terms.terms_of(read("unknown")).state == "unresolved"


def test_a_key_that_says_nothing_is_read_by_name_then_by_link() -> None:
    link = "https://www.apache.org/licenses/LICENSE-2.0"
    assert license_terms.of_model(model_of(says("other", name="mit"))).text == "mit"
    assert license_terms.of_model(model_of(says("other", link=link))).text == "apache-2.0"
    assert not license_terms.of_model(model_of(says("other"))).is_known
    assert license_terms.of_model(model_of(says("mit", name="apache-2.0"))).text == "mit"


def test_code_licenses_and_weaker_sources_are_not_those_of_the_weights() -> None:
    model = model_of(
        says("mit", scope="code"), says("apache-2.0"), says("gpl-3.0", is_chosen=False)
    )
    assert license_terms.of_model(model).text == "apache-2.0"
    assert [other.text for _, other in license_terms.others_of(model)] == ["gpl-3.0"]


def test_every_license_of_the_tables_has_an_expression_that_parses() -> None:
    parser = get_spdx_licensing()
    for one in load_licenses().values():
        name = license_terms.name_of(one)
        parser.parse(name.spdx)
        assert name.is_listed == (not name.spdx.startswith("LicenseRef-") and " " not in name.spdx)


def test_a_name_without_a_letter_that_spdx_allows_still_has_a_reference() -> None:
    terms = license_terms.terms_of(read("许可"))
    assert terms.expression is not None
    assert terms.expression.startswith("LicenseRef-unnamed-")
    assert terms.expression != license_terms.terms_of(read("協議")).expression


def test_expressions_that_all_hold_are_joined_once_each() -> None:
    assert (
        license_terms.joined(["MIT", "GPL-2.0-only OR MIT", "MIT"])
        == "MIT AND (GPL-2.0-only OR MIT)"
    )
    assert license_terms.references_in("MIT AND LicenseRef-a.b AND LicenseRef-c") == [
        "LicenseRef-a.b", "LicenseRef-c",
    ]  # fmt: skip
