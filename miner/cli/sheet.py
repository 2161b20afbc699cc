"""Facts and small tables for people: rich tables on a terminal, plain aligned text elsewhere."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from miner.terminal import printable

_WIDE = 100_000  # where no terminal bounds the width, nothing is cut


class SheetLink(NamedTuple):
    """A short label that leads to an address on a terminal; elsewhere the address itself."""

    label: str
    url: str


class Sheet:
    """Writes to stdout, section after section."""

    def __init__(self) -> None:
        self._terminal = Console(file=sys.stdout, highlight=False)

    def title(self, text: str) -> None:
        """Write a heading."""
        self._print(Text(printable(text), style="bold"))

    def line(self, text: str = "") -> None:
        """Write a line as it is."""
        self._print(Text(printable(text)))

    def facts(self, pairs: Iterable[tuple[str, object]]) -> None:
        """Write names and values; those that are None are left out."""
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in pairs:
            if value is not None:
                table.add_row(Text(f"  {name}"), Text(for_people(value)))
        if table.row_count:
            self._print(table)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Write a heading and a table, or nothing where it has no rows."""
        if not rows:
            return
        self.line()
        self.title(title)
        is_terminal = self._terminal.is_terminal
        table = Table(box=SIMPLE_HEAD if is_terminal else None, pad_edge=is_terminal)
        for place, column in enumerate(columns):
            numbers = all(isinstance(row[place], int | None) for row in rows)
            table.add_column(column, justify="right" if numbers else "left", overflow="fold")
        for row in rows:
            table.add_row(*(self._cell(value) for value in row))
        self._print(table)

    def _cell(self, value: object) -> Text:
        if not isinstance(value, SheetLink):
            return Text(for_people(value))
        if self._terminal.is_terminal:
            return Text(printable(value.label), style=Style(link=printable(value.url)))
        return Text(printable(value.url))

    def _print(self, content: Table | Text) -> None:
        if self._terminal.is_terminal:
            self._terminal.print(content)
            return
        buffer = io.StringIO()
        Console(file=buffer, highlight=False, width=_WIDE, color_system=None).print(content)
        sys.stdout.writelines(f"{line.rstrip()}\n" for line in buffer.getvalue().splitlines())


def for_people(value: object) -> str:
    """Return a value as a person reads it; times are UTC."""
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case int():
            text = f"{value:,}"
        case datetime():
            text = f"{value:%Y-%m-%d %H:%M:%S}"
        case list() | tuple():
            text = ", ".join(for_people(item) for item in value)
        case dict():
            text = ", ".join(
                f"{printable(str(key))} {for_people(item)}" for key, item in value.items()
            )
        case _:
            text = printable(str(value))
    return text


def size(count: int | None) -> str | None:
    """Return bytes in the unit that reads best."""
    if count is None:
        return None
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:,.1f} {unit}"
    return f"{count} bytes"
