"""The Hub at full size: sweep, light sweep, derivations, export and ready queries.

``python -m tests.bench.hub --sizes 310000,3100000`` takes a synthetic Hub of each size through
what a week of use does: a first crawl, a crawl one week later (checked against the formulas that
changed the Hub meanwhile), an export, every shipped query. Each is a process of its own, measured
from outside. The tables go into docs/measurements/performance.md, what the disk
needs into docs/measurements/storage.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.bench.page import PAGE, machine, table, write_section
from tests.bench.process import ROOT, Outcome, measure, synthetic_hub
from tests.bench.synthetic.hub import SyntheticHub

STORAGE_PAGE = ROOT / "docs" / "measurements" / "storage.md"
MINER = (sys.executable, "-m", "miner")
CRAWL = (
    "crawl", "--since", "2000-01", "--min-downloads", "999999999", "--configs", "none",
    "--no-datasets", "--lookups-from", "999999", "--no-export",
)  # fmt: skip
LISTINGS = """
from miner.pipelines.sources.http import RateBudget
from miner.pipelines.sources.hubs.huggingface.hub import HuggingFace
from miner.schema.vocab import SweepKind
from miner.settings import load_settings

hub = HuggingFace(load_settings(), RateBudget())
for kind in (SweepKind.FULL, SweepKind.LIGHT):
    url = hub.listing_url("model", kind, ascending=True, sort="createdAt")
    print(url.partition("?")[2])
"""
ASK = """
import io, json, time
from miner.db.analytics import open_for_questions
from miner.queries import loader, run
from miner.queries.output import FORMATS
from miner.settings import load_settings

seconds = {}
with open_for_questions(load_settings().duckdb_path) as connection:
    for name, query in loader.load().items():
        started = time.perf_counter()
        FORMATS["table"](run.run_query(query, {}, connection), io.StringIO())
        seconds[name] = time.perf_counter() - started
print(json.dumps(seconds))
"""
SWEEPS = ("full sweep", "light sweep, a week later")
QUERIES = "every query once"
LIMITS = {"with a free token": 1000, "without": 500}
"""Requests to the Hub's API in five minutes."""

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Stage:
    """One step, measured.

    Attributes:
        name: What it was.
        seconds: From the start of its process to its end.
        models: Models that it went through.
        requests: Sent to the Hub.
        peak_bytes: Largest resident size of its processes together; 0: inside another stage.
        disk: Bytes in the data directory at its end, by part.
    """

    name: str
    seconds: float
    models: int
    requests: int
    peak_bytes: int
    disk: dict[str, int]


@dataclass(slots=True)
class HubRun:
    """What one size took.

    Attributes:
        size: Models at first sight.
        stages: In their order.
        found: Changes that the second crawl found, by kind; all that were planted.
        queries: Seconds of each shipped query.
    """

    size: int
    stages: list[Stage] = field(default_factory=list)
    found: dict[str, int] = field(default_factory=dict)
    queries: dict[str, float] = field(default_factory=dict)

    @property
    def done(self) -> set[str]:
        """Names of the stages."""
        return {stage.name for stage in self.stages}

    @property
    def seconds(self) -> float:
        """Of all stages that are processes of their own."""
        return sum(stage.seconds for stage in self.stages if stage.peak_bytes)

    @property
    def peak_bytes(self) -> int:
        """The largest of all stages."""
        return max(stage.peak_bytes for stage in self.stages)


def take(size: int, seed: int, listings: list[str], folder: Path) -> HubRun:
    """Take one size through all stages; those that the folder tells of already are not repeated.

    Raises:
        RuntimeError: A stage failed, or does not hold what it should.
    """
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    measured = _load(folder) or HubRun(size)
    environment = {
        "HF_HOME": str(data), "HF_TOKEN": "", "MINER_DATA_DIR": str(data),
        "MINER_DATABASE_URL": "",
    }  # fmt: skip
    for epoch, name in enumerate(SWEEPS):
        if name in measured.done:
            continue
        with synthetic_hub(size, seed=seed, epoch=epoch, prerender=[listings[epoch]]) as hub:
            outcome = _measure([*MINER, *CRAWL], {**environment, "HF_ENDPOINT": hub.endpoint})
        _add_crawl(measured, name, outcome, data)
        if epoch:
            measured.found = check_changes(data / "miner.db", SyntheticHub(size, seed, epoch))
        _save(measured, folder)
    for name, command in (("export", [*MINER, "export"]), (QUERIES, [sys.executable, "-c", ASK])):
        if name in measured.done:
            continue
        outcome = _measure(command, environment)
        models = measured.stages[-1].models
        measured.stages.append(
            Stage(name, outcome.seconds, models, 0, outcome.peak_bytes, on_disk(data))
        )
        if name == QUERIES:
            measured.queries = json.loads(outcome.last_line)
        _save(measured, folder)
    return measured


