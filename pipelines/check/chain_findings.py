"""Findings on one model: its use by the project, its bases, and what it states twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from miner.db.lookup import KnownModel
from miner.pipelines.check import license_terms
from miner.pipelines.check.chain import BaseLink, Chain, DataLink
from miner.pipelines.check.own_license import OwnLicenses
from miner.pipelines.check.report import ChainFinding, OwnFinding, OwnLicense, rank
from miner.pipelines.derive.licenses.circumstances import explaining
from miner.pipelines.derive.licenses.edge import Flags, LicenseEdge, prefixes_of
from miner.pipelines.derive.licenses.license_finding import PolicyFinding, finding, hit
from miner.pipelines.derive.licenses.matrices import Matrix
from miner.pipelines.derive.licenses.policy import NAME as POLICY
from miner.pipelines.derive.licenses.policy import exclude_each_other
from miner.pipelines.derive.licenses.statement import Op, Statement, read
from miner.schema.licenses import NOT_READ, load_reasons
from miner.schema.licenses.terms import (
    LICENSE_RELATION_SPELLINGS,
    LicenseRelation,
    Severity,
    Verdict,
)

_LOW, _MEDIUM = Severity.LOW.value, Severity.MEDIUM.value
BROKEN = "FAILED"
"""Reason where judging broke."""

OWN_REASONS = {
    "NOT_HELD": "A model is not in the data, so its license is not known.",
    "NOT_READ": "What states the license of a model was not read, so its license is not known.",
    "BASE_NOT_HELD": "A model names a base that is not in the data.",
    "DATA_NOT_HELD": "A model names datasets that are not in the data, or the project loads one.",
    "DATA_UNLICENSED": "A dataset that the project loads states no license.",
    "CHAIN_CUT": "A model has more bases than are followed.",
    BROKEN: "A model could not be judged, because of a bug of miner.",
    "MODEL_UNLICENSED": "A model states no license: without one there is no right to use it.",
    "UNRESOLVED_LOAD": "A load of a model that the source does not name.",
}
"""Reasons that no matrix gives: what could not be judged, and why. One sentence each."""

_ANY_CODE = read("mit")  # asks for nothing that a model could contradict
_BY_SEVERITY = [Severity.INFO.value, _LOW, _MEDIUM, Severity.HIGH.value]


def unknown_model(name: str, hub: str, project: str, why: str = "") -> ChainFinding:
    """Return the finding on a model that is not in the data, and why it is not."""
    reason = f": {why}. Its" if why else ": its"
    return _unknown(
        "NOT_HELD", _MEDIUM, LicenseRelation.USED_BY.value, (name, project),
        f"{name} ({hub}) is not in the data{reason} license is not known.",
        f"Read the license of {name} where it is published, or bring it in with miner crawl.",
    )  # fmt: skip


def failed(name: str, place: str, project: str) -> ChainFinding:
    """Return the finding on a model that could not be judged.

    Args:
        name: The model.
        place: Class and place of the unexpected error.
        project: Name of the project.
    """
    return _unknown(
        BROKEN, _MEDIUM, LicenseRelation.USED_BY.value, (name, project),
        f"{name} could not be judged: {place}, a bug of miner.",
        "Read its license yourself, and report the error with its place.",
    )  # fmt: skip


def judge_chain(
    chain: Chain, own: Statement, project: str, matrix: Matrix, ships: str
) -> list[ChainFinding]:
    """Return all findings on a model, worst first.

    Args:
        chain: The model and what it was derived from.
        own: What the project states for its code.
        project: Its name.
        matrix: The rules.
        ships: Whether weights lie in the project: ``no`` or ``unknown``.
    """
    found = [_use(chain.model, own, project, matrix, ships), *above(chain, project, matrix)]
    return sorted(
        dict.fromkeys(found),
        key=lambda one: (-rank(one.verdict), -_BY_SEVERITY.index(one.severity)),
    )


def judge_own(own: OwnLicenses, project: str, matrix: Matrix) -> list[OwnFinding]:
    """Return findings on a project that states two licenses for one thing."""
    found = []
    for one in own.twice:
        edge = LicenseEdge(one.statements[0], one.statements[1], LicenseRelation.SELF)
        decided = matrix.decide(edge)
        if decided.verdict is not Verdict.CONSISTENT:
            chain = (_place(one.first), _place(one.second), project)
            judged = _judged(decided, LicenseRelation.SELF.value, chain, None)
            found.append(OwnFinding(judged, one.second.path, max(one.second.line, 1)))
    return found


def _place(one: OwnLicense) -> str:
    return f"{one.path}:{max(one.line, 1)}"


def above(chain: Chain, project: str, matrix: Matrix) -> list[ChainFinding]:
    """Return the findings on a model itself and on what it was derived from, whoever loads it."""
    found = [
        *_twice(chain.model, project, matrix),
        *_bases(chain, project, matrix),
        *_data(chain, project, matrix),
    ]
    if chain.is_cut:
        found.append(
            _unknown(
                "CHAIN_CUT", _LOW, "", (chain.model.name, project),
                f"{chain.model.name} has more bases than are followed.",
                "Look at its lineage with miner model.",
            )
        )  # fmt: skip
    return found


def _use(
    model: KnownModel, own: Statement, project: str, matrix: Matrix, ships: str
) -> ChainFinding:
    up, chain = license_terms.of_model(model), (model.name, project)
    relation = LicenseRelation.USED_BY
    if up is license_terms.UNREAD:
        return _not_read(model, relation.value, chain)
    if up.op is Op.MISSING:
        return _unknown(
            "MODEL_UNLICENSED", Severity.HIGH.value, relation.value, chain,
            f"{model.name} states no license: without one there is no right to use it.",
            "Ask its owner for a license, or load another model.", model.evidence_url,
        )  # fmt: skip
    edge = LicenseEdge(up, own, relation, Flags(downstream_kind="repo", ships=ships))
    found = matrix.decide(edge)
    if own.is_known or not up.is_known:
        return _judged(found, relation.value, chain, model.evidence_url, up)
    found = matrix.decide(replace(edge, downstream=_ANY_CODE))
    return _judged(_on_its_own(found, up), relation.value, chain, model.evidence_url, up)


def use_of_data(  # noqa: PLR0917 - a dataset, a project, and the rules
    name: str, up: Statement, own: Statement, project: str, matrix: Matrix, url: str
) -> ChainFinding:
    """Return the finding on a dataset that the project itself loads."""
    relation, chain = LicenseRelation.USED_BY, (name, project)
    if up is license_terms.UNREAD:
        return _unknown(
            "DATA_NOT_HELD", _LOW, relation.value, chain,
            f"The dataset {name} is not in the data: its license is not known.",
            f"Read the license of {name} where it is published.", url,
        )  # fmt: skip
    if up.op is Op.MISSING:
        return _unknown(
            "DATA_UNLICENSED", _LOW, relation.value, chain,
            f"The dataset {name} states no license: without one there is no right to use it.",
            "Ask its owner for a license, or load other data.", url,
        )  # fmt: skip
    flags = Flags(upstream_kind="dataset", downstream_kind="repo", ships="no")
    edge = LicenseEdge(up, own if own.is_known else _ANY_CODE, relation, flags)
    found = matrix.decide(edge)
    if not own.is_known:
        found = _on_its_own(found, up)
    judged = _judged(found, relation.value, chain, url, up)
    return replace(judged, explanation=_of_data(judged.explanation), action=_of_data(judged.action))


def _of_data(text: str) -> str:
    """Return a sentence on a model that is loaded, as one on a dataset."""
    text = text.replace("another model", "other data")
    return text.replace("the model", "the dataset").replace("The model", "The dataset")


def _on_its_own(found: PolicyFinding, up: Statement) -> PolicyFinding:
    """Return a finding on the model's own terms, for code whose license is not known."""
    text = load_reasons()[found.reason].meaning
    if found.verdict is Verdict.CONSISTENT:
        text = "{up} allows the use."
    places = {"up": up.text, "down": "its license is not known", "unread": up.text}
    try:
        terms = text.format_map(places)
    except KeyError:
        terms = found.explanation
    return replace(
        found, explanation=f"{terms} What it means for the project's own license is open."
    )


