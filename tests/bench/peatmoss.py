"""PeaTMOSS: its questions on its own file, on a DuckDB copy of it, and on what miner exports.

``python -m tests.bench.peatmoss FILE --miner MINER.duckdb`` asks a file that was imported with
``miner import peatmoss``; ``tests.bench.peatmoss_file`` writes one of full size.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import adbc_driver_sqlite.dbapi as adbc
import duckdb

from tests.bench.peatmoss_questions import QUESTIONS

_REPEATS = 3
Rows = list[tuple[Any, ...]]


def copy_to_duckdb(source: Path, target: Path) -> float:
    """Copy every table as it is into a DuckDB file; return the seconds that it took."""
    target.unlink(missing_ok=True)
    started = time.perf_counter()
    with (
        closing(sqlite3.connect(source)) as names,
        adbc.connect(str(source)) as reader,
        duckdb.connect(str(target)) as connection,
    ):
        tables = names.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            columns = names.execute(f"PRAGMA table_info({table})").fetchall()
            casts = ", ".join(
                f'CAST("{name}" AS {"BIGINT" if "INT" in kind else "VARCHAR"}) AS "{name}"'
                for _, name, kind, *_ in columns
            )
            # a context_id that is no number is kept by SQLite as text
            casts = casts.replace('CAST("context_id" AS BIGINT)', 'CAST("context_id" AS VARCHAR)')
            if table == "model":
                casts_in = ", ".join(
                    f'CAST("{name}" AS TEXT) AS "{name}"' if name == "context_id" else f'"{name}"'
                    for _, name, *_ in columns
                )
            else:
                casts_in = "*"
            with reader.cursor() as cursor:
                cursor.execute(f"SELECT {casts_in} FROM {table}")
                batches = cursor.fetch_record_batch()
                connection.register("batches", batches)
                connection.execute(f'CREATE TABLE "{table}" AS SELECT {casts} FROM batches')
                connection.unregister("batches")
    return time.perf_counter() - started


def best_of(ask: Callable[[str], Rows], sql: str) -> tuple[Rows, float, float]:
    """Return the rows, and the shortest of some times and processor times, seconds."""
    times, worked = [], []
    rows: Rows = []
    for _ in range(_REPEATS):
        started, before = time.perf_counter(), time.process_time()
        rows = ask(sql)
        times.append(time.perf_counter() - started)
        worked.append(time.process_time() - before)
    return [tuple(row) for row in rows], min(times), min(worked)


def compare(source: Path, copy: Path, ours: Path) -> int:
    """Ask every question of all three, print the times, and return how many answers differ."""
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as theirs,
        duckdb.connect(str(copy), read_only=True) as plain,
        duckdb.connect(str(ours), read_only=True) as mined,
    ):
        ways: tuple[Callable[[str], Rows], ...] = (
            lambda sql: theirs.execute(sql).fetchall(),
            lambda sql: plain.execute(sql).fetchall(),
            lambda sql: mined.execute(sql).fetchall(),
        )
        sums, worked = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
        differing = 0
        print("| question | rows | SQLite ms | DuckDB copy ms | miner ms |")
        print("|---|--:|--:|--:|--:|")
        for question in QUESTIONS:
            texts = (question.theirs, question.theirs, question.ours)
            answers = [best_of(way, sql) for way, sql in zip(ways, texts, strict=True)]
            is_same = answers[0][0] == answers[1][0] == answers[2][0]
            differing += not is_same
            sums = [total + one[1] for total, one in zip(sums, answers, strict=True)]
            worked = [total + one[2] for total, one in zip(worked, answers, strict=True)]
            shown = " | ".join(f"{seconds * 1000:,.1f}" for _, seconds, _ in answers)
            mark = "" if is_same else " **differs**"
            print(f"| {question.title}{mark} | {len(answers[0][0]):,} | {shown} |")
        for what, of in (("time", sums), ("processor time", worked)):
            print(f"| sum of {what} | | {' | '.join(f'{total * 1000:,.1f}' for total in of)} |")
            print(f"| times less {what} | | 1 | {of[0] / of[1]:.1f} | {of[0] / of[2]:.1f} |")
    sizes = " | ".join(f"{path.stat().st_size / 1e6:,.0f} MB" for path in (source, copy, ours))
    print(f"| file | | {sizes} |")
    return differing


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; the exit code says whether all answers agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--miner", type=Path, required=True, help="the file that miner exported")
    parser.add_argument("--copy", type=Path, help="where the DuckDB copy is written")
    chosen = parser.parse_args(arguments)
    copy = chosen.copy or chosen.file.with_suffix(".copy.duckdb")
    if not copy.exists():
        print(f"copied in {copy_to_duckdb(chosen.file, copy):.1f} s", file=sys.stderr)
    return int(compare(chosen.file, copy, chosen.miner) > 0)


if __name__ == "__main__":
    sys.exit(main())
