"""SPDX 3.0.1 and 2.3: licenses, lineage, revisions, and what a format has no word for."""

from __future__ import annotations

import json
from typing import Any

from miner.pipelines.check.report import CheckReport
from tests.check_reports import PINNED, WHY, render

Json = dict[str, Any]


def test_every_ai_package_has_one_declared_and_one_concluded_license(judged: CheckReport) -> None:
    graph = json.loads(render("spdx", judged))["@graph"]
    packages = {one["spdxId"]: one["name"] for one in graph if one["type"] == "ai_AIPackage"}
    found: dict[str, dict[str, Json]] = {
        kind: {one["from"]: one for one in graph if one.get("relationshipType") == kind}
        for kind in ("hasDeclaredLicense", "hasConcludedLicense")
    }
    for kind, by_package in found.items():
        count = [one["from"] for one in graph if one.get("relationshipType") == kind]
        assert sorted(key for key in count if key in packages) == sorted(packages)
        assert all(len(one["to"]) == 1 for one in by_package.values())
    for key in packages:
        declared, concluded = (found[kind][key] for kind in found)
        if declared["to"] != concluded["to"]:
            assert concluded["comment"]
    names = {name: key for key, name in packages.items()}
    nothing, none = "expandedlicensing_NoAssertionLicense", "expandedlicensing_NoneLicense"
    assert found["hasDeclaredLicense"][names["odd/silent"]]["to"] == [none]
    assert found["hasConcludedLicense"][names["odd/silent"]]["to"] == [nothing]
    assert found["hasDeclaredLicense"][names["nobody/knows"]]["to"] == [nothing]
    assert found["hasDeclaredLicense"][names["odd/beside"]]["to"] == [nothing]
    assert found["hasDeclaredLicense"][names["odd/two"]]["to"] == [nothing]
    assert "mit | apache-2.0" in found["hasDeclaredLicense"][names["odd/two"]]["comment"]


def test_an_spdx_bom_says_what_was_trained_on_and_made_from_what(judged: CheckReport) -> None:
    graph = json.loads(render("spdx", judged))["@graph"]
    names = {one["spdxId"]: one["name"] for one in graph if "name" in one}
    edges = {
        (names[one["from"]], one["relationshipType"], names.get(to, to))
        for one in graph
        if one["type"] == "Relationship"
        for to in one["to"]
    }
    assert ("acme/encoder", "trainedOn", "acme/pages") in edges
    assert ("lab/again", "descendantOf", "lab/tuned") in edges
    assert ("lab/tuned", "descendantOf", "big/llama-like") in edges
    assert ("odd/orphan", "descendantOf", "gone/base") in edges
    assert ("p", "dependsOn", "acme/encoder") in edges
    (llama,) = [one for one in graph if one["type"] == "simplelicensing_LicenseExpression"
                and one["simplelicensing_licenseExpression"].startswith("LicenseRef-scancode-llama")
                ]  # fmt: skip
    (entry,) = llama["simplelicensing_customIdToUri"]
    assert entry["key"] == llama["simplelicensing_licenseExpression"]
    assert entry["value"].startswith("https://")


def test_the_revision_is_the_one_that_the_source_pins(judged: CheckReport) -> None:
    graph = json.loads(render("spdx", judged))["@graph"]
    found = {one["name"]: one for one in graph if one["type"] == "ai_AIPackage"}
    assert found["lab/again"]["software_packageVersion"] == PINNED
    assert found["lab/again"]["software_packageUrl"].endswith(f"@{PINNED}")
    assert found["acme/encoder"]["software_packageVersion"] == f"{1:040x}"
    assert "@" not in found["acme/encoder"]["software_packageUrl"]
    assert found["acme/encoder"]["comment"].startswith("The source pins no commit")
    texts = [one["statement"] for one in graph if one["type"] == "Annotation"]
    assert any(f"Waived: {WHY}" in text for text in texts)
    assert any(f"revision {PINNED}" in text for text in texts)


def _document(report: CheckReport) -> tuple[Json, dict[str, Json]]:
    whole = json.loads(render("spdx-2.3", report))
    return whole, {one["name"]: one for one in whole["packages"]}


def test_spdx_2_3_has_declared_and_concluded_licenses(judged: CheckReport) -> None:
    whole, found = _document(judged)
    licenses = {
        name: (one["licenseDeclared"], one["licenseConcluded"]) for name, one in found.items()
    }
    llama = "LicenseRef-scancode-llama-3.1-license-2024"
    assert licenses["lab/again"] == ("MIT", f"MIT AND {llama}")
    assert licenses["odd/silent"] == ("NONE", "NOASSERTION")
    assert licenses["nobody/knows"] == ("NOASSERTION", "NOASSERTION")
    assert licenses["odd/vague"] == ("NOASSERTION", "MIT OR Apache-2.0")
    assert "the owner wrote so" in found["odd/vague"]["licenseComments"]
    assert "mit | apache-2.0" in found["odd/two"]["licenseComments"]
    (text,) = [one for one in whole["hasExtractedLicensingInfos"] if one["licenseId"] == llama]
    assert text["seeAlsos"][0].startswith("https://")
    assert text["seeAlsos"][0] in text["extractedText"]
    assert found["lab/again"]["attributionTexts"] == ["Built with Llama"]


def test_spdx_2_3_has_lineage_places_and_revisions(judged: CheckReport) -> None:
    whole, found = _document(judged)
    names = {one["SPDXID"]: name for name, one in found.items()}
    edges = {
        (names.get(one["spdxElementId"]), one["relationshipType"],
         names[one["relatedSpdxElement"]], one.get("comment", ""))
        for one in whole["relationships"]
    }  # fmt: skip
    assert ("p", "DEPENDS_ON", "acme/encoder", "") in edges
    assert ("lab/again", "DESCENDANT_OF", "lab/tuned", "relation: quantized") in edges
    assert ("acme/encoder", "OTHER", "acme/pages", "trained_on") in edges
    assert found["lab/again"]["versionInfo"] == PINNED
    assert found["lab/again"]["externalRefs"][0]["referenceLocator"].endswith(f"@{PINNED}")
    assert "The source pins no commit" in found["acme/encoder"]["comment"]
    comments = [one["comment"] for one in found["lab/tuned"]["annotations"]]
    assert comments[0].startswith("Loaded at app.py:5 ")
    assert any(f"Waived: {WHY}" in text for text in comments)


def test_names_of_strangers_are_one_line_in_spdx_2_3(odd: CheckReport) -> None:
    _, found = _document(odd)
    assert all(name.isprintable() and len(name) <= 300 for name in found)