def _twice(model: KnownModel, project: str, matrix: Matrix) -> Iterator[ChainFinding]:
    """Judge what other places state of the same model, where it is not the same."""
    chosen = license_terms.of_model(model)
    if not chosen.is_known:
        return
    for statement, other in license_terms.others_of(model):
        if other == chosen:
            continue
        edge = LicenseEdge(other, chosen, LicenseRelation.SELF)
        found = matrix.decide(edge)
        if found.verdict is not Verdict.CONSISTENT:
            place = (model.name, project)
            url = statement.evidence_url
            yield _judged(found, LicenseRelation.SELF.value, place, url, other)


def _bases(chain: Chain, project: str, matrix: Matrix) -> Iterator[ChainFinding]:
    for siblings in _by_child(chain.bases):
        statements = [link.statement for link in siblings]
        for place, link in enumerate(siblings):
            others = [one for at, one in enumerate(statements) if at != place]
            yield _base(link, others, project, matrix)
        yield from _conflicts(siblings, project, matrix)


def _by_child(links: Sequence[BaseLink]) -> list[list[BaseLink]]:
    groups: dict[str, list[BaseLink]] = {}
    for link in links:
        groups.setdefault(link.child.name, []).append(link)
    return list(groups.values())


def _base(link: BaseLink, others: list[Statement], project: str, matrix: Matrix) -> ChainFinding:
    relation = LICENSE_RELATION_SPELLINGS.get(link.edge.relation, LicenseRelation.UNKNOWN)
    chain, child = (*link.chain, project), link.child
    up, down = link.statement, license_terms.of_model(child)
    if up is license_terms.UNREAD:
        return _unknown(
            "BASE_NOT_HELD", _MEDIUM, relation.value, chain,
            f"{child.name} was derived from {link.chain[0]}, whose license is not known.",
            f"Read the license of {link.chain[0]}, or bring it in with miner crawl.",
            link.edge.evidence_url,
        )  # fmt: skip
    if down is license_terms.UNREAD:
        return _not_read(child, relation.value, chain)
    flags = Flags(prefixes=prefixes_of(child.name), same_owner=_same_owner(link))
    edge = LicenseEdge(up, down, relation, explaining(flags, others))
    return _judged(matrix.decide(edge), relation.value, chain, link.edge.evidence_url, up)


