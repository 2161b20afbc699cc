"""An AI-BOM in CycloneDX: models with their cards, data, licenses, ancestors and places of use.

What differs between the versions of the format: licenses are in ``_cyclonedx_licenses``; from 1.7
on a component is marked as external, since it is loaded and not shipped.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from miner.pipelines.check.bom_parts import (
    page,
    parts_of,
    purl,
    reference,
    revision_of,
    weight_facts,
)
from miner.pipelines.check.formats._cyclonedx_licenses import licenses_of
from miner.pipelines.check.gate import Gate
from miner.pipelines.check.report import NOT_ADVICE, CheckReport, LoadSite, ModelReport, Upstream
from miner.pipelines.check.stamp import Stamp
from miner.pipelines.check.weight_files import WeightFile
from miner.schema.licenses.terms import Verdict

Json = dict[str, Any]
_PROJECT = "project"
_UNNAMED = "The model that was derived from it names no revision: this one was seen."
_CALLS = 10  # named in the evidence of identity; all of them are at their places
_EXTERNAL_SINCE = "1.7"


def bom(report: CheckReport, stamp: Stamp, version: str) -> str:
    """Return the BOM of a report.

    Args:
        report: What was found.
        stamp: What identifies it.
        version: Of the format: ``1.6`` or ``1.7``.
    """
    parts = parts_of(report)
    loaded = {(data.hub, data.resolved): data.sites for data in report.datasets}
    components = [
        *(_model(model, report.gate, version) for model in parts.models),
        *(_data(data, version, loaded.get((data.hub, data.name), ())) for data in parts.datasets),
        *map(_file, report.weights),
    ]
    whole: Json = {
        "$schema": f"http://cyclonedx.org/schema/bom-{version}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "serialNumber": f"urn:uuid:{stamp.serial}",
        "version": 1,
        "metadata": {
            "timestamp": stamp.text,
            "tools": {"components": [_tool(report)]},
            "component": _project(report, version),
            "properties": _properties(
                {
                    "note": NOT_ADVICE,
                    "matrix": f"{report.matrix} {report.matrix_version}",
                    "unresolved-loads": len(report.unresolved),
                    "scan-state": report.scan_state,
                    "policy": report.gate.policy or "defaults",
                    "gate": report.gate.state,
                },
                *(("population", note) for note in report.notes),
            ),
        },
        "components": components,
        "services": _services(report),
        "dependencies": _dependencies(report),
        "compositions": [{"aggregate": _completeness(report), "dependencies": [_PROJECT]}],
        "annotations": _annotations(report, stamp),
    }
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode() + "\n"


def _tool(report: CheckReport) -> Json:
    return {"type": "application", "name": "miner", "version": report.tool_version}


def _project(report: CheckReport, version: str) -> Json:
    component: Json = {"type": "application", "bom-ref": _PROJECT, "name": report.name}
    if report.commit:
        component["version"] = report.commit
    if licenses := licenses_of(report.terms, None, version):
        component["licenses"] = licenses
    if report.url:
        component["externalReferences"] = [{"type": "vcs", "url": report.url}]
    return component


def _model(model: ModelReport, gate: Gate, version: str) -> Json:
    ref = reference("model", model.hub, model.resolved)
    revision = revision_of(model)
    named = revision.version if revision.is_pinned else ""
    component = _component(
        "machine-learning-model", "model", model.hub, model.resolved, revision.version, named
    )
    component["bom-ref"] = ref
    if version >= _EXTERNAL_SINCE:
        component["isExternal"] = True
    if model.owner:
        component["publisher"] = model.owner
    if licenses := licenses_of(model.terms, model.concluded, version):
        component["licenses"] = licenses
    if model.license_files:
        component.setdefault("externalReferences", []).extend(
            {"type": "license", "url": url} for url in model.license_files if "://" in url
        )
    if model.bases:
        component["pedigree"] = {"ancestors": [_ancestor(base, version) for base in model.bases]}
    component["evidence"] = _evidence(model, ref)
    component["modelCard"] = _card(model)
    component["properties"] = _properties(
        {
            "held": model.is_held,
            "state": model.state,
            "gated": model.gated,
            "name-as-written": model.name if model.name != model.resolved else "",
            "revision:pinned": revision.is_pinned,
            "revision:seen": model.version,
            "revision:comment": revision.comment,
            "verdict": model.verdict,
            "commercial-use": model.commercial_use,
            "license:state": model.terms.state,
            "license:declared": model.terms.expression or model.terms.label,
            "license:concluded": model.concluded.expression or "NOASSERTION",
            "license:concluded-by": "project" if model.is_concluded else "miner",
            "license:comment": model.concluded.comment,
            "license:detail": model.terms.detail,
        },
        *(("revision:also-pinned", other) for other in revision.others),
        *((f"obligation:{one.kind}", f"{one.text} ({one.license})") for one in model.obligations),
        *(
            (f"waiver:{one.code}", one.waiver)
            for one in gate.items
            if one.waiver and (one.hub, one.subject) == (model.hub, model.resolved)
        ),
    )
    return component


def _evidence(model: ModelReport, ref: str) -> Json:
    """Return how the model was found, and where: by the source alone."""
    calls = sorted({site.api for site in model.sites})
    best = max(site.confidence for site in model.sites)
    return {
        "identity": [
            {
                "field": "name",
                "confidence": best,
                "methods": [
                    {
                        "technique": "source-code-analysis",
                        "confidence": best,
                        "value": ", ".join(calls[:_CALLS]),
                    }
                ],
            }
        ],
        "occurrences": _occurrences(model.sites, ref),
    }


def _occurrences(sites: Iterable[LoadSite], ref: str) -> list[Json]:
    return [
        {
            "bom-ref": f"{ref}#{number}",
            "location": site.path,
            "line": site.line,
            "symbol": site.api,
            "additionalContext": ", ".join(
                [site.role, site.kind, f"confidence {site.confidence:.2f}",
                 f"revision {site.revision}" if site.revision else "no revision",
                 *([site.url] if site.url else [])]
            ),
        }
        for number, site in enumerate(sites, start=1)
    ]  # fmt: skip


def _component(  # noqa: PLR0917 - what a component has whatever it is
    kind: str, of: str, hub: str, name: str, version: str, named: str
) -> Json:
    """Return a component; ``named`` is the revision that whoever refers to it names."""
    owner, slash, short = name.partition("/")
    component: Json = {"type": kind}
    component |= {"group": owner, "name": short} if slash and short else {"name": name}
    if version:
        component["version"] = version
    if of == "model" and (address := purl(hub, name, named)):
        component["purl"] = address
    if url := page(of, hub, name):
        component["externalReferences"] = [{"type": "distribution", "url": url}]
    return component


def _ancestor(base: Upstream, version: str) -> Json:
    component = _component("machine-learning-model", "model", base.hub, base.name, base.version, "")
    if base.owner:
        component["publisher"] = base.owner
    if licenses := licenses_of(base.terms, base.concluded, version):
        component["licenses"] = licenses
    component["properties"] = _properties(
        {
            "relation": base.relation,
            "child": base.child,
            "held": base.is_held,
            "revision:comment": _UNNAMED if base.version else "",
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


def _data(data: Upstream, version: str, sites: tuple[LoadSite, ...]) -> Json:
    component = _component("data", "dataset", data.hub, data.name, data.version, "")
    component["bom-ref"] = reference("dataset", data.hub, data.name)
    if licenses := licenses_of(data.terms, None, version):
        component["licenses"] = licenses
    content: Json = {"type": "dataset", "name": data.name}
    if url := page("dataset", data.hub, data.name):
        content["contents"] = {"url": url}
    component["data"] = [content]
    component["properties"] = _properties(
        {"held": data.is_held, "license:state": data.terms.state, "evidence": data.url}
    )
    if sites:
        component["evidence"] = {"occurrences": _occurrences(sites, component["bom-ref"])}
    return component


def _file(one: WeightFile) -> Json:
    """Return a weight file that lies in the tree."""
    component: Json = {"type": "file", "bom-ref": _file_reference(one), "name": one.path}
    if one.sha256:
        component["hashes"] = [{"alg": "SHA-256", "content": one.sha256}]
    component["properties"] = _properties(weight_facts(one))
    return component


def _file_reference(one: WeightFile) -> str:
    return reference("file", _PROJECT, one.path)


def _services(report: CheckReport) -> list[Json]:
    """Return the services that run models for the project, each with the models and places."""
    models: dict[str, list[tuple[str, str]]] = {}
    for one in report.hosted:
        places = ", ".join(site.place for site in one.sites)
        models.setdefault(one.service, []).append(("hosted-model", f"{one.name} ({places})"))
    return [
        {"bom-ref": reference("service", _PROJECT, name), "name": name,
         "properties": _properties({}, *found)}
        for name, found in models.items()
    ]  # fmt: skip


def _dependencies(report: CheckReport) -> list[Json]:
    """Return what depends on what: the project on all it uses, each model on its data."""
    rows: dict[str, list[str]] = {
        _PROJECT: [
            *(reference("model", model.hub, model.resolved) for model in report.models),
            *(reference("dataset", data.hub, data.resolved) for data in report.datasets),
            *map(_file_reference, report.weights),
            *(service["bom-ref"] for service in _services(report)),
        ]
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
            if waiver := report.gate.waiver_of(model.hub, model.resolved, one.reason):
                text += f" Waived: {waiver}."
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
