"""Matrices in a file: cells of ``upstream, downstream, value``, read as they are.

``peatmoss:FILE`` is the rule of the PeaTMOSS study, to the letter, over the Linux Foundation's
sheet that it used. ``sheet:FILE`` reads any such sheet by the names of this project.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from miner.errors import InvalidData
from miner.pipelines.derive.licenses.csv_rows import csv_rows
from miner.pipelines.derive.licenses.edge import LicenseEdge
from miner.pipelines.derive.licenses.license_finding import (
    PolicyFinding,
    RuleHit,
    finding,
    hit,
    worst,
)
from miner.pipelines.derive.licenses.license_names import resolve
from miner.pipelines.derive.licenses.statement import Op, Statement
from miner.schema.licenses import KnownLicense
from miner.schema.licenses.terms import Verdict

_VALUES = {
    "yes": "MATRIX_YES", "no": "MATRIX_NO", "unknown": "MATRIX_UNKNOWN", "": "MATRIX_UNKNOWN",
    "blank": "MATRIX_UNKNOWN", "?": "MATRIX_UNKNOWN", "check": "MATRIX_CHECK", "same": "SAME",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one sheet.

    Attributes:
        values: (upstream, downstream) → ``yes``, ``no``, ``unknown``, ``check``, ``same``, empty.
        version: The sheet's own name and the beginning of the file's SHA-256.
    """

    values: dict[tuple[str, str], str]
    version: str


def read_sheet(path: Path, *, wanted: str = "") -> Cells:
    """Return the cells of a CSV file of ``upstream, downstream, value``.

    Args:
        path: The file; a column ``source`` may tell several sheets apart.
        wanted: The sheet of a file that has several; without it the file has to have one alone.

    Raises:
        InvalidData: The file cannot be read, lacks a column, has no cells, has a value that no
            matrix has, or has several sheets and not the one wanted.
    """
    values: dict[str, dict[tuple[str, str], str]] = {}
    for row in csv_rows(path, ("upstream", "downstream", "value")):
        value = row["value"].strip().lower()
        if value not in _VALUES:
            raise InvalidData(
                f"{path}: row {row['row']} has the value {row['value']!r}",
                next_step=f"write one of {', '.join(sorted(filter(None, _VALUES)))}",
            )
        cell = (row["upstream"].strip().lower(), row["downstream"].strip().lower())
        values.setdefault(row.get("source", "").strip(), {})[cell] = value
    source = wanted if wanted in values else _only(path, values, wanted)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return Cells(values[source], f"{source or path.name} sha256:{digest}")


def _only(path: Path, values: dict[str, dict[tuple[str, str], str]], wanted: str) -> str:
    """Return the one sheet of a file, where it is not another one that was asked for."""
    if len(values) == 1 and (not wanted or "" in values):
        return next(iter(values))
    stated = ", ".join(sorted(values)) or "none"
    raise InvalidData(
        f"{path} has no sheet {wanted}: it holds {stated}"
        if wanted
        else f"{path} has no single sheet: {stated}",
        next_step="name one after the file, as in sheet:FILE#NAME",
    )


class PlainSheet:
    """Any sheet, by the names of this project: cells are compared after both are resolved."""

    name = "sheet"

    def __init__(self, cells: Cells) -> None:
        self.version = cells.version
        self._values = {
            (_canonical(up), _canonical(down)): value for (up, down), value in cells.values.items()
        }
        self._listed = {name for pair in self._values for name in pair}

    def decide(self, edge: LicenseEdge) -> PolicyFinding:
        """Return what the sheet says of an edge; the relation plays no part."""
        found = sides(edge, self._pair)
        return finding(
            [found], self.name, self.version, up=edge.upstream.text, down=edge.downstream.text
        )

    def _pair(self, up: KnownLicense, down: KnownLicense) -> RuleHit:
        for one in (up, down):
            if one.license not in self._listed:
                return hit("MATRIX_UNLISTED", unread=one.license)
        if up.license == down.license:
            return hit("SAME", up)
        value = self._values.get((up.license, down.license), "")
        return hit(_VALUES[value], up)


def _canonical(name: str) -> str:
    found = resolve(name).license
    return found.license if found else name


def sides(edge: LicenseEdge, pair: Callable[[KnownLicense, KnownLicense], RuleHit]) -> RuleHit:
    """Judge an edge by a function on two licenses: lists are left out, choices and sums are not."""
    return _walk(edge.upstream, edge.downstream, pair)


def _walk(
    up: Statement, down: Statement, pair: Callable[[KnownLicense, KnownLicense], RuleHit]
) -> RuleHit:
    if up.op is Op.LIST or down.op is Op.LIST:
        return hit("MATRIX_SKIPPED")
    if up.members:
        hits = [_walk(part, down, pair) for part in up.members]
        best = min(hits, key=lambda one: _PREFERRED.index(one.verdict))
        return worst(hits) if up.op is Op.ALL else best
    if down.members:
        return worst([_walk(up, part, pair) for part in down.members])
    if up.license is None or down.license is None:
        return _silent(up, down)
    return pair(up.license, down.license)


_PREFERRED = (Verdict.CONSISTENT, Verdict.NEEDS_REVIEW, Verdict.UNKNOWN, Verdict.INCONSISTENT)


def _silent(up: Statement, down: Statement) -> RuleHit:
    for side in (up, down):
        if side.op is Op.UNRESOLVED:
            return hit("OTHER_UNRESOLVED", unresolved=side.text)
        if side.op is Op.NOASSERTION:
            return hit("NOASSERTION", down=side.text)
    if up.op is Op.MISSING and down.op is Op.MISSING:
        return hit("BOTH_MISSING")
    if up.op is Op.MISSING:
        return hit("UPSTREAM_UNLICENSED", verdict=Verdict.UNKNOWN)
    return hit("MISSING_DOWNSTREAM", verdict=Verdict.UNKNOWN)
