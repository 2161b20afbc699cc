"""The policy on data: a model that was trained on a dataset."""

from __future__ import annotations

from dataclasses import replace

from miner.pipelines.derive.licenses.compare import Step, is_unread, step
from miner.pipelines.derive.licenses.edge import LicenseEdge
from miner.pipelines.derive.licenses.license_finding import RuleHit, hit
from miner.pipelines.derive.licenses.statement import Op, Statement, same
from miner.pipelines.derive.licenses.weight_policy import same_license
from miner.schema.licenses import UNKNOWN, KnownLicense
from miner.schema.licenses.terms import COPYLEFT, CREDIT_ONLY, LicenseFamily, Verdict

_FREE_RESULTS = frozenset(
    {"cdla-sharing-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0", "c-uda"}
)


def judge(up: Statement, down: Statement, edge: LicenseEdge) -> RuleHit:
    """Judge a model by the license of its data; arguments as for weights."""
    if up.license is None or down.license is None:
        return _silent(up, down)
    if up.license.is_family_key and up.license.family is not LicenseFamily.PERMISSIVE:
        return hit("FAMILY_KEY", up.license, family=up.license.license)
    if step(up.license, down.license) is Step.SAME:
        return same_license(up, down)
    return _compared(up.license, down.license)


def _silent(up: Statement, down: Statement) -> RuleHit:
    if up.op is Op.MISSING:
        return hit("BOTH_MISSING" if down.op is Op.MISSING else "DATASET_UNLICENSED")
    if up.license is None:
        return hit("OTHER_UNRESOLVED", unresolved=up.text)
    if down.op is Op.MISSING:
        return hit("MISSING_DOWNSTREAM", up.license, verdict=Verdict.UNKNOWN)
    return hit("OTHER_UNRESOLVED", unresolved=down.text)


def _compared(up: KnownLicense, down: KnownLicense) -> RuleHit:
    if is_unread(up):
        return hit("NOT_COMPARED", unread=up.title)
    if up.license in _FREE_RESULTS:
        return hit("DATA_RESULT_FREE", up)
    if up.commercial_use == "no":
        return _noncommercial(up, down)
    if up.family in CREDIT_ONLY:
        asks_credit = up.family is LicenseFamily.CC_ATTRIBUTION or up.license == "odc-by"
        return hit("ATTRIBUTION" if asks_credit else "NOTICE_RETENTION", up)
    return _other(up, down)


def _noncommercial(up: KnownLicense, down: KnownLicense) -> RuleHit:
    if down.allows_commerce:
        return hit("NC_DATASET", up)
    if down.commercial_use == UNKNOWN:
        if down.is_family_key:
            return hit("FAMILY_KEY", down, family=down.license)
        return hit("NOT_COMPARED", unread=down.title)
    if up.family is LicenseFamily.CC_NC_SHAREALIKE:
        return _sharealike(up, down)
    return hit("STRICTER_OK", up)


def _sharealike(up: KnownLicense, down: KnownLicense) -> RuleHit:
    match step(up, down):
        case Step.LATER:
            return hit("VERSION_UPGRADE", up)
        case Step.COMPATIBLE:
            return hit("COMPATIBLE_COPYLEFT", up)
    return hit("SA_DATASET", up)


def _other(up: KnownLicense, down: KnownLicense) -> RuleHit:
    if up.family in {LicenseFamily.CC_SHAREALIKE, LicenseFamily.DATA_SHAREALIKE}:
        return _sharealike(up, down)
    if up.family in COPYLEFT:
        fits = step(up, down) in {Step.LATER, Step.COMPATIBLE}
        return hit("COMPATIBLE_COPYLEFT" if fits else "COPYLEFT_DATASET", up)
    if up.family is LicenseFamily.WEAK_COPYLEFT:
        # reading a resource makes no changed resource; for code as data this is unsettled
        reads = up.copyleft_scope == "resource"
        return hit("WEAK_COPYLEFT_USE" if reads else "COPYLEFT_DATASET", up)
    if up.family is LicenseFamily.CC_NODERIVATIVES:
        return hit("ND_DATASET", up)
    if up.family is LicenseFamily.PROVIDER_TERMS:
        return hit("STRICTER_OK" if down.commercial_use == "no" else "OUTPUT_TOS", up)
    return hit("RESTRICTED_DATASET", up)


