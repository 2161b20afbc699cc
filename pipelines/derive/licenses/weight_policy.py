"""The policy on weights and data that go along: derivatives, copies, weights in a repository."""

from __future__ import annotations

from collections.abc import Callable

from miner.pipelines.derive.licenses.compare import Step, is_unread, restricts_uses, step
from miner.pipelines.derive.licenses.edge import LicenseEdge
from miner.pipelines.derive.licenses.license_finding import RuleHit, hit, lowered
from miner.pipelines.derive.licenses.statement import Op, Statement
from miner.schema.licenses import UNKNOWN, KnownLicense
from miner.schema.licenses.terms import (
    COPYLEFT,
    CREDIT_ONLY,
    SHAREALIKE,
    LicenseFamily,
    LicenseRelation,
    Severity,
    Verdict,
)

_REVIEW = Verdict.NEEDS_REVIEW
_LIMITED_NC = frozenset(
    {LicenseFamily.CC_NONCOMMERCIAL, LicenseFamily.CC_NC_SHAREALIKE, LicenseFamily.RESEARCH_ONLY}
)


def judge(up: Statement, down: Statement, edge: LicenseEdge) -> RuleHit:
    """Judge a derivative or copy.

    Args:
        up: What one part of the upstream says: no list or expression.
        down: What one part of the downstream says, likewise.
        edge: Relation and flags.
    """
    license = up.license  # noqa: A001 (the tables' word)
    if license is None:
        return silent_upstream(up)
    if license.derivatives == "no-sharing" and edge.relation is not LicenseRelation.COPIED_FROM:
        return hit("ND_DERIVED", license)
    if license.is_family_key and license.family is not LicenseFamily.PERMISSIVE:
        return hit("FAMILY_KEY", license, family=license.license)
    if down.license is None:
        return _silent_downstream(license, down)
    if step(license, down.license) is Step.SAME:
        return _same(up, down, edge)
    return _compared(license, down.license, edge)


def silent_upstream(up: Statement) -> RuleHit:
    """Judge an upstream that says no license."""
    if up.op is Op.MISSING:
        return hit("UPSTREAM_UNLICENSED")
    if up.op is Op.NOASSERTION:
        return hit("NOASSERTION", down=up.text)
    if up.wording == "unknown":
        return hit("UPSTREAM_UNKNOWN")
    return hit("OTHER_UNRESOLVED", unresolved=up.text)


def _silent_downstream(license: KnownLicense, down: Statement) -> RuleHit:  # noqa: A002
    gentle = license.family in CREDIT_ONLY
    if down.op is Op.MISSING:
        if gentle:
            return hit("MISSING_DOWNSTREAM", license, verdict=_REVIEW, severity=Severity.LOW)
        if is_unread(license):
            return hit("NOT_COMPARED", unread=license.title)
        return hit("MISSING_DOWNSTREAM", license)
    if down.op is Op.NOASSERTION:
        fine = Verdict.CONSISTENT if gentle else None
        return hit("NOASSERTION", license, verdict=fine, severity=Severity.INFO if gentle else None)
    return hit("OTHER_UNRESOLVED", unresolved=down.text)


def _compared(up: KnownLicense, down: KnownLicense, edge: LicenseEdge) -> RuleHit:
    if is_unread(up):
        return hit("NOT_COMPARED", unread=up.title)
    found = _rule(up)(up, down, edge)
    return lowered(found) if edge.flags.same_owner else found


def same_license(up: Statement, down: Statement) -> RuleHit:
    """Say that both sides state one license, by one name or two."""
    return hit("SAME" if up.wording == down.wording else "ALIAS", down.license)


def _same(up: Statement, down: Statement, edge: LicenseEdge) -> RuleHit:
    found = up.license and _unnamed(up.license, edge)
    if found:
        return lowered(found) if edge.flags.same_owner else found
    return same_license(up, down)