def _same_owner(link: BaseLink) -> bool:
    owner = link.child.owner
    return owner is not None and link.base is not None and link.base.owner == owner


def _conflicts(links: list[BaseLink], project: str, matrix: Matrix) -> Iterator[ChainFinding]:
    """Judge the parents of a merge against each other: no license may serve them all."""
    if matrix.name != POLICY:
        return  # the other matrices know pairs of upstream and downstream alone
    merged = [link for link in links if link.edge.relation == LicenseRelation.MERGE.value]
    for one, other in combinations(merged, 2):
        if exclude_each_other(one.statement, other.statement):
            words = f"{one.statement.text} and {other.statement.text}"
            decided = hit("MERGE_CONFLICT", one.statement.license, conflict=words)
            down = license_terms.of_model(one.child).text
            found = finding([decided], matrix.name, matrix.version, up=words, down=down)
            chain = (f"{one.chain[0]} + {other.chain[0]}", *one.chain[1:], project)
            url = one.edge.evidence_url
            yield _judged(
                found, LicenseRelation.MERGE.value, chain, url, one.statement, other.statement
            )


def _data(chain: Chain, project: str, matrix: Matrix) -> Iterator[ChainFinding]:
    relation = LicenseRelation.TRAINED_ON
    trained = [link for link in chain.data if link.is_training]
    for link in trained:
        up, down = link.statement, license_terms.of_model(link.child)
        if up is license_terms.UNREAD:
            continue
        place = (*link.chain, project)
        if down is license_terms.UNREAD:
            yield _not_read(link.child, relation.value, place)
            continue
        edge = LicenseEdge(up, down, relation, Flags(upstream_kind="dataset"))
        yield _judged(matrix.decide(edge), relation.value, place, link.edge.evidence_url, up)
    yield from _unread_data(trained, project)


