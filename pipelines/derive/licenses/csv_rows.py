"""Rows of CSV files that others give."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from miner.errors import InvalidData


def csv_rows(path: Path, required: Iterable[str]) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file with a line of names.

    Args:
        path: UTF-8; a byte order mark is passed over.
        required: Names without which the file cannot be used.

    Raises:
        InvalidData: The file cannot be read, or lacks a column that is needed.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield from _checked(stream, path, required)
    except (OSError, UnicodeError, csv.Error) as error:
        raise InvalidData(f"cannot read {path}: {error}") from error


def _checked(stream: IO[str], path: Path, required: Iterable[str]) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(stream, restkey="")
    missing = [name for name in required if name not in (reader.fieldnames or ())]
    if missing:
        raise InvalidData(
            f"{path} lacks the columns {', '.join(missing)}",
            next_step=f"give a CSV file whose first line names {', '.join(required)}",
        )
    for number, row in enumerate(reader, start=1):
        kept = {key: value or "" for key, value in row.items() if key}
        yield {"row": str(number), **kept}
