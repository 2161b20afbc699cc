"""Matrices: versioned sets of rules that say whether two licenses go together."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from miner.errors import ConfigurationError
from miner.pipelines.derive.licenses.edge import LicenseEdge
from miner.pipelines.derive.licenses.license_finding import PolicyFinding


class Matrix(Protocol):
    """A set of rules.

    Attributes:
        name: As given on the command line.
        version: Of the rules and of the facts behind them.
    """

    @property
    def name(self) -> str:
        """Name of the matrix."""

    @property
    def version(self) -> str:
        """Version of the matrix."""

    def decide(self, edge: LicenseEdge) -> PolicyFinding:
        """Return what the matrix says of an edge."""


KINDS = ("miner", "osadl", "peatmoss:FILE", "sheet:FILE", "sheet:FILE#SHEET")
"""What can be asked for; FILE is a CSV of ``upstream, downstream, value``, SHEET its source."""


def open_matrix(spec: str) -> Matrix:
    """Return the matrix that a word of the command line asks for.

    Args:
        spec: One of ``KINDS``; a FILE alone is a sheet.

    Raises:
        ConfigurationError: There is no such matrix.
        InvalidData: The file cannot be used.
    """
    from miner.pipelines.derive.licenses import matrix_sheet, osadl, peatmoss, policy  # noqa: PLC0415 - each reads tables

    kind, colon, rest = spec.partition(":")
    if spec == "miner":
        return policy.MinerPolicy()
    if spec == "osadl":
        return osadl.open_osadl()
    if colon and kind == "peatmoss" and rest:
        return peatmoss.PeatmossSheet(matrix_sheet.read_sheet(Path(rest), wanted="lf-peatmoss"))
    file, _, wanted = (rest if colon and kind == "sheet" else spec).partition("#")
    if file and (kind == "sheet" or Path(file).is_file()):
        return matrix_sheet.PlainSheet(matrix_sheet.read_sheet(Path(file), wanted=wanted))
    raise ConfigurationError(
        f"no matrix is called {spec!r}", next_step=f"give one of {', '.join(KINDS)}"
    )


def tabulate(edges: Iterable[LicenseEdge], matrix: Matrix) -> dict[LicenseEdge, PolicyFinding]:
    """Return the finding of every distinct edge, to be joined to the rows they came from.

    Args:
        edges: As many as there are rows; equal ones are decided once.
        matrix: The rules.
    """
    found: dict[LicenseEdge, PolicyFinding] = {}
    for edge in edges:
        if edge not in found:
            found[edge] = matrix.decide(edge)
    return found
