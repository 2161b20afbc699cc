"""``miner db``: look after the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from miner.cli.echo import counted, echo

if TYPE_CHECKING:
    from miner.db.diff import Difference, TableDiff


@click.group()
def db() -> None:
    """Look after the store: upgrade its schema, compare two stores."""


@db.command()
def upgrade() -> None:
    """Bring the store's schema up to date; make the store where there is none.

    Every command that writes does so by itself. This one is for a store that is only read from,
    and for looking before anything else happens.
    """
    from miner.db.migrations import known_revisions
    from miner.db.session import open_store, store_lock
    from miner.settings import load_settings

    settings = load_settings()
    with store_lock(settings):
        open_store(settings).dispose()
    echo(f"the store's schema is of revision {known_revisions()[-1]}", err=True)


@db.command()
@click.argument("role")
def grant(role: str) -> None:
    """Let ROLE crawl into a PostgreSQL store: read and write rows, change no schema.

    Run with the address of the store's owner; the schema is brought up to date first. ROLE has
    to be there; it needs no other rights.
    """
    from miner.db import roles
    from miner.db.session import open_store, store_lock
    from miner.settings import load_settings

    settings = load_settings()
    with store_lock(settings):
        engine = open_store(settings)
        try:
            with engine.begin() as connection:
                roles.grant(connection, role)
        finally:
            engine.dispose()
    echo(f"{role} may read and write the store's rows", err=True)


@db.command()
@click.argument("a")
@click.argument("b")
@click.option(
    "--ignore", multiple=True, metavar="COLUMN",
    help="Leave out COLUMN, TABLE.COLUMN or TABLE.*; may be repeated.",
)  # fmt: skip
@click.option(
    "--examples", default=10, show_default=True, type=click.IntRange(min=0),
    help="Rows that differ to show of each table.",
)  # fmt: skip
@click.option(
    "--format", "output_format", default="table", show_default=True,
    type=click.Choice(["table", "json"]), help="Format of the differences.",
)  # fmt: skip
def diff(a: str, b: str, ignore: tuple[str, ...], examples: int, output_format: str) -> None:
    """Compare the stores A and B by natural keys.

    Each is a data directory, a SQLite file or a database URL; the observations are compared
    too where both are data directories. Surrogate keys, runs, cursors, places in the archive
    and clocks of the machine are left out. Exit code 14 when rows differ.
    """
    from miner.db.diff import diff_stores
    from miner.errors import CheckFailed

    tables = diff_stores(a, b, ignore=ignore, examples=examples)
    echo(_as_json(tables) if output_format == "json" else _as_table(tables))
    differing = [table for table in tables if table.count]
    if differing:
        raise CheckFailed(
            f"{counted(sum(table.count for table in differing), 'row')} differing, "
            f"in {', '.join(table.table for table in differing)}"
        )


def _as_json(tables: Sequence[TableDiff]) -> str:
    import json
    from dataclasses import asdict

    content = {
        "differing_row_count": sum(table.count for table in tables),
        "tables": [asdict(table) for table in tables],
    }
    return json.dumps(content, default=str, ensure_ascii=False, indent=1)


def _as_table(tables: Sequence[TableDiff]) -> str:
    width = max(len(table.table) for table in tables)
    lines = [f"{'table':{width}} {'rows A':>10} {'rows B':>10} {'only A':>9} {'only B':>9}  differ"]
    for table in tables:
        lines.append(
            f"{table.table:{width}} {table.rows_a:10,} {table.rows_b:10,} "
            f"{table.only_a:9,} {table.only_b:9,} {table.differing:7,}"
        )
    for table in tables:
        lines.extend(_examples(table))
    return "\n".join(lines)


def _examples(table: TableDiff) -> list[str]:
    if not table.count:
        return []
    columns = ", ".join(f"{name} ({count:,})" for name, count in table.columns.items())
    heading = f"\n{table.table}" + (f": columns that differ: {columns}" if columns else "")
    return [heading, *(f"  {_example(example)}" for example in table.examples)]


def _example(example: Difference) -> str:
    key = ", ".join(f"{name}={value}" for name, value in example.key.items())
    if example.side != "both":
        return f"only in {example.side.upper()}: {key}"
    changes = "; ".join(
        f"{name}: {_short(a)} | {_short(b)}" for name, (a, b) in example.values.items()
    )
    return f"{key}: {changes}"


def _short(value: object, limit: int = 60) -> str:
    text = "null" if value is None else str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
