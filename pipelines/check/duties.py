"""What the licenses of a model's chain ask for, and the terms that hold in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from miner.pipelines.check import license_terms
from miner.pipelines.check.chain import Chain
from miner.pipelines.check.report import ChainFinding, Concluded, LicenseName, Obligation
from miner.pipelines.derive.licenses.statement import Op, Statement
from miner.schema.licenses import UNKNOWN, KnownLicense
from miner.schema.licenses.terms import (
    COPYLEFT,
    LICENSE_RELATION_SPELLINGS,
    SHAREALIKE,
    WEIGHTS,
    LicenseFamily,
    LicenseRelation,
    Verdict,
)

_NONE = frozenset({"", "none", "no", UNKNOWN})


@dataclass(frozen=True, slots=True)
class _Duty:
    kind: str
    when: str
    applies: Callable[[KnownLicense], bool]
    text: Callable[[KnownLicense], str]


def _fixed(text: str) -> Callable[[KnownLicense], str]:
    return lambda _: text


_DUTIES = (
    _Duty("no-commercial-use", "use", lambda one: one.commercial_use == "no",
          _fixed("Do not use it, or what it produces where the license says so, commercially.")),
    _Duty("commercial-conditions", "use",
          lambda one: one.commercial_use == "conditional" and one.user_threshold in _NONE,
          _fixed("Commercial use has conditions: read them before.")),
    _Duty("user-threshold", "use", lambda one: one.user_threshold not in _NONE,
          lambda one: f"Ask for another license above this size: {one.user_threshold}."),
    _Duty("use-restrictions", "use", lambda one: one.use_restrictions == "listed",
          _fixed("Keep to its list of prohibited uses, and tell your users of it.")),
    _Duty("territory", "use", lambda one: one.territory_limit not in _NONE,
          lambda one: f"Check where you are: it grants nothing in {one.territory_limit}."),
    _Duty("network", "use", lambda one: one.network_clause == "yes",
          _fixed("Offering it over a network counts as passing it on.")),
    _Duty("display", "distribute", lambda one: one.display not in _NONE,
          lambda one: f'Show "{one.display}" with products that use it.'),
    _Duty("attribution", "distribute", lambda one: one.attribution == "yes",
          _fixed("Pass on its license, copyright and notices with the weights.")),
    _Duty("flow-down", "distribute",
          lambda one: one.use_restrictions == "listed" and one.flow_down == "yes",
          _fixed("Bind whoever gets the weights to its use restrictions.")),
    _Duty("no-redistribution", "distribute", lambda one: one.redistribution == "no",
          _fixed("Do not pass the weights on.")),
    _Duty("same-license", "derive",
          lambda one: one.same_license == "yes" or one.family in COPYLEFT | SHAREALIKE,
          _fixed("Put derivatives under the same license.")),
    _Duty("agreement-copy", "derive", lambda one: one.same_license == "agreement-copy",
          _fixed("Give a copy of its agreement with every derivative.")),
    _Duty("name-prefix", "derive", lambda one: bool(one.prefix),
          lambda one: f'Begin the name of a derivative with "{one.prefix}".'),
    _Duty("no-derivatives", "derive", lambda one: one.derivatives in {"no", "no-sharing"},
          _fixed("Do not share adapted versions, such as a tuned model.")),
    _Duty("output-training", "outputs",
          lambda one: one.output_training in {"same-line", "limited", "provider", "noncommercial"},
          _fixed("Its outputs may not train just any other model: read the terms first.")),
    _Duty("output-derivative", "outputs",
          lambda one: one.output_training in {"derivative", "prefix", "display"},
          _fixed("A model trained on its outputs has to carry terms of this license.")),
)  # fmt: skip


def obligations(chain: Chain) -> tuple[Obligation, ...]:
    """Return what the licenses of a model and of the bases in it ask for, each once a license.

    A base counts as far as its weights are in the model: one that was only distilled does not.
    Where licenses are offered at choice, those of every choice are listed.
    """
    found: dict[tuple[str, str], Obligation] = {}
    for name, statement in weights_of(chain):
        for one in statement.leaves():
            for duty in _of_license(one, name):
                found.setdefault((duty.kind, duty.license), duty)
    return tuple(found.values())


def _of_license(one: KnownLicense, origin: str) -> Iterator[Obligation]:
    if one.family is LicenseFamily.UNKNOWN and not one.is_family_key:
        text = f"Read {one.title}: its terms are not in the tables."
        yield Obligation("read-license", "use", text, one.license, one.clause, one.url, origin)
        return
    for duty in _DUTIES:
        if duty.applies(one):
            yield Obligation(
                duty.kind, duty.when, duty.text(one), one.license, one.clause, one.url, origin
            )


def weights_of(chain: Chain) -> Iterator[tuple[str, Statement]]:
    """Yield the model and every base whose weights are in it, with what they state."""
    yield chain.model.name, license_terms.of_model(chain.model)
    inside = {chain.model.name}
    for link in chain.bases:
        if link.child.name in inside and _holds_weights(link.edge.relation):
            inside.add(link.chain[0])
            yield link.chain[0], link.statement


def _holds_weights(relation: str) -> bool:
    return LICENSE_RELATION_SPELLINGS.get(relation, LicenseRelation.UNKNOWN) in WEIGHTS


def commercial_use(chain: Chain) -> str:
    """Return whether the licenses of a chain allow commercial use: the strictest of them.

    Returns:
        ``no``, ``unknown``, ``conditional`` or ``yes``; ``unknown`` where one of them is.
    """
    answers = {_commercial(statement) for _, statement in weights_of(chain)}
    return next(one for one in ("no", UNKNOWN, "conditional", "yes") if one in answers)


def _commercial(statement: Statement) -> str:
    if not statement.is_known:
        return UNKNOWN
    answers = {one.commercial_use for one in statement.leaves()}
    order = ("yes", "conditional", UNKNOWN, "no") if statement.op is Op.ANY else _STRICTEST
    return next(one for one in order if one in answers)


_STRICTEST = ("no", UNKNOWN, "conditional", "yes")


def conclude(chain: Chain, findings: Iterable[ChainFinding]) -> Concluded:
    """Return the terms that hold for a model, as far as they can be known.

    A statement that nothing speaks against holds. Where one breaks the terms of a base whose
    weights are in the model, both hold. Where a base is not known, nothing can be concluded.
    """
    declared = license_terms.of_model(chain.model)
    own = license_terms.expression_of(declared)
    bases = list(weights_of(chain))[1:]
    names = tuple(dict.fromkeys(license_terms.name_of(one) for one in declared.leaves()))
    unread = [name for name, statement in bases if not statement.is_known]
    found = [one for one in findings if one.relation != LicenseRelation.USED_BY.value]
    broken = [one for one in found if _is_broken(one)]
    if broken:
        concluded = _with_bases(own, names, [statement for _, statement in bases], broken)
        return (
            replace(concluded, comment=f"{concluded.comment} {_not_known(unread)}")
            if unread
            else concluded
        )
    if own is None:
        return Concluded(None, (), _why_open(declared))
    if unread:
        return Concluded(None, (), _not_known(unread))
    review = [one for one in found if one.verdict == Verdict.NEEDS_REVIEW.value]
    comment = f"As declared; to be reviewed: {review[0].explanation}" if review else ""
    return Concluded(own, names, comment)


def _not_known(bases: list[str]) -> str:
    more = f" and {len(bases) - 3} more" if len(bases) > 3 else ""
    return f"The license of a base is not known: {', '.join(bases[:3])}{more}."


def _is_broken(one: ChainFinding) -> bool:
    return one.verdict == Verdict.INCONSISTENT.value and _holds_weights(one.relation)


def _why_open(declared: Statement) -> str:
    if declared is license_terms.UNREAD:
        return "What the model states was not read."
    if declared.op is Op.MISSING:
        return "The model states no license, and no base of it settles one."
    if declared.op is Op.LIST:
        return "Several licenses are stated, and not how they relate."
    return "What the model states does not say which license it is."


def _with_bases(
    own: str | None,
    names: tuple[LicenseName, ...],
    bases: list[Statement],
    broken: list[ChainFinding],
) -> Concluded:
    """Conclude that the terms of the bases hold beside what the model declares."""
    why = f"The terms of a base still hold: {broken[0].explanation}"
    parts = [license_terms.expression_of(statement) for statement in bases if statement.is_known]
    kept = [own, *parts] if own else parts
    if None in kept:
        return Concluded(None, (), why)
    expression = license_terms.joined([str(part) for part in kept]) if kept else None
    leaves = (license_terms.name_of(one) for statement in bases for one in statement.leaves())
    return Concluded(expression, tuple(dict.fromkeys([*names, *leaves])) if expression else (), why)
