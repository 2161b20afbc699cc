"""``miner extract``: what does a card state, and in which words."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

_FORMATS = ["table", "jsonl", "json"]
_WIDE = 60


@click.command()
@click.option(
    "--card", required=True, metavar="FILE", help="A card, as its hub serves it; - is stdin.",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)  # fmt: skip
@click.option("--model", required=True, metavar="OWNER/NAME", help="The model that it describes.")
@click.option("--field", "fields", multiple=True, metavar="NAME", help="Only these fields.")
@click.option(
    "--format", "format_name", type=click.Choice(_FORMATS), default="table", show_default=True,
    help="How to write it. All but table hold every key of a value.",
)  # fmt: skip
def extract(card: Path, model: str, fields: tuple[str, ...], format_name: str) -> None:
    """Read the fields that a card states, each with the words it stands in.

    Rules read it: no network, no store, the same answer every time. What is not printed is not
    stated. start and end count code points of the card: card[start:end] is the quote.
    """
    import orjson

    from miner.errors import ConfigurationError
    from miner.pipelines.extract.extract import extract as read
    from miner.schema.fields import load_fields

    known = load_fields()
    unknown = [name for name in fields if name not in known]
    if unknown:
        raise ConfigurationError(
            f"there is no field {', '.join(unknown)}",
            next_step=f"name fields of {', '.join(sorted(known))}",
        )
    rows = [
        value.as_row() for value in read(_text(card), model) if not fields or value.field in fields
    ]
    if format_name == "jsonl":
        for row in rows:
            click.echo(orjson.dumps(row))
    elif format_name == "json":
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
    else:
        _table(model, rows)


def _text(card: Path) -> str:
    """Return a card's text; bytes that are no UTF-8 are replaced."""
    from miner.pipelines.parse.card import decode

    body = sys.stdin.buffer.read() if str(card) == "-" else card.read_bytes()
    return decode(body)[0]


def _table(model: str, rows: list[dict[str, Any]]) -> None:
    from miner.cli.sheet import Sheet

    sheet = Sheet()
    sheet.title(f"{model}: {len(rows)} values in {len({row['field'] for row in rows})} fields")
    sheet.table(
        "",
        ["field", "value", "unit", "from", "confidence", "at", "quote"],
        [
            (
                row["field"], _shown(row), row["unit"] or "", row["from"],
                f"{row['confidence']:.2f}", row["start"], " ".join(row["quote"].split())[:_WIDE],
            )
            for row in rows
        ],
    )  # fmt: skip


def _shown(row: dict[str, Any]) -> str:
    value = str(row["value"])[:_WIDE]
    name = row.get("name") or row.get("metric")
    return f"{name} = {value}" if name else value
