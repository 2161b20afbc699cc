"""The policy on one thing that states its license twice: metadata, card text, license file."""

from __future__ import annotations

from miner.pipelines.derive.licenses import publisher_names
from miner.pipelines.derive.licenses.compare import Step, is_unread, step
from miner.pipelines.derive.licenses.edge import LicenseEdge
from miner.pipelines.derive.licenses.license_finding import RuleHit, hit
from miner.pipelines.derive.licenses.statement import Op, Statement, same
from miner.schema.licenses import KnownLicense
from miner.schema.licenses.terms import LicenseFamily, Severity, Verdict


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
    return hit("TEXT_ONLY", text.license)


def _several(text: Statement, tag: Statement) -> RuleHit:
    ours, theirs = set(tag.leaves()), set(text.leaves())
    if ours == theirs:
        return hit("SAME")
    limits = {one for one in theirs if one.license == _LIMITED}
    if limits and text.op is Op.ALL:
        return _limited(theirs - limits, tag)
    if ours <= theirs or theirs <= ours:
        return hit("MULTI_LICENSE")
    return hit("CARD_FILE_CONFLICT")


def _limited(named: set[KnownLicense], tag: Statement) -> RuleHit:
    """Judge a license that the text limits further than it does itself."""
    if all(one.commercial_use == "no" for one in tag.leaves()):
        rest = [_compared(one, other) for one in named for other in tag.leaves()]
        return rest[0] if len(rest) == 1 else hit("MULTI_LICENSE")
    return hit("CARD_FILE_CONFLICT", severity=Severity.HIGH, verdict=Verdict.NEEDS_REVIEW)


_LIMITED = "research-only"


def _compared(text: KnownLicense, tag: KnownLicense) -> RuleHit:
    how = step(text, tag)
    if how is Step.SAME:
        return hit("ALIAS", tag)
    if how is Step.OPEN and text.line == tag.line and text.version == tag.version:
        return hit("VERSION_AMBIGUOUS", tag)
    if (tag.is_family_key and _is_of(text, tag)) or (text.is_family_key and _is_of(tag, text)):
        return hit("FAMILY_KEY", tag, family=(tag if tag.is_family_key else text).license)
    if is_unread(text) or is_unread(tag):
        # what a name stands for that no table has may be the license of the other place
        return _unresolved(text, tag)
    if text.license == _LIMITED and tag.commercial_use == "no":
        return hit("STRICTER_OK", text, up=text.title, down=tag.title)
    commerce = {text.commercial_use == "no", tag.commercial_use == "no"}
    severity = Severity.HIGH if len(commerce) > 1 else None
    return hit("CARD_FILE_CONFLICT", tag, severity=severity, verdict=Verdict.NEEDS_REVIEW)


def _unresolved(text: KnownLicense, tag: KnownLicense) -> RuleHit:
    """Judge a name that is not resolved: doubt where it shares a publisher's word with the tag."""
    name = (text if is_unread(text) else tag).title
    if publisher_names.may_be_one(text.title, f"{tag.title} {tag.line}"):
        return hit(
            "OTHER_UNRESOLVED", verdict=Verdict.NEEDS_REVIEW, severity=Severity.LOW, unresolved=name
        )
    return hit("OTHER_UNRESOLVED", unresolved=name)


def _is_of(one: KnownLicense, family_key: KnownLicense) -> bool:
    return (
        one.license.startswith(f"{family_key.license}-")
        or (bool(family_key.line) and one.line == family_key.line)
        or (family_key.license == "openrail" and one.family is LicenseFamily.RAIL)
    )
