"""The policy on use: a repository that loads a model, ships its weights, or builds on code."""

from __future__ import annotations

from dataclasses import replace

from miner.pipelines.derive.licenses import weight_policy
from miner.pipelines.derive.licenses.compare import Step, is_unread, step
from miner.pipelines.derive.licenses.edge import LicenseEdge
from miner.pipelines.derive.licenses.license_finding import RuleHit, hit
from miner.pipelines.derive.licenses.statement import Op, Statement
from miner.pipelines.derive.licenses.weight_policy import same_license
from miner.schema.licenses import UNKNOWN, KnownLicense
from miner.schema.licenses.terms import (
    COPYLEFT,
    CREDIT_ONLY,
    LicenseFamily,
    LicenseRelation,
    Severity,
    Verdict,
)

_CODE = frozenset({"code", "library", "package", "software", "repo"})
_BY_FAMILY = {
    LicenseFamily.RAIL: "USE_RAIL_MODEL",
    LicenseFamily.COMMUNITY: "USE_COMMUNITY_MODEL",
    LicenseFamily.STRONG_COPYLEFT: "USE_COPYLEFT_MODEL",
    LicenseFamily.NETWORK_COPYLEFT: "USE_COPYLEFT_MODEL",
    LicenseFamily.CC_SHAREALIKE: "USE_SA_MODEL",
    LicenseFamily.DATA_SHAREALIKE: "USE_SA_MODEL",
    LicenseFamily.CC_NODERIVATIVES: "USE_ND_MODEL",
}


def judge(up: Statement, down: Statement, edge: LicenseEdge) -> RuleHit:
    """Judge a repository; arguments as for weights."""
    if edge.flags.upstream_kind in _CODE:
        return _code(up, down, edge)
    if edge.flags.ships == "yes":
        return _shipped(up, down, edge)
    return _loaded(up, down)


def _loaded(up: Statement, down: Statement) -> RuleHit:
    """Judge a model that is loaded by name: the repository's license covers its code alone."""
    if down.op is Op.MISSING:
        return hit("BOTH_MISSING" if up.op is Op.MISSING else "NO_REPO_LICENSE")
    if up.license is None:
        if up.op is Op.MISSING:
            return hit("UPSTREAM_UNLICENSED", verdict=Verdict.UNKNOWN)
        return weight_policy.silent_upstream(up)
    if found := _family_key(up.license):
        return found
    if down.license is not None and step(up.license, down.license) is Step.SAME:
        return same_license(up, down)
    return _loaded_under(up.license, down)


def _loaded_under(up: KnownLicense, down: Statement) -> RuleHit:
    if is_unread(up):
        return hit("NOT_COMPARED", unread=up.title)
    if up.family in CREDIT_ONLY:
        return _credit_only(up, down)
    if up.family is LicenseFamily.WEAK_COPYLEFT:
        return hit("WEAK_COPYLEFT_USE", up)
    if down.license is None:
        return _unclear_repository(up, down)
    return _restricted(up, down.license)


def _family_key(up: KnownLicense) -> RuleHit | None:
    if up.is_family_key and up.family is not LicenseFamily.PERMISSIVE:
        return hit("FAMILY_KEY", up, family=up.license)
    return None


def _credit_only(up: KnownLicense, down: Statement) -> RuleHit:
    """Whatever the repository states goes with it, even where it cannot be read."""
    if down.op is Op.NOASSERTION:
        return hit("NOASSERTION", up, verdict=Verdict.CONSISTENT, severity=Severity.INFO)
    return hit("COMPATIBLE", up)


def _unclear_repository(up: KnownLicense, down: Statement) -> RuleHit:
    if down.op is Op.NOASSERTION:
        return hit("NOASSERTION", up)
    return hit("OTHER_UNRESOLVED", unresolved=down.text)


