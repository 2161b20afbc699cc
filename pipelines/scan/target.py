"""Scans a checkout, a bare git directory or a .tar.gz: one batch of an executor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from miner.pipelines.scan.site import ScanResult


@dataclass(frozen=True, slots=True)
class ScanTarget:
    """What to scan: a path, for git directories which commit, and which file of names is asked."""

    path: Path
    commit: str = "HEAD"
    skipped: tuple[str, ...] = ()
    names: Path | None = None

    def without(self, path: str) -> ScanTarget:
        """Return the same place with one more file left out."""
        return replace(self, skipped=(*self.skipped, path))


def scan_target(place: ScanTarget) -> ScanResult:
    """Scan a path; a store and a file of names, where there are any, say what is a model.

    Raises:
        ConfigurationError: There is nothing at the path that can be read as source.
        InvalidData: The archive is broken.
    """
    # who hands the work to another process needs none of these
    from miner.pipelines.scan import file_kinds  # noqa: PLC0415
    from miner.pipelines.scan.name_listing import open_listing  # noqa: PLC0415
    from miner.pipelines.scan.scanner import scan  # noqa: PLC0415
    from miner.pipelines.scan.source_files import leave_out, open_source  # noqa: PLC0415

    with open_listing(file=place.names) as listing:
        source = open_source(place.path, file_kinds.is_wanted, place.commit)
        return scan(leave_out(source, place.skipped), listing=listing)