def _unnamed(up: KnownLicense, edge: LicenseEdge) -> RuleHit | None:
    """Judge that a derivative's name lacks the beginning that a license asks for."""
    flags = edge.flags
    if up.prefix and flags.downstream_kind == "model" and up.prefix not in flags.prefixes:
        return hit("NAME_PREFIX_MISSING", up, prefix=up.prefix)
    return None


def _rule(up: KnownLicense) -> Callable[[KnownLicense, KnownLicense, LicenseEdge], RuleHit]:
    """Return the rule for a license, the strictest of its terms first."""
    if up.family in CREDIT_ONLY:
        return credit_only
    if up.derivatives == "no-sharing":
        return _no_derivatives
    if up.commercial_use == "no":
        return _noncommercial
    if up.family in SHAREALIKE:
        return _sharealike
    if up.family in COPYLEFT:
        return _copyleft
    return _OTHER_RULES.get(up.family, _own_terms)


def credit_only(up: KnownLicense, down: KnownLicense, edge: LicenseEdge) -> RuleHit:
    """Judge what comes from a license that asks for credit or notices alone."""
    if up.flow_down == "yes":
        return hit("COMMUNITY_LICENSE_DROPPED", up, verdict=_REVIEW, severity=Severity.MEDIUM)
    if up.family is LicenseFamily.PERMISSIVE and up.output_training == "display":
        return hit("DISPLAY_REQUIREMENT", up)
    if _is_vendors(down) and not _is_explained(down, edge):
        return hit("UNEXPLAINED_COMMUNITY_TAG", down)
    # what a license that was not read asks for is not known, and need not be
    if down.family in CREDIT_ONLY or is_unread(down):
        if up.family is LicenseFamily.PUBLIC_DOMAIN:
            return hit("COMPATIBLE", up)
        asks_credit = up.family is LicenseFamily.CC_ATTRIBUTION or up.license == "odc-by"
        return hit("ATTRIBUTION" if asks_credit else "NOTICE_RETENTION", up)
    return hit("COMPATIBLE" if down.family in COPYLEFT else "STRICTER_OK", up)


def _is_vendors(down: KnownLicense) -> bool:
    """Return whether a license comes with a vendor's model: it needs a parent that explains it."""
    return down.family is LicenseFamily.COMMUNITY or (
        down.family is LicenseFamily.RESEARCH_ONLY and bool(down.line)
    )


def _is_explained(down: KnownLicense, edge: LicenseEdge) -> bool:
    known = edge.flags.explained | {edge.flags.base}
    return down.license in known or bool(down.line and down.line in known)


def _no_derivatives(up: KnownLicense, down: KnownLicense, edge: LicenseEdge) -> RuleHit:
    if up.commercial_use == "no" and down.allows_commerce:
        return hit("NC_DROPPED", up)
    return hit("ND_DERIVED", up)


def _noncommercial(up: KnownLicense, down: KnownLicense, edge: LicenseEdge) -> RuleHit:
    if down.allows_commerce:
        return hit("NC_DROPPED", up)
    if down.commercial_use == UNKNOWN:
        return _undecided(down)
    if up.family in SHAREALIKE:
        return _sharealike(up, down, edge)
    if up.family is LicenseFamily.CC_NONCOMMERCIAL:
        return hit("STRICTER_OK", up)
    return _agreement(up, down, edge)


_BY_STEP = {
    Step.LATER: "VERSION_UPGRADE",
    Step.COMPATIBLE: "COMPATIBLE_COPYLEFT",
    Step.OPEN: "VERSION_AMBIGUOUS",
    Step.OTHER_VERSION: "VERSION_MISMATCH",
}


def _by_step(up: KnownLicense, down: KnownLicense) -> RuleHit | None:
    """Judge a license that stays on derivatives, where the new one is near it or not read."""
    how = step(up, down)
    if how in _BY_STEP:
        return hit(_BY_STEP[how], up)
    if how is Step.FAMILY:
        return hit("FAMILY_KEY", up, family=down.license)
    return _undecided(down) if is_unread(down) else None


