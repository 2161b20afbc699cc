"""The rule of the PeaTMOSS study, as its script has it: the number it gave can be given again.

Names are normalized by its own few aliases, a repository with several licenses is left out, and
the order of steps matters: a license that the sheet does not have is unknown even where both sides
state the same one.
"""

from __future__ import annotations

from miner.pipelines.derive.licenses.edge import LicenseEdge
from miner.pipelines.derive.licenses.license_finding import PolicyFinding, RuleHit, finding, hit
from miner.pipelines.derive.licenses.matrix_sheet import Cells

NO_LICENSE = "no license"
_VAGUE = frozenset(
    {"other", "unknown", "unknown-license-reference", "warranty-disclaimer", "generic-cla",
     "commercial-license", "other-permissive", "other-copyleft"}
)  # fmt: skip
_ALIASES = {
    "unlicense": NO_LICENSE,  # its own reading: the public-domain dedication as no license
    "bsd-new": "bsd-3-clause",
    "bsd-modified": "bsd-3-clause",
    "bsd-simplified": "bsd-2-clause",
    "openrail++": "openrail",
    "gpl-2.0": "gpl-2.0-only",
    "gpl-3.0": "gpl-3.0-only",
    "agpl-3.0": "agpl-3.0-only",
    "lgpl-3.0": "lgpl-3.0-only",
    "lgpl-2.1": "lgpl-2.1-only",
    "gpl-3.0-plus": "gpl-3.0-or-later",
    "lgpl-3.0-plus": "lgpl-3.0-or-later",
}
WORDS = {"MATRIX_YES": "compatible", "SAME": "compatible", "MATRIX_NO": "incompatible",
         "MATRIX_SKIPPED": "skipped"}  # fmt: skip
"""Its words for our reasons; every other one is unknown."""


def normalize(key: str) -> str:
    """Return a license key as the study normalizes it; the case stays as it is."""
    plain = key.strip()
    if not plain:
        return NO_LICENSE
    return "other" if plain in _VAGUE else _ALIASES.get(plain, plain)


class PeatmossSheet:
    """The study's rule over a sheet."""

    name = "peatmoss"

    def __init__(self, cells: Cells) -> None:
        self.version = cells.version
        self._values = cells.values
        self._upstream = {up for up, _ in cells.values}
        self._downstream = {down for _, down in cells.values}

    def pair(self, up: str, down: str) -> RuleHit:
        """Judge two license fields as written; several licenses are joined by ``|``."""
        if "|" in down:
            return hit("MATRIX_SKIPPED")
        one, other = self.names(up, down)
        for name, listed in ((one, self._upstream), (other, self._downstream)):
            if name not in listed:
                return hit("MATRIX_UNLISTED", unread=name)
        if one == other:
            return hit("SAME")
        value = self._values.get((one, other), "")
        reason = {"yes": "MATRIX_YES", "no": "MATRIX_NO"}.get(value, "MATRIX_UNKNOWN")
        return hit(reason)

    def names(self, up: str, down: str) -> tuple[str, str]:
        """Return both sides as the study names them: it lowers the case of the model's alone."""
        return normalize(up.lower()), normalize(down)

    def decide(self, edge: LicenseEdge) -> PolicyFinding:
        """Return what the study says of an edge; the relation plays no part."""
        return self.finding(edge.upstream.wording, edge.downstream.wording)

    def finding(self, up: str, down: str) -> PolicyFinding:
        """Return what the study says of two license fields as written."""
        one, other = self.names(up, down)
        return finding([self.pair(up, down)], self.name, self.version, up=one, down=other)
