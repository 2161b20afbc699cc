"""The data of the demo, crawled once for all tests of a module."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

from miner.cli import main
from miner.cli.demo import REPOSITORIES, SAMPLE
from miner.pipelines.sources.replay.folder import load_catalog
from miner.pipelines.sources.replay.serve import serving

MODEL = "example-harbor-lab/Harbor-1B-Base"
REPOSITORY = "example-harbor-lab/harbor-serve"


def crawl_demo(folder: Path) -> Path:
    """Crawl the bundled sample without histories; returns the DuckDB file."""
    command = ["crawl", "--since", "2024-01", "--github", "--executor", "here"]
    command += ["--repositories", str(REPOSITORIES / "list.txt")]
    with serving(load_catalog([SAMPLE, REPOSITORIES])) as server:
        places = {
            "MINER_DATA_DIR": str(folder),
            "HF_ENDPOINT": server.endpoint,
            "GITHUB_API_URL": server.github_url,
            "GITHUB_TOKEN": "demo",
        }
        with patch.dict(os.environ, places):
            try:
                main(command)
            except SystemExit as ended:
                assert not ended.code
    return folder / "miner.duckdb"
