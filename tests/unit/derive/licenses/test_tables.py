"""The tables of license facts: complete, consistent with each other, and used."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest
from license_expression import get_spdx_licensing

from miner.schema.licenses import (
    VALUES,
    hub_keys,
    load_addresses,
    load_licenses,
    load_names,
    load_reasons,
)
from miner.schema.licenses.terms import FAMILY_KEYS, LicenseFamily

ROOT = Path(__file__).resolve().parents[4]
CODE = ROOT / "pipelines" / "derive" / "licenses"
NEW_IDS = {"OpenMDW-1.0"}  # on the list of SPDX, not yet in every release of license-expression


def test_every_key_and_name_stands_once() -> None:
    for file, column in (("licenses", "license"), ("names", "name"), ("reasons", "reason")):
        path = ROOT / "schema" / "licenses" / f"{file}.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            keys = [row[column] for row in csv.DictReader(stream)]
        assert [key for key, count in Counter(keys).items() if count > 1] == []
        assert keys == sorted(keys) or file == "reasons"


def test_names_addresses_and_compatible_licenses_lead_somewhere() -> None:
    known = load_licenses()
    lost = [name.name for name in load_names().values() if name.license not in {*known, ""}]
    lost += [key for _, key in load_addresses() if key not in known]
    lost += [key for one in known.values() for key in one.compatible_with if key not in known]
    assert lost == []
    assert set(known) >= FAMILY_KEYS


def test_no_name_is_a_key_that_means_another_license() -> None:
    known = load_licenses()
    wrong = [
        name.name
        for name in load_names().values()
        if name.name in known and name.license != name.name
    ]
    assert wrong == []


def test_the_hub_has_eighty_three_keys() -> None:
    assert len(hub_keys()) == 83
    unresolved = {key for key in hub_keys() if not load_names()[key].license}
    assert unresolved == {"other", "unknown"}


@pytest.mark.parametrize("key", load_licenses())
def test_spdx_ids_are_on_the_list_and_all_others_are_references(key: str) -> None:
    spdx = load_licenses()[key].spdx
    licensing = get_spdx_licensing()
    if spdx in NEW_IDS:
        assert load_licenses()[key].url
    elif spdx.startswith("LicenseRef-"):
        assert re.fullmatch(r"LicenseRef-[A-Za-z0-9.-]+", spdx)
    else:
        assert licensing.validate(spdx).errors == []
        assert str(licensing.parse(spdx)) == spdx


def test_a_license_with_a_standard_text_has_its_address() -> None:
    standard = [one for one in load_licenses().values() if one.evidence == "standard"]
    assert [one.license for one in standard if not one.url.startswith("https://")] == []


def test_a_license_has_an_address_or_a_note_that_says_where_it_is_from() -> None:
    silent = [one.license for one in load_licenses().values() if not (one.url or one.note)]
    assert silent == []


def test_what_was_read_clause_by_clause_names_the_clauses() -> None:
    silent = [
        one.license for one in load_licenses().values() if one.evidence == "text" and not one.clause
    ]
    assert silent == []


def test_facts_go_together() -> None:
    odd = []
    for one in load_licenses().values():
        noncommercial = one.family in {
            LicenseFamily.CC_NONCOMMERCIAL,
            LicenseFamily.CC_NC_SHAREALIKE,
            LicenseFamily.CC_NC_NODERIVATIVES,
            LicenseFamily.RESEARCH_ONLY,
        }
        if noncommercial != (one.commercial_use == "no"):
            odd.append((one.license, "commercial_use"))
        if one.family is LicenseFamily.RAIL and (one.use_restrictions, one.flow_down) != (
            "listed",
            "yes",
        ):
            odd.append((one.license, "use_restrictions"))
        if one.family in {LicenseFamily.STRONG_COPYLEFT, LicenseFamily.NETWORK_COPYLEFT} and (
            one.same_license != "yes"
        ):
            odd.append((one.license, "same_license"))
        if one.evidence == "name" and one.clause == "":
            odd.append((one.license, "clause"))
    assert odd == []


def test_every_value_of_the_vocabulary_occurs_or_is_unknown() -> None:
    for column, allowed in VALUES.items():
        found = {getattr(one, column) for one in load_licenses().values()}
        assert found <= allowed


def test_every_reason_is_given_by_some_rule_and_every_rule_gives_one() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted(CODE.glob("*.py")))
    used = set(re.findall(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"', code))
    reasons = set(load_reasons())
    assert sorted(reasons - used) == []
    assert sorted(word for word in used - reasons if "_" in word) == []


def test_sentences_of_reasons_name_only_places_that_rules_fill() -> None:
    places = {
        place
        for reason in load_reasons().values()
        for place in re.findall(r"\{(\w+)\}", reason.meaning + reason.action)
    }
    assert places == {
        "up", "down", "prefix", "unresolved", "family", "conflict", "stale", "audited",
        "generator", "territory", "unread", "problem", "tag", "term",
    }  # fmt: skip


@pytest.mark.shared
def test_the_keys_are_those_that_the_hub_documents(shared_dir: Path) -> None:
    with (shared_dir / "license" / "hub-licenses.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    documented = {row["key"] for row in rows if row["kind"] == "hub_key"}
    assert set(hub_keys()) == documented


@pytest.mark.shared
def test_common_license_names_are_known_and_agree_on_commercial_use(shared_dir: Path) -> None:
    from miner.pipelines.derive.licenses.license_names import resolve  # noqa: PLC0415 - needs no shared data else

    with (shared_dir / "license" / "hub-licenses.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    lost, differ = [], []
    for row in rows:
        found = resolve(row["key"])
        if row["key"] in {"other", "unknown"}:
            continue
        if found.license is None or not found.is_known:
            lost.append(row["key"])
        elif (found.license.commercial_use == "no") != (row["commercial_use"] == "no"):
            differ.append((row["key"], found.license.commercial_use, row["commercial_use"]))
    assert lost == []
    assert differ == []
