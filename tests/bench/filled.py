"""A store as weeks of work leave it: models, cards, architectures, and repositories that load them.

Made by ``miner crawl`` from a synthetic Hub, then given repositories. Several benches begin with
it; with ``--folder`` it is made once.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.hub import LISTINGS, MINER
from tests.bench.process import ROOT, measure, synthetic_hub

MIN_DOWNLOADS = 500
"""Cards and configs are read of models with so many downloads: about one in a hundred."""

MODELS_A_REPOSITORY = 20
_CRAWL = (
    "crawl", "--since", "2000-01", "--min-downloads", str(MIN_DOWNLOADS), "--no-datasets",
    "--lookups-from", "999999", "--no-export",
)  # fmt: skip
_MARK = "filled.json"


@dataclass(frozen=True, slots=True)
class Filled:
    """What filling a store took, and what is in it.

    Attributes:
        models: Models held.
        crawl_seconds: Of the whole crawl.
        judging_seconds: Of it, telling what models are made of.
        reading_seconds: Of it, reading cards.
        peak_bytes: Largest resident size of the crawl's processes together.
        rows: Rows by table of what was judged and added.
    """

    models: int
    crawl_seconds: float
    judging_seconds: float
    reading_seconds: float
    peak_bytes: int
    rows: dict[str, int]


def environment(data: Path) -> dict[str, str]:
    """Return the variables under which commands work on a data directory."""
    return {
        "HF_HOME": str(data), "HF_TOKEN": "", "MINER_DATA_DIR": str(data),
        "MINER_DATABASE_URL": "", "MINER_SNAPSHOT_SOURCE": "",
    }  # fmt: skip


def fill(size: int, seed: int, data: Path) -> Filled:
    """Fill a store, unless that has been done in this folder.

    Raises:
        RuntimeError: A step failed.
    """
    mark = data / _MARK
    if mark.exists():
        return Filled(**json.loads(mark.read_text(encoding="utf-8")))
    data.mkdir(parents=True, exist_ok=True)
    # in a process of its own: on Linux a child's peak is never below that of this one
    listing = subprocess.run(
        [sys.executable, "-c", LISTINGS], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()[0]
    with synthetic_hub(size, seed=seed, prerender=[listing]) as hub:
        crawl = measure([*MINER, *_CRAWL], {**environment(data), "HF_ENDPOINT": hub.endpoint})
    code = [sys.executable, "-m", "tests.bench.synthetic.code", "--seed", str(seed)]
    code += ["--repositories", str(size // MODELS_A_REPOSITORY)]
    rows = json.loads(measure(code, environment(data)).last_line)
    with closing(sqlite3.connect(data / "miner.db")) as store:
        (report,) = store.execute("SELECT report FROM run ORDER BY id LIMIT 1").fetchone()
        (models,) = store.execute("SELECT count(*) FROM model").fetchone()
        for table in ("model_architecture", "model_edge", "extracted_field"):
            (rows[table],) = store.execute(f"SELECT count(*) FROM {table}").fetchone()
    figures = json.loads(report)
    filled = Filled(
        models, crawl.seconds, figures["seconds_judging_architectures"],
        figures["seconds_reading_cards"], crawl.peak_bytes, rows,
    )  # fmt: skip
    mark.write_text(json.dumps(asdict(filled)), encoding="utf-8")
    return filled


def forget(path: Path) -> None:
    """Make the system forget what it holds of a file, or of the files of a folder.

    What reads it next reads the disk, where the system can be told so (Linux).
    """
    for file in path.rglob("*") if path.is_dir() else [path]:
        if file.is_file() and hasattr(os, "posix_fadvise"):
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def load() -> str:
    """Return one line on how busy the machine was."""
    one, _, fifteen = os.getloadavg()
    return f"load average of the last minute {one:.1f}, of the last fifteen {fifteen:.1f}"
