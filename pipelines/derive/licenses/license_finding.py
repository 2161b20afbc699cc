"""What is said of an edge: a verdict with its reason, clause and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from miner.schema.licenses import NOT_READ, KnownLicense, load_reasons
from miner.schema.licenses.terms import WORST_LAST, Severity, Verdict

_RANK = {verdict: rank for rank, verdict in enumerate(WORST_LAST)}


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule that speaks.

    Attributes:
        reason: Its code, a row of ``reasons.csv``.
        verdict: The verdict it gives.
        severity: How much hangs on it.
        license: The license whose clause it rests on.
        words: What goes into the places of the sentences.
    """

    reason: str
    verdict: Verdict
    severity: Severity
    license: KnownLicense | None = None
    words: tuple[tuple[str, str], ...] = ()

    @property
    def rank(self) -> int:
        """Place among verdicts, the worst last."""
        return _RANK[self.verdict]


def hit(
    reason: str,
    license: KnownLicense | None = None,  # noqa: A002 (the word of the tables)
    *,
    verdict: Verdict | None = None,
    severity: Severity | None = None,
    **words: str,
) -> RuleHit:
    """Return a hit, with verdict and severity of the table unless explicit."""
    row = load_reasons()[reason]
    return RuleHit(
        reason, verdict or row.verdict, severity or row.severity, license, tuple(words.items())
    )


def worst(hits: Iterable[RuleHit]) -> RuleHit:
    """Return the hit with the worst verdict, the first of several."""
    return max(hits, key=lambda one: one.rank)


def lowered(one: RuleHit) -> RuleHit:
    """Return a hit that is no longer sure: inconsistent becomes needs-review."""
    if one.verdict is not Verdict.INCONSISTENT:
        return one
    return replace(one, verdict=Verdict.NEEDS_REVIEW, severity=Severity.MEDIUM)


@dataclass(frozen=True, slots=True)
class PolicyFinding:
    """The answer on one edge, or on all edges of a case.

    Attributes:
        verdict: The worst of all rules that speak.
        reason: Code of the rule behind it.
        severity: How much hangs on it.
        explanation: One sentence or two.
        clause: The sections that say so.
        action: What to do about it.
        evidence_url: Where to read the clause.
        matrix: Name of the matrix.
        matrix_version: Its version.
        reasons: Codes of all rules that spoke, the deciding one first.
    """

    verdict: Verdict
    reason: str
    severity: Severity
    explanation: str
    clause: str
    action: str
    evidence_url: str
    matrix: str
    matrix_version: str
    reasons: tuple[str, ...] = field(default=())

    def as_row(self) -> dict[str, Any]:
        """Return it as a row of plain values."""
        return {
            "verdict": self.verdict.value,
            "reason": self.reason,
            "severity": self.severity.value,
            "explanation": self.explanation,
            "clause": self.clause,
            "action": self.action,
            "evidence_url": self.evidence_url,
            "matrix": self.matrix,
            "matrix_version": self.matrix_version,
            "reasons": list(self.reasons),
        }


def finding(hits: list[RuleHit], matrix: str, version: str, *, up: str, down: str) -> PolicyFinding:
    """Return the finding of the rules that spoke.

    Args:
        hits: At least one.
        matrix: Name of the matrix.
        version: Its version.
        up: What is stated upstream, for the sentence.
        down: What is stated downstream.
    """
    first = worst(hits)
    row = load_reasons()[first.reason]
    words = _Words({"up": up or "no license", "down": down or "no license"} | dict(first.words))
    rests = first.license
    return PolicyFinding(
        verdict=first.verdict,
        reason=first.reason,
        severity=first.severity,
        explanation=row.meaning.format_map(words) + _how_known(first),
        clause=rests.clause if rests else "",
        action=row.action.format_map(words),
        evidence_url=rests.url if rests else "",
        matrix=matrix,
        matrix_version=version,
        reasons=tuple(
            dict.fromkeys(
                [first.reason, *(o.reason for o in hits if o.verdict is not Verdict.CONSISTENT)]
            )
        ),
    )


def _how_known(one: RuleHit) -> str:
    """Tell a duty that rests on what others report of a text as such."""
    if one.verdict is Verdict.CONSISTENT or one.license is None:
        return ""
    if one.license.evidence not in NOT_READ:
        return ""
    return f" {one.license.title} is as others report it; its text was not read."


class _Words(dict[str, str]):
    """Words of a sentence; a place that a rule leaves open reads as nothing in particular."""

    def __missing__(self, key: str) -> str:
        return "it"
