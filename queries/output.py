"""Write an answer as CSV, JSON, JSON lines, Parquet, or a table for people."""

from __future__ import annotations

import csv
import itertools
import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from typing import IO, Any

import pyarrow.parquet
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from miner.queries.run import Result
from miner.terminal import printable, printable_json

TABLE_ROWS = 1_000
"""Maximum number of rows of a table for people; the other formats write all."""

_PLAIN = re.compile(r"(?:^|_|\b)(?:year|yr|y|line|number|position|span_start|span_end)(?:_|\b|$)")
_TAB_OR_END = re.compile(r"[\t\r\n]")
_WIDE = 100_000  # where no terminal bounds the width, nothing is cut
_FOLDED = 12  # a column that is folded to fewer characters cannot be read
_GAP = 3  # between two columns


class _UnixLines:
    """Ends rows with a line feed alone; a value with a carriage return is quoted all the same.

    ``csv`` quotes what occurs in its line ends; an open carriage return would part the row.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, row: str) -> int:
        return self._stream.write(row.removesuffix("\r\n") + "\n")


def write_csv(result: Result, stream: IO[str]) -> None:
    """Write a header and one line a row; nulls are empty, lists are JSON.

    Values are data and stay as they are in a file or a pipe, control characters and a leading
    ``=`` too; a terminal gets them escaped.
    """
    writer = csv.writer(_UnixLines(stream), lineterminator="\r\n")
    as_text = _printable_cell if stream.isatty() else _cell
    writer.writerow([as_text(column) for column in result.columns])
    writer.writerows([as_text(value) for value in row] for row in result.rows())


def write_tsv(result: Result, stream: IO[str]) -> None:
    """Write a header and one line a row, parted by tabs; a tab or line end in a value is a space.

    Nulls are empty, lists are JSON.
    """
    is_shown = stream.isatty()
    for row in itertools.chain([result.columns], result.rows()):
        cells = [_TAB_OR_END.sub(" ", "" if one is None else str(_cell(one))) for one in row]
        stream.write("\t".join(map(printable, cells) if is_shown else cells) + "\n")


def write_json(result: Result, stream: IO[str]) -> None:
    """Write one array of objects."""
    result.require_distinct_names()
    stream.write("[")
    for number, line in enumerate(_objects(result)):
        stream.write((",\n " if number else "\n ") + line)
    stream.write("\n]\n")


def write_jsonl(result: Result, stream: IO[str]) -> None:
    """Write one object a line."""
    result.require_distinct_names()
    stream.writelines(line + "\n" for line in _objects(result))


def write_parquet(result: Result, stream: IO[bytes]) -> None:
    """Write a Parquet file (zstd)."""
    reader = result.arrow()
    with pyarrow.parquet.ParquetWriter(stream, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)


def write_table(result: Result, stream: IO[str], most: int | None = None) -> bool:
    """Write a table for people, as wide as the terminal; rows that do not fit, one below another.

    Args:
        result: The answer.
        stream: Where it goes.
        most: Maximum number of rows; None: ``TABLE_ROWS``.

    Returns:
        Whether all rows were written.
    """
    rows, most = result.rows(), most or TABLE_ROWS
    cells = [
        [value_for_people(value, column) for value, column in zip(row, result.columns, strict=True)]
        for row in itertools.islice(rows, most)
    ]
    console = Console(file=stream, highlight=False)
    if not console.is_terminal:
        console = Console(file=stream, highlight=False, width=_WIDE)
    if _needed(result.columns, cells) > console.width:
        _write_records(result.columns, cells, console)
    else:
        _write_grid(result, cells, console)
    return next(rows, None) is None


def _needed(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Return the width below which columns are folded until nobody can read them."""
    widest = [
        max(len(column), *(len(row[place]) for row in rows), 0)
        for place, column in enumerate(columns)
    ]
    return sum(min(width, _FOLDED) + _GAP for width in widest)


def _write_grid(result: Result, rows: Iterable[Sequence[str]], console: Console) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column, kind in zip(result.columns, result.types, strict=True):
        number = kind in {"BIGINT", "INTEGER", "DOUBLE", "HUGEINT"} or "DECIMAL" in kind
        table.add_column(
            Text(printable(column)), justify="right" if number else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def _write_records(columns: Sequence[str], rows: Iterable[Sequence[str]], console: Console) -> None:
    """Write a name and a value a line; what a row does not say is left out."""
    for number, row in enumerate(rows, 1):
        console.rule(Text(f"row {number}"), align="left")
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for column, value in zip(columns, row, strict=True):
            if value:
                table.add_row(Text(printable(column)), Text(value))
        console.print(table)


def write_markdown(result: Result, stream: IO[str]) -> None:
    """Write a table in Markdown; what would be markup there is escaped."""
    lines = [result.columns, ["---"] * len(result.columns)]
    rows = itertools.chain(
        lines, (map(value_for_people, row, result.columns) for row in result.rows())
    )
    for row in rows:
        stream.write("| " + " | ".join(map(_markdown_cell, row)) + " |\n")


def _markdown_cell(text: str) -> str:
    escaped = re.sub(r"([\\`*_\[\]<>|])", r"\\\1", text)
    return " ".join(escaped.split())


FORMATS: dict[str, Callable[[Result, Any], object]] = {
    "table": write_table,
    "csv": write_csv,
    "tsv": write_tsv,
    "json": write_json,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
    "markdown": write_markdown,
}
"""Writers by format; parquet takes a binary stream, the others text."""


def _objects(result: Result) -> Iterable[str]:
    for row in result.rows():
        line = json.dumps(
            dict(zip(result.columns, row, strict=True)), default=_plain, ensure_ascii=False
        )
        yield printable_json(line)


def _plain(value: object) -> object:
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return str(value)


def _cell(value: object) -> object:
    if isinstance(value, list | dict):
        return json.dumps(value, default=_plain, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return value


def _printable_cell(value: object) -> object:
    cell = _cell(value)
    return printable(cell, keep="\n") if isinstance(cell, str) else cell


def value_for_people(value: object, column: str) -> str:
    """Return a value as people read it in a table, on a page and in the documentation.

    Args:
        value: A number is rounded and its thousands are parted, where the column does not number
            things. Null is empty.
        column: Name of its column.
    """
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_for_people(value, column)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return printable(str(_cell(value)))


def number_for_people(value: float, column: str) -> str:
    """Return a number with as many places as people read: none from 1,000 on, four digits below 1.

    Args:
        value: The number.
        column: Name of its column: a year or a line is no quantity, so 2024 is not 2,024.
    """
    if isinstance(value, int):
        return str(value) if _PLAIN.search(column.lower()) else f"{value:,}"
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if value and abs(value) < 0.001:
        return f"{value:.4g}"
    return f"{value:.4f}".rstrip("0").rstrip(".")
