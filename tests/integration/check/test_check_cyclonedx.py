"""CycloneDX 1.6 and 1.7: licenses as the standard has them, cards, pedigree, places, revisions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from miner.pipelines.check.report import CheckReport
from tests.check_reports import PINNED, WHY, render

BOTH = pytest.mark.parametrize("version", ["1.6", "1.7"])
Json = dict[str, Any]


def _bom(report: CheckReport, version: str = "1.6") -> Json:
    found = json.loads(render("cyclonedx" if version == "1.6" else f"cyclonedx-{version}", report))
    assert found["specVersion"] == version
    return dict(found)


def _component(bom: Json, name: str) -> Json:
    owner, _, short = name.partition("/")
    found = [one for one in bom["components"]
             if (one.get("group"), one["name"]) in {(owner, short), (None, name)}]  # fmt: skip
    assert len(found) == 1
    return dict(found[0])


def _properties(component: Json) -> dict[str, str]:
    return {one["name"].removeprefix("miner:"): one["value"] for one in component["properties"]}


def _licenses(bom: Json, name: str) -> list[tuple[str, str]]:
    found = []
    for one in _component(bom, name).get("licenses", []):
        entry = one.get("license", one)
        words = entry.get("id") or entry.get("name") or entry["expression"]
        found.append((entry["acknowledgement"], words))
    return found


def test_licenses_are_declared_and_concluded(judged: CheckReport) -> None:
    old, new = _bom(judged), _bom(judged, "1.7")
    llama = "Llama 3.1 Community License"
    for bom in (old, new):
        assert _licenses(bom, "lab/again") == [
            ("declared", "MIT"), ("concluded", "MIT"), ("concluded", llama),
        ]  # fmt: skip
        assert _licenses(bom, "free/for-study") == [
            ("declared", "CC-BY-NC-4.0"), ("concluded", "CC-BY-NC-4.0"),
        ]  # fmt: skip
        assert _licenses(bom, "odd/two") == [("declared", "MIT"), ("declared", "Apache-2.0")]
        for silent in ("odd/silent", "nobody/knows", "odd/unread"):
            assert "licenses" not in _component(bom, silent)
    either = "GPL-3.0-only OR GPL-3.0-or-later"
    assert _licenses(old, "odd/gpl") == [("declared", either)]
    assert _licenses(new, "odd/gpl") == [("declared", either), ("concluded", either)]
    text = _component(old, "big/llama-like")["licenses"][0]["license"]
    assert set(text) == {"name", "url", "acknowledgement"}


@BOTH
def test_what_the_project_concluded_is_marked(judged: CheckReport, version: str) -> None:
    bom = _bom(judged, version)
    found = _component(bom, "odd/vague")
    assert ("declared", "other") in _licenses(bom, "odd/vague")
    properties = _properties(found)
    assert properties["license:concluded"] == "MIT OR Apache-2.0"
    assert properties["license:concluded-by"] == "project"
    assert "the owner wrote so" in properties["license:comment"]
    assert _properties(_component(bom, "lab/again"))["license:concluded-by"] == "miner"
    waived = _properties(_component(bom, "lab/tuned"))["waiver:COMMUNITY_LICENSE_DROPPED"]
    assert waived == WHY
    assert [one["text"] for one in bom["annotations"] if f"Waived: {WHY}" in one["text"]]
    if version == "1.7":
        assert ("concluded", "MIT OR Apache-2.0") in _licenses(bom, "odd/vague")


@BOTH
def test_the_revision_is_the_one_that_the_source_pins(judged: CheckReport, version: str) -> None:
    bom = _bom(judged, version)
    pinned, loose = _component(bom, "lab/again"), _component(bom, "acme/encoder")
    assert pinned["version"] == PINNED
    assert pinned["purl"] == f"pkg:huggingface/lab/again@{PINNED}"
    properties = _properties(pinned)
    assert properties["revision:pinned"] == "true"
    assert properties["revision:seen"] == f"{4:040x}"
    assert "1 of 2 loads pin no commit, as at app.py:6." in properties["revision:comment"]
    assert "those of another revision" in properties["revision:comment"]
    assert (loose["version"], loose["purl"]) == (f"{1:040x}", "pkg:huggingface/acme/encoder")
    assert _properties(loose)["revision:pinned"] == "false"
    assert _properties(loose)["revision:comment"] == (
        f"The source pins no commit, and no tag or branch: {1:040x} was seen on 2026-01-02."
    )
    assert (
        "only v1.0, which can move" in _properties(_component(bom, "odd/gpl"))["revision:comment"]
    )
    assert "none was seen" in _properties(_component(bom, "nobody/knows"))["revision:comment"]
    assert "version" not in _component(bom, "nobody/knows")


@BOTH
def test_a_model_has_card_ancestors_data_and_places(judged: CheckReport, version: str) -> None:
    bom = _bom(judged, version)
    encoder, again = _component(bom, "acme/encoder"), _component(bom, "lab/again")
    assert encoder["type"] == "machine-learning-model"
    parameters = encoder["modelCard"]["modelParameters"]
    assert parameters["task"] == "text-generation"
    (data,) = [one for one in bom["components"] if one["type"] == "data"
               and one["bom-ref"] == parameters["datasets"][0]["ref"]]  # fmt: skip
    assert data["name"] == "pages"
    evidence = encoder["evidence"]
    (place,) = evidence["occurrences"]
    assert (place["location"], place["line"]) == ("app.py", 3)
    assert evidence["identity"][0]["methods"][0]["technique"] == "source-code-analysis"
    ancestors = {one["name"]: one for one in again["pedigree"]["ancestors"]}
    assert list(ancestors) == ["tuned", "llama-like"]
    kinds = {one["license"]["acknowledgement"] for one in ancestors["tuned"]["licenses"]}
    assert kinds == {"declared", "concluded"}
    assert _properties(again)["verdict"] == "inconsistent"
    assert _properties(again)["license:concluded"].startswith("MIT AND LicenseRef-")
    assert bom["compositions"][0]["aggregate"] == "incomplete"  # one load names no model
    assert not {"declarations", "definitions"} & set(bom)
    assert encoder.get("isExternal", False) == (version == "1.7")
