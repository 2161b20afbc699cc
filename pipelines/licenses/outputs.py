"""The policy on outputs: models trained on what another model wrote, data made by a model."""

from __future__ import annotations

from miner.pipelines.licenses.compare import Step, is_unread, restricts_uses, step
from miner.pipelines.licenses.edge import Edge
from miner.pipelines.licenses.finding import Hit, hit, worst
from miner.pipelines.licenses.statement import Op, Statement
from miner.pipelines.licenses.weights import carries, same_license
from miner.schema.licenses import UNKNOWN, License
from miner.schema.licenses.terms import CREDIT_ONLY, Family, Verdict

_REVIEW = Verdict.NEEDS_REVIEW


def judge(up: Statement, down: Statement, edge: Edge) -> Hit:
    """Judge what was made of a model's outputs; arguments as for weights."""
    license = up.license  # noqa: A001 (the tables' word)
    if license is None:
        if up.op is Op.MISSING:
            return hit("UPSTREAM_UNLICENSED", verdict=Verdict.UNKNOWN)
        return hit("OTHER_UNRESOLVED", unresolved=up.text)
    if license.is_family_key and license.family is not Family.PERMISSIVE:
        return hit("FAMILY_KEY", license, family=license.license)
    if is_unread(license):
        return hit("NOT_COMPARED", unread=license.title)
    if license.family in CREDIT_ONLY and license.output_training == "free":
        return _free(license, down, edge)
    return _limited(license, down, edge)


def _free(up: License, down: Statement, edge: Edge) -> Hit:
    if down.license is not None and step(up, down.license) is Step.SAME:
        return same_license(up, down)
    if up.family is Family.CC_ATTRIBUTION:
        return hit("ATTRIBUTION", up)
    return hit("NOTICE_RETENTION" if edge.flags.downstream_kind == "model" else "OUTPUT_FREE", up)


def _limited(up: License, down: Statement, edge: Edge) -> Hit:
    match up.output_training:
        case "same-line":
            return _same_line(up, down, edge)
        case "prefix":
            return _prefix(up, down, edge)
        case "display":
            return _display(up, down)
        case "free":
            return hit("OUTPUT_FREE", up)
        case "limited":
            return _kept(up, down) or hit("OUTPUT_TRAINING_LIMITED", up)
    if down.license is None:
        return _silent_downstream(down)
    if kept := _kept(up, down):
        return kept
    return _by_downstream(up, down.license, edge)


def _by_downstream(up: License, down: License, edge: Edge) -> Hit:
    match up.output_training:
        case "derivative":
            return _derivative(up, down, edge)
        case "provider":
            return _commercial_only("OUTPUT_TOS", up, down)
        case "noncommercial":
            return _commercial_only("OUTPUT_NC", up, down)
    if up.commercial_use == "no":
        return _commercial_only("OUTPUT_NC_UNCLEAR", up, down)
    unsettled = up.output_training == "unsettled"
    return hit("OUTPUT_COPYLEFT_UNCLEAR" if unsettled else "USE_TERMS_UNCLEAR", up)


def _silent_downstream(down: Statement) -> Hit:
    if down.op is Op.MISSING:
        return hit("MISSING_DOWNSTREAM", verdict=Verdict.UNKNOWN)
    return hit("OTHER_UNRESOLVED", unresolved=down.text)


def _kept(up: License, down: Statement) -> Hit | None:
    if down.license is not None and step(up, down.license) is Step.SAME:
        return same_license(up, down)
    return None


def _same_line(up: License, down: Statement, edge: Edge) -> Hit:
    """Outputs may train models of the license's own line alone."""
    base = edge.flags.base
    kept = down.license is not None and step(up, down.license) is Step.SAME
    if edge.flags.downstream_kind != "model":
        # publishing outputs trains nothing; who takes them is bound
        return same_license(up, down) if kept else hit("OUTPUT_TRAINING_LIMITED", up)
    if base == up.license or (kept and base in {"", up.line}):
        return hit("OUTPUT_TRAINING_ALLOWED", up)
    if base == up.line:  # of the line, of a version that is not known
        return hit("VERSION_MISMATCH", up, down=down.text)
    if not base and down.license is not None and step(up, down.license) is Step.OTHER_VERSION:
        return hit("VERSION_MISMATCH", up)
    return hit("OUTPUT_TRAINING_BANNED", up)


def _prefix(up: License, down: Statement, edge: Edge) -> Hit:
    """Outputs may train any model whose name begins as asked for."""
    is_model = edge.flags.downstream_kind == "model"
    if is_model and up.prefix not in edge.flags.prefixes:
        return hit("NAME_PREFIX_MISSING", up, prefix=up.prefix)
    if kept := _kept(up, down):
        return kept
    if is_model:
        return hit("OUTPUT_TRAINING_ALLOWED", up)
    return hit("OUTPUT_TRAINING_LIMITED", up)


def _display(up: License, down: Statement) -> Hit:
    hits = [hit("DISPLAY_REQUIREMENT", up)]
    if up.commercial_use == "no" and down.license is not None:
        hits.insert(0, _commercial_only("OUTPUT_NC_UNCLEAR", up, down.license))
    return worst(hits)


def _derivative(up: License, down: License, edge: Edge) -> Hit:
    if carries(up, edge):
        return hit("NOTICE_PRESENT", up)
    if edge.flags.downstream_kind != "model":
        return hit("OUTPUT_DERIVATIVE", up, verdict=_REVIEW)
    if is_unread(down):
        return hit("NOT_COMPARED", unread=down.title)
    if up.family is Family.RAIL:
        if down.is_family_key and down.family is Family.RAIL:
            return hit("FAMILY_KEY", up, family=down.license)
        if restricts_uses(down) is not False:
            return hit("RAIL_VARIANT", up)
    return hit("OUTPUT_DERIVATIVE", up)


def _commercial_only(reason: str, up: License, down: License) -> Hit:
    """Give a reason where the downstream grants commercial use, or may; else nothing is wrong."""
    if down.commercial_use == "no":
        return hit("STRICTER_OK", up)
    if down.commercial_use == UNKNOWN:
        if down.is_family_key:
            return hit("FAMILY_KEY", down, family=down.license)
        return hit("NOT_COMPARED", unread=down.title)
    return hit(reason, up)
