"""``miner extract``: what do cards state, and in which words."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from miner.cli.echo import counted, echo, echo_json
from miner.cli.extract_llm import llm_options, llm_options_without_llm, read_one, read_stored
from miner.pipelines.executors.choose import HELP as EXECUTOR_HELP

if TYPE_CHECKING:
    import threading

    from miner.pipelines.derive.cards.extraction_stage import CardChoice
    from miner.pipelines.derive.cards.value import Value
    from miner.progress import Progress
    from miner.settings import Settings

_FORMATS = ["table", "jsonl", "json"]
_WIDE = 60


@click.command()
@click.option(
    "--with", "reader", type=click.Choice(["rules", "llm"]), default="rules", show_default=True,
    help="Who reads: rules, which cost nothing, or a language model, which may cost money.",
)  # fmt: skip
@click.option(
    "--card", metavar="FILE", help="Read one card and print what it states; - is stdin.",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)  # fmt: skip
@click.option(
    "--model", "models", multiple=True, metavar="OWNER/NAME",
    help="The model that the card describes; of the store, only these models.",
)  # fmt: skip
@click.option("--field", "fields", multiple=True, metavar="NAME",
              help="Only these fields, with --card or --with llm.")  # fmt: skip
@click.option(
    "--format", "format_name", type=click.Choice(_FORMATS), default="table", show_default=True,
    help="With --card: how to write it. All but table hold every key of a value.",
)  # fmt: skip
@click.option("--min-downloads", type=click.IntRange(0), default=0, show_default=True,
              help="Minimum number of downloads in 30 days of a model.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), help="Maximum number of cards.")
@click.option("--executor", metavar="WHERE", help=EXECUTOR_HELP)
@click.option("--export/--no-export", default=True, show_default=True,
              help="Refresh the DuckDB file at the end.")  # fmt: skip
@llm_options
@click.pass_context
def extract(ctx: click.Context, /, **options: Any) -> None:
    """Read the fields that cards state, each value with the words it stands in.

    Without --card the stored cards are read, only those that this version of the
    extractor has not read as they are: a crawl does the same at its end. `miner query cards/stated`
    shows the values, and cards/disagreements where they contradict each other.

    With --card one file is read and printed: no network, no store, the same answer every time. What
    is not printed is not stated. start and end count code points of the card: card[start:end] is
    the quote.
    """
    if options["reader"] == "rules" and (arguments := llm_options_without_llm(ctx)):
        raise click.UsageError(f"{arguments[0]} needs --with llm")
    if options["card"] is not None:
        _one_card(options)
        return
    if options["fields"] and options["reader"] == "rules":
        raise click.UsageError("--field goes with --card; of the store the rules read all fields")
    _stored(ctx, options)


def _stored(ctx: click.Context, options: dict[str, Any]) -> None:
    """Read the cards that the store holds."""
    import threading

    from miner.cli.options import stopping
    from miner.cli.progress import for_this_terminal
    from miner.cli.refresh import refresh
    from miner.pipelines.derive.cards.extraction_stage import CardChoice
    from miner.settings import load_settings

    settings = load_settings()
    stop = threading.Event()
    progress = for_this_terminal(log_json=bool(ctx.obj and ctx.obj["log_json"]))
    choice = CardChoice(options["models"], options["min_downloads"], options["limit"])
    read = read_stored if options["reader"] == "llm" else _by_rules
    with stopping(stop):
        has_changed = read(settings, options, choice, progress, stop)
    if stop.is_set():
        echo("miner: stopped; the same command goes on from here", err=True)
    elif has_changed and options["export"]:
        refresh(settings, stop)


def _by_rules(
    settings: Settings,
    options: dict[str, Any],
    choice: CardChoice,
    progress: Progress,
    stop: threading.Event,
) -> bool:
    """Have the rules read the cards of the store; return whether anything changed in it."""
    from miner.pipelines.derive.cards.extraction_stage import extract_stored
    from miner.pipelines.derive.job import deriving
    from miner.pipelines.executors import open_executor

    arguments = {name: value for name, value in options.items() if value not in (None, (), False)}
    with deriving(settings, "extract", arguments, stop) as work:
        try:
            with open_executor(options["executor"], stop) as executor:
                extract_stored(work, executor, progress, choice)
        finally:
            progress.finish()
            for what, count in sorted(work.counts.items()):
                echo(f"  {count:>12,}  {what}", err=True)
    if not work.counts:
        echo("miner: every stored card has been read", err=True)
    return bool(work.counts)


def _one_card(options: dict[str, Any]) -> None:
    """Print what one card states."""
    from miner.errors import ConfigurationError
    from miner.schema.fields import load_fields

    models, fields = options["models"], options["fields"]
    if len(models) != 1:
        raise click.UsageError("--card needs one --model: the model that the card describes")
    known = load_fields()
    unknown = [name for name in fields if name not in known]
    if unknown:
        raise ConfigurationError(
            f"there is no field {', '.join(unknown)}",
            next_step=f"name fields of {', '.join(sorted(known))}",
        )
    text = _text(options["card"])
    values, problem = _read_apart(text, models[0]), None
    if options["reader"] == "llm":
        values, problem = read_one(text, models[0], values, options)
    rows = [value.as_row() for value in values if not fields or value.field in fields]
    if options["format_name"] == "jsonl":
        for row in rows:
            echo_json(row)
    elif options["format_name"] == "json":
        echo_json(rows, indent=True)
    else:
        _table(models[0], rows)
    if problem is not None:
        raise problem


def _read_apart(text: str, model: str) -> list[Value]:
    """Return what the rules read in a card, in a process that is ended when it takes too long.

    Raises:
        InvalidData: The rules break on the card, or take too long.
    """
    from miner.errors import InvalidData
    from miner.pipelines.derive.cards.card_reading import CardText, read_card
    from miner.pipelines.executors import Done, open_executor
    from miner.schema.vocab import ExtractionState
    from miner.settings import load_settings

    seconds = load_settings().item_seconds
    with open_executor("processes:1") as executor:
        (came,) = executor.map(read_card, [CardText(model, text)], seconds=seconds)
    if isinstance(came, Done) and came.result.state is not ExtractionState.FAILED:
        return came.result.values
    reason = came.result.reason if isinstance(came, Done) else came.reason
    raise InvalidData(f"the card of {model} cannot be read: {reason}")


def _text(card: Path) -> str:
    """Return a card's text; bytes that are no UTF-8 are replaced."""
    from miner.pipelines.sources.records.card import decode

    body = sys.stdin.buffer.read() if str(card) == "-" else card.read_bytes()
    return decode(body)[0]


def _table(model: str, rows: list[dict[str, Any]]) -> None:
    from miner.cli.sheet import Sheet

    sheet = Sheet()
    sheet.title(
        f"{model}: {counted(len(rows), 'value')} in "
        f"{counted(len({row['field'] for row in rows}), 'field')}"
    )
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
