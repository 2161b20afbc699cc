"""The data of the demo, crawled once for all tests of a run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from unittest.mock import patch

from filelock import FileLock

from miner.cli import main
from miner.cli.demo import REPOSITORIES, SAMPLE
from miner.pipelines.sources.replay.folder import load_catalog
from miner.pipelines.sources.replay.serve import serving

MODEL = "example-harbor-lab/Harbor-1B-Base"
REPOSITORY = "example-harbor-lab/harbor-serve"


def crawl_demo(folder: Path) -> Path:
    """Put the data of the bundled sample, without histories, into a folder that a factory made.

    The first test of a run that asks crawls it, in whichever process; the others get copies.

    Returns:
        The DuckDB file.
    """
    runs = folder.parent if "PYTEST_XDIST_WORKER" not in os.environ else folder.parents[1]
    once = runs / "crawled-demo"
    with FileLock(f"{once}.lock"):
        if not once.exists():
            part = Path(f"{once}.part")
            _crawl(part)
            part.rename(once)
    shutil.copytree(once, folder, dirs_exist_ok=True)
    return folder / "miner.duckdb"


def _crawl(folder: Path) -> None:
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
