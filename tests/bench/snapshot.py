"""Snapshots of a hub at full size: built, got, verified, asked.

``python -m tests.bench.snapshot --sizes 310000,3100000 [--folder DIR]``. Each size is the store of
``tests.bench.moe``. Beside the build stands DuckDB's bare COPY of the same tables, beside the pull
``cp`` and ``sha256sum`` of the same files, beside the first answer DuckDB alone on the same file.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.bench.filled import environment, fill, forget, load
from tests.bench.hub import MINER
from tests.bench.page import PAGE, machine, table, write_section
from tests.bench.process import Outcome, measure

NAME = "data-2026.11.0"
BUILD_TIMES, PULL_TIMES, FIRST_SECONDS = 10.0, 2.0, 1.0
"""What may be taken: times the bare COPY, times cp and sha256sum, seconds."""

QUESTION = "models/by_month"
COPY = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    for (name,) in connection.execute(
        "SELECT table_name FROM duckdb_tables() ORDER BY table_name"
    ).fetchall():
        connection.execute(
            f"COPY \\"{name}\\" TO '{sys.argv[2]}/{name}.parquet' "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
"""
PULL = """
import json, sys, threading, time
from pathlib import Path
from miner.pipelines.snapshot.load import load_snapshot
from miner.progress import Silent
from miner.pipelines.snapshot.pull import find_version, pull
from miner.pipelines.snapshot.locations import open_source
from miner.queries.loader import macros
from miner.settings import load_settings

stop = threading.Event()
source, home, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
started, worked = time.perf_counter(), time.process_time()
place = open_source(load_settings(), source, stop)
pulled = pull(place, find_version(place, None), home, progress=Silent(), stop=stop)
place.close()
got, got_work = time.perf_counter(), time.process_time()
load_snapshot(pulled.folder, pulled.manifest, target, macros())
print(json.dumps({
    "pull": got - started, "pull_cpu": got_work - worked,
    "load": time.perf_counter() - got, "load_cpu": time.process_time() - got_work,
}))
"""
ALONE = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    print(len(connection.execute("FROM models_by_month()").fetchall()))
"""
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Stage:
    """One step, measured.

    Attributes:
        name: What it was.
        seconds: What it took.
        cpu_seconds: Of all its threads and processes together.
        times: Times its baseline; None: it has none.
        bar: What that, or the seconds where there is no baseline, may be; None: no bar.
        peak_bytes: Largest resident size of its processes; 0: it is inside another stage.
        size_bytes: Of what it wrote; 0: nothing.
    """

    name: str
    seconds: float
    cpu_seconds: float
    times: float | None = None
    bar: float | None = None
    peak_bytes: int = 0
    size_bytes: int = 0


def take(size: int, seed: int, folder: Path) -> tuple[int, list[Stage]]:
    """Take one size through all of it; return its models and the stages."""
    data, source, copies = folder / "data", folder / "published", folder / "copies"
    filled = fill(size, seed, data)
    pulled = folder / "pulled"
    for place in (source, copies, pulled):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
    there, here = environment(data), environment(pulled)
    build = _measure("build", [*MINER, "snapshot", "build", "--out", str(source / NAME)], there)
    file = pulled / "miner.duckdb"
    pull = _measure(
        "pull",
        [sys.executable, "-c", PULL, str(source), str(pulled / "snapshots"), str(file)], here,
    )  # fmt: skip
    figures = json.loads(pull.last_line)
    bare = _measure("COPY", [sys.executable, "-c", COPY, str(file), str(copies)], here)
    size_bare = _size(copies)
    shutil.rmtree(copies)
    by_hand = _measure("cp, sha256sum", ["sh", "-c", _by_hand(source / NAME, copies)], here)
    verify = _measure("verify", [*MINER, "snapshot", "verify", str(source / NAME)], here)
    sums = ["sh", "-c", f"cd {shlex.quote(str(source / NAME))} && find . -type f | xargs sha256sum"]
    digest = _measure("sha256sum", sums, here)
    ask = [*MINER, "query", QUESTION, "--format", "csv"]
    forget(pulled)
    cold, again = _measure("cold answer", ask, here), _measure("answer", ask, here)
    forget(pulled)
    alone = _measure("DuckDB alone", [sys.executable, "-c", ALONE, str(file)], here)
    stages = [
        _stage("DuckDB's bare COPY of the tables", bare, size=size_bare),
        _stage("`miner snapshot build`", build, bare, BUILD_TIMES, _size(source)),
        _stage("`cp` and `sha256sum`", by_hand, size=_size(copies)),
        Stage("`miner snapshot pull`: get and verify", figures["pull"], figures["pull_cpu"],
              figures["pull"] / by_hand.seconds, PULL_TIMES, 0, _size(pulled / "snapshots")),
        Stage("`miner snapshot pull`: the DuckDB file", figures["load"], figures["load_cpu"],
              None, None, pull.peak_bytes, file.stat().st_size),
        _stage("`sha256sum`", digest),
        _stage("`miner snapshot verify`", verify, digest, PULL_TIMES),
        _stage("first answer, DuckDB alone, cold", alone),
        _stage(f"first answer, `miner query {QUESTION}`, cold", cold, bar=FIRST_SECONDS),
        _stage(f"`miner query {QUESTION}` once more", again, bar=FIRST_SECONDS),
    ]  # fmt: skip
    return filled.models, stages


def _stage(
    name: str,
    measured: Outcome,
    baseline: Outcome | None = None,
    bar: float | None = None,
    size: int = 0,
) -> Stage:
    times = measured.seconds / baseline.seconds if baseline else None
    return Stage(
        name, measured.seconds, measured.cpu_seconds, times, bar, measured.peak_bytes, size
    )


def _by_hand(source: Path, target: Path) -> str:
    """Return the shell's way of getting files and looking at each."""
    a, b = shlex.quote(str(source)), shlex.quote(str(target))
    return f"cp -r {a} {b} && cd {b} && find . -type f | xargs sha256sum"


