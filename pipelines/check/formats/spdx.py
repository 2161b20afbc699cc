"""An AI-BOM in SPDX 3.0.1 (JSON-LD), profiles AI and Dataset.

Every model has one declared license, as it states it, and one concluded, which is our judgement.
``NoneLicense`` says that there is no license, where that is known; ``NoAssertionLicense`` that
nothing is known. Where the two differ, the concluded one has a comment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from miner.pipelines.check.bom_parts import (
    edges_of,
    hosted_lines,
    page,
    parts_of,
    purl,
    reference,
    revision_of,
    weight_facts,
)
from miner.pipelines.check.formats._spdx_parts import (
    NONE,
    base_comment,
    declared_of,
    finding_statement,
    use_statement,
)
from miner.pipelines.check.license_terms import references_in
from miner.pipelines.check.report import (
    NOT_ADVICE,
    ArchitectureReport,
    CheckReport,
    Concluded,
    LicenseName,
    ModelReport,
    Terms,
    Upstream,
)
from miner.pipelines.check.stamp import Stamp

DESCRIPTION = "An AI-BOM in SPDX 3.0.1, profiles AI and Dataset."
IS_BOM = True

Json = dict[str, Any]
_CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
_NO_ASSERTION = "expandedlicensing_NoAssertionLicense"
_NONE = "expandedlicensing_NoneLicense"
_CREATION = "_:creation"
_PROFILES = ["core", "software", "ai", "dataset", "simpleLicensing", "expandedLicensing"]
_ROLES = {"trained_on": "trainedOn", "evaluated_on": "testedOn"}
_FLOOR = "2022-03-02T23:29"  # schema.warnings: created_at_floor


def render(report: CheckReport, stamp: Stamp) -> str:
    """Return the BOM of a report."""
    graph = _Document(report, stamp).graph()
    whole = {"@context": _CONTEXT, "@graph": graph}
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode() + "\n"


class _Document:
    """Collects elements; each is made once, by its id."""

    def __init__(self, report: CheckReport, stamp: Stamp) -> None:
        self._report = report
        self._stamp = stamp
        self._space = f"https://spdx.org/spdxdocs/miner-{stamp.serial}#"
        self._elements: dict[str, Json] = {}

    def graph(self) -> list[Json]:
        """Return all elements, the document first."""
        report, parts = self._report, parts_of(self._report)
        tool = self._element("SoftwareAgent", "agent/miner", name=f"miner {report.tool_version}")
        root = self._project()
        for model in parts.models:
            self._loaded(model, root)
        for base in parts.bases:
            self._base(base)
        for data in parts.datasets:
            self._dataset(data)
        self._depend(root)
        self._files(root)
        if hosted := hosted_lines(report):
            self._element(
                "Annotation", "hosted", annotationType="other", subject=root,
                statement=f"Models that services run: {'; '.join(hosted)}",
                contentType="text/plain",
            )  # fmt: skip
        self._edges()
        members = list(self._elements)
        bom = self._element(
            "software_Sbom", "bom", software_sbomType=["source"], rootElement=[root],
            element=[one for one in members if one != root],
            profileConformance=_PROFILES,
        )  # fmt: skip
        document = self._element(
            "SpdxDocument", "document", name=f"Models used by {report.name}", rootElement=[bom],
            element=[one for one in self._elements if one != bom],
            profileConformance=_PROFILES,
            comment=" ".join([NOT_ADVICE, *(f"{note}." for note in report.notes)]),
        )  # fmt: skip
        creation: Json = {
            "type": "CreationInfo",
            "@id": _CREATION,
            "specVersion": "3.0.1",
            "created": self._stamp.text,
            "createdBy": [tool],
        }
        first = [self._elements.pop(document), self._elements.pop(bom)]
        return [creation, *first, *self._elements.values()]

    def _element(self, kind: str, place: str, **values: object) -> str:
        """Make an element unless it is there, and return its id; what is empty is left out."""
        key = f"{self._space}{place}"
        kept = {name: value for name, value in values.items() if value not in (None, "", [])}
        self._elements.setdefault(
            key, {"type": kind, "spdxId": key, "creationInfo": _CREATION, **kept}
        )
        return key

    def _project(self) -> str:
        report = self._report
        key = self._element(
            "software_Package", "project", name=report.name, software_packageVersion=report.commit,
            software_primaryPurpose="application", software_downloadLocation=report.url,
        )  # fmt: skip
        declared, why = self._declared(report.terms)
        self._license(key, "project", "hasDeclaredLicense", declared, why)
        self._license(key, "project", "hasConcludedLicense", declared, why)
        return key

    def _loaded(self, model: ModelReport, root: str) -> None:
        revision = revision_of(model)
        key = self._ai_package(
            model.hub, model.resolved, model.owner, revision.version, _moment(model),
            model.terms, model.concluded, model.architecture,
            named=revision.version if revision.is_pinned else "", comment=revision.comment,
        )  # fmt: skip
        place = reference("model", model.hub, model.resolved)
        self._element(
            "Annotation", f"use/{place}", annotationType="other", subject=key,
            statement=use_statement(model), contentType="text/plain",
        )  # fmt: skip
        for number, one in enumerate(model.findings, start=1):
            waiver = self._report.gate.waiver_of(model.hub, model.resolved, one.reason)
            self._element(
                "Annotation", f"finding/{place}/{number}", annotationType="review", subject=key,
                contentType="text/plain", statement=finding_statement(one, waiver),
            )  # fmt: skip

    def _base(self, base: Upstream) -> None:
        self._ai_package(
            base.hub, base.name, base.owner, base.version, _moment(base), base.terms,
            base.concluded, ArchitectureReport(), named="", comment=base_comment(base),
        )  # fmt: skip

    def _ai_package(  # noqa: PLR0917 - the fields of two kinds of rows, in one order
        self, hub: str, name: str, owner: str, version: str, released: str, terms: Terms,
        concluded: Concluded, built: ArchitectureReport, *, named: str, comment: str,
    ) -> str:  # fmt: skip
        place = reference("model", hub, name)
        key = self._element(
            "ai_AIPackage", place, name=name, software_primaryPurpose="model",
            software_packageVersion=version, releaseTime=released,
            software_downloadLocation=page("model", hub, name),
            software_packageUrl=purl(hub, name, named),
            suppliedBy=self._owner(hub, owner),
            ai_typeOfModel=[word for word in (built.model_type,) if word],
            ai_informationAboutApplication=_application(built),
            ai_hyperparameter=_numbers(built),
            comment=" ".join(filter(None, (comment, _shortfall(version, released)))),
        )  # fmt: skip
        declared, why = self._declared(terms)
        self._license(key, place, "hasDeclaredLicense", declared, why)
        license_name = self._expression(concluded.expression, concluded.licenses)
        license_comment = concluded.comment or ("" if license_name == declared else why)
        self._license(key, place, "hasConcludedLicense", license_name, license_comment)
        return key

    def _dataset(self, data: Upstream) -> None:
        place = reference("dataset", data.hub, data.name)
        released = _moment(data)
        key = self._element(
            "dataset_DatasetPackage", place, name=data.name, software_primaryPurpose="data",
            dataset_datasetType=["noAssertion"], software_packageVersion=data.version,
            software_downloadLocation=page("dataset", data.hub, data.name), releaseTime=released,
            originatedBy=[one for one in [self._owner(data.hub, data.owner)] if one],
            comment=_shortfall(data.version, released),
        )  # fmt: skip
        declared, why = self._declared(data.terms)
        self._license(key, place, "hasDeclaredLicense", declared, why)
        license_name = self._expression(data.concluded.expression, data.concluded.licenses)
        self._license(key, place, "hasConcludedLicense", license_name, data.concluded.comment)

    def _owner(self, hub: str, owner: str) -> str | None:
        """Return the agent of an owner: whether it is a person or not, its hub does not say."""
        return self._element("Agent", reference("agent", hub, owner), name=owner) if owner else None

    def _declared(self, terms: Terms) -> tuple[str, str]:
        """Return the license that is declared, and what to say of it."""
        expression, why = declared_of(terms)
        if expression == NONE:
            return _NONE, why
        return self._expression(expression, terms.licenses), why

    def _expression(self, expression: str | None, licenses: Iterable[LicenseName]) -> str:
        if expression is None:
            return _NO_ASSERTION
        urls = {one.spdx: one.url for one in licenses if one.url}
        return self._element(
            "simplelicensing_LicenseExpression", reference("license", "spdx", expression),
            simplelicensing_licenseExpression=expression,
            simplelicensing_customIdToUri=[
                _entry(ref, urls[ref]) for ref in references_in(expression) if ref in urls
            ],
        )  # fmt: skip

    def _license(self, key: str, place: str, kind: str, to: str, comment: str) -> None:
        self._relate(f"{kind}/{place}", key, kind, [to], comment=comment)

    def _depend(self, root: str) -> None:
        used = [
            *(reference("model", model.hub, model.resolved) for model in self._report.models),
            *(reference("dataset", data.hub, data.resolved) for data in self._report.datasets),
        ]
        if used:
            is_whole = self._report.scan_state == "scanned" and not self._report.unresolved
            self._relate(
                "dependsOn/project", root, "dependsOn", [f"{self._space}{one}" for one in used],
                completeness="noAssertion" if is_whole else "incomplete",
            )  # fmt: skip

    def _files(self, root: str) -> None:
        """Add the weight files that lie in the tree."""
        files = [
            self._element(
                "software_File", reference("file", "project", one.path), name=one.path,
                software_primaryPurpose="model",
                verifiedUsing=[{"type": "Hash", "algorithm": "sha256", "hashValue": one.sha256}]
                if one.sha256 else [],
                comment="; ".join(f"{word}: {value}" for word, value in weight_facts(one).items()
                                  if value not in (None, "")),
            )
            for one in self._report.weights
        ]  # fmt: skip
        if files:
            self._relate("contains/project", root, "contains", files)

    def _edges(self) -> None:
        for hub, child, origin in edges_of(self._report):
            kind = _ROLES.get(origin.relation, "descendantOf")
            source = f"{self._space}{reference('model', hub, child)}"
            target = f"{self._space}{reference(origin.kind, hub, origin.name)}"
            parts = [f"relation: {origin.relation}"] if origin.kind == "model" else []
            parts += [f"stated at {origin.url}"] if origin.url else []
            place = f"{kind}/{source.partition('#')[2]}/{target.partition('#')[2]}"
            self._relate(place, source, kind, [target], comment="; ".join(parts))

    def _relate(self, place: str, source: str, kind: str, to: list[str], **values: str) -> None:
        self._element(
            "Relationship", place, relationshipType=kind, to=to, **{"from": source}, **values
        )


def _entry(key: str, value: str) -> Json:
    return {"type": "DictionaryEntry", "key": key, "value": value}


def _moment(one: ModelReport | Upstream) -> str:
    return f"{one.created_at:%Y-%m-%dT%H:%M:%SZ}" if one.created_at else ""


def _application(built: ArchitectureReport) -> str:
    parts: Iterator[str] = (
        f"{word}: {value}"
        for word, value in (
            ("task", built.task),
            ("library", built.library),
            ("architecture", built.architecture),
            ("quantization", built.quantization),
        )
        if value
    )
    return "; ".join(parts)


def _numbers(built: ArchitectureReport) -> list[Json]:
    return [
        _entry(name, str(value))
        for name, value in (
            ("parameter_count", built.parameter_count),
            ("context_length", built.context_length),
        )
        if value is not None
    ]


def _shortfall(version: str, released: str) -> str:
    """Say what the profile asks for and nobody knows: it is left out, not invented."""
    absent = [
        word for word, value in (("version", version), ("release time", released)) if not value
    ]
    parts = [f"Not known: {', '.join(absent)}."] if absent else []
    if released.startswith(_FLOOR):
        parts.append("The hub gives this release time to everything that is older.")
    return " ".join(parts)
