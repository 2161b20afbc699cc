"""Scans a checkout, a bare git directory or a .tar.gz: one batch of an executor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miner.pipelines.scan.site import ScanResult
    from miner.pipelines.scan.source_files import SourceFile, WantedScan


@dataclass(frozen=True, slots=True)
class ScanTarget:
    """What to scan.

    Attributes:
        path: A checkout, a bare git directory or a .tar.gz.
        commit: Which commit of a git directory.
        skipped: Files that took too long to read.
        names: The file of names that is asked, or None.
        with_submodules: Of a checkout, submodules too.
        with_excludes: Of a checkout, leave out what it asks to leave out.
    """

    path: Path
    commit: str = "HEAD"
    skipped: tuple[str, ...] = ()
    names: Path | None = None
    with_submodules: bool = False
    with_excludes: bool = True

    def without(self, path: str) -> ScanTarget:
        """Return the same place with one more file left out."""
        return replace(self, skipped=(*self.skipped, path))

    def open(self, wanted: WantedScan) -> Iterator[SourceFile]:
        """Return its files.

        Args:
            wanted: Which paths are of interest.

        Raises:
            ConfigurationError: There is nothing at the path that can be read as source.
        """
        # who hands the work to another process needs none of these
        from miner.pipelines.scan.source_files import leave_out, open_source  # noqa: PLC0415
        from miner.pipelines.scan.tree import TreeChoice  # noqa: PLC0415

        choice = TreeChoice(self.with_submodules, self.with_excludes)
        return leave_out(open_source(self.path, wanted, self.commit, choice), self.skipped)


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

    with open_listing(file=place.names) as listing:
        return scan(place.open(file_kinds.is_wanted), listing=listing)
