"""Pairs of a model and a repository that uses it, with both licenses: what a matrix says of all.

Repositories here load models by name, so a pair is a ``used_by`` edge of which it is not known
whether weights are shipped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from miner.pipelines.derive.licenses.case import Case, decide
from miner.pipelines.derive.licenses.csv_rows import csv_rows
from miner.pipelines.derive.licenses.license_finding import PolicyFinding
from miner.pipelines.derive.licenses.matrices import Matrix
from miner.pipelines.derive.licenses.peatmoss import WORDS, PeatmossSheet
from miner.pipelines.derive.licenses.statement import read

SKIPPED = "skipped"
_NAMES = (("ptm_license", "repo_license"), ("upstream_license", "downstream_license"))


@dataclass(frozen=True, slots=True)
class PairRow:
    """One distinct pair of licenses.

    Attributes:
        upstream: License of the model, as the matrix names it.
        downstream: License of the repository, likewise.
        verdict: Of the matrix; ``skipped`` where it leaves the pair out.
        reason: Its code.
        word: The verdict in the matrix's own word.
        is_identical: Both name the same license.
        pairs: How many pairs are such.
    """

    upstream: str
    downstream: str
    verdict: str
    reason: str
    word: str
    is_identical: bool
    pairs: int


@dataclass(slots=True)
class Pairs:
    """All pairs of a file by one matrix.

    Attributes:
        matrix: Its name.
        version: Its version.
        lines: Distinct pairs of licenses, the most frequent first.
    """

    matrix: str
    version: str
    lines: list[PairRow] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Number of pairs in the file."""
        return sum(line.pairs for line in self.lines)

    @property
    def covered(self) -> int:
        """Number of pairs that the matrix did not leave out."""
        return self.total - self.count(SKIPPED)

    @property
    def identical(self) -> int:
        """Number of covered pairs whose licenses are the same."""
        return sum(line.pairs for line in self.lines if line.is_identical)

    def count(self, verdict: str) -> int:
        """Return the number of pairs with a verdict."""
        return sum(line.pairs for line in self.lines if line.verdict == verdict)

    def share(self, count: int) -> float | None:
        """Return a count's share of the covered pairs, 0 to 1; None where there are none."""
        return count / self.covered if self.covered else None

    def reasons(self) -> Counter[tuple[str, str]]:
        """Return how many pairs have which verdict for which reason."""
        counts: Counter[tuple[str, str]] = Counter()
        for line in self.lines:
            counts[line.verdict, line.reason] += line.pairs
        return counts

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the distinct pairs that are covered, with their share in percent."""
        for line in self.lines:
            share = self.share(line.pairs)
            if line.verdict == SKIPPED or share is None:
                continue
            yield {
                "upstream_license": line.upstream,
                "downstream_license": line.downstream,
                "verdict": line.verdict,
                "matrix_word": line.word,
                "reason": line.reason,
                "is_identical": line.is_identical,
                "pairs": line.pairs,
                "share_of_covered_pct": f"{100 * share:.4f}",
                "matrix": self.matrix,
                "matrix_version": self.version,
            }

    def as_dict(self) -> dict[str, Any]:
        """Return the totals."""
        names = sorted({line.verdict for line in self.lines} - {SKIPPED})
        return {
            "matrix": self.matrix,
            "matrix_version": self.version,
            "pairs": self.total,
            "skipped": self.count(SKIPPED),
            "covered": self.covered,
            "distinct": sum(line.verdict != SKIPPED for line in self.lines),
            "identical": self.identical,
            "verdicts": {name: self.count(name) for name in names},
            "inconsistent_share": self.share(self.count("inconsistent")),
            "unknown_share": self.share(self.count("unknown")),
        }


def read_pairs(path: Path) -> Counter[tuple[str, str]]:
    """Return how often each pair of licenses, as written, stands in a file.

    Args:
        path: CSV with ``ptm_license, repo_license`` or ``upstream_license, downstream_license``.
            Several licenses of one side are joined by ``|``; an empty one is none.

    Raises:
        InvalidData: The file cannot be read, or has neither pair of columns.
    """
    first = next(iter(csv_rows(path, ())), {})
    up, down = next((names for names in _NAMES if set(names) <= set(first)), _NAMES[1])
    return Counter((row[up].strip(), row[down].strip()) for row in csv_rows(path, (up, down)))


def judge_pairs(counted: Mapping[tuple[str, str], int], matrix: Matrix) -> Pairs:
    """Return what a matrix says of pairs.

    Args:
        counted: (license of the model, license of the repository) → how many, as written.
        matrix: The rules.
    """
    lines: Counter[tuple[str, str, str, str, str, bool]] = Counter()
    for (up, down), count in counted.items():
        lines[_line(up, down, matrix)] += count
    ordered = sorted(lines.items(), key=lambda item: (-item[1], item[0]))
    return Pairs(matrix.name, matrix.version, [PairRow(*key, count) for key, count in ordered])


def _line(up: str, down: str, matrix: Matrix) -> tuple[str, str, str, str, str, bool]:
    if isinstance(matrix, PeatmossSheet):
        found, names = matrix.finding(up, down), matrix.names(up, down)
    else:
        found, names = _decided(up, down, matrix), (read(up).text, read(down).text)
    verdict = SKIPPED if found.reason == "MATRIX_SKIPPED" else found.verdict.value
    word = WORDS.get(found.reason, "unknown") if matrix.name == "peatmoss" else verdict
    is_identical = names[0] == names[1] and verdict != SKIPPED
    return *names, verdict, found.reason, word, is_identical


def _decided(up: str, down: str, matrix: Matrix) -> PolicyFinding:
    case = Case(
        case_id="", upstream_license=up, downstream_license=down, relation="used_by",
        downstream_kind="repo",
    )  # fmt: skip
    return decide(case, matrix)
