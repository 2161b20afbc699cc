"""Cases: rows that say what is upstream and downstream, and how they stand; and their answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from miner.pipelines.derive.licenses.circumstances import (
    Circumstances,
    explaining,
    facts_of,
    filed,
    named,
    without_texts,
)
from miner.pipelines.derive.licenses.csv_rows import csv_rows
from miner.pipelines.derive.licenses.edge import LicenseEdge
from miner.pipelines.derive.licenses.license_finding import PolicyFinding, finding, hit
from miner.pipelines.derive.licenses.matrices import Matrix
from miner.pipelines.derive.licenses.policy import exclude_each_other
from miner.pipelines.derive.licenses.statement import read
from miner.schema.licenses.terms import (
    LICENSE_RELATION_SPELLINGS,
    WORST_LAST,
    LicenseRelation,
    Verdict,
)
from miner.schema.patterns import bounded

COLUMNS = ("case_id", "upstream_kind", "upstream_id", "upstream_license", "downstream_kind",
           "downstream_id", "downstream_license", "relation", "redistributes", "facts")  # fmt: skip
MAX_PARENTS = 500  # each is compared with each other
REQUIRED = ("upstream_license", "downstream_license", "relation")
_SPACED = bounded(r"\s+\|\s*|\s*\|\s+|^\|\s*|\s*\|$")
_SHIPS = {"yes": "yes", "true": "yes", "1": "yes", "no": "no", "false": "no", "0": "no"}


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a file of cases, as text; several parents stand in one field, joined by `` | ``.

    Attributes:
        case_id: As given, else the number of the row.
        upstream_kind: ``model``, ``dataset``, ``code``, ...; empty for what the relation implies.
        upstream_id: Name of the upstream.
        upstream_license: What it states; empty if nothing.
        downstream_kind: ``model``, ``dataset``, ``repo``, ...; likewise.
        downstream_id: Name of the downstream.
        downstream_license: What it states; empty if nothing.
        relation: A word of ``LICENSE_RELATION_SPELLINGS``.
        redistributes: Whether a repository ships the weights.
        facts: ``k=v;k=v``.
    """

    case_id: str
    upstream_license: str
    downstream_license: str
    relation: str
    upstream_kind: str = ""
    upstream_id: str = ""
    downstream_kind: str = ""
    downstream_id: str = ""
    redistributes: str = "unknown"
    facts: str = ""


class _Unreadable(ValueError):
    """A case that cannot be read; the text says why."""


def read_cases(path: Path) -> Iterator[Case]:
    """Yield the cases of a CSV file; columns that are not known are passed over.

    Raises:
        InvalidData: The file cannot be read, or lacks a column that is needed.
    """
    for row in csv_rows(path, REQUIRED):
        yield case_of(row)


def case_of(row: Mapping[str, str]) -> Case:
    """Return the case of a row; what is not there has the values of ``Case``."""
    columns = {name: row[name] for name in COLUMNS if row.get(name)}
    for name in ("case_id", *REQUIRED):
        columns.setdefault(name, row.get("row", "") if name == "case_id" else "")
    return Case(**columns)


def decide(case: Case, matrix: Matrix) -> PolicyFinding:
    """Return the finding on a case: every parent is judged, and the worst verdict wins.

    A case that cannot be read gets ``unknown`` with the reason ``BAD_CASE``.
    """
    try:
        edges = edges_of(case)
    except _Unreadable as error:
        bad = hit("BAD_CASE", problem=str(error))
        return finding([bad], matrix.name, matrix.version, up="", down="")
    found = [matrix.decide(edge) for edge in edges]
    conflict = _conflict(edges, matrix)
    return _worst([conflict, *found] if conflict else found)