def _load(folder: Path) -> HubRun | None:
    """Return what a bench that was broken off has measured in this folder."""
    path = folder / "taken.json"
    if not path.exists():
        return None
    saved = json.loads(path.read_text(encoding="utf-8"))
    return HubRun(**{**saved, "stages": [Stage(**stage) for stage in saved["stages"]]})


def _save(measured: HubRun, folder: Path) -> None:
    (folder / "taken.json").write_text(json.dumps(asdict(measured)), encoding="utf-8")


def _measure(command: list[str], environment: Mapping[str, str]) -> Outcome:
    outcome = measure(command, environment)
    what = command[3] if "-m" in command else "queries"
    print(
        f"  {what}: {outcome.seconds:.1f} s, cpu {outcome.cpu_seconds:.1f} s, "
        f"{outcome.peak_bytes / _MIB:.0f} MiB",
        file=sys.stderr, flush=True,
    )  # fmt: skip
    return outcome


def _add_crawl(measured: HubRun, name: str, outcome: Outcome, folder: Path) -> None:
    """Add a crawl and, inside it, its derivations.

    Raises:
        RuntimeError: The store does not hold every model.
    """
    with closing(sqlite3.connect(folder / "miner.db")) as store:
        (report,) = store.execute("SELECT report FROM run ORDER BY id DESC LIMIT 1").fetchone()
        (models,) = store.execute("SELECT count(*) FROM model WHERE sha IS NOT NULL").fetchone()
    figures = json.loads(report)
    if models < measured.size:
        raise RuntimeError(f"the store holds {models} models of {measured.size}")
    disk = on_disk(folder)
    measured.stages += [
        Stage(name, outcome.seconds, models, figures["requests"], outcome.peak_bytes, disk),
        Stage("of it derivations", figures["seconds_resolving"], models, 0, 0, disk),
    ]


