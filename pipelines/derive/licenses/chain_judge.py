"""A matrix as the judge of chains: distinct licenses and questions in, answers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from miner.pipelines.derive.licenses.case import MAX_PARENTS
from miner.pipelines.derive.licenses.edge import Flags, LicenseEdge, plain_name, required_prefixes
from miner.pipelines.derive.licenses.license_finding import PolicyFinding, finding, hit
from miner.pipelines.derive.licenses.matrices import Matrix, open_matrix
from miner.pipelines.derive.licenses.policy import exclude_each_other
from miner.pipelines.derive.licenses.questions import LicenseLink, LinkVerdict, ReadLicense
from miner.pipelines.derive.licenses.statement import read
from miner.schema.licenses.terms import (
    CREDIT_ONLY,
    LICENSE_RELATION_SPELLINGS,
    LicenseFamily,
)

_STRICT_LAST: tuple[LicenseFamily, ...] = (
    LicenseFamily.UNKNOWN,
    LicenseFamily.PUBLIC_DOMAIN,
    LicenseFamily.PERMISSIVE,
    LicenseFamily.DATA_PERMISSIVE,
    LicenseFamily.CC_ATTRIBUTION,
    LicenseFamily.WEAK_COPYLEFT,
    LicenseFamily.DATA_SHAREALIKE,
    LicenseFamily.CC_SHAREALIKE,
    LicenseFamily.STRONG_COPYLEFT,
    LicenseFamily.NETWORK_COPYLEFT,
    LicenseFamily.RAIL,
    LicenseFamily.COMMUNITY,
    LicenseFamily.SOURCE_AVAILABLE,
    LicenseFamily.CC_NODERIVATIVES,
    LicenseFamily.CC_NONCOMMERCIAL,
    LicenseFamily.CC_NC_SHAREALIKE,
    LicenseFamily.CC_NC_NODERIVATIVES,
    LicenseFamily.RESEARCH_ONLY,
    LicenseFamily.PROVIDER_TERMS,
)
"""License families, the one that limits most last: it stands for a statement of several."""
_STOPS = CREDIT_ONLY | {LicenseFamily.WEAK_COPYLEFT, LicenseFamily.UNKNOWN}
"""Families whose terms a derivative of a derivative need not look at."""
_KINDS = {"repository": "repo"}


class ChainJudge:
    """Judges chains by one matrix; see ``miner.pipelines.derive.licenses.questions.LicenseJudge``.

    Args:
        matrix: The rules.
    """

    def __init__(self, matrix: Matrix) -> None:
        self._rules = matrix
        self.matrix = matrix.name
        self.version = matrix.version
        self.prefixes: Mapping[str, str] = {one: plain_name(one) for one in required_prefixes()}

    def read(self, license: str) -> ReadLicense:  # noqa: A002 - the word of the tables
        """Return what is known of a license as stated."""
        statement = read(license)
        leaves = list(statement.leaves())
        families = sorted({one.family for one in leaves}, key=_STRICT_LAST.index)
        lines = {word for one in leaves for word in (one.line, one.license) if word}
        return ReadLicense(
            statement.text,
            families[-1].value if families else "",
            any(one.family not in _STOPS for one in leaves),
            tuple(sorted(lines)),
        )

    def decide(self, link: LicenseLink) -> LinkVerdict:
        """Return the answer to a question."""
        flags = Flags(
            upstream_kind=_KINDS.get(link.upstream_kind, link.upstream_kind),
            downstream_kind=_KINDS.get(link.downstream_kind, link.downstream_kind),
            same_owner=link.same_owner,
            prefixes=frozenset(link.prefixes),
            explained=frozenset(link.explained),
            former=(read(link.downstream_license),) if link.is_former else (),
            terms=tuple(read(text) for text in link.upstream_terms),
        )
        return _answer(
            self._rules.decide(
                LicenseEdge(
                    read(link.upstream_license),
                    read(link.downstream_license),
                    LICENSE_RELATION_SPELLINGS[link.relation],
                    flags,
                )
            )
        )

    def conflict(self, licenses: Sequence[str], downstream: str) -> LinkVerdict | None:
        """Return that the licenses of the parents of a merge exclude each other, if they do."""
        if self.matrix != "miner":
            return None
        distinct = list(dict.fromkeys(licenses))[:MAX_PARENTS]
        for one, other in combinations([read(text) for text in distinct], 2):
            if exclude_each_other(one, other):
                words = f"{one.text} and {other.text}"
                found = hit("MERGE_CONFLICT", one.license, conflict=words)
                return _answer(
                    finding(
                        [found], self.matrix, self.version, up=words, down=read(downstream).text
                    )
                )
        return None


def open_judge(spec: str = "miner") -> ChainJudge:
    """Return the judge for a word of the command line (``matrices.KINDS``).

    Raises:
        ConfigurationError: There is no such matrix.
        InvalidData: Its file cannot be used.
    """
    return ChainJudge(open_matrix(spec))


def _answer(found: PolicyFinding) -> LinkVerdict:
    return LinkVerdict(
        found.verdict.value, found.reason, found.severity.value, found.explanation, found.clause,
        found.action, found.evidence_url,
    )  # fmt: skip