def _measure(what: str, command: list[str], environment: dict[str, str]) -> Outcome:
    outcome = measure(command, environment)
    print(
        f"  {what}: {outcome.seconds:.1f} s, {outcome.peak_bytes / _MIB:.0f} MiB",
        file=sys.stderr, flush=True,
    )  # fmt: skip
    return outcome


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def render(runs: list[tuple[int, list[Stage]]], command: str) -> str:
    """Return the section of the page of measurements."""
    head = [
        "stage",
        "models",
        "seconds",
        "CPU s",
        "times its baseline",
        "bar",
        "peak resident MiB",
        "MB",
    ]
    rows = [
        [stages[place].name, f"{models:,}", *_cells(stages[place])]
        for place in range(len(runs[0][1]))
        for models, stages in runs
    ]
    text = (
        "A snapshot of a synthetic Hub with cards, architectures and repositories, built with "
        "all its checks, got from a folder and verified; each step is a process of its own, on "
        "files that the system holds in memory, but for what is called cold. The baseline of a "
        "build is the bare COPY, that of a pull `cp` and `sha256sum`, that of `verify` "
        "`sha256sum`."
    )
    return "\n".join(
        ["## Snapshots\n", text, "", table(head, rows), f"\n{machine()}, {load()}.\n",
         f"`{command}`"]
    )  # fmt: skip


def _cells(stage: Stage) -> list[str]:
    unit = "" if stage.times is not None else " s"
    return [
        f"{stage.seconds:,.2f}" if stage.seconds < 10 else f"{stage.seconds:,.1f}",
        f"{stage.cpu_seconds:,.1f}",
        "" if stage.times is None else f"{stage.times:.1f}",
        "" if stage.bar is None else f"{stage.bar:.0f}{unit}",
        f"{stage.peak_bytes / _MIB:,.0f}" if stage.peak_bytes else "",
        f"{stage.size_bytes / 1e6:,.0f}" if stage.size_bytes else "",
    ]


def main(arguments: list[str] | None = None) -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description="Snapshots at full size")
    parser.add_argument("--sizes", default="310000,3100000")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", type=Path, default=PAGE, help="page that the table goes into")
    parser.add_argument("--folder", type=Path, help="keep the stores there; one there is not made")
    options = parser.parse_args(arguments)
    runs = []
    for size in sorted(int(size) for size in options.sizes.split(",")):
        print(f"{size:,} models", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            place = (options.folder or Path(folder)).absolute() / str(size)
            runs.append(take(size, options.seed, place))
    command = ["python", "-m", "tests.bench.snapshot", "--sizes", options.sizes]
    text = render(runs, shlex.join(command))
    print(text)
    write_section("snapshot", text, options.page)


if __name__ == "__main__":
    main()
