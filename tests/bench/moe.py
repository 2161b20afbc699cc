"""Mixtures of experts in a hub at full size: judging its models, and every question under moe/.

``python -m tests.bench.moe --sizes 310000,3100000 [--folder DIR]``. Each size is a synthetic Hub,
crawled and judged by ``miner crawl``, given repositories, exported. Beside the judging stands what
the rules alone take on the same models; beside the questions, what starting ``miner query`` takes
and the one join that most of them need.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.bench.filled import Filled, environment, fill, forget, load
from tests.bench.hub import MINER
from tests.bench.page import PAGE, machine, table, write_section
from tests.bench.process import measure

BAR_SECONDS = 1.0
"""What a question may take."""

START = "SELECT 1"
JOIN = (
    "SELECT count(*), count(*) FILTER (WHERE a.is_moe) FROM model AS m "
    "LEFT JOIN model_architecture AS a ON a.hub = m.hub AND a.model = m.name"
)
WARM = """
import io, json, sys, time
from miner.db.analytics import open_for_questions
from miner.queries import loader, run
from miner.queries.output import FORMATS
from miner.settings import load_settings

told = {}
with open_for_questions(load_settings().duckdb_path) as connection:
    for name, query in loader.load().items():
        if query.topic != "moe":
            continue
        seconds, cpu = [], []
        for _ in range(4):
            started, worked = time.perf_counter(), time.process_time()
            answer = io.StringIO()
            FORMATS["csv"](run.run_query(query, {}, connection), answer)
            seconds.append(time.perf_counter() - started)
            cpu.append(time.process_time() - worked)
        rows = answer.getvalue().count("\\n") - 1
        told[name] = {"seconds": min(seconds[1:]), "cpu": min(cpu[1:]), "rows": rows}
print(json.dumps(told))
"""
JUDGE = """
import json, time
from miner.db.session import read_store
from miner.pipelines.derive.architecture.architecture_stage import evidence_of
from miner.pipelines.derive.architecture.precedence import architecture_or_reason
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.derive.architecture.architecture_rows import (
    hub_names, last_model, load_bases, load_inputs,
)
from miner.settings import load_settings

