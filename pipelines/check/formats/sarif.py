"""The findings as SARIF 2.1.0, for code scanning: one result a model and finding."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import orjson

from miner.pipelines.check.bom_parts import hosted_lines, weight_facts
from miner.pipelines.check.formats._sarif_rules import LEVELS, rule
from miner.pipelines.check.gate import GateItem
from miner.pipelines.check.plain_text import plain
from miner.pipelines.check.report import (
    NOT_ADVICE,
    ChainFinding,
    CheckReport,
    DatasetReport,
    LoadSite,
    ModelReport,
    OwnFinding,
)
from miner.pipelines.check.stamp import Stamp
from miner.pipelines.check.weight_files import WeightFile
from miner.schema.licenses.terms import Verdict

DESCRIPTION = "SARIF 2.1.0, for code scanning."
IS_BOM = False

Json = dict[str, Any]
_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"
_UNRESOLVED = "UNRESOLVED_LOAD"
_RELATED = 50  # further places of a result; all of them are in the JSON format
_MOST = 2_000  # characters of a message
_LINK = "]("
_GATE_LEVELS = {"fail": "error", "warn": "warning", "waived": "note"}


def render(report: CheckReport, stamp: Stamp) -> str:
    """Return what is not consistent, what the policy finds, and the loads that name no model.

    What is waived stays among the results, as suppressed.
    """
    results = [
        _result(model, one, report.gate.waiver_of(model.hub, model.resolved, one.reason))
        for model in report.models
        for one in model.findings
        if one.verdict != Verdict.CONSISTENT.value
    ]
    results += [
        _of_data(data, report.gate.waiver_of(data.hub, data.resolved, data.finding.reason))
        for data in report.datasets
        if data.verdict != Verdict.CONSISTENT.value
    ]
    results += [
        _own(one, report.gate.waiver_of("", report.name, one.finding.reason))
        for one in report.findings
    ]
    results += [_of_policy(one) for one in report.gate.items if one.is_policy]
    results += [_open_load(site) for site in report.unresolved]
    used = sorted({str(result["ruleId"]) for result in results})
    for result in results:
        result["ruleIndex"] = used.index(result["ruleId"])
    run: Json = {
        "tool": {"driver": _driver(report, used)},
        "automationDetails": {"id": "miner/check/", "guid": str(stamp.serial)},
        "originalUriBaseIds": {_ROOT: {"description": {"text": "Root of the project."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report, stamp)],
        "results": results,
        "properties": {
            "project": report.name,
            "license": report.terms.label,
            "counts": report.counts,
            "policy": report.gate.policy or "defaults",
            "gate": report.gate.state,
            "notes": list(report.notes),
            "hostedModels": hosted_lines(report),
        },
    }
    if report.weights:
        run["artifacts"] = [_artifact(one) for one in report.weights]
    if report.commit and report.url:
        run["versionControlProvenance"] = [
            {"repositoryUri": report.url, "revisionId": report.commit}
        ]
    whole = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode() + "\n"


def _driver(report: CheckReport, used: Iterable[str]) -> Json:
    return {
        "name": "miner",
        "version": report.tool_version,
        "semanticVersion": report.tool_version,
        "fullDescription": {"text": f"Licenses of the models that a project loads. {NOT_ADVICE}"},
        "shortDescription": {"text": "Licenses of the models that a project loads."},
        "properties": {"matrix": report.matrix, "matrixVersion": report.matrix_version},
        "rules": [rule(code) for code in used],
    }


def _message(text: str) -> Json:
    """Return a message; what a stranger wrote is no link in it."""
    shown = plain(text, _MOST)
    if _LINK in shown:
        shown = shown.replace("[", r"\[").replace("]", r"\]")
    return {"text": shown}


def _suppressed(waiver: str) -> Json:
    """Return the suppression of what the project waived; nothing for the rest."""
    if not waiver:
        return {}
    reason = {"kind": "external", "status": "accepted", "justification": plain(waiver, _MOST)}
    return {"suppressions": [reason]}


def _result(model: ModelReport, one: ChainFinding, waiver: str) -> Json:
    """Return a finding on a model."""
    result = _found(model, one, waiver)
    result["properties"] |= {
        "model": model.resolved,
        "concludedLicense": model.concluded.expression or "NOASSERTION",
        "concludedBy": "project" if model.is_concluded else "miner",
    }
    return result


def _of_data(data: DatasetReport, waiver: str) -> Json:
    """Return the finding on a dataset that the project loads."""
    result = _found(data, data.finding, waiver)
    result["properties"]["dataset"] = data.resolved
    return result


def _found(model: ModelReport | DatasetReport, one: ChainFinding, waiver: str) -> Json:
    first, *others = model.sites
    text = f"{plain(model.resolved)}: {one.explanation} What to do: {one.action}"
    if one.clause:
        text += f" Clause: {one.clause}."
    result: Json = {
        "ruleId": one.reason,
        "level": LEVELS[one.severity],
        "message": _message(text),
        "locations": [_location(first.path, first.line)],
        **_suppressed(waiver),
        "partialFingerprints": {
            "minerFinding/v1": _fingerprint(model.hub, model.resolved, one.reason, *one.chain[:-1])
        },
        "properties": {
            "verdict": one.verdict,
            "severity": one.severity,
            "hub": model.hub,
            "license": model.terms.label,
            "relation": one.relation,
            "chain": list(one.chain),
            "clauseUrl": one.clause_url,
            "evidenceUrl": one.evidence_url,
            "role": first.role,
        },
    }
    if others:
        result["relatedLocations"] = [
            {
                **_location(site.path, site.line),
                "id": number,
                "message": {"text": f"also loaded here ({site.role})"},
            }
            for number, site in enumerate(others[:_RELATED], start=1)
        ]
    if one.clause_url or one.evidence_url:
        result["hostedViewerUri"] = one.clause_url or one.evidence_url
    return result


def _own(one: OwnFinding, waiver: str) -> Json:
    finding = one.finding
    return {
        "ruleId": finding.reason,
        "level": LEVELS[finding.severity],
        "message": _message(
            f"{finding.explanation} What to do: {finding.action} "
            f"Stated at {' and '.join(finding.chain[:-1])}."
        ),
        "locations": [_location(one.path, one.line)],
        **_suppressed(waiver),
        "partialFingerprints": {
            "minerFinding/v1": _fingerprint("own", finding.reason, one.path, finding.explanation)
        },
        "properties": {
            "verdict": finding.verdict,
            "severity": finding.severity,
            "relation": finding.relation,
            "chain": list(finding.chain),
        },
    }


def _of_policy(one: GateItem) -> Json:
    """Return what the policy alone finds."""
    return {
        "ruleId": one.code,
        "level": _GATE_LEVELS[one.level],
        "message": _message(f"{one.text} What to do: {one.action}"),
        "locations": [_location(one.path or ".", one.line)],
        **_suppressed(one.waiver),
        "partialFingerprints": {
            "minerFinding/v1": _fingerprint("policy", one.code, one.hub, one.subject, one.text)
        },
        "properties": {"gate": one.level, "hub": one.hub, "model": one.subject},
    }


def _open_load(site: LoadSite) -> Json:
    return {
        "ruleId": _UNRESOLVED,
        "level": "note",
        "message": _message(
            f"{site.api} loads a model that the source does not name: it is given by "
            f"{plain(site.argument) or 'an expression'}. Its license cannot be checked."
        ),
        "locations": [_location(site.path, site.line)],
        "partialFingerprints": {
            "minerFinding/v1": _fingerprint(_UNRESOLVED, site.path, site.api, site.argument)
        },
        "properties": {"verdict": Verdict.UNKNOWN.value, "role": site.role},
    }


def _location(path: str, line: int) -> Json:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(path), "uriBaseId": _ROOT},
            "region": {"startLine": max(line, 1)},
        }
    }


def _artifact(one: WeightFile) -> Json:
    """Return a weight file of the tree."""
    found: Json = {"location": {"uri": quote(one.path), "uriBaseId": _ROOT}}
    if one.size_bytes is not None:
        found["length"] = one.size_bytes
    if one.sha256:
        found["hashes"] = {"sha-256": one.sha256}
    facts = weight_facts(one).items()
    return found | {"properties": {word: value for word, value in facts if value not in (None, "")}}


def _invocation(report: CheckReport, stamp: Stamp) -> Json:
    invocation: Json = {"executionSuccessful": True, "endTimeUtc": stamp.text}
    if report.scan_state != "scanned":
        text = f"The source was not read whole: {report.scan_state} {report.scan_reason}".strip()
        invocation["toolExecutionNotifications"] = [{"level": "warning", "message": {"text": text}}]
    return invocation


def _fingerprint(*parts: str) -> str:
    """Return a number that stays when lines move."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
