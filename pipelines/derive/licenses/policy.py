"""The matrix ``miner``: the policy of this project, on what licenses say.

The rules look at facts of licenses, never at their names, and at an edge's relation and flags.
A statement of several licenses is judged part by part. If several rules speak, the worst verdict
wins: inconsistent, needs-review, unknown, consistent. ``docs/licenses.md`` has the policy in prose.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from miner.content import version_of
from miner.pipelines.derive.licenses import (
    double_statements,
    outputs,
    training_policy,
    usage,
    weight_policy,
)
from miner.pipelines.derive.licenses.compare import Step, step
from miner.pipelines.derive.licenses.edge import LicenseEdge, excludes_licensee
from miner.pipelines.derive.licenses.license_finding import (
    PolicyFinding,
    RuleHit,
    finding,
    hit,
    worst,
)
from miner.pipelines.derive.licenses.statement import Op, Statement, same
from miner.schema.licenses.terms import (
    COPYLEFT,
    CREDIT_ONLY,
    SHAREALIKE,
    WEIGHTS,
    LicenseFamily,
    LicenseRelation,
    Verdict,
)

NAME = "miner"
VERSION = version_of("miner.pipelines.derive.licenses", "miner.schema.licenses", without="texts")
"""That of the rules and facts which decide: it changes with each of them."""

Leaf = Callable[[Statement, Statement, LicenseEdge], RuleHit]


class MinerPolicy:
    """The policy as a matrix."""

    name = NAME
    version = VERSION

    def decide(self, edge: LicenseEdge) -> PolicyFinding:
        """Return what the policy says of an edge."""
        return _decide(edge)


@lru_cache(maxsize=200_000)
def _decide(edge: LicenseEdge) -> PolicyFinding:
    resolved, _ = _reread(edge)
    return finding(
        judge(edge), NAME, VERSION, up=resolved.upstream.text, down=resolved.downstream.text
    )


def judge(edge: LicenseEdge) -> list[RuleHit]:
    """Return all rules that speak of an edge."""
    if edge.relation is LicenseRelation.SELF:
        return [double_statements.judge(edge)]
    if former := _former(edge):
        return [former]
    resolved, reread = _reread(edge)
    found = _walk(resolved)
    hits = [*_on_territory(resolved), found, *_stale(edge), *reread(found)]
    if edge.relation is LicenseRelation.TRAINED_ON:
        hits = _on_data(resolved, found, hits)
    if edge.relation is LicenseRelation.DISTILL:
        hits += _on_base(resolved)
    return hits


def _walk(edge: LicenseEdge) -> RuleHit:
    return _over_upstream(_leaf(edge.relation), edge.upstream, edge.downstream, edge)


def _leaf(relation: LicenseRelation) -> Leaf:
    if relation in WEIGHTS:
        return weight_policy.judge
    return {
        LicenseRelation.DISTILL: outputs.judge,
        LicenseRelation.TRAINED_ON: training_policy.judge,
        LicenseRelation.USED_BY: usage.judge,
    }[relation]


def _over_upstream(leaf: Leaf, up: Statement, down: Statement, edge: LicenseEdge) -> RuleHit:
    """Judge the parts of the upstream: at choice the best holds, together the worst."""
    if not up.members:
        return _over_downstream(leaf, up, down, edge)
    hits = [_over_upstream(leaf, part, down, edge) for part in up.members]
    if up.op is Op.ALL:
        return worst(hits)
    if same(up, down) and all(one.verdict is Verdict.CONSISTENT for one in hits):
        return hit("SAME")
    if up.op is Op.ANY:
        best = min(hits, key=lambda one: _PREFERRED.index(one.verdict))
        return hit("DUAL_CHOICE", best.license) if best.verdict is Verdict.CONSISTENT else best
    if all(one.verdict is Verdict.CONSISTENT for one in hits):
        free = all(one.family in CREDIT_ONLY for one in up.leaves())
        return hit("DUAL_CHOICE" if free else "MULTI_LICENSE")
    return _agreed(hits)


_PREFERRED = (Verdict.CONSISTENT, Verdict.NEEDS_REVIEW, Verdict.UNKNOWN, Verdict.INCONSISTENT)


def _over_downstream(leaf: Leaf, up: Statement, down: Statement, edge: LicenseEdge) -> RuleHit:
    """Judge the parts of the downstream: what is offered at choice has to be right in each."""
    if not down.members:
        return leaf(up, down, edge)
    hits = [_over_downstream(leaf, up, part, edge) for part in down.members]
    if down.op is Op.ANY:
        return worst(hits)
    # terms of one's own beside an agreement do not take its duties away
    kept = [one for one in hits if one.reason != "NOT_COMPARED"] if down.op is Op.ALL else []
    return _agreed(kept or hits)


def _agreed(hits: list[RuleHit]) -> RuleHit:
    """Return what all parts agree on; else which part is meant decides, and has to be asked."""
    if len({one.verdict for one in hits}) == 1:
        return hits[0]
    return hit("MULTI_LICENSE")


def _former(edge: LicenseEdge) -> RuleHit | None:
    """Judge a tag that names what the upstream had before: it may have been right at the time."""
    stated = edge.downstream
    if edge.relation not in WEIGHTS or not stated.is_known:
        return None
    if any(same(stated, one) for one in edge.flags.former):
        return hit("STALE_TAG", stated.license, stale=stated.wording)
    return None


def _stale(edge: LicenseEdge) -> list[RuleHit]:
    """Judge names whose text was replaced by that of another license."""
    if edge.relation not in WEIGHTS:
        return []
    sides = (edge.upstream, edge.downstream)
    return [hit("STALE_TAG", side.license, stale=side.wording) for side in sides if side.is_stale]


def _reread(edge: LicenseEdge) -> tuple[LicenseEdge, Callable[[RuleHit], list[RuleHit]]]:
    """Take card text and license file into account.

    Returns:
        The edge, with what a file or text says where the metadata say nothing; and what the
        difference between them adds to a verdict.
    """
    stated, flags = edge.downstream, edge.flags
    other = flags.file or flags.text
    if other is None or not other.is_known or edge.relation is LicenseRelation.SELF:
        return edge, lambda _: []
    if stated.op is Op.UNRESOLVED or stated.op is Op.NOASSERTION:
        found = replace(other, wording=f"{stated.wording} ({other.wording})")
        return replace(edge, downstream=found), lambda _: []
    if stated.op is Op.MISSING:
        return (
            replace(edge, downstream=other),
            lambda found: (
                [hit("TEXT_ONLY", other.license, up=other.text)]
                if found.verdict is Verdict.CONSISTENT
                else []
            ),
        )
    if _is_same(stated, other):
        return edge, lambda _: []
    reason = "NAME_FILE_CONFLICT" if flags.file else "CARD_FILE_CONFLICT"
    return edge, lambda _: [
        hit(reason, stated.license, verdict=Verdict.NEEDS_REVIEW, up=other.text, down=stated.text)
    ]


def _is_same(one: Statement, other: Statement) -> bool:
    if one.license is None or other.license is None:
        return same(one, other)
    return step(one.license, other.license) is Step.SAME


def _on_territory(edge: LicenseEdge) -> list[RuleHit]:
    if edge.relation is LicenseRelation.TRAINED_ON:
        return []
    return [
        hit("TERRITORY", one, territory=one.territory_limit)
        for one in edge.upstream.leaves()
        if excludes_licensee(one, edge.flags)
    ]


def _on_data(edge: LicenseEdge, found: RuleHit, hits: list[RuleHit]) -> list[RuleHit]:
    """Add who made the data, and what an audit says of their license."""
    generated = training_policy.generated(edge.downstream, edge)
    extra = [generated] if generated else []
    if generated and generated.reason == "STRICTER_OK" and found.reason not in {"SAME", "ALIAS"}:
        hits = [generated, *hits]  # that the model keeps to no commerce is what makes it fine
    extra += [
        narrowed
        for term in edge.flags.terms
        if (
            narrowed := training_policy.narrowed(
                edge, term, _walk(replace(edge, upstream=term)), found
            )
        )
    ]
    if any(one.reason == "DATASET_CARD_DIFFERS" for one in extra):
        hits = [one for one in hits if one.verdict is not Verdict.INCONSISTENT]
    if edge.flags.audited is None:
        return hits + extra
    audited = training_policy.audited(edge, found, _walk(training_policy.as_audited(edge)))
    if audited is None:
        return hits + extra
    kept = [one for one in hits if one.verdict is not Verdict.INCONSISTENT]
    return [audited, *kept, *extra]


def _on_base(edge: LicenseEdge) -> list[RuleHit]:
    """Judge a base of the teacher's own line: its agreement has to go along all the same."""
    base = edge.flags.base
    is_own = any(
        one.same_license in {"agreement-copy", "yes"} and base in {one.license, one.line} - {""}
        for one in edge.upstream.leaves()
    )
    if not is_own or not edge.downstream.is_known:
        return []
    derived = _walk(replace(edge, relation=LicenseRelation.FINETUNE))
    return [derived] if derived.reason in {"COMMUNITY_LICENSE_DROPPED", "NC_DROPPED"} else []


def exclude_each_other(one: Statement, other: Statement) -> bool:
    """Return whether no license could serve a work made of both.

    Each asks for terms that the other rules out: share-alike or copyleft on one side, and on the
    other another share-alike or copyleft, a non-commercial limit, use restrictions or an agreement
    that have to go along. Two agreements can go along together; copyleft cannot share.
    """
    a, b = one.license, other.license
    if a is None or b is None or a.is_family_key or b.is_family_key:
        return False
    if not {_binds_whole(a.family), _binds_whole(b.family)} & {True}:
        return False
    if LicenseFamily.UNKNOWN in {a.family, b.family}:
        return False
    edges = (
        LicenseEdge(one, other, LicenseRelation.MERGE),
        LicenseEdge(other, one, LicenseRelation.MERGE),
    )
    return all(_walk(edge).verdict is Verdict.INCONSISTENT for edge in edges)


def _binds_whole(family: LicenseFamily) -> bool:
    return family in COPYLEFT | SHAREALIKE
