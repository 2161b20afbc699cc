"""The data of the demo, crawled once for all tests of a module."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

from miner.cli import main
from miner.cli.demo import CRAWL, REPOSITORIES, SAMPLE
from miner.pipelines.sources.replay.folder import load_catalog
from miner.pipelines.sources.replay.serve import serving

MODEL = "example-harbor-lab/Harbor-1B-Base"
REPOSITORY = "example-harbor-lab/harbor-serve"


def crawl_demo(folder: Path) -> Path:
    """Crawl the bundled sample as ``miner demo`` does; returns the DuckDB file."""
    with serving(load_catalog([SAMPLE, REPOSITORIES])) as server:
        places = {
            "MINER_DATA_DIR": str(folder),
            "HF_ENDPOINT": server.endpoint,
            "GITHUB_API_URL": server.github_url,
            "GITHUB_TOKEN": "demo",
        }
        with patch.dict(os.environ, places):
            try:
                main([*CRAWL, str(REPOSITORIES / "list.txt")])
            except SystemExit as ended:
                assert not ended.code
    return folder / "miner.duckdb"
