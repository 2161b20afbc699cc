"""What the tests of snapshots share: a small store, a snapshot of it, changes to both."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from miner.pipelines.snapshot.build import Choice, SnapshotReport, build_snapshot
from miner.pipelines.snapshot.content_checks import Check
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.serve import serving
from miner.queries.loader import CHECKS, load
from miner.schema.manifest import MANIFEST, Manifest
from miner.settings import Settings
from tests.crawling import build, crawl, settings_for, window

SHIPPED = tuple(
    Check(query.full_name, query.body) for query in load().values() if query.topic == CHECKS
)
NAME = "data-2026.01.0"
"""Of the first snapshot of a store made here: its data is of 2026-01."""


def make_store(folder: Path, catalog: Catalog | None = None) -> Settings:
    """Crawl a small hub into a store of its own."""
    with serving(catalog or build(30, cards=10)) as server:
        settings = settings_for(folder, server.endpoint)
        crawl(settings, window(since="2000-01-01"))
    return settings


def copy_store(settings: Settings, folder: Path) -> Settings:
    """Copy a store, so that a test may change it."""
    shutil.copytree(settings.data_dir, folder)
    return settings_for(folder, settings.hf_endpoint)


def change(settings: Settings, sql: str, *values: Any) -> None:
    """Change a store behind miner's back."""
    with closing(sqlite3.connect(settings.data_dir / "miner.db")) as connection, connection:
        assert connection.execute(sql, values).rowcount > 0


def make(settings: Settings, target: Path | None, **chosen: Any) -> SnapshotReport:
    """Build a snapshot as the command does, without license findings."""
    return build_snapshot(settings, target, checks=SHIPPED, judge=None, choice=Choice(**chosen))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def manifest_of(folder: Path) -> Manifest:
    """The manifest of a snapshot."""
    return Manifest.read((folder / MANIFEST).read_bytes())
