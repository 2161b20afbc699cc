"""Repositories in memory for tests of the scanner."""

from __future__ import annotations

from collections.abc import Mapping

from miner.pipelines.scan.file_kinds import is_wanted
from miner.pipelines.scan.name_listing import NameListing
from miner.pipelines.scan.scanner import scan
from miner.pipelines.scan.site import ScannedSite, ScanResult
from miner.pipelines.scan.source_files import SourceFile, blob_sha


def scanned(files: Mapping[str, str | bytes], listing: NameListing | None = None) -> ScanResult:
    """Scan files given by path."""
    source = []
    for path, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        if is_wanted(path):
            source.append(SourceFile(path, data, blob_sha(data)))
    return scan(source, listing=listing)


def used(files: Mapping[str, str | bytes]) -> set[str]:
    """Return the models that are used, not those that are only mentioned."""
    return {site.model for site in scanned(files).sites if site.model and site.role != "mention"}


def site_of(result: ScanResult, model: str) -> ScannedSite:
    """Return the only site of a model."""
    found = [site for site in result.sites if site.model == model]
    assert len(found) == 1, found
    return found[0]