def _unread_data(trained: list[DataLink], project: str) -> Iterator[ChainFinding]:
    """Report once per model how many of its datasets are not known; all are in the report."""
    groups: dict[str, list[DataLink]] = {}
    for link in trained:
        groups.setdefault(link.child.name, []).append(link)
    for child, links in groups.items():
        open_ones = [link for link in links if link.statement is license_terms.UNREAD]
        if open_ones:
            names = ", ".join(link.chain[0] for link in open_ones[:3])
            more = f" and {len(open_ones) - 3} more" if len(open_ones) > 3 else ""
            yield _unknown(
                "DATA_NOT_HELD", _LOW, LicenseRelation.TRAINED_ON.value,
                (*open_ones[0].chain[1:], project),
                f"{child} names {_datasets(len(links))} that it was trained on; the license of "
                f"{len(open_ones)} is not known: {names}{more}.",
                "Read their licenses where they are published.",
                open_ones[0].edge.evidence_url,
            )  # fmt: skip


def _datasets(count: int) -> str:
    return f"{count} dataset" if count == 1 else f"{count} datasets"


def _not_read(model: KnownModel, relation: str, chain: tuple[str, ...]) -> ChainFinding:
    why = f"Neither tags nor card of {model.name} were read"
    if model.unread_files:
        why = f"{model.name} states no license; {license_terms.unread_files(model)}"
    return _unknown(
        "NOT_READ", _MEDIUM, relation, chain, f"{why}: its license is not known.",
        f"Read the license of {model.name} where it is published.", model.evidence_url,
    )  # fmt: skip


def _unknown(  # noqa: PLR0917 - the fields of a finding, in their order
    reason: str, severity: str, relation: str, chain: tuple[str, ...], explanation: str,
    action: str, url: str | None = None,
) -> ChainFinding:  # fmt: skip
    return ChainFinding(
        Verdict.UNKNOWN.value, reason, severity, relation, chain, explanation, action,
        evidence_url=url or "",
    )  # fmt: skip


def _action(found: PolicyFinding, relation: str, chain: tuple[str, ...]) -> str:
    """Return what to do; who loads a model cannot mend what its publisher states."""
    own = {LicenseRelation.USED_BY.value, LicenseRelation.SELF.value}
    is_own = relation in own or len(chain) < 3
    if is_own or found.verdict is Verdict.CONSISTENT:
        return found.action
    return (
        f"The publisher of {chain[1]}: {found.action} Until then, assume the stricter terms "
        "or load another model."
    )


def _judged(
    found: PolicyFinding, relation: str, chain: tuple[str, ...], url: str | None,
    *upstream: Statement,
) -> ChainFinding:  # fmt: skip
    """Return a finding as a report has it.

    One that rests on a license whose text was not read weighs little; its explanation says so.
    """
    is_reported = found.verdict is not Verdict.CONSISTENT and any(
        leaf.evidence in NOT_READ for one in upstream for leaf in one.leaves()
    )
    return ChainFinding(
        verdict=found.verdict.value,
        reason=found.reason,
        severity=_LOW if is_reported else found.severity.value,
        relation=relation,
        chain=chain,
        explanation=found.explanation,
        action=_action(found, relation, chain),
        clause=found.clause,
        clause_url=found.evidence_url,
        evidence_url=url or "",
        matrix=found.matrix,
        matrix_version=found.matrix_version,
        is_reported=is_reported,
    )