def _sharealike(up: KnownLicense, down: KnownLicense, edge: LicenseEdge) -> RuleHit:
    earlier = step(up, down) is Step.EARLIER
    return _by_step(up, down) or hit("VERSION_DOWNGRADE" if earlier else "SA_BROKEN", up)


def _copyleft(up: KnownLicense, down: KnownLicense, edge: LicenseEdge) -> RuleHit:
    if (up.line, up.version, down.line, down.version) == ("gpl", "3.0", "agpl", "3.0"):
        return hit("COPYLEFT_COMBINED", up)
    return _by_step(up, down) or hit("COPYLEFT_BROKEN", up)


def _weak_copyleft(up: KnownLicense, down: KnownLicense, edge: LicenseEdge) -> RuleHit:
    found = _copyleft(up, down, edge)
    if found.reason != "COPYLEFT_BROKEN":
        return found
    # an adapter is a file of its own: the covered files are not in it
    apart = edge.relation is LicenseRelation.ADAPTER
    return hit(
        "COVERED_PART_RELICENSED", up, verdict=_REVIEW if apart else None,
        severity=Severity.LOW if apart else None,
    )  # fmt: skip


def _rail(up: KnownLicense, down: KnownLicense, edge: LicenseEdge) -> RuleHit:
    if down.is_family_key and down.family is LicenseFamily.RAIL:
        return hit("FAMILY_KEY", up, family=down.license)
    if is_unread(down):
        return _undecided(down)
    if restricts_uses(down) is not False:
        return hit("RAIL_VARIANT", up)
    strict = down.commercial_use == "no"
    found = hit("RAIL_FLOWDOWN_MISSING", up, severity=Severity.MEDIUM if strict else None)
    return lowered(found) if carries(up, edge) else found


def _agreement(up: KnownLicense, down: KnownLicense, edge: LicenseEdge) -> RuleHit:
    """Judge a vendor's agreement: it goes along, or its limits do, or it was dropped."""
    if is_unread(down):
        return _undecided(down)
    if step(up, down) is Step.OTHER_VERSION and down.license not in up.compatible_with:
        # both versions may ask for a name: the worse of the two rules holds
        return _unnamed(up, edge) or hit("VERSION_MISMATCH", up)
    if _allows_other_terms(up, down):
        return hit("ADDITIONAL_TERMS_ALLOWED", up)
    sure = up.evidence == "text" and down.commercial_use != "no"
    found = hit("COMMUNITY_LICENSE_DROPPED", up, severity=None if sure else Severity.MEDIUM)
    return lowered(found) if carries(up, edge) else found


def _allows_other_terms(up: KnownLicense, down: KnownLicense) -> bool:
    if up.same_license == "other-terms" or down.license in up.compatible_with:
        return True
    # a research license that was not read: its limit is kept, the rest is to be checked
    return up.same_license == UNKNOWN and up.family is LicenseFamily.RESEARCH_ONLY


def _own_terms(up: KnownLicense, down: KnownLicense, edge: LicenseEdge) -> RuleHit:
    return hit("USE_TERMS_UNCLEAR", up)


def _undecided(down: KnownLicense) -> RuleHit:
    if down.is_family_key:
        return hit("FAMILY_KEY", down, family=down.license)
    return hit("NOT_COMPARED", unread=down.title)


def carries(up: KnownLicense, edge: LicenseEdge) -> bool:
    """Return whether a notice or license file beside the work carries the upstream's terms."""
    notice = edge.flags.notice
    if notice is None:
        return False
    return not notice or up.license in notice or bool(up.line and up.line in notice)


_OTHER_RULES: dict[LicenseFamily, Callable[[KnownLicense, KnownLicense, LicenseEdge], RuleHit]] = {
    LicenseFamily.WEAK_COPYLEFT: _weak_copyleft,
    LicenseFamily.RAIL: _rail,
    LicenseFamily.COMMUNITY: _agreement,
}
