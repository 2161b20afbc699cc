"""The findings as SARIF 2.1.0, for code scanning: one result a model and finding."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import orjson

from miner.pipelines.check.chain_findings import OWN_REASONS
from miner.pipelines.check.report import (
    NOT_ADVICE,
    ChainFinding,
    CheckReport,
    LoadSite,
    ModelReport,
    OwnFinding,
)
from miner.pipelines.check.stamp import Stamp
from miner.schema.licenses import load_reasons
from miner.schema.licenses.terms import Severity, Verdict

DESCRIPTION = "SARIF 2.1.0, for code scanning."
IS_BOM = False

Json = dict[str, Any]
_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"
_UNRESOLVED = "UNRESOLVED_LOAD"
_RELATED = 50  # further places of a result; all of them are in the JSON format
_LEVELS = {
    Severity.HIGH.value: "error",
    Severity.MEDIUM.value: "warning",
    Severity.LOW.value: "note",
    Severity.INFO.value: "note",
}


def render(report: CheckReport, stamp: Stamp) -> str:
    """Return the findings that are not consistent, and the loads that name no model."""
    results = [
        _result(model, one)
        for model in report.models
        for one in model.findings
        if one.verdict != Verdict.CONSISTENT.value
    ]
    results += [_own(one) for one in report.findings]
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
            "notes": list(report.notes),
        },
    }
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
        "rules": [_rule(code) for code in used],
    }


def _rule(code: str) -> Json:
    reason = load_reasons().get(code)
    if reason is None:
        return {
            "id": code,
            "name": _pascal(code),
            "shortDescription": {"text": OWN_REASONS[code]},
            "fullDescription": {"text": OWN_REASONS[code]},
            "help": {"text": _OWN_HELP, "markdown": _OWN_HELP},
            "defaultConfiguration": {"level": "note"},
            "properties": {"verdict": Verdict.UNKNOWN.value, "tags": ["license", "unknown"]},
        }
    meaning, action = _plain(reason.meaning), _plain(reason.action)
    return {
        "id": code,
        "name": _pascal(code),
        "shortDescription": {"text": meaning},
        "fullDescription": {"text": meaning},
        "help": {
            "text": f"{meaning} {action}",
            "markdown": f"{meaning}\n\n**What to do:** {action}",
        },
        "defaultConfiguration": {"level": _LEVELS[reason.severity.value]},
        "properties": {
            "verdict": reason.verdict.value,
            "tags": ["license", reason.verdict.value],
        },
    }


_OWN_HELP = (
    "It could not be judged: bring what is missing in with miner crawl, or read the license where "
    "the model is published."
)


def _pascal(code: str) -> str:
    return "".join(part.capitalize() for part in code.split("_"))


def _plain(sentence: str) -> str:
    """Return a sentence of the table of reasons with its places filled by what stands there."""
    return sentence.format_map(_Places())


class _Places(dict[str, str]):
    """Words for the places of a sentence, where no case fills them."""

    def __missing__(self, key: str) -> str:
        return {"up": "the upstream license", "down": "the downstream license"}.get(
            key, f"the {key}"
        )


def _result(model: ModelReport, one: ChainFinding) -> Json:
    first, *others = model.sites
    text = f"{model.resolved}: {one.explanation} What to do: {one.action}"
    if one.clause:
        text += f" Clause: {one.clause}."
    result: Json = {
        "ruleId": one.reason,
        "level": _LEVELS[one.severity],
        "message": {"text": text},
        "locations": [_location(first.path, first.line)],
        "partialFingerprints": {
            "minerFinding/v1": _fingerprint(model.hub, model.resolved, one.reason, *one.chain[:-1])
        },
        "properties": {
            "verdict": one.verdict,
            "severity": one.severity,
            "hub": model.hub,
            "model": model.resolved,
            "license": model.terms.label,
            "concludedLicense": model.concluded.expression or "NOASSERTION",
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


def _own(one: OwnFinding) -> Json:
    finding = one.finding
    return {
        "ruleId": finding.reason,
        "level": _LEVELS[finding.severity],
        "message": {
            "text": f"{finding.explanation} What to do: {finding.action} "
            f"Stated at {' and '.join(finding.chain[:-1])}."
        },
        "locations": [_location(one.path, one.line)],
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


def _open_load(site: LoadSite) -> Json:
    return {
        "ruleId": _UNRESOLVED,
        "level": "note",
        "message": {
            "text": f"{site.api} loads a model that the source does not name: it is given by "
            f"{site.argument or 'an expression'}. Its license cannot be checked."
        },
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


def _invocation(report: CheckReport, stamp: Stamp) -> Json:
    invocation: Json = {"executionSuccessful": True, "endTimeUtc": stamp.text}
    if report.scan_state != "scanned":
        text = f"The source was not read whole: {report.scan_state} {report.scan_reason}".strip()
        invocation["toolExecutionNotifications"] = [{"level": "warning", "message": {"text": text}}]
    return invocation


def _fingerprint(*parts: str) -> str:
    """Return a number that stays when lines move."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