def on_disk(folder: Path) -> dict[str, int]:
    """Return the bytes of each part of a data directory."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    parts = {"store": "miner.db", "archive": "archive", "observations": "observations",
             "DuckDB file": "miner.duckdb"}  # fmt: skip
    return {
        part: sum(
            path.stat().st_size
            for path in files
            if path.relative_to(folder).parts[0].removesuffix("-wal") == name
        )
        for part, name in parts.items()
    }


def check_changes(database: Path, hub: SyntheticHub) -> dict[str, int]:
    """Return how many changes a store tells of, by kind: those of the formulas and no others.

    Raises:
        RuntimeError: One is missing, or was not planted.
    """
    planted = _planted(hub)
    found: dict[str, list[int]] = {}
    with closing(sqlite3.connect(database)) as store:
        for kind, uid in store.execute(
            "SELECT e.kind, m.uid FROM model_event e JOIN model m ON m.id = e.model_id"
        ):
            found.setdefault(kind, []).append(int(uid[8:], 16))
    for kind in planted.keys() | found.keys():
        expected, got = planted.get(kind, set()), found.get(kind, [])
        if sorted(got) != sorted(expected):
            missing, odd = len(expected - set(got)), len(set(got) - expected)
            raise RuntimeError(
                f"{kind}: {len(expected)} planted, {len(got)} found, {missing} not found, {odd} odd"
            )
    return {kind: len(numbers) for kind, numbers in sorted(found.items())}


def _planted(hub: SyntheticHub) -> dict[str, set[int]]:
    """Return the numbers of the models that changed since the first sight, by kind of event."""
    before = SyntheticHub(hub.size, hub.seed)

    def those(step: int, first: int) -> Iterable[int]:
        return range(first + hub.epoch, hub.size, step)

    gated = (
        number
        for number in those(5000, 3080)
        if before.gating(before.facts(number)) != hub.gating(hub.facts(number))
    )
    return {
        "new": set(range(hub.size, hub.total)),
        "revised": set(those(100, 50)),
        "gone": set(those(1000, 560)),
        "renamed": set(those(2000, 1070)),
        "gated": set(gated),
    }


def render(runs: list[HubRun], command: str) -> str:
    """Return the section of the page of measurements."""
    parts = [
        "## The Hub at full size\n",
        "A first crawl, a crawl one week later that finds every planted change, the export and "
        "every shipped query, each a process of its own on a synthetic Hub. Memory is that of all "
        "its processes together. What the Hub's own limits would add is a table of its own: "
        "the crawl works while it waits.\n",
        _stage_table(runs),
        "\nRequests to the Hub's API, and the least time that its limits leave them:\n",
        _limit_table(runs),
        "\nChanges planted in the week between the crawls: all found, and nothing else.\n",
        _change_table(runs),
    ]
    for run in runs:
        slowest = max(run.queries, key=run.queries.__getitem__)
        parts.append(
            f"\n{run.size:,} models: all together {run.seconds / 60:.1f} minutes, at most "
            f"{run.peak_bytes / _MIB:,.0f} MiB; the slowest of {len(run.queries)} queries is "
            f"`{slowest}`, {run.queries[slowest]:.2f} s."
        )
    load = f"load average of the last 15 minutes {os.getloadavg()[2]:.1f} (a crawl alone: 2)"
    return "\n".join([*parts, f"\n{machine()}, {load}.\n", f"`{command}`"])


def _stage_table(runs: list[HubRun]) -> str:
    head = ["stage", "models", "seconds", "models/s", "growth", "peak resident MiB", "store MB",
            "archive MB", "observations MB", "DuckDB MB"]  # fmt: skip
    rows = []
    for place, stage in enumerate(runs[0].stages):
        for run in runs:
            here = run.stages[place]
            growth = (here.seconds / here.models) / (stage.seconds / stage.models or 1e-9)
            rows.append(
                [here.name, f"{here.models:,}", f"{here.seconds:,.1f}",
                 f"{here.models / here.seconds:,.0f}" if here.seconds else "",
                 "" if run is runs[0] else f"{growth:.2f}",
                 f"{here.peak_bytes / _MIB:,.0f}" if here.peak_bytes else "",
                 *(f"{size / 1e6:,.0f}" for size in here.disk.values())]
            )  # fmt: skip
    for run in runs:
        growth = (run.seconds / run.size) / (runs[0].seconds / runs[0].size)
        rows.append(
            ["all", f"{run.size:,}", f"{run.seconds:,.1f}", f"{run.size / run.seconds:,.0f}",
             "" if run is runs[0] else f"{growth:.2f}", f"{run.peak_bytes / _MIB:,.0f}",
             "", "", "", ""]
        )  # fmt: skip
    return table(head, rows)


def _limit_table(runs: list[HubRun]) -> str:
    head = ["crawl", "models", "requests", *(f"minutes {who}" for who in LIMITS)]
    rows = [
        [stage.name, f"{stage.models:,}", f"{stage.requests:,}",
         *(f"{5 * stage.requests / limit:,.1f}" for limit in LIMITS.values())]
        for run in runs
        for stage in run.stages
        if stage.requests
    ]  # fmt: skip
    return table(head, rows)


def _change_table(runs: list[HubRun]) -> str:
    kinds = list(runs[-1].found)
    rows = [
        [f"of {run.size:,} models", *(f"{run.found.get(kind, 0):,}" for kind in kinds)]
        for run in runs
    ]
    return table(["changes", *kinds], rows)


def render_disk(runs: list[HubRun]) -> str:
    """Return what stands in docs/measurements/storage.md."""
    head = ["models", "after", "archive GB", "store GB", "observations GB", "`miner.duckdb` GB",
            "memory GiB"]  # fmt: skip
    rows = [
        [f"{run.size:,}", stage.name, *(
            f"{stage.disk[part] / 1e9:.2f}"
            for part in ("archive", "store", "observations", "DuckDB file")
        ), f"{stage.peak_bytes / 2**30:.2f}"]
        for run in runs
        for stage in run.stages
        if stage.peak_bytes
    ]  # fmt: skip
    return (
        "Measured on a synthetic Hub of the real one's shape, listings without cards:\n\n"
        + table(head, rows)
        + f"\n\n{machine()}; `python -m tests.bench.hub` writes this table and those of "
        "[performance](performance.md)."
    )


def main(arguments: list[str] | None = None) -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description="The Hub at full size")
    parser.add_argument("--sizes", default="310000,3100000")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", type=Path, default=PAGE, help="page that the tables go into")
    parser.add_argument("--operations", type=Path, default=STORAGE_PAGE, help="page for disk sizes")
    parser.add_argument(
        "--folder", type=Path,
        help="keep the data there; a bench that was broken off goes on after its last stage",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    sizes = sorted(int(size) for size in options.sizes.split(","))
    # in a process of its own: on Linux a child's peak is never below that of this one
    listings = subprocess.run(
        [sys.executable, "-c", LISTINGS], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    runs = []
    for size in sizes:
        print(f"{size:,} models", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            place = (options.folder or Path(folder)).absolute() / str(size)
            runs.append(take(size, options.seed, listings, place))
    text = render(runs, shlex.join(["python", "-m", "tests.bench.hub", "--sizes", options.sizes]))
    print(text)
    write_section("hub", text, options.page)
    write_section("hub", render_disk(runs), options.operations)


if __name__ == "__main__":
    main()
