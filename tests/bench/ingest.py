"""Ingest: models a second from loopback pages to committed rows, against PeaTMOSS's way.

``python -m tests.bench.ingest --sizes 20000,400000`` runs, one after the other against synthetic
Hubs whose pages were made beforehand: the baseline on the smallest size, then ``miner crawl`` on
each size with an empty data directory. It prints a Markdown table and writes it to
docs/measurements/performance.md.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sqlite3
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.bench.page import PAGE, machine, table, write_section
from tests.bench.process import measure, synthetic_hub

MINER = f"{shlex.quote(sys.executable)} -m miner"
CRAWL = (
    "crawl", "--since", "2000-01", "--no-github", "--min-downloads", "999999999",
    "--configs", "none", "--no-export", "--no-datasets",
)  # fmt: skip
SECONDS_KEY = "seconds_fetch_and_store"  # in run.report: first request to the last commit
# What the crawl asks of the listing, so that its pages can be made before the clock starts:
# since before the Hub's first model it goes from the oldest on. Printed in a process of its
# own, since the measuring one has to stay small.
PRINT_QUERY = """
from miner.pipelines.sources.http import RateBudget
from miner.pipelines.sources.hubs.huggingface.hub import HuggingFace
from miner.schema.vocab import SweepKind
from miner.settings import load_settings

hub = HuggingFace(load_settings(), RateBudget())
print(hub.listing_url("model", SweepKind.FULL, ascending=True, sort="createdAt").partition("?")[2])
"""


@dataclass(frozen=True, slots=True)
class Ingest:
    """One crawl, measured.

    Attributes:
        models: Rows of table ``model`` at its end.
        seconds: From its first request to its last committed row.
        total_seconds: From the start of the process to its end.
        peak_bytes: Largest resident size.
        listing_bytes: JSON received.
    """

    models: int
    seconds: float
    total_seconds: float
    peak_bytes: int
    listing_bytes: int


def read_store(database: Path) -> tuple[int, float]:
    """Return the models in a store, and the seconds that its last run says it took."""
    with closing(sqlite3.connect(database)) as store:
        (models,) = store.execute("SELECT count(*) FROM model WHERE sha IS NOT NULL").fetchone()
        (report,) = store.execute("SELECT report FROM run ORDER BY id DESC LIMIT 1").fetchone()
    return int(models), float(json.loads(report)[SECONDS_KEY])


def crawl(size: int, seed: int, command: str, query: str) -> Ingest:
    """Crawl a synthetic Hub into a fresh store.

    Raises:
        RuntimeError: The crawl failed, or the store does not hold every model.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        synthetic_hub(size, seed=seed, prerender=[query]) as hub,
    ):
        environment = {
            "HF_ENDPOINT": hub.endpoint,
            "HF_HOME": folder,
            "HF_TOKEN": "",
            "MINER_DATA_DIR": folder,
            "MINER_DATABASE_URL": "",
        }
        outcome = measure([*shlex.split(command), *CRAWL], environment)
        models, seconds = read_store(Path(folder) / "miner.db")
        if models != size:
            raise RuntimeError(f"the store holds {models} models of {size}")
        return Ingest(models, seconds, outcome.seconds, outcome.peak_bytes, hub.listing_bytes)


def baseline(models: int, size: int, seed: int) -> float:
    """Return models a second of PeaTMOSS's way."""
    with synthetic_hub(size, seed=seed) as hub:
        command = [sys.executable, "-m", "tests.bench.peatmoss_way"]
        command += ["--endpoint", hub.endpoint, "--models", str(models)]
        figures = json.loads(measure(command, {}).output)
    return float(figures["models"] / figures["seconds"])


def render(rate: float, baseline_models: int, runs: list[Ingest], arguments: str) -> str:
    """Return the section as Markdown."""
    head = ["way", "models", "seconds", "models/s", "times baseline", "MB/s of JSON",
            "microseconds/model", "peak resident MiB"]  # fmt: skip
    rows = [
        ["PeaTMOSS's way", f"{baseline_models:,}", f"{baseline_models / rate:.1f}", f"{rate:,.0f}",
         "1.0", "", f"{1e6 / rate:,.0f}", ""]
    ]  # fmt: skip
    for run in runs:
        speed = run.models / run.seconds
        rows.append(
            ["miner crawl", f"{run.models:,}", f"{run.seconds:.1f}", f"{speed:,.0f}",
             f"{speed / rate:.1f}", f"{run.listing_bytes / run.seconds / 1e6:.1f}",
             f"{1e6 / speed:.1f}", f"{run.peak_bytes / 2**20:.0f}"]
        )  # fmt: skip
    first, last = runs[0], runs[-1]
    memory = last.peak_bytes / first.peak_bytes
    time_each = (last.seconds / last.models) / (first.seconds / first.models)
    return "\n".join(
        [
            "## Ingest: loopback pages to committed rows\n",
            table(head, rows),
            f"\nFrom {first.models:,} to {last.models:,} models: time a model times "
            f"{time_each:.2f}, peak memory times {memory:.2f}. "
            f"Whole process at {last.models:,}: {last.total_seconds:.1f} s. {machine()}.\n",
            f"`python -m tests.bench.ingest {arguments}`",
        ]
    )


def main(arguments: list[str] | None = None) -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description="The ingest bench")
    parser.add_argument("--sizes", default="20000,400000")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--baseline-models", type=int, default=2000)
    parser.add_argument("--command", default=MINER, help="what is run in place of miner")
    parser.add_argument("--page", type=Path, default=PAGE, help="page that the table goes into")
    options = parser.parse_args(arguments)
    sizes = sorted(int(size) for size in options.sizes.split(","))
    query = measure([sys.executable, "-c", PRINT_QUERY], {}).output.strip()
    rate = baseline(options.baseline_models, sizes[0], options.seed)
    runs = [crawl(size, options.seed, options.command, query) for size in sizes]
    text = render(rate, options.baseline_models, runs, f"--sizes {options.sizes}")
    print(text)
    write_section("ingest", text, options.page)


if __name__ == "__main__":
    main()
