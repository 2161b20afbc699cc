"""Licenses in CycloneDX: what is declared, and what is concluded, each marked as such.

A license is an id only where it is on the SPDX list, else a name with an address: ``other`` and the
keys of hubs are no ids. Until 1.6 an expression stands alone; from 1.7 on it may stand beside
others, and says where to read what is on no list.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from miner.pipelines.check.license_terms import references_in
from miner.pipelines.check.report import Concluded, LicenseName, Terms

Json = dict[str, Any]
_DECLARED, _CONCLUDED = "declared", "concluded"
_MIXED_SINCE = "1.7"


def licenses_of(terms: Terms, concluded: Concluded | None, version: str) -> list[Json]:
    """Return the licenses of a component.

    Args:
        terms: What it declares.
        concluded: What holds, or None where nobody judged that.
        version: Of the format. Where it has no place for both, what is declared stays, and the
            conclusion is among the properties alone.
    """
    declared = _declared(terms, version)
    judged = _concluded(concluded, version) if concluded else []
    found = [*declared, *judged]
    if version >= _MIXED_SINCE or not any("expression" in one for one in found):
        return found
    return declared or judged


def _declared(terms: Terms, version: str) -> list[Json]:
    if terms.state == "unresolved":
        return [{"license": {"name": terms.said or "other", "acknowledgement": _DECLARED}}]
    if terms.state != "stated":
        return []
    if terms.expression:
        return _joined(terms.expression, terms.licenses, _DECLARED, version)
    return [_license(one, _DECLARED) for one in terms.licenses]  # how they relate is open


def _concluded(concluded: Concluded, version: str) -> list[Json]:
    if concluded.expression is None:
        return []
    return _joined(concluded.expression, concluded.licenses, _CONCLUDED, version)


def _joined(
    expression: str, licenses: Iterable[LicenseName], acknowledgement: str, version: str
) -> list[Json]:
    """Return licenses that all hold as one each, anything else as an expression."""
    by_id = {one.spdx: one for one in licenses if " " not in one.spdx}
    parts = expression.split(" AND ")
    if all(part in by_id for part in parts):
        return [_license(by_id[part], acknowledgement) for part in parts]
    found: Json = {"expression": expression, "acknowledgement": acknowledgement}
    details = [
        {"licenseIdentifier": ref, "url": by_id[ref].url}
        for ref in references_in(expression)
        if ref in by_id and by_id[ref].url
    ]
    if details and version >= _MIXED_SINCE:
        found["expressionDetails"] = details
    return [found]


def _license(one: LicenseName, acknowledgement: str) -> Json:
    fields: Json = {"id": one.spdx} if one.is_listed else {"name": one.title}
    fields["acknowledgement"] = acknowledgement
    if one.url:
        fields["url"] = one.url
    return {"license": fields}
