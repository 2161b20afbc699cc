"""Answers to shipped queries and to SQL: a page of a table, or all of it as a file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from miner.errors import ConfigurationError
from miner.queries.answer import Answer
from miner.queries.output import FORMATS

MOST_ROWS = 10_000
MOST_CHARACTERS = 20_000_000
PAGE = 100
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "md": "text/markdown; charset=utf-8",
}
"""Formats of files, with their media types."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Rows of an answer, at most ``MOST_ROWS``.

    Attributes:
        columns: Names.
        types: Types, as DuckDB writes them.
        notes: Caveats and population.
        fetched: The rows.
        is_whole: There are no more.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    notes: tuple[str, ...]
    fetched: list[tuple[Any, ...]]
    is_whole: bool

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows."""
        return iter(self.fetched)

    def require_distinct_names(self) -> None:
        """Refuse an answer that cannot be written with names.

        Raises:
            ConfigurationError: Two columns have one name.
        """
        if len(set(self.columns)) < len(self.columns):
            raise ConfigurationError(
                "two columns have one name", next_step="name one of them with AS"
            )

    def page(self, number: int, sort: str, *, is_descending: bool) -> list[dict[str, Any]]:
        """Return the rows of a page, from 1; nulls come last."""
        rows = self.fetched
        if sort in self.columns:
            place = self.columns.index(sort)
            known = [row for row in rows if row[place] is not None]
            known.sort(key=lambda row: _key(row[place]), reverse=is_descending)
            rows = known + [row for row in rows if row[place] is None]
        begin = (number - 1) * PAGE
        return [dict(zip(self.columns, row, strict=True)) for row in rows[begin : begin + PAGE]]

    @property
    def page_count(self) -> int:
        """Pages that there are, at least 1."""
        return max(1, -(-len(self.fetched) // PAGE))


def fetch(answer: Answer) -> Fetched:
    """Fetch an answer, so far as a page may.

    Raises:
        ConfigurationError: Its texts are too large, or a limit was met.
    """
    rows: list[tuple[Any, ...]] = []
    size = 0
    with answer.result() as result:
        for row in result.rows():
            if len(rows) == MOST_ROWS:
                return Fetched(answer.columns, answer.types, answer.notes, rows, False)
            size += sum(len(value) for value in row if isinstance(value, str | list | bytes))
            if size > MOST_CHARACTERS:
                raise ConfigurationError(
                    f"the answer has more than {MOST_CHARACTERS:,} characters",
                    next_step="select fewer columns, or ask with miner query --sql",
                )
            rows.append(row)
    return Fetched(answer.columns, answer.types, answer.notes, rows, True)


def as_file(fetched: Fetched, extension: str) -> bytes:
    """Return an answer as a file."""
    if extension == "parquet":
        return _parquet(fetched)
    text = io.StringIO()
    FORMATS["markdown" if extension == "md" else extension](fetched, text)  # type: ignore[arg-type]  # writers read what both have
    return text.getvalue().encode()


def _parquet(fetched: Fetched) -> bytes:
    import pyarrow.parquet  # noqa: PLC0415 - heavy

    fetched.require_distinct_names()
    rows = [dict(zip(fetched.columns, row, strict=True)) for row in fetched.fetched]
    stream = io.BytesIO()
    table = pyarrow.Table.from_pylist(rows) if rows else pyarrow.table(
        {column: [] for column in fetched.columns}
    )  # fmt: skip
    pyarrow.parquet.write_table(table, stream, compression="zstd")
    return stream.getvalue()


def _key(value: Any) -> tuple[int, Any]:
    if isinstance(value, int | float):
        return (0, value)
    return (1, str(value))
