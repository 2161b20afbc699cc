"""Verdicts on licenses compared with labelled cases.

The verdict is scored on every case. The reason is scored where its code stands at least twice
among the labels, and the verdict is right. The worst mistake is counted apart: ``consistent``
where the label is ``inconsistent``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from miner.errors import InvalidData
from miner.pipelines.derive.licenses.case import REQUIRED, Case, case_of, decide
from miner.pipelines.derive.licenses.csv_rows import csv_rows
from miner.pipelines.derive.licenses.matrices import Matrix
from miner.schema.licenses.terms import Verdict
from tests.accuracy.scoring import Score, ratio

LEAST_OF_A_REASON = 2
_INCONSISTENT = Verdict.INCONSISTENT.value
_CONSISTENT = Verdict.CONSISTENT.value


@dataclass(frozen=True, slots=True)
class LabelledCase:
    """A case and what is right. ``reason`` is empty where the labels have none."""

    case: Case
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True)
class LicenseMiss:
    """A case whose verdict, or reason, is not the labelled one."""

    case_id: str
    relation: str
    upstream_license: str
    downstream_license: str
    facts: str
    labelled: str
    labelled_reason: str
    found: str
    found_reason: str
    explanation: str

    @property
    def is_verdict(self) -> bool:
        """Whether the verdict itself is wrong."""
        return self.labelled != self.found


@dataclass(slots=True)
class LicenseResult:
    """Counts over all cases.

    Attributes:
        matrix: Name and version of the matrix.
        cases: How many were scored.
        right: Cases with the right verdict.
        by_verdict: Right, wrong and missed of each verdict.
        confusion: (labelled, found) → cases.
        by_relation: Relation → right and wrong cases.
        reasons_right: Scored reasons that are right.
        reasons_scored: Scored reasons.
        misses: All that is wrong.
    """

    matrix: str
    cases: int = 0
    right: int = 0
    by_verdict: dict[str, Score] = field(
        default_factory=lambda: {verdict.value: Score() for verdict in Verdict}
    )
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_relation: dict[str, Score] = field(default_factory=dict)
    reasons_right: int = 0
    reasons_scored: int = 0
    misses: list[LicenseMiss] = field(default_factory=list)

    @property
    def accuracy(self) -> float | None:
        """Share of cases with the right verdict."""
        return ratio(self.right, self.cases)

    @property
    def reason_accuracy(self) -> float | None:
        """Share of scored reasons that are right."""
        return ratio(self.reasons_right, self.reasons_scored)

    @property
    def let_through(self) -> int:
        """Cases called consistent that are inconsistent."""
        return self.confusion[_INCONSISTENT, _CONSISTENT]

    def macro_f1(self) -> float | None:
        """Return the mean F1 over the verdicts that occur."""
        values = [value for one in self.by_verdict.values() if (value := one.f1) is not None]
        return sum(values) / len(values) if values else None

    def as_dict(self) -> dict[str, Any]:
        """Return all numbers and misses."""
        return {
            "matrix": self.matrix,
            "cases": self.cases,
            "right": self.right,
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1(),
            "reason_accuracy": self.reason_accuracy,
            "reasons_scored": self.reasons_scored,
            "inconsistent_called_consistent": self.let_through,
            "verdicts": {name: one.as_dict() for name, one in self.by_verdict.items()},
            "confusion": [
                {"labelled": labelled, "found": found, "cases": count}
                for (labelled, found), count in sorted(self.confusion.items())
            ],
            "relations": {name: one.as_dict() for name, one in sorted(self.by_relation.items())},
            "misses": [asdict(miss) for miss in self.misses],
        }


def read_license_labels(path: Path) -> list[LabelledCase]:
    """Return the labelled cases of a CSV file.

    Args:
        path: The columns of cases, and ``verdict``; ``reason`` where there is one.

    Raises:
        InvalidData: The file cannot be read, lacks a column, or has a verdict that is none.
    """
    found = []
    for row in csv_rows(path, (*REQUIRED, "verdict")):
        verdict = row["verdict"].strip()
        if verdict not in set(Verdict):
            raise InvalidData(
                f"{path}: row {row['row']} has the verdict {verdict!r}",
                next_step=f"write one of {', '.join(Verdict)}",
            )
        found.append(LabelledCase(case_of(row), verdict, row.get("reason", "").strip()))
    return found


def evaluate_licenses(labels: list[LabelledCase], matrix: Matrix) -> LicenseResult:
    """Return how a matrix decides labelled cases."""
    result = LicenseResult(f"{matrix.name} {matrix.version}")
    counts = Counter(label.reason for label in labels if label.reason)
    for label in labels:
        _score(result, label, matrix, scores_reason=counts[label.reason] >= LEAST_OF_A_REASON)
    return result


def _score(
    result: LicenseResult, label: LabelledCase, matrix: Matrix, *, scores_reason: bool
) -> None:
    found = decide(label.case, matrix)
    is_right = found.verdict.value == label.verdict
    result.cases += 1
    result.right += is_right
    result.confusion[label.verdict, found.verdict.value] += 1
    of_relation = result.by_relation.setdefault(label.case.relation, Score())
    if is_right:
        of_relation.right += 1
        result.by_verdict[label.verdict].right += 1
    else:
        of_relation.wrong += 1
        result.by_verdict[label.verdict].missed += 1
        result.by_verdict[found.verdict.value].wrong += 1
    same_reason = found.reason == label.reason
    if is_right and scores_reason:
        result.reasons_scored += 1
        result.reasons_right += same_reason
    if not is_right or (scores_reason and not same_reason):
        case = label.case
        result.misses.append(
            LicenseMiss(
                case.case_id, case.relation, case.upstream_license, case.downstream_license,
                case.facts, label.verdict, label.reason, found.verdict.value, found.reason,
                found.explanation,
            )
        )  # fmt: skip
