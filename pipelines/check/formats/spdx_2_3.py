"""A BOM in SPDX 2.3 (JSON), for tools that read no SPDX 3: a package a model and dataset.

Licenses that are not on the list are ``LicenseRef-`` with an address: no text is carried. What the
format has no word for, such as what a model was trained on, is a relationship with a comment.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

import orjson

from miner.pipelines.check.bom_parts import (
    display_line,
    edges_of,
    hosted_lines,
    page,
    parts_of,
    purl,
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
from miner.pipelines.check.plain_text import plain
from miner.pipelines.check.report import (
    NOT_ADVICE,
    CheckReport,
    Concluded,
    LicenseName,
    ModelReport,
    Terms,
    Upstream,
)
from miner.pipelines.check.stamp import Stamp
from miner.pipelines.check.weight_files import WeightFile
from miner.schema.patterns import bounded

DESCRIPTION = "A BOM in SPDX 2.3."
IS_BOM = True

Json = dict[str, Any]
_DOCUMENT, _ROOT = "SPDXRef-DOCUMENT", "SPDXRef-project"
_NO_ASSERTION = "NOASSERTION"
_NO_ID = bounded(r"[^A-Za-z0-9.-]+")
_URI = re.compile(r"^https?://")
_SLUG = 60  # characters of a name in an id


def render(report: CheckReport, stamp: Stamp) -> str:
    """Return the BOM of a report."""
    whole = _Packages(report, stamp).whole()
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode() + "\n"


class _Packages:
    """Collects packages, and the licenses that they refer to."""

    def __init__(self, report: CheckReport, stamp: Stamp) -> None:
        self._report = report
        self._stamp = stamp
        self._licenses: dict[str, LicenseName | None] = {}

    def whole(self) -> Json:
        """Return the document."""
        report, parts = self._report, parts_of(self._report)
        packages = [
            self._project(),
            *(self._model(model) for model in parts.models),
            *(self._base(base) for base in parts.bases),
            *(self._dataset(data) for data in parts.datasets),
            *map(_file, report.weights),
        ]
        return {
            "spdxVersion": "SPDX-2.3",
            "dataLicense": "CC0-1.0",
            "SPDXID": _DOCUMENT,
            "name": f"Models used by {plain(report.name)}",
            "documentNamespace": f"https://spdx.org/spdxdocs/miner-{self._stamp.serial}",
            "creationInfo": {
                "created": self._stamp.text,
                "creators": [f"Tool: miner-{report.tool_version}"],
            },
            "comment": " ".join([NOT_ADVICE, *(f"{note}." for note in report.notes)]),
            "documentDescribes": [_ROOT],
            "packages": packages,
            "relationships": list(self._relationships()),
            "hasExtractedLicensingInfos": [
                _extracted(ref, one) for ref, one in sorted(self._licenses.items())
            ],
        }

    def _project(self) -> Json:
        report = self._report
        found = self._package(_ROOT, report.name, report.commit, report.url, report.terms, None)
        if hosted := hosted_lines(report):
            text = f"Models that services run: {'; '.join(hosted)}"
            found["annotations"] = [self._annotation("OTHER", plain(text))]
        return found | {"primaryPackagePurpose": "APPLICATION"}

    def _model(self, model: ModelReport) -> Json:
        revision = revision_of(model)
        found = self._package(
            _id("model", model.hub, model.resolved), model.resolved, revision.version,
            page("model", model.hub, model.resolved), model.terms, model.concluded,
        )  # fmt: skip
        named = revision.version if revision.is_pinned else ""
        found |= _published(model, purl(model.hub, model.resolved, named), "model")
        found["comment"] = " ".join(filter(None, ("A machine learning model.", revision.comment)))
        lines = dict.fromkeys(display_line(one) for one in model.obligations)
        if shown := [line for line in lines if line]:
            found["attributionTexts"] = shown
        found["annotations"] = [self._annotation("OTHER", use_statement(model))]
        for one in model.findings:
            waiver = self._report.gate.waiver_of(model.hub, model.resolved, one.reason)
            found["annotations"].append(self._annotation("REVIEW", finding_statement(one, waiver)))
        return found

    def _base(self, base: Upstream) -> Json:
        found = self._package(
            _id("model", base.hub, base.name), base.name, base.version,
            page("model", base.hub, base.name), base.terms, base.concluded,
        )  # fmt: skip
        found |= _published(base, purl(base.hub, base.name, ""), "model")
        comment = ("A machine learning model.", base_comment(base))
        return found | {"comment": " ".join(filter(None, comment))}

    def _dataset(self, data: Upstream) -> Json:
        found = self._package(
            _id("dataset", data.hub, data.name), data.name, data.version,
            page("dataset", data.hub, data.name), data.terms, data.concluded,
        )  # fmt: skip
        return found | _published(data, "", "dataset") | {"comment": "A dataset."}

    def _package(  # noqa: PLR0917 - what a package has whatever it is
        self, key: str, name: str, version: str, url: str, terms: Terms,
        concluded: Concluded | None,
    ) -> Json:  # fmt: skip
        expression, why = declared_of(terms)
        comments = [why] if why else []
        if concluded is None:
            holding = None if expression == NONE else expression
        else:
            holding = concluded.expression
            comments += [concluded.comment] if concluded.comment else []
        names = [*terms.licenses, *(concluded.licenses if concluded else ())]
        found: Json = {
            "SPDXID": key,
            "name": plain(name),
            "downloadLocation": url or _NO_ASSERTION,
            "filesAnalyzed": False,
            "licenseDeclared": self._expression(expression, names),
            "licenseConcluded": self._expression(holding, names),
            "copyrightText": _NO_ASSERTION,
            "supplier": _NO_ASSERTION,
        }
        if version:
            found["versionInfo"] = plain(version)
        if comments:
            found["licenseComments"] = " ".join(comments)
        return found

    def _expression(self, expression: str | None, names: Iterable[LicenseName]) -> str:
        if expression is None:
            return _NO_ASSERTION
        by_ref = {one.spdx: one for one in names}
        for ref in references_in(expression):
            self._licenses[ref] = by_ref.get(ref) or self._licenses.get(ref)
        return expression

    def _annotation(self, kind: str, text: str) -> Json:
        return {
            "annotationDate": self._stamp.text,
            "annotationType": kind,
            "annotator": f"Tool: miner-{self._report.tool_version}",
            "comment": text,
        }

    def _relationships(self) -> Iterable[Json]:
        yield _relationship(_DOCUMENT, "DESCRIBES", _ROOT)
        for model in self._report.models:
            yield _relationship(_ROOT, "DEPENDS_ON", _id("model", model.hub, model.resolved))
        for data in self._report.datasets:
            yield _relationship(_ROOT, "DEPENDS_ON", _id("dataset", data.hub, data.resolved))
        for file in self._report.weights:
            yield _relationship(_ROOT, "CONTAINS", _id("file", "project", file.path))
        for hub, child, origin in edges_of(self._report):
            source = _id("model", hub, child)
            target = _id(origin.kind, hub, origin.name)
            if origin.kind == "model":
                yield _relationship(source, "DESCENDANT_OF", target, f"relation: {origin.relation}")
            else:
                yield _relationship(source, "OTHER", target, origin.relation)


def _file(one: WeightFile) -> Json:
    """Return a weight file of the tree as a package: a file of the format needs an SHA-1 digest."""
    facts = [f"{word}: {value}" for word, value in weight_facts(one).items()
             if value not in (None, "")]  # fmt: skip
    found: Json = {
        "SPDXID": _id("file", "project", one.path),
        "name": plain(one.path),
        "packageFileName": plain(one.path),
        "downloadLocation": _NO_ASSERTION,
        "filesAnalyzed": False,
        "licenseDeclared": _NO_ASSERTION,
        "licenseConcluded": _NO_ASSERTION,
        "copyrightText": _NO_ASSERTION,
        "supplier": _NO_ASSERTION,
        "primaryPackagePurpose": "FILE",
        "comment": plain("; ".join(facts)),
    }
    if one.sha256:
        found["checksums"] = [{"algorithm": "SHA256", "checksumValue": one.sha256}]
    return found


def _published(one: ModelReport | Upstream, address: str, kind: str) -> Json:
    """Return who published something: whether that is a person, its hub does not say."""
    found: Json = {"primaryPackagePurpose": "OTHER"}
    if one.owner:
        found["sourceInfo"] = f"A {kind} published by the account {plain(one.owner)} on {one.hub}."
    if one.created_at:
        found["releaseDate"] = f"{one.created_at:%Y-%m-%dT%H:%M:%SZ}"
    if address:
        found["externalRefs"] = [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": address,
            }
        ]
    return found


def _extracted(ref: str, one: LicenseName | None) -> Json:
    """Return a license that is on no list: its address, for its text is not carried."""
    url = one.url if one and _URI.match(one.url) else ""
    text = f"The text is not carried here. It is published at {url}" if url else _NO_ASSERTION
    found: Json = {"licenseId": ref, "extractedText": text}
    if one:
        found["name"] = plain(one.title)
    if url:
        found["seeAlsos"] = [url]
    return found


def _relationship(source: str, kind: str, target: str, comment: str = "") -> Json:
    found = {"spdxElementId": source, "relationshipType": kind, "relatedSpdxElement": target}
    return {**found, "comment": comment} if comment else found


def _id(kind: str, hub: str, name: str) -> str:
    """Return an id that the format allows, and that no other name has."""
    digest = hashlib.sha256(f"{kind}\0{hub}\0{name}".encode()).hexdigest()[:12]
    return f"SPDXRef-{kind}-{_NO_ID.sub('-', name[:_SLUG])}-{digest}"
