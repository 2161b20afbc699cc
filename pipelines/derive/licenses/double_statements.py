"""The policy on one thing that states its license twice: metadata, card text, license file."""

from __future__ import annotations

from miner.pipelines.derive.licenses.compare import Step, is_unread, step
from miner.pipelines.derive.licenses.edge import LicenseEdge
from miner.pipelines.derive.licenses.license_finding import RuleHit, hit
from miner.pipelines.derive.licenses.statement import Op, Statement, same
from miner.schema.licenses import KnownLicense
from miner.schema.licenses.terms import Severity, Verdict


def judge(edge: LicenseEdge) -> RuleHit:
    """Judge two statements on one thing; the upstream is the text or file, the downstream the tag.

    Never is one picked silently: a difference is a case for review.
    """
    text, tag = edge.upstream, edge.downstream
    if not (tag.is_known and text.is_known):
        return _silent_text(text) if tag.is_known else _silent_tag(text, tag)
    if tag.is_stale or text.is_stale:
        return hit("STALE_TAG", tag.license, stale=tag.wording if tag.is_stale else text.wording)
    if same(text, tag):
        return hit("SAME" if text.wording == tag.wording else "ALIAS", tag.license)
    if text.license is None or tag.license is None:
        return _several(text, tag)
    return _compared(text.license, tag.license)


def _silent_text(text: Statement) -> RuleHit:
    if text.op is Op.MISSING:
        return hit("UPSTREAM_UNKNOWN")
    if text.op is Op.NOASSERTION:
        return hit("NOASSERTION", down=text.text)
    return hit("OTHER_UNRESOLVED", unresolved=text.text)


def _silent_tag(text: Statement, tag: Statement) -> RuleHit:
    if not text.is_known:
        if text.op is Op.MISSING and tag.op is Op.MISSING:
            return hit("BOTH_MISSING")
        return hit("OTHER_UNRESOLVED", unresolved=tag.text or text.text or "nothing")
    if tag.op is Op.MISSING or tag.wording in {"other", "unknown", "noassertion"}:
        return hit("TEXT_ONLY", text.license)
    return hit("NAME_FILE_CONFLICT", text.license, down=tag.text)


def _several(text: Statement, tag: Statement) -> RuleHit:
    ours, theirs = set(tag.leaves()), set(text.leaves())
    if ours == theirs:
        return hit("SAME")
    if ours <= theirs or theirs <= ours:
        return hit("MULTI_LICENSE")
    return hit("CARD_FILE_CONFLICT")


def _compared(text: KnownLicense, tag: KnownLicense) -> RuleHit:
    how = step(text, tag)
    if how is Step.SAME:
        return hit("ALIAS", tag)
    if how is Step.OPEN and text.line == tag.line and text.version == tag.version:
        return hit("VERSION_AMBIGUOUS", tag)
    if (tag.is_family_key and _is_of(text, tag)) or (text.is_family_key and _is_of(tag, text)):
        return hit("FAMILY_KEY", tag, family=(tag if tag.is_family_key else text).license)
    if is_unread(text) and is_unread(tag):
        return hit("CARD_FILE_CONFLICT", severity=Severity.LOW)
    commerce = {text.commercial_use == "no", tag.commercial_use == "no"}
    severity = Severity.HIGH if len(commerce) > 1 else None
    return hit("CARD_FILE_CONFLICT", tag, severity=severity, verdict=Verdict.NEEDS_REVIEW)


def _is_of(one: KnownLicense, family_key: KnownLicense) -> bool:
    return one.license.startswith(f"{family_key.license}-") or (
        bool(family_key.line) and one.line == family_key.line
    )