def edges_of(case: Case) -> list[LicenseEdge]:
    """Return the edges of a case, one a parent.

    Raises:
        ValueError: It cannot be read; the text says why.
    """
    relation = LICENSE_RELATION_SPELLINGS.get(case.relation.strip().lower())
    if relation is None:
        raise _Unreadable(f"no relation is called {case.relation!r}")
    facts = facts_of(case.facts)
    licenses, kinds = _parents(case)
    implied = kinds_of(relation)
    statements = [named(read(text), facts) for text in licenses]
    downstream = named(read(case.downstream_license), facts)
    if downstream.is_known and relation is not LicenseRelation.SELF:
        # a file is mentioned because a side needs one: the upstream, where the downstream does not
        resolved = [filed(statement, facts) for statement in statements]
        if resolved != statements:
            statements, facts = resolved, without_texts(facts)
    edges = []
    for place, (kind, statement) in enumerate(zip(kinds, statements, strict=True)):
        circumstances = Circumstances(
            upstream_kind=kind or implied[0],
            downstream_kind=_kind(case.downstream_kind) or implied[1],
            downstream=case.downstream_id,
            ships=_SHIPS.get(case.redistributes.strip().lower(), "unknown"),
            facts=facts,
        )
        others = [one for at, one in enumerate(statements) if at != place]
        edges.append(
            LicenseEdge(statement, downstream, relation, explaining(circumstances.flags(), others))
        )
    return edges


def kinds_of(relation: LicenseRelation) -> tuple[str, str]:
    """Return what upstream and downstream are where a relation is all that is known."""
    return {
        LicenseRelation.TRAINED_ON: ("dataset", "model"),
        LicenseRelation.USED_BY: ("model", "repo"),
        LicenseRelation.SELF: ("license_file", "front_matter"),
    }.get(relation, ("model", "model"))


def _kind(text: str) -> str:
    plain = text.strip().lower()
    return {"repository": "repo", "models": "model", "datasets": "dataset"}.get(plain, plain)


def _parents(case: Case) -> tuple[list[str], list[str]]:
    """Split a case's parents: licenses and kinds, in one order."""
    # without names the places of the licenses tell how many parents there are
    count = len(_SPACED.split((case.upstream_id or case.upstream_license).strip()))
    if count > MAX_PARENTS:
        raise _Unreadable(f"{count:,} parents, more than {MAX_PARENTS}")
    kinds = [_kind(kind) for kind in _SPACED.split(case.upstream_kind.strip())]
    if count == 1:
        return [case.upstream_license], kinds[:1]
    licenses = _split(case.upstream_license, count)
    if len(kinds) == 1:
        kinds *= count
    if len(kinds) != count:
        raise _Unreadable(f"{count} parents and {len(kinds)} kinds")
    return licenses, kinds


def _split(text: str, count: int) -> list[str]:
    if not text.strip():
        return [""] * count
    # an empty place at either end is a parent without a license: nothing is stripped
    for pattern in (r"\s+\|\s+|^\|\s+|\s+\|$|^\s+\|\s+", r"\s*\|\s*"):
        parts = [part.strip() for part in re.split(pattern, text)]
        if len(parts) == count:
            return parts
    raise _Unreadable(f"{count} parents and not as many licenses: {text[:80]!r}")


def _conflict(edges: list[LicenseEdge], matrix: Matrix) -> PolicyFinding | None:
    """Return the finding that parents exclude each other, if two of a merge do."""
    if matrix.name != "miner" or edges[0].relation is not LicenseRelation.MERGE:
        return None
    for one, other in combinations([edge.upstream for edge in edges], 2):
        if exclude_each_other(one, other):
            words = f"{one.text} and {other.text}"
            found = hit("MERGE_CONFLICT", one.license, conflict=words)
            return finding(
                [found], matrix.name, matrix.version, up=words, down=edges[0].downstream.text
            )
    return None


def _worst(found: list[PolicyFinding]) -> PolicyFinding:
    # of several that are fine, the one with a duty tells more than that two are the same
    first = max(found, key=lambda one: (WORST_LAST.index(one.verdict), _tells_more(one)))
    others = [
        reason for one in found if one.verdict is not Verdict.CONSISTENT for reason in one.reasons
    ]
    return replace(first, reasons=tuple(dict.fromkeys([first.reason, *others])))


def _tells_more(one: PolicyFinding) -> bool:
    return one.verdict is Verdict.CONSISTENT and one.reason not in {"SAME", "ALIAS"}


def row_of(case: Case, found: PolicyFinding) -> dict[str, Any]:
    """Return an answer as a row: the id of the case, then all of the finding."""
    return {"case_id": case.case_id, **found.as_row()}