settings = load_settings()
engine, reader, tasks = read_store(settings), ArchiveReader(settings.archive_dir), []
with engine.connect() as connection:
    hubs, last = hub_names(connection), last_model(connection)
    step = max(1, last // 20_000)
    keys = list(range(1, last + 1, step))
    for first in range(0, len(keys), 1000):
        some = keys[first : first + 1000]
        for model in load_inputs(connection, some, load_bases(connection, some)):
            tasks.append(evidence_of(model, reader, hubs))
started = time.perf_counter()
[architecture_or_reason(task) for task in tasks]
print(json.dumps((time.perf_counter() - started) / len(tasks)))
"""
AGAIN = """
import gc, json, threading, time
from sqlalchemy import text
from miner.pipelines.derive.architecture.architecture_stage import derive_architectures
from miner.pipelines.derive.job import deriving
from miner.pipelines.executors import open_executor
from miner.progress import Silent
from miner.settings import load_settings

gc.set_threshold(50_000)  # as in every command
with deriving(load_settings(), "architecture", {}, threading.Event()) as work:
    with work.engine.begin() as connection:
        connection.execute(text("DELETE FROM model_architecture"))
    started, worked = time.perf_counter(), time.process_time()
    with open_executor("here") as executor:
        derive_architectures(work, executor, Silent())
    print(json.dumps((time.perf_counter() - started, time.process_time() - worked)))
"""
"""Judge all models of a store anew, in one process: seconds, and those of CPU."""
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question took.

    Attributes:
        name: Of the question, or of a baseline.
        rows: Of its answer.
        warm: Best of three in a process that has asked it before, seconds; 0: not measured.
        warm_cpu: Seconds of CPU of that, all threads together.
        process: A new process of ``miner query``, seconds.
        process_cpu: Seconds of CPU of that.
        cold: The same, nothing of the file in memory, seconds.
        peak_bytes: Largest resident size of the new process.
    """

    name: str
    rows: int
    warm: float
    warm_cpu: float
    process: float
    process_cpu: float
    cold: float
    peak_bytes: int

    @property
    def is_slow(self) -> bool:
        """Tell whether it takes longer than it may."""
        return max(self.warm, self.process, self.cold) >= BAR_SECONDS


@dataclass(frozen=True, slots=True)
class MoeRun:
    """What one size took.

    Attributes:
        filled: The store.
        again: Seconds of judging all of them anew, in one process.
        again_cpu: Seconds of CPU of that.
        alone: Seconds a model that the rules alone take, one process.
        export_seconds: Of the export; 0: the file was there.
        file_bytes: Size of the DuckDB file.
        asked: The baselines, then the questions.
    """

    filled: Filled
    again: float
    again_cpu: float
    alone: float
    export_seconds: float
    file_bytes: int
    asked: list[Asked]


def take(size: int, seed: int, folder: Path, only: str = "") -> MoeRun:
    """Take one size through all of it, or through the questions whose name holds a word."""
    data = folder / "data"
    filled = fill(size, seed, data)
    env = environment(data)
    alone = float(json.loads(measure([sys.executable, "-c", JUDGE], env).last_line))
    again, again_cpu = json.loads(measure([sys.executable, "-c", AGAIN], env).last_line)
    file, export_seconds = data / "miner.duckdb", 0.0
    if not file.exists():
        export_seconds = measure([*MINER, "export"], env).seconds
    asked = [
        _ask(name, {"rows": 1, "seconds": 0.0, "cpu": 0.0}, ["--sql", sql], data)
        for name, sql in (("start of `miner query`", START), ("one join of all models", JOIN))
    ]
    warm = json.loads(measure([sys.executable, "-c", WARM], env).last_line)
    for name, measured in warm.items():
        if only in name:
            asked.append(_ask(name, measured, [name], data))
    return MoeRun(filled, again, again_cpu, alone, export_seconds, file.stat().st_size, asked)


def _ask(name: str, warm: dict[str, float], words: list[str], data: Path) -> Asked:
    command = [*MINER, "query", *words, "--format", "csv"]
    forget(data / "miner.duckdb")
    cold = measure(command, environment(data))
    fresh = measure(command, environment(data))
    print(f"  {name}: {warm['seconds']:.2f} s, {fresh.seconds:.2f} s", file=sys.stderr, flush=True)
    return Asked(
        name, int(warm["rows"]), warm["seconds"], warm["cpu"], fresh.seconds,
        fresh.cpu_seconds, cold.seconds, fresh.peak_bytes,
    )  # fmt: skip


def render(runs: list[MoeRun], command: str) -> str:
    """Return the section of the page of measurements."""
    parts = [
        "## Mixtures of experts\n",
        "What the models of a synthetic Hub are made of, judged at the end of its crawl, each "
        "after its bases, and all anew in one process, as after a change of the rules; "
        "beside it what the rules alone would take for each, in one process, on models that are in "
        "memory.\n",
        _judging(runs),
    ]
    for run in runs:
        slow = [asked.name for asked in run.asked[2:] if asked.is_slow]
        verdict = f"not below: {', '.join(slow)}" if slow else "all are below"
        parts += [
            f"\nThe questions at {run.filled.models:,} models, {_rows(run)}; a file of "
            f"{run.file_bytes / 1e6:,.0f} MB{_exported(run)}. A new process starts Python and "
            "opens the file; a cold one finds nothing of the file in memory. CPU seconds are those "
            "of all threads: two cores free of other work take about half. The bar is "
            f"{BAR_SECONDS:.0f} s: {verdict}.\n",
            _questions(run),
        ]
    return "\n".join([*parts, f"\n{machine()}, {load()}.\n", f"`{command}`"])


def _exported(run: MoeRun) -> str:
    return f", exported in {run.export_seconds:,.0f} s" if run.export_seconds else ""


def _rows(run: MoeRun) -> str:
    rows = run.filled.rows
    return (
        f"{rows['model_edge']:,} edges, {rows['repository']:,} repositories with "
        f"{rows['use_site']:,} use sites"
    )


def _judging(runs: list[MoeRun]) -> str:
    head = ["models", "in the crawl s", "anew s", "CPU s", "models/s", "µs of CPU a model",
            "µs of the rules alone", "peak resident MiB of the crawl"]  # fmt: skip
    rows = []
    for run in runs:
        filled = run.filled
        rows.append(
            [f"{filled.models:,}", f"{filled.judging_seconds:,.1f}", f"{run.again:,.1f}",
             f"{run.again_cpu:,.1f}", f"{filled.models / run.again:,.0f}",
             f"{run.again_cpu / filled.models * 1e6:,.0f}", f"{run.alone * 1e6:,.0f}",
             f"{filled.peak_bytes / _MIB:,.0f}"]
        )  # fmt: skip
    return table(head, rows)


def _questions(run: MoeRun) -> str:
    head = ["question", "rows", "asked again s", "CPU s", "new process s", "CPU s", "cold s",
            "peak resident MiB"]  # fmt: skip
    rows = [
        [
            asked.name,
            f"{asked.rows:,}",
            f"{asked.warm:.2f}" if asked.warm else "",
            f"{asked.warm_cpu:.2f}" if asked.warm else "",
            f"{asked.process:.2f}",
            f"{asked.process_cpu:.2f}",
            f"{asked.cold:.2f}",
            f"{asked.peak_bytes / _MIB:,.0f}",
        ]
        for asked in run.asked
    ]
    return table(head, rows)


def main(arguments: list[str] | None = None) -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description="Mixtures of experts at full size")
    parser.add_argument("--sizes", default="310000,3100000")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", type=Path, default=PAGE, help="page that the tables go into")
    parser.add_argument("--folder", type=Path, help="keep the stores there; one there is not made")
    parser.add_argument("--only", default="", help="ask the questions whose name holds this")
    options = parser.parse_args(arguments)
    runs = []
    for size in sorted(int(size) for size in options.sizes.split(",")):
        print(f"{size:,} models", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            place = (options.folder or Path(folder)).absolute() / str(size)
            runs.append(take(size, options.seed, place, options.only))
    text = render(runs, shlex.join(["python", "-m", "tests.bench.moe", "--sizes", options.sizes]))
    print(text)
    write_section("moe", text, options.page)


if __name__ == "__main__":
    main()
