"""An AI-BOM in CycloneDX 1.6: models with their cards, data, licenses, ancestors and places of use.

Licenses are SPDX ids where they are on its list, else names with an address: ``other`` and the
keys of hubs are no ids.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from miner.pipelines.check.bom_parts import page, parts_of, purl, reference
from miner.pipelines.check.report import (
    NOT_ADVICE,
    CheckReport,
    LicenseName,
    ModelReport,
    Terms,
    Upstream,
)
from miner.pipelines.check.stamp import Stamp
from miner.schema.licenses.terms import Verdict

DESCRIPTION = "An AI-BOM in CycloneDX 1.6."
IS_BOM = True

Json = dict[str, Any]
_SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"
_PROJECT = "project"


def render(report: CheckReport, stamp: Stamp) -> str:
    """Return the BOM of a report."""
    parts = parts_of(report)
    components = [
        *(_model(model) for model in parts.models),
        *(_data(data) for data in parts.datasets),
    ]
    bom: Json = {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{stamp.serial}",
        "version": 1,
        "metadata": {
            "timestamp": stamp.text,
            "tools": {"components": [_tool(report)]},
            "component": _project(report),
            "properties": _properties(
                {
                    "note": NOT_ADVICE,
                    "matrix": f"{report.matrix} {report.matrix_version}",
                    "unresolved-loads": len(report.unresolved),
                    "scan-state": report.scan_state,
                },
                *(("population", note) for note in report.notes),
            ),
        },
        "components": components,
        "dependencies": _dependencies(report),
        "compositions": [{"aggregate": _completeness(report), "dependencies": [_PROJECT]}],
        "annotations": _annotations(report, stamp),
    }
    return orjson.dumps(bom, option=orjson.OPT_INDENT_2).decode() + "\n"


def _tool(report: CheckReport) -> Json:
    return {"type": "application", "name": "miner", "version": report.tool_version}


def _project(report: CheckReport) -> Json:
    component: Json = {"type": "application", "bom-ref": _PROJECT, "name": report.name}
    if report.commit:
        component["version"] = report.commit
    if licenses := _licenses(report.terms):
        component["licenses"] = licenses
    if report.url:
        component["externalReferences"] = [{"type": "vcs", "url": report.url}]
    return component


def _model(model: ModelReport) -> Json:
    ref = reference("model", model.hub, model.resolved)
    component = _component(
        "machine-learning-model", "model", model.hub, model.resolved, model.version
    )
    component["bom-ref"] = ref
    licenses = _licenses(model.terms) or _concluded(model.concluded.licenses)
    if licenses:
        component["licenses"] = licenses
    if model.bases:
        component["pedigree"] = {"ancestors": [_ancestor(base) for base in model.bases]}
    component["evidence"] = {
        "occurrences": [
            {
                "bom-ref": f"{ref}#{number}",
                "location": site.path,
                "line": site.line,
                "symbol": site.api,
                "additionalContext": f"{site.role}, {site.kind}, confidence {site.confidence:.2f}",
            }
            for number, site in enumerate(model.sites, start=1)
        ]
    }
    component["modelCard"] = _card(model)
    component["properties"] = _properties(
        {
            "held": model.is_held,
            "state": model.state,
            "gated": model.gated,
            "name-as-written": model.name if model.name != model.resolved else "",
            "verdict": model.verdict,
            "commercial-use": model.commercial_use,
            "license:state": model.terms.state,
            "license:declared": model.terms.expression or model.terms.label,
            "license:concluded": model.concluded.expression or "NOASSERTION",
            "license:comment": model.concluded.comment,
            "license:detail": model.terms.detail,
        },
        *((f"obligation:{one.kind}", f"{one.text} ({one.license})") for one in model.obligations),
    )
    return component


def _component(kind: str, of: str, hub: str, name: str, version: str) -> Json:
    owner, slash, short = name.partition("/")
    component: Json = {"type": kind}
    component |= {"group": owner, "name": short} if slash and short else {"name": name}
    if version:
        component["version"] = version
    if of == "model" and (address := purl(hub, name, version)):
        component["purl"] = address
    if url := page(of, hub, name):
        component["externalReferences"] = [{"type": "distribution", "url": url}]
    return component


def _ancestor(base: Upstream) -> Json:
    component = _component("machine-learning-model", "model", base.hub, base.name, base.version)
    if licenses := _licenses(base.terms):
        component["licenses"] = licenses
    component["properties"] = _properties(
        {
            "relation": base.relation,
            "child": base.child,
            "held": base.is_held,
            "license:state": base.terms.state,
            "evidence": base.url,
        }
    )
    return component


def _card(model: ModelReport) -> Json:
    built = model.architecture
    parameters: Json = {}
    if built.task:
        parameters["task"] = built.task
    if built.model_type:
        parameters["architectureFamily"] = built.model_type
    if built.architecture:
        parameters["modelArchitecture"] = built.architecture
    own = sorted({data.name for data in model.datasets if data.child == model.resolved})
    if own:
        parameters["datasets"] = [{"ref": reference("dataset", model.hub, name)} for name in own]
    card: Json = {"bom-ref": f"{reference('card', model.hub, model.resolved)}"}
    if parameters:
        card["modelParameters"] = parameters
    card["properties"] = _properties(
        {
            "held": model.is_held,
            "parameter-count": built.parameter_count,
            "context-length": built.context_length,
            "library": built.library,
            "quantization": built.quantization,
        }
    )
    return card


def _data(data: Upstream) -> Json:
    component = _component("data", "dataset", data.hub, data.name, data.version)
    component["bom-ref"] = reference("dataset", data.hub, data.name)
    if licenses := _licenses(data.terms):
        component["licenses"] = licenses
    content: Json = {"type": "dataset", "name": data.name}
    if url := page("dataset", data.hub, data.name):
        content["contents"] = {"url": url}
    component["data"] = [content]
    component["properties"] = _properties(
        {"held": data.is_held, "license:state": data.terms.state, "evidence": data.url}
    )
    return component


def _licenses(terms: Terms) -> list[Json]:
    """Return what is declared; an expression stands alone, as the format asks."""
    if terms.state == "unresolved":
        return [{"license": {"name": terms.said or "other", "acknowledgement": "declared"}}]
    if terms.state != "stated":
        return []
    singles = [_license(one, "declared") for one in terms.licenses]
    is_single = len(terms.licenses) == 1 and " " not in (terms.expression or "")
    if terms.expression and not is_single:
        return [{"expression": terms.expression, "acknowledgement": "declared"}]
    return singles


def _concluded(licenses: Iterable[LicenseName]) -> list[Json]:
    return [_license(one, "concluded") for one in licenses]


def _license(one: LicenseName, acknowledgement: str) -> Json:
    fields: Json = {"id": one.spdx} if one.is_listed else {"name": one.title}
    fields["acknowledgement"] = acknowledgement
    if one.url:
        fields["url"] = one.url
    return {"license": fields}


def _dependencies(report: CheckReport) -> list[Json]:
    """Return what depends on what: the project on models, each of them on its data."""
    rows: dict[str, list[str]] = {
        _PROJECT: [reference("model", model.hub, model.resolved) for model in report.models]
    }
    for model in report.models:
        own = {data.name for data in model.datasets if data.child == model.resolved}
        rows[reference("model", model.hub, model.resolved)] = [
            reference("dataset", model.hub, name) for name in sorted(own)
        ]
    return [{"ref": ref, "dependsOn": sorted(others)} for ref, others in sorted(rows.items())]


def _completeness(report: CheckReport) -> str:
    """Return how complete the list of models is, in the words of the format."""
    is_whole = report.scan_state == "scanned" and not report.unresolved
    return "unknown" if is_whole else "incomplete"


def _annotations(report: CheckReport, stamp: Stamp) -> list[Json]:
    found = []
    for model in report.models:
        ref = reference("model", model.hub, model.resolved)
        for number, one in enumerate(model.findings, start=1):
            if one.verdict == Verdict.CONSISTENT.value:
                continue
            text = f"{one.verdict} ({one.severity}) {one.reason}: {one.explanation} "
            text += f"What to do: {one.action} Chain: {' -> '.join(one.chain)}."
            if one.clause:
                text += f" Clause: {one.clause}."
            found.append(
                {
                    "bom-ref": f"finding/{ref}/{number}",
                    "subjects": [ref],
                    "annotator": {"component": _tool(report)},
                    "timestamp": stamp.text,
                    "text": text,
                }
            )
    return found


def _properties(values: dict[str, object], *more: tuple[str, str]) -> list[Json]:
    """Return names and values; what is not known is left out."""
    fields = [
        (name, str(value).lower() if isinstance(value, bool) else str(value))
        for name, value in values.items()
        if value not in (None, "")
    ]
    return [{"name": f"miner:{name}", "value": value} for name, value in [*fields, *more]]
