"""The policy on outputs: models trained on what another model wrote, data made by a model."""

from __future__ import annotations

from miner.pipelines.derive.licenses.compare import Step, is_unread, restricts_uses, step
from miner.pipelines.derive.licenses.edge import LicenseEdge
from miner.pipelines.derive.licenses.license_finding import RuleHit, hit, worst
from miner.pipelines.derive.licenses.statement import Op, Statement
from miner.pipelines.derive.licenses.weight_policy import carries, same_license
from miner.schema.licenses import UNKNOWN, KnownLicense
from miner.schema.licenses.terms import CREDIT_ONLY, LicenseFamily, Verdict

_REVIEW = Verdict.NEEDS_REVIEW


def judge(up: Statement, down: Statement, edge: LicenseEdge) -> RuleHit:
    """Judge what was made of a model's outputs; arguments as for weights."""
    license = up.license  # noqa: A001 (the tables' word)
    if license is None:
        if up.op is Op.MISSING:
            return hit("UPSTREAM_UNLICENSED", verdict=Verdict.UNKNOWN)
        return hit("OTHER_UNRESOLVED", unresolved=up.text)
    if license.is_family_key and license.family is not LicenseFamily.PERMISSIVE:
        return hit("FAMILY_KEY", license, family=license.license)
    if is_unread(license):
        return hit("NOT_COMPARED", unread=license.title)
    if license.family in CREDIT_ONLY and license.output_training == "free":
        return _free(license, up, down, edge)
    return _limited(license, up, down, edge)


def _free(up: KnownLicense, stated: Statement, down: Statement, edge: LicenseEdge) -> RuleHit:
    if down.op is Op.UNRESOLVED:
        return hit("OTHER_UNRESOLVED", unresolved=down.text)
    if kept := _kept(stated, down):
        return kept
    if up.family is LicenseFamily.CC_ATTRIBUTION:
        return hit("ATTRIBUTION", up)
    return hit("NOTICE_RETENTION" if edge.flags.downstream_kind == "model" else "OUTPUT_FREE", up)


def _limited(up: KnownLicense, stated: Statement, down: Statement, edge: LicenseEdge) -> RuleHit:
    match up.output_training:
        case "same-line":
            return _same_line(up, stated, down, edge)
        case "prefix":
            return _prefix(up, stated, down, edge)
        case "display":
            return _display(up, down)
        case "free":
            return hit("OUTPUT_FREE", up)
    kept = _kept(stated, down)
    if up.output_training == "limited":
        return kept or hit("OUTPUT_TRAINING_LIMITED", up)
    return kept or _by_downstream(up, down, edge)


def _by_downstream(up: KnownLicense, down: Statement, edge: LicenseEdge) -> RuleHit:
    if down.license is None:
        if down.op is Op.MISSING:
            return hit("MISSING_DOWNSTREAM", verdict=Verdict.UNKNOWN)
        return hit("OTHER_UNRESOLVED", unresolved=down.text)
    if up.output_training == "derivative":
        return _derivative(up, down.license, edge)
    reason = {"provider": "OUTPUT_TOS", "noncommercial": "OUTPUT_NC"}.get(up.output_training)
    if reason or up.commercial_use == "no":
        return _commercial_only(reason or "OUTPUT_NC_UNCLEAR", up, down.license)
    unsettled = up.output_training == "unsettled"
    return hit("OUTPUT_COPYLEFT_UNCLEAR" if unsettled else "USE_TERMS_UNCLEAR", up)


def _kept(up: Statement, down: Statement) -> RuleHit | None:
    """Say that the license went along, if it did."""
    if up.license is None or down.license is None:
        return None
    return same_license(up, down) if step(up.license, down.license) is Step.SAME else None


def _same_line(up: KnownLicense, stated: Statement, down: Statement, edge: LicenseEdge) -> RuleHit:
    """Outputs may train models of the license's own line alone."""
    base = edge.flags.base
    kept = _kept(stated, down)
    if edge.flags.downstream_kind != "model":
        # publishing outputs trains nothing; who takes them is bound
        return kept or hit("OUTPUT_TRAINING_LIMITED", up)
    # each version of Llama allows its own alone; of other lines all are one
    of_line = base == up.line and up.line != "llama"
    if base == up.license or of_line or (kept and base in {"", up.line}):
        return hit("OUTPUT_TRAINING_ALLOWED", up)
    if base == up.line:  # of the line, of a version that is not known
        return hit("VERSION_MISMATCH", up, down=down.text)
    if not base and down.license is not None and step(up, down.license) is Step.OTHER_VERSION:
        return hit("VERSION_MISMATCH", up)
    return hit("OUTPUT_TRAINING_BANNED", up)


def _prefix(up: KnownLicense, stated: Statement, down: Statement, edge: LicenseEdge) -> RuleHit:
    """Outputs may train any model whose name begins as asked for."""
    is_model = edge.flags.downstream_kind == "model"
    if is_model and up.prefix not in edge.flags.prefixes:
        return hit("NAME_PREFIX_MISSING", up, prefix=up.prefix)
    if kept := _kept(stated, down):
        return kept
    if is_model:
        return hit("OUTPUT_TRAINING_ALLOWED", up)
    return hit("OUTPUT_TRAINING_LIMITED", up)


def _display(up: KnownLicense, down: Statement) -> RuleHit:
    hits = [hit("DISPLAY_REQUIREMENT", up)]
    if up.commercial_use == "no" and down.license is not None:
        hits.insert(0, _commercial_only("OUTPUT_NC_UNCLEAR", up, down.license))
    return worst(hits)


def _derivative(up: KnownLicense, down: KnownLicense, edge: LicenseEdge) -> RuleHit:
    if carries(up, edge):
        return hit("NOTICE_PRESENT", up)
    if edge.flags.downstream_kind != "model":
        return hit("OUTPUT_DERIVATIVE", up, verdict=_REVIEW)
    if is_unread(down):
        return hit("NOT_COMPARED", unread=down.title)
    if up.family is LicenseFamily.RAIL:
        if down.is_family_key and down.family is LicenseFamily.RAIL:
            return hit("FAMILY_KEY", up, family=down.license)
        if restricts_uses(down) is not False:
            return hit("RAIL_VARIANT", up)
    return hit("OUTPUT_DERIVATIVE", up)


def _commercial_only(reason: str, up: KnownLicense, down: KnownLicense) -> RuleHit:
    """Give a reason where the downstream grants commercial use, or may; else nothing is wrong."""
    if down.commercial_use == "no":
        return hit("STRICTER_OK", up)
    if down.commercial_use == UNKNOWN:
        if down.is_family_key:
            return hit("FAMILY_KEY", down, family=down.license)
        return hit("NOT_COMPARED", unread=down.title)
    return hit(reason, up)
