"""An answer for people who work in Python: as frames, as rows, as a picture."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import duckdb

from miner.errors import ConfigurationError
from miner.queries.header import Query
from miner.queries.run import Result

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class Answer:
    """An answer to a query, or to SQL.

    Rows are fetched when they are first asked for, and remain.

    Attributes:
        columns: Names of the columns.
        types: Their types, as DuckDB writes them.
        notes: What was not collected of what it reads, caveats, and the population it rests on.
        title: What it shows; empty for SQL.
    """

    def __init__(
        self,
        ask: Callable[[], Result],
        limits: Callable[[], AbstractContextManager[None]],
        connection: duckdb.DuckDBPyConnection,
        query: Query | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        self._ask, self._limits = ask, limits
        self._connection = connection
        self._query, self._parameters = query, parameters or {}
        with limits():
            self._result: Result | None = ask()
        self.columns = self._result.columns
        self.types = self._result.types
        self.notes = self._result.notes
        self.title = query.title if query else ""
        self._table: Any = None

    @contextmanager
    def result(self) -> Iterator[Result]:
        """Hold the answer as it comes, row by row, for answers too large for memory.

        Raises:
            ConfigurationError: It takes more time or memory than is allowed.
        """
        with self._limits():
            found, self._result = self._result or self._ask(), None
            yield found

    def arrow(self) -> pyarrow.Table:
        """Return the rows as a ``pyarrow.Table``.

        Raises:
            ConfigurationError: Two columns have one name, or a limit was met.
        """
        if self._table is None:
            with self.result() as result:
                self._table = result.arrow().read_all()
        return self._table

    def pl(self) -> polars.DataFrame:
        """Return the rows as a polars frame."""
        import polars  # noqa: PLC0415 - heavy

        frame = polars.from_arrow(self.arrow())
        assert isinstance(frame, polars.DataFrame)  # noqa: S101 - of a table, never a series
        return frame

    def df(self) -> pandas.DataFrame:
        """Return the rows as a pandas frame; whole numbers with nulls stay whole numbers.

        Raises:
            ConfigurationError: pandas is not installed.
        """
        try:
            import pandas  # noqa: PLC0415 - not a dependency
        except ImportError as error:
            raise ConfigurationError(
                "pandas is not installed", next_step="pip install pandas, or use .pl()"
            ) from error
        frame: pandas.DataFrame = self.arrow().to_pandas(
            types_mapper=lambda kind: _nullable(pandas, kind)
        )
        return frame

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return the rows as tuples."""
        with self.result() as result:
            return list(result.rows())

    def plot(self) -> Any:
        """Return the query's picture as an altair chart, which notebooks show.

        Raises:
            ConfigurationError: There is nothing to draw, or the extra ``report`` is not installed.
        """
        from miner.queries.pictures.file import chart_of, no_picture  # noqa: PLC0415 - heavy

        if self._query is None:
            raise no_picture("SQL", "use .pl() or .df()")
        with self._limits():
            return chart_of(self._query, self._parameters, self._connection)[0]

    def __str__(self) -> str:
        """Return the first rows as a table."""
        from miner.queries.output import write_table  # noqa: PLC0415 - heavy

        stream = io.StringIO()
        with self.result() as result:
            is_whole = write_table(result, stream, 20)
        more = "" if is_whole else "…\n"
        return "\n".join(filter(None, [self.title, stream.getvalue() + more, *self.notes]))

    __repr__ = __str__


def _nullable(pandas: Any, kind: object) -> Any:
    return {
        "int64": pandas.Int64Dtype(), "int32": pandas.Int32Dtype(), "bool": pandas.BooleanDtype(),
    }.get(str(kind))  # fmt: skip
