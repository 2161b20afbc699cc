"""Every format of a report: valid by its strict validator, the same twice, safe with odd names."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from miner.errors import ConfigurationError
from miner.pipelines.check import formats
from miner.pipelines.check.check_project import CheckTerms, check_place
from miner.pipelines.check.knowledge import NoKnowledge
from miner.pipelines.check.report import NOT_ADVICE, CheckReport
from miner.pipelines.check.stamp import now, stamp
from miner.pipelines.derive.licenses.matrices import open_matrix
from miner.pipelines.scan.target import ScanTarget
from tests.bom_validators import (
    cyclonedx_1_7_errors,
    cyclonedx_errors,
    sarif_errors,
    spdx_2_3_errors,
    spdx_errors,
)
from tests.check_reports import PINNED, WHY, full_report, render
from tests.checking import write_project

VALIDATORS = {
    "cyclonedx": cyclonedx_errors,
    "cyclonedx-1.7": cyclonedx_1_7_errors,
    "sarif": sarif_errors,
    "spdx": spdx_errors,
    "spdx-2.3": spdx_2_3_errors,
}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def report(duckdb_file: Path, tmp_path_factory: pytest.TempPathFactory) -> CheckReport:
    return full_report(duckdb_file, tmp_path_factory.mktemp("formats"))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> CheckReport:
    project = write_project(tmp_path_factory.mktemp("empty") / "p", license_text="")
    return check_place(ScanTarget(project), NoKnowledge(), CheckTerms(open_matrix("miner")))


def test_formats_are_found_by_folder() -> None:
    assert formats.names() == [
        "cyclonedx", "cyclonedx-1.7", "json", "markdown", "notice", "sarif", "spdx", "spdx-2.3",
    ]  # fmt: skip
    assert [name for name in formats.names() if formats.load(name).IS_BOM] == [
        "cyclonedx", "cyclonedx-1.7", "spdx", "spdx-2.3",
    ]  # fmt: skip
    assert all(formats.load(name).DESCRIPTION.endswith(".") for name in formats.names())


@pytest.mark.parametrize("name", VALIDATORS)
def test_what_is_written_is_valid(
    name: str, report: CheckReport, empty: CheckReport, judged: CheckReport, odd: CheckReport
) -> None:
    for one in (report, empty, judged, odd):
        assert VALIDATORS[name](render(name, one)) == []


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("cyclonedx", ("components", 0, "modelCard", "madeUp"), 1),
        ("cyclonedx", ("components", 0, "licenses"), [{"license": {"id": "llama3.1"}}]),
        ("cyclonedx", ("components", 0, "isExternal"), True),
        ("cyclonedx-1.7", ("components", 0, "versionRange"), "vers:generic/*"),
        ("sarif", ("runs", 0, "results", 0, "level"), "fatal"),
        ("spdx", ("@graph", 0, "specVersion"), None),
        ("spdx-2.3", ("packages", 1, "licenseDeclared"), "Not-A-License"),
        ("spdx-2.3", ("packages", 1, "SPDXID"), "SPDXRef-a_b"),
        ("spdx-2.3", ("relationships", 1, "relatedSpdxElement"), "SPDXRef-nowhere"),
        ("spdx-2.3", ("hasExtractedLicensingInfos",), []),
        ("spdx", ("@graph", 1, "madeUp"), 1),
        ("spdx", ("@graph", 1, "rootElement"), ["https://spdx.org/spdxdocs/nowhere"]),
    ],
)
def test_the_validators_refuse_what_is_wrong(
    name: str, path: tuple[str | int, ...], value: object, report: CheckReport
) -> None:
    document = json.loads(render(name, report))
    place = document
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    assert VALIDATORS[name](json.dumps(document)) != []


@pytest.mark.parametrize("name", formats.names())
def test_the_same_report_gives_the_same_bytes(name: str, report: CheckReport) -> None:
    assert render(name, report) == render(name, report)
    later = stamp(report, datetime(2026, 3, 5))  # noqa: DTZ001
    assert formats.load(name).render(report, later) != render(name, report)


@pytest.mark.parametrize("name", formats.names())
def test_advice_is_disclaimed_once(name: str, report: CheckReport) -> None:
    assert render(name, report).count(NOT_ADVICE) == 1


def test_the_time_is_that_of_the_variable_or_the_clock() -> None:
    assert now({"SOURCE_DATE_EPOCH": "86400"}) == datetime(1970, 1, 2)  # noqa: DTZ001
    assert now({}).year >= 2026
    for wrong in ("soon", "9" * 30):
        with pytest.raises(ConfigurationError, match="SOURCE_DATE_EPOCH"):
            now({"SOURCE_DATE_EPOCH": wrong})


def test_json_holds_everything(report: CheckReport) -> None:
    whole = json.loads(render("json", report))
    assert whole["created"] == "2026-03-04T05:06:07Z"
    assert whole["counts"] == report.counts
    assert len(whole["models"]) == len(report.models)
    (again,) = [one for one in whole["models"] if one["resolved"] == "lab/again"]
    assert again["findings"][0]["chain"][0] == "big/llama-like"
    assert again["sites"][0]["path"] == "app.py"
    assert again["created_at"] == "2026-01-02T00:00:00Z"


def test_json_marks_what_is_waived_and_concluded(judged: CheckReport) -> None:
    models = {one["resolved"]: one for one in json.loads(render("json", judged))["models"]}
    waived = {
        (name, one["reason"]): one["waiver"]
        for name, model in models.items()
        for one in model["findings"]
        if one["waiver"]
    }
    assert waived == {("lab/tuned", "COMMUNITY_LICENSE_DROPPED"): WHY}
    by = {name for name, model in models.items() if model["concluded_by"] == "project"}
    assert by == {"odd/vague"}
    assert models["lab/again"]["revision"]["version"] == PINNED
    assert models["lab/again"]["revision"]["is_pinned"]
    assert not models["acme/encoder"]["revision"]["is_pinned"]


def test_a_report_is_written_without_data(empty: CheckReport, tmp_path: Path) -> None:
    assert "No load of a model was found" in render("markdown", empty)
    bom = json.loads(render("cyclonedx", empty))
    assert bom["components"] == []
    assert bom["compositions"][0]["aggregate"] == "unknown"
