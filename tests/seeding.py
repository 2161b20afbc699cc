"""What the tests of crawls begun from snapshots share: whole crawls, and stores compared."""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from miner.cli.demo import REPOSITORIES, SAMPLE
from miner.pipelines.crawl.github.run import crawl_github
from miner.pipelines.crawl.hubs import crawl_hubs
from miner.pipelines.crawl.open import opened
from miner.pipelines.crawl.run import CrawlChoice
from miner.pipelines.derive.licenses.chain_judge import open_judge
from miner.pipelines.snapshot.export_store import export_parquet
from miner.pipelines.snapshot.seed import begin
from miner.pipelines.sources.github.session import ForgeChoice
from miner.pipelines.sources.hubs import default_hubs
from miner.pipelines.sources.hubs.protocol import Window
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.folder import load_catalog
from miner.pipelines.sources.replay.serve import ReplayServer
from miner.progress import Progress, Silent
from miner.schema.published import PUBLISHED
from miner.settings import Settings

NAME = "data-2026.11.0"
Rows = Counter[tuple[Any, ...]]

DIFFERING = {
    "run": None,  # the run that took the snapshot in is one more
    "sweep": None,  # so is the sweep that stands for it; later ones are numbered behind it
    "model_observation": ("sweep",),
    "dataset_observation": ("sweep",),
    "repository_observation": ("sweep",),
    "model_event": ("sweep",),
    "dataset": ("observed_at",),  # tags come in another order: such a record is written anew
}
"""Published tables that cannot be the same, or their columns that cannot: names of later sweeps,
and what says when, or in which run, something was looked at."""


def sample() -> Catalog:
    """The bundled sample, as a hub and a GitHub."""
    return load_catalog([SAMPLE, REPOSITORIES])


def crawl_all(settings: Settings, *, progress: Progress | None = None) -> Counter[str]:
    """Crawl all hubs and the sample's repositories to the end, and return the report's counts."""
    stop = threading.Event()
    choice = CrawlChoice(Window(), min_downloads=0, lookups_from=1)
    forge = ForgeChoice(repositories=REPOSITORIES / "list.txt", with_search=False)
    with opened(settings, {}, progress or Silent(), stop) as under_way:
        then = partial(crawl_github, under_way, forge)
        assert crawl_hubs(under_way, default_hubs(), choice, then=then)
        return under_way.counts


def seed(settings: Settings, wanted: Path | str, **chosen: Any) -> Counter[str]:
    """Begin a store from a snapshot, and return the rows by table."""
    defaults: dict[str, Any] = {"source": None, "progress": Silent(), "stop": threading.Event()}
    return begin(settings, str(wanted), **(defaults | chosen))[1]


def published(settings: Settings) -> dict[str, Rows]:
    """All published rows of a store, without what differs (``DIFFERING``)."""
    folder = settings.data_dir.with_name(f"{settings.data_dir.name}-tables")
    export_parquet(settings, folder, judge=open_judge("miner"))
    return read_tables(folder)


def read_tables(folder: Path) -> dict[str, Rows]:
    """All rows of a folder of Parquet files, without what differs (``DIFFERING``)."""
    found: dict[str, Rows] = {}
    with duckdb.connect() as connection:
        for table in PUBLISHED.values():
            without = DIFFERING.get(table.name, ())
            if without is None:
                continue
            columns = [f'"{name}"' for name in table.column_names if name not in without]
            rows = connection.execute(
                f"SELECT {', '.join(columns)} FROM read_parquet($place)",
                {"place": str(folder / f"{table.name}.parquet")},
            ).fetchall()
            found[table.name] = Counter((repr(row),) for row in rows)
    return found


def lost(of: dict[str, Rows], by: dict[str, Rows]) -> dict[str, list[Any]]:
    """Rows of some tables that others lack, by table; tables that lack none are not in it."""
    return {name: list(rows - by[name]) for name, rows in of.items() if rows - by[name]}


def asked(server: ReplayServer) -> Counter[str]:
    """Requests that a replay has counted, by bucket."""
    return Counter(
        {name: int(each["requests"]) for name, each in server.stats()["buckets"].items()}
    )
