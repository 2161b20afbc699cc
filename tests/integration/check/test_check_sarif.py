"""SARIF: what is waived is suppressed, what the policy finds is a result, each rule helps."""

from __future__ import annotations

import json
from typing import Any

from miner.pipelines.check.chain_findings import OWN_REASONS
from miner.pipelines.check.formats._sarif_rules import rule
from miner.pipelines.check.policy_reasons import POLICY_REASONS
from miner.pipelines.check.report import CheckReport
from miner.schema.licenses import load_reasons
from tests.check_reports import WHY, render


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


def test_no_name_is_a_link_or_steers(odd: CheckReport) -> None:
    for one in _run(odd)["results"]:
        text = one["message"]["text"]
        assert text.isprintable()
        assert len(text) <= 2_000
        assert "[click](" not in text
