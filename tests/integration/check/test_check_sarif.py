"""SARIF: what is waived is suppressed, what the policy finds is a result, each rule helps."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from miner.pipelines.check.chain_findings import OWN_REASONS
from miner.pipelines.check.formats._sarif_rules import rule
from miner.pipelines.check.policy_reasons import POLICY_REASONS
from miner.pipelines.check.report import CheckReport
from miner.schema.licenses import load_reasons
from tests.check_reports import WHY, render
from tests.checking import SHELF


def _run(report: CheckReport) -> dict[str, Any]:
    (run,) = json.loads(render("sarif", report))["runs"]
    return dict(run)


def test_what_is_waived_is_suppressed_with_its_reason(judged: CheckReport) -> None:
    results = _run(judged)["results"]
    waived = [one for one in results if "suppressions" in one]
    assert [(one["ruleId"], one["properties"]["model"]) for one in waived] == [
        ("COMMUNITY_LICENSE_DROPPED", "lab/tuned")
    ]
    assert waived[0]["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": WHY}
    ]
    assert waived[0]["level"] == "error"  # what was found stays


def test_what_the_policy_finds_is_a_result(judged: CheckReport) -> None:
    run = _run(judged)
    found = {(one["ruleId"], one["level"]) for one in run["results"]}
    assert {("WAIVER_EXPIRED", "error"), ("WAIVER_UNUSED", "warning"),
            ("REVISION_UNPINNED", "warning")} <= found  # fmt: skip
    (expired,) = [one for one in run["results"] if one["ruleId"] == "WAIVER_EXPIRED"]
    place = expired["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "miner.toml"
    assert run["properties"]["gate"] == "fail"


def test_an_unlicensed_model_has_a_rule_of_its_own(judged: CheckReport) -> None:
    run = _run(judged)
    (silent,) = [one for one in run["results"] if one["ruleId"] == "MODEL_UNLICENSED"]
    found = run["tool"]["driver"]["rules"][silent["ruleIndex"]]
    assert (silent["level"], found["defaultConfiguration"]["level"]) == ("error", "error")
    assert "Ask the owner for a license" in found["help"]["text"]


def test_every_rule_says_what_to_do() -> None:
    helps = {code: rule(code)["help"]["text"] for code in (
        *OWN_REASONS, *POLICY_REASONS, *load_reasons())}  # fmt: skip
    assert all(text.count("What to do: ") == 1 for text in helps.values())
    assert not [code for code, text in helps.items() if text.endswith("What to do: ")]


def test_sarif_points_at_lines_and_keeps_its_fingerprints(judged: CheckReport) -> None:
    (run,) = json.loads(render("sarif", judged))["runs"]
    (sold,) = [one for one in run["results"] if one["properties"].get("model") == "lab/sold"
               and "verdict" in one["properties"]]  # fmt: skip
    assert sold["level"] == "error"
    place = sold["locations"][0]["physicalLocation"]
    number = list(SHELF.models).index("lab/sold") + 3
    assert place["artifactLocation"] == {"uri": "app.py", "uriBaseId": "%SRCROOT%"}
    assert place["region"]["startLine"] == number
    rule = run["tool"]["driver"]["rules"][sold["ruleIndex"]]
    assert rule["id"] == sold["ruleId"] == "NC_DROPPED"
    assert rule["help"]["text"]
    assert "{" not in json.dumps([rule["help"] for rule in run["tool"]["driver"]["rules"]
                                  ])[1:-1].replace('{"text"', "").replace("}", "")  # fmt: skip
    prints = [one["partialFingerprints"]["minerFinding/v1"] for one in run["results"]]
    assert len(prints) == len(set(prints))
    moved = replace(
        judged,
        models=tuple(
            replace(model, sites=tuple(replace(site, line=site.line + 9) for site in model.sites))
            for model in judged.models
        ),
    )
    (again,) = json.loads(render("sarif", moved))["runs"]
    assert [one["partialFingerprints"]["minerFinding/v1"] for one in again["results"]] == prints


def test_sarif_has_no_result_for_what_is_consistent(judged: CheckReport) -> None:
    (run,) = json.loads(render("sarif", judged))["runs"]
    assert {one["properties"].get("verdict", "") for one in run["results"]} == {
        "",  # of the policy
        "inconsistent", "needs-review", "unknown",
    }  # fmt: skip
    assert "odd/choice" not in {
        one["properties"].get("model") for one in run["results"] if "verdict" in one["properties"]
    }
    assert {one["ruleId"] for one in run["results"]} >= {"NOT_HELD", "UNRESOLVED_LOAD"}


def test_no_name_is_a_link_or_steers(odd: CheckReport) -> None:
    for one in _run(odd)["results"]:
        text = one["message"]["text"]
        assert text.isprintable()
        assert len(text) <= 2_000
        assert "[click](" not in text
