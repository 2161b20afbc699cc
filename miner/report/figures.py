"""One figure of the report: an answer, its picture, and all that belongs to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from miner.queries.dataset import Dataset
from miner.queries.header import Query
from miner.queries.loader import bound_sql
from miner.queries.missing import missing
from miner.queries.pictures.drawable import PAGE, PHONE
from miner.queries.pictures.file import draw_fetched
from miner.queries.pictures.themes import size_of
from miner.queries.run import count_population
from miner.report.chapters import Asked
from miner.schema.warnings import WARNINGS

TABLE_ROWS = 100
"""Rows of a table on a page; its CSV has all."""


@dataclass(frozen=True, slots=True)
class FetchedRows:
    """An answer, fetched: what pictures and writers of files read.

    Attributes:
        columns: Names.
        types: Types, as DuckDB writes them.
        fetched: The rows.
        notes: Caveats and population.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    fetched: Sequence[tuple[Any, ...]]
    notes: tuple[str, ...] = ()

    def rows(self) -> Any:
        """Return the rows, to be read once more."""
        return iter(self.fetched)

    def require_distinct_names(self) -> None:
        """Do nothing: a shipped query has them."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure.

    Attributes:
        query: Its question.
        parameters: How it was asked.
        rows: Its answer.
        wide: The picture for a wide page, as SVG; empty: there is none.
        narrow: The picture for a phone; empty: there is none.
        population: What the answer rests on.
        notes: How to read it.
        caveats: What to mind.
        lacking: What was not collected of what it reads.
        links: Address of the evidence of each model that the table names.
    """

    query: Query
    parameters: tuple[tuple[str, str], ...]
    rows: FetchedRows
    wide: str
    narrow: str
    population: str
    notes: tuple[str, ...]
    caveats: tuple[str, ...]
    lacking: tuple[str, ...]
    links: Mapping[str, str]

    @property
    def name(self) -> str:
        """Name of its files, and its place on the page."""
        return "_".join([self.query.macro_name, *(value for _, value in self.parameters)])

    @property
    def title(self) -> str:
        """Its heading."""
        return ", ".join([self.query.title, *(f"by {value}" for _, value in self.parameters)])

    @property
    def command(self) -> str:
        """What prints the same."""
        asked = "".join(f" -p {name}={value}" for name, value in self.parameters)
        return f"miner query {self.query.full_name}{asked}"

    @property
    def wide_size(self) -> tuple[float, float]:
        """Width and height of the wide picture in pixels."""
        return size_of(self.wide)

    @property
    def narrow_size(self) -> tuple[float, float]:
        """Width and height of the narrow picture in pixels."""
        return size_of(self.narrow)

    @property
    def table(self) -> list[dict[str, Any]]:
        """The rows that the page shows."""
        shown = self.rows.fetched[:TABLE_ROWS]
        return [dict(zip(self.rows.columns, row, strict=True)) for row in shown]

    @property
    def sql(self) -> str:
        """Its SQL, parameters as placeholders."""
        return bound_sql(self.query)


def figure_of(data: Dataset, asked: Asked) -> Figure:
    """Answer a query and draw it.

    Raises:
        ConfigurationError: The file is of another version, a limit was met, or the extra
            ``report`` is not installed.
    """
    query, parameters = asked.query, dict(asked.parameters)
    answer = data.query(query.full_name, **parameters)
    rows = FetchedRows(answer.columns, answer.types, answer.fetchall(), answer.notes)
    drawn = (
        draw_fetched(query, rows, parameters, (PAGE, PHONE))
        if query.picture and rows.fetched
        else None
    )
    wide, narrow = drawn.svgs if drawn else ("", "")
    population = count_population(query, data.connection)
    return Figure(
        query=query,
        parameters=asked.parameters,
        rows=rows,
        wide=wide,
        narrow=narrow,
        population=population.for_people(),
        notes=drawn.notes if drawn else (),
        caveats=(*filter(None, [population.skew]), *(WARNINGS[key] for key in query.caveats)),
        lacking=tuple(map(str, missing(query.reads, data.connection))),
        links=_links(data, rows),
    )


_MODEL_COLUMNS = ("model", "parent", "child", "root", "base")


def _links(data: Dataset, rows: FetchedRows) -> dict[str, str]:
    places = [place for place, name in enumerate(rows.columns) if name in _MODEL_COLUMNS]
    names = {row[place] for row in rows.fetched[:TABLE_ROWS] for place in places}
    names = {name for name in names if isinstance(name, str)}
    if not names:
        return {}
    found = data.connection.execute(
        "SELECT name, evidence_url FROM model WHERE name IN (SELECT unnest($names))",
        {"names": sorted(names)},
    ).fetchall()
    return {name: url for name, url in found if url}