def _restricted(up: KnownLicense, down: KnownLicense) -> RuleHit:
    if up.commercial_use == "no":
        if down.commercial_use == "no":
            return hit("STRICTER_OK", up)
        if down.commercial_use == UNKNOWN:
            if down.is_family_key:
                return hit("FAMILY_KEY", down, family=down.license)
            return hit("NOT_COMPARED", unread=down.title)
        return hit("USE_NC_MODEL", up)
    return hit(_BY_FAMILY.get(up.family, "USE_TERMS_UNCLEAR"), up)


def _shipped(up: Statement, down: Statement, edge: LicenseEdge) -> RuleHit:
    """Judge weights that lie in the repository: that is a copy, and the weights' rules hold."""
    copied = replace(
        edge,
        relation=LicenseRelation.COPIED_FROM,
        flags=replace(edge.flags, downstream_kind="repo"),
    )
    one, other = up.license, down.license
    if one is None or other is None or step(one, other) is Step.SAME:
        return weight_policy.judge(up, down, copied)
    if one.family is LicenseFamily.WEAK_COPYLEFT and not one.is_family_key:
        return _weak_copyleft_shipped(one, edge)
    if one.family in CREDIT_ONLY and one.flow_down != "yes":
        return _permissive_beside_gpl2(one, other) or _notice(one, other)
    found = weight_policy.judge(up, down, copied)
    if one.family in COPYLEFT and found.reason == "COPYLEFT_BROKEN":
        return _copyleft_shipped(found, one, edge)
    return found


def _permissive_beside_gpl2(up: KnownLicense, down: KnownLicense) -> RuleHit | None:
    """Apache-2.0 goes into a work under version 3 of the GPL and not under version 2."""
    if up.license == "apache-2.0" and down.line == "gpl" and down.version == "2.0":
        return hit("VERSION_AMBIGUOUS", up)
    return None


def _notice(up: KnownLicense, down: KnownLicense) -> RuleHit:
    if down.family not in CREDIT_ONLY or up.family is LicenseFamily.PUBLIC_DOMAIN:
        return hit("COMPATIBLE", up)
    asks_credit = up.family is LicenseFamily.CC_ATTRIBUTION
    return hit("ATTRIBUTION" if asks_credit else "NOTICE_RETENTION", up)


def _copyleft_shipped(found: RuleHit, up: KnownLicense, edge: LicenseEdge) -> RuleHit:
    """Judge weights under a software copyleft that a repository ships.

    A copy of the upstream's own files breaks it. Where no file of it was seen, what is shipped may
    be weights that were trained with its code, and whether copyleft reaches those is disputed.
    """
    if edge.flags.names_weights:
        return found
    return hit("USE_COPYLEFT_MODEL", up, severity=Severity.HIGH)


def _weak_copyleft_shipped(up: KnownLicense, edge: LicenseEdge) -> RuleHit:
    """Judge a covered file in a larger work: that is allowed, and the file stays under its own."""
    if weight_policy.carries(up, edge):
        return hit("WEAK_COPYLEFT_USE", up)
    return hit("COVERED_PART_RELICENSED", up, verdict=Verdict.NEEDS_REVIEW, severity=Severity.LOW)


def _code(up: Statement, down: Statement, edge: LicenseEdge) -> RuleHit:
    """Judge code that becomes part of the repository's work."""
    if down.op is Op.MISSING:
        return hit("NO_REPO_LICENSE")
    copied = replace(
        edge,
        relation=LicenseRelation.COPIED_FROM,
        flags=replace(edge.flags, downstream_kind="repo"),
    )
    one, other = up.license, down.license
    if one is None or other is None or step(one, other) is Step.SAME:
        return weight_policy.judge(up, down, copied)
    if one.family is LicenseFamily.WEAK_COPYLEFT and not one.is_family_key:
        return hit("WEAK_COPYLEFT_USE", one)
    if one.family in CREDIT_ONLY:
        return _permissive_beside_gpl2(one, other) or _notice(one, other)
    found = weight_policy.judge(up, down, copied)
    if found.reason == "COPYLEFT_BROKEN":
        return hit("AGPL_COMBINED", one, verdict=found.verdict)
    return found
