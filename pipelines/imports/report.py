"""What an import read and what became of it, table by table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any


@dataclass(slots=True)
class TableReport:
    """One table of the file.

    Attributes:
        table: Its name there.
        rows: Its rows; None: it is not in the file.
        stored: Rows that the store has through this import.
        known: Rows that say nothing new: the store had it, from this import or a later crawl.
        refused: Rows that cannot be used, by reason.
        left_out: Why the table is not read; empty: it is.
    """

    table: str
    rows: int | None
    stored: int = 0
    known: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    left_out: str = ""


@dataclass(slots=True)
class ImportReport:
    """An import.

    Attributes:
        name: The dataset.
        date: What its rows are as of, ``YYYY-MM-DD``.
        tables: Its tables by name, in the order of the report.
        notes: What else has to be known, one sentence each.
    """

    name: str
    date: str
    tables: dict[str, TableReport] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def of(self, table: str) -> TableReport:
        """Return the report of a table."""
        return self.tables.setdefault(table, TableReport(table, None))

    def refuse(self, refused: Mapping[tuple[str, str], int]) -> None:
        """Count rows that cannot be used, by table and reason."""
        for (table, reason), count in refused.items():
            self.of(table).refused[reason] += count

    def as_json(self) -> dict[str, object]:
        """Return the report as a JSON object."""
        tables = {
            name: {**asdict(replace(table, refused=Counter())), "refused": dict(table.refused)}
            for name, table in self.tables.items()
        }
        return {"name": self.name, "date": self.date, "notes": self.notes, "tables": tables}


def read_report(content: Mapping[str, Any], note: str) -> ImportReport:
    """Return a report from its JSON object, with one more note before the others."""
    tables = {
        name: TableReport(**{**values, "refused": Counter(values["refused"])})
        for name, values in content["tables"].items()
    }
    return ImportReport(content["name"], content["date"], tables, [note, *content["notes"]])
