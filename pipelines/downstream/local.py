"""Scans a checkout, a bare git directory or a .tar.gz: one batch of an executor."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from miner.pipelines.downstream import files
from miner.pipelines.downstream.listing import open_listing
from miner.pipelines.downstream.scan import scan
from miner.pipelines.downstream.site import ScanResult
from miner.pipelines.downstream.source import open_source


@dataclass(frozen=True, slots=True)
class Place:
    """What to scan: a path, and for git directories which commit."""

    path: Path
    commit: str = "HEAD"


def scan_place(place: Place) -> ScanResult:
    """Scan a path. If there is a store, it settles names without an owner.

    Raises:
        ConfigurationError: There is nothing at the path that can be read as source.
        InvalidData: The archive is broken.
    """
    with open_listing() as listing:
        return scan(open_source(place.path, files.is_wanted, place.commit), listing=listing)