def generated(down: Statement, edge: LicenseEdge) -> RuleHit | None:
    """Judge the model that made the data: its provider's terms, or its license, may reach them."""
    generator = edge.flags.generator
    if not generator or down.license is None:
        return None
    if down.license.commercial_use == "no":
        return hit("STRICTER_OK", edge.upstream.license) if generator == "provider" else None
    if not down.license.allows_commerce or generator in {down.license.license, down.license.line}:
        return None
    if generator == "provider":
        return hit("OUTPUT_TOS")
    return hit("OUTPUT_TERMS", generator=generator)


def narrowed(
    edge: LicenseEdge, term: Statement, by_term: RuleHit, found: RuleHit
) -> RuleHit | None:
    """Judge what the text of a dataset's card states beside its tag.

    Args:
        edge: The tag, and the model.
        term: What the text states; not a license where it refers to others or grants commerce.
        by_term: The hit if that were the license of the data.
        found: The hit by the tag.

    Returns:
        Nothing where it changes nothing for this model: it is the tag's license, or the model's
        license goes with it too.
    """
    license = edge.upstream.license  # noqa: A001 (the tables' word)
    title = license.title if license else edge.upstream.text or "no license"
    if term.wording == GRANTS_COMMERCE:
        if found.reason != "NC_DATASET":
            return None
        return hit("DATASET_CARD_DIFFERS", license, tag=title, term="commercial use granted")
    if same(term, edge.upstream) or edge.downstream.op is Op.MISSING:
        return None
    words = _REFERS.get(term.wording) or term.text
    if term.is_known and by_term.verdict is Verdict.CONSISTENT:
        return None
    if found.verdict is Verdict.INCONSISTENT and by_term.verdict is Verdict.INCONSISTENT:
        return None
    return hit("DATASET_CARD_NARROWS", license, tag=title, term=words)


GRANTS_COMMERCE = "other(commercial use granted)"
_REFERS = {"other(licenses of its parts)": "each part has a license of its own"}


def audited(edge: LicenseEdge, found: RuleHit, as_audited: RuleHit) -> RuleHit | None:
    """Judge data whose stated license an audit does not find.

    Args:
        edge: With what the audit says.
        found: The hit by the license stated.
        as_audited: The hit by the license of the audit.

    Returns:
        Nothing where both say the same; where both lead to the same breach, that breach stays.
    """
    audit = edge.flags.audited
    if audit is None or not audit.is_known or edge.upstream.op is Op.NOASSERTION:
        return None
    if not edge.upstream.is_known:
        # nothing is stated: the audit can only raise a question
        if as_audited.verdict in {Verdict.NEEDS_REVIEW, Verdict.INCONSISTENT}:
            return hit("DATASET_LICENSE_DISPUTED", audited=audit.text)
        return None
    if _families(audit) == _families(edge.upstream):
        return None
    if found.verdict is Verdict.INCONSISTENT and as_audited.verdict is Verdict.INCONSISTENT:
        return None
    return hit("DATASET_LICENSE_DISPUTED", found.license, audited=audit.text)


def _families(statement: Statement) -> frozenset[str]:
    return frozenset(
        "credit" if one.family in CREDIT_ONLY else one.family.value
        for one in statement.leaves()
        if one.family is not LicenseFamily.PROVIDER_TERMS
    )


def as_audited(edge: LicenseEdge) -> LicenseEdge:
    """Return the edge with the license that the audit found."""
    audit = edge.flags.audited
    if audit is None:
        return edge
    return replace(edge, upstream=audit, flags=replace(edge.flags, audited=None))
