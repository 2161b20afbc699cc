"""Pages at full size, beside datasette on the same tables in SQLite.

``python -m tests.bench.serve --size 310000 [--folder DIR]``. A synthetic Hub is crawled and
exported; ``miner serve`` answers eight clients at once: pages of models, searches, pages of the
gallery. datasette comes into an environment of its own in the folder, and answers a row, a search
and the same SQL of its own dialect. Every page is asked for once before it is measured.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import duckdb

from tests.bench.filled import environment, fill, load
from tests.bench.hub import MINER
from tests.bench.page import PAGE, machine, table, write_section
from tests.bench.process import ROOT, measure

CLIENTS = 8
TABLES = ("model", "model_edge", "model_use", "license_finding")
GALLERY = ("models/by_month", "models/most_downloaded", "models/by_license", "moe/adoption",
           "licenses/by_relation", "uses/most_used_models")  # fmt: skip
BY_MONTH = "SELECT substr(created_at, 1, 7) AS month, count(*) FROM model GROUP BY 1 ORDER BY 1"
OPEN = """
import sys, time
started = time.perf_counter()
import miner
with miner.open(sys.argv[1]) as data:
    data.sql("SELECT count(*) FROM model").fetchall()
print(time.perf_counter() - started)
"""
SEARCHES = 3 * CLIENTS
"""Of datasette: it takes seconds for one."""

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """What eight clients waited for pages of one kind, in milliseconds.

    Attributes:
        median: Of the clock.
        p95: Of the clock: with other work on the machine, that is in it.
        cpu: Of the processor, for one page.
    """

    median: float
    p95: float
    cpu: float


def ask(address: str, pid: int, paths: Sequence[str], clients: int = CLIENTS) -> Asked:
    """Ask a server for pages, each client for its part, over a connection that it keeps.

    Raises:
        RuntimeError: A page was none.
    """
    place = urlsplit(address)
    waits: list[float] = []
    failed: list[str] = []

    def client(own: Sequence[str]) -> None:
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        for path in own:
            started = time.perf_counter()
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            waits.append((time.perf_counter() - started) * 1000)
            if answer.status != http.HTTPStatus.OK:
                failed.append(f"{answer.status} {path}")
        connection.close()

    threads = [
        threading.Thread(target=client, args=(paths[first::clients],)) for first in range(clients)
    ]
    cpu = cpu_of(pid)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failed += [f"no answer for {len(paths) - len(waits)} pages"] * (len(waits) < len(paths))
    if failed:
        raise RuntimeError(f"{len(failed)} pages failed, the first: {failed[0]}")
    cpu = (cpu_of(pid) - cpu) * 1000 / len(waits)
    return Asked(statistics.median(waits), statistics.quantiles(waits, n=20)[-1], cpu)


@contextmanager
def served(command: Sequence[str], address: str = "") -> Iterator[tuple[str, int]]:
    """Run a server until the block ends; yield its address and its process.

    Args:
        command: Prints its address first, where none is given.
        address: Where it will answer.
    """
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            found = address or (server.stdout.readline().strip() if server.stdout else "")
            _wait_for(found)
            yield found, server.pid
        finally:
            server.terminate()


def _wait_for(address: str) -> None:
    place = urlsplit(address)
    for _ in range(300):
        try:
            socket.create_connection((place.hostname or "", place.port or 80)).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"no answer from {address}")


def peak_of(pid: int) -> int:
    """Return the largest resident size of a process in bytes (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def cpu_of(pid: int) -> float:
    """Return the seconds of the processor that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def write_sqlite(file: Path, target: Path) -> None:
    """Write the tables as SQLite, with keys, indexes of names and a search index of models."""
    with duckdb.connect(str(file), read_only=True) as data, closing(sqlite3.connect(target)) as out:
        for name in TABLES:
            rows = data.execute(f'FROM "{name}"')
            columns = [column[0] for column in rows.description or ()]
            key = ", PRIMARY KEY (hub, name)" if name == "model" else ""
            out.execute(f'CREATE TABLE "{name}" ({", ".join(map(_quoted, columns))}{key})')
            marks = ", ".join("?" * len(columns))
            while part := rows.fetchmany(10_000):
                out.executemany(
                    f'INSERT INTO "{name}" VALUES ({marks})',
                    [[_plain(value) for value in row] for row in part],
                )
        out.execute("CREATE INDEX by_child ON model_edge (hub, child)")
        out.execute("CREATE INDEX by_parent ON model_edge (hub, parent)")
        out.execute("CREATE INDEX by_model ON model_use (hub, model_resolved)")
        out.execute("CREATE VIRTUAL TABLE model_fts USING fts5 (name, content='model')")
        out.execute("INSERT INTO model_fts (rowid, name) SELECT rowid, name FROM model")
        out.commit()


def _quoted(name: str) -> str:
    return f'"{name}"'


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, int | float | str) else str(value)


def datasette_in(folder: Path) -> list[str]:
    """Return the command of datasette, in an environment of its own."""
    home = folder / "datasette"
    if not (home / "bin" / "datasette").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([home / "bin" / "pip", "install", "--quiet", "datasette"], check=True)
    return [str(home / "bin" / "datasette")]


def main(arguments: list[str] | None = None) -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description="Pages at full size, beside datasette")
    parser.add_argument("--size", type=int, default=310_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", type=Path, default=PAGE, help="page that the table goes into")
    parser.add_argument("--folder", type=Path, help="keep the data there; what is there stays")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        filled = fill(options.size, options.seed, folder)
        file = folder / "miner.duckdb"
        if not file.exists():
            measure([*MINER, "export"], environment(folder))
        text = compare(file, folder, filled.models)
    write_section("serve", f"{text}\n\n`python -m tests.bench.serve --size {options.size}`",
                  options.page)  # fmt: skip


def compare(file: Path, folder: Path, models: int) -> str:
    """Measure both and return the section of the page of measurements."""
    with duckdb.connect(str(file), read_only=True) as data:
        rows = data.execute(
            "SELECT hub, name FROM model WHERE state = 'present' ORDER BY hash(name) LIMIT 400"
        ).fetchall()
    chosen = random.Random(1)
    words = [chosen.choice(name.replace("/", "-").split("-"))[:6] or "a" for _, name in rows]
    miner: dict[str, Asked] = {}
    with served([*MINER, "serve", str(file), "--port", "0"]) as (address, pid):
        gallery = [f"/queries/{name}" for name in GALLERY]
        ask(address, pid, gallery)
        miner["a model"] = ask(address, pid, [f"/model/{hub}/{quote(name)}" for hub, name in rows])
        miner["a search"] = ask(address, pid, [f"/search.json?q={quote(word)}" for word in words])
        miner["a page of the gallery"] = ask(address, pid, gallery * 8)
        peak = peak_of(pid)
    opened = [float(measure([sys.executable, "-c", OPEN, str(file)], {}).last_line)
              for _ in range(5)]  # fmt: skip
    lite = folder / "tables.db"
    if not lite.exists():
        write_sqlite(file, lite)
    other: dict[str, Asked] = {}
    command = [*datasette_in(folder), "serve", str(lite), "--port", "8467",
               "--setting", "sql_time_limit_ms", "60000"]  # fmt: skip
    with served(command, "http://127.0.0.1:8467") as (address, pid):
        sql = f"/tables?sql={quote(BY_MONTH)}"
        ask(address, pid, [sql] * CLIENTS)
        other["a model"] = ask(
            address, pid, [f"/tables/model/{hub},{_tilde(name)}" for hub, name in rows]
        )
        other["a search"] = ask(
            address,
            pid,
            [
                f"/tables/model.json?_search={quote(word)}*&_searchmode=raw"
                for word in words[:SEARCHES]
            ],
        )
        other["a page of the gallery"] = ask(address, pid, [sql] * 48)
        other_peak = peak_of(pid)
    bars = {"a model": "p95 < 100", "a search": "p95 < 150", "a page of the gallery": "< 1,000"}
    lines = [
        [kind, bars[kind], f"{miner[kind].median:,.0f}", f"{miner[kind].p95:,.0f}",
         f"{miner[kind].cpu:,.0f}", f"{other[kind].median:,.0f}", f"{other[kind].p95:,.0f}",
         f"{other[kind].cpu:,.0f}"]
        for kind in miner
    ]  # fmt: skip
    head = [
        "page",
        "bar ms",
        "miner median ms",
        "p95 ms",
        "CPU ms a page",
        "datasette median ms",
        "p95 ms",
        "CPU ms a page",
    ]
    return "\n".join([
        "## Pages\n",
        f"{CLIENTS} clients at once, {models:,} models of a synthetic Hub, a DuckDB file of "
        f"{file.stat().st_size / 1e6:,.0f} MB, the same tables ({', '.join(TABLES)}) as SQLite of "
        f"{lite.stat().st_size / 1e6:,.0f} MB. A page of a model holds facts, evidence, lineage, "
        "licenses and uses in miner, the one row in datasette; one of the gallery is any of "
        f"{len(GALLERY)} questions in miner, models by month in datasette.\n",
        table(head, lines),
        f"\nLargest resident size: miner {peak / _MIB:,.0f} MiB, datasette "
        f"{other_peak / _MIB:,.0f} MiB. From `import miner` to a first answer: "
        f"{min(opened):.2f} to {max(opened):.2f} s in five processes.\n",
        f"{machine()}, {load()}.",
    ])  # fmt: skip


def _tilde(name: str) -> str:
    """Return a name as datasette writes it in a path."""
    safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
    return "".join(
        one if one in safe else "".join(f"~{byte:02X}" for byte in one.encode()) for one in name
    )


if __name__ == "__main__":
    main()
