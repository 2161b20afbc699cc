"""``miner architecture``: is a model a mixture of experts, and how large is it really."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from miner.cli.echo import echo, echo_json
from miner.pipelines.executors.choose import HELP as EXECUTOR_HELP

_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
_MAX_HEAD = 64 * 1024 * 1024


@click.command()
@click.option("--config", type=_FILE, metavar="FILE", help="Its config.json; - is stdin.")
@click.option("--gguf", type=_FILE, metavar="FILE", help="A GGUF file of it, or its beginning.")
@click.option("--model", default="", metavar="OWNER/NAME", help="Its name.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="A tag of its record.")
@click.option(
    "--base", "bases", multiple=True, metavar="[RELATION:]OWNER/NAME",
    help="A model it was derived from; relations: finetune, adapter, quantized, merge, distill.",
)  # fmt: skip
@click.option(
    "--jsonl", type=_FILE, metavar="FILE",
    help="Requests, a JSON object a line: model, config, tags, base_model, model_type, "
    "architectures; all but model optional. - is stdin. Line n is answered by line n.",
)  # fmt: skip
@click.option(
    "--stored", is_flag=True,
    help="Judge the models that the store holds: new and changed ones, or all by newer rules.",
)  # fmt: skip
@click.option(
    "--format", "format_name", type=click.Choice(["table", "json"]),
    help="table: for people, as by default on a terminal; json: as by default elsewhere, and "
    "always with --jsonl.",
)  # fmt: skip
@click.option("--executor", metavar="WHERE", help=f"With --stored. {EXECUTOR_HELP}")
@click.option("--export/--no-export", default=True, show_default=True,
              help="With --stored: refresh the DuckDB file at the end.")  # fmt: skip
@click.pass_context
def architecture(  # noqa: PLR0917 - options of a command
    ctx: click.Context,
    config: Path | None,
    gguf: Path | None,
    model: str,
    tags: tuple[str, ...],
    bases: tuple[str, ...],
    jsonl: Path | None,
    *,
    stored: bool,
    format_name: str | None,
    executor: str | None,
    export: bool,
) -> None:
    """Show the architecture of a model: dense or experts, how many, and its active parameters.

    Prints a table on a terminal, else one JSON object, with --jsonl one a line. is_moe is true,
    false or null: what nothing tells is unknown, and not dense. evidence holds what every source
    says. Nothing is fetched.

    With --stored what the store holds is judged into it, as a crawl does at its end: `miner query
    moe/adoption` and the others of moe/ show what came of it.
    """
    if stored:
        if config or gguf or model or tags or bases or jsonl:
            raise click.UsageError("--stored judges what the store holds; give it alone")
        _stored(ctx, executor, export=export)
        return
    if executor:
        raise click.UsageError("--executor goes with --stored")
    if jsonl is not None:
        if config or gguf or model or tags or bases:
            raise click.UsageError("--jsonl holds the requests; give it alone")
        for row in _answers(jsonl):
            _write(row)
        return
    if not (config or gguf or model or tags or bases):
        raise click.UsageError("give --config, --gguf, --model, --tag, --base, --jsonl or --stored")
    from miner.pipelines.derive.architecture.answering import answer
    from miner.pipelines.derive.architecture.model_evidence import Evidence
    from miner.pipelines.derive.architecture.request import base_from
    from miner.settings import load_settings

    evidence = Evidence(
        model,
        config=_read(config) if config else None,
        gguf=_read(gguf) if gguf else None,
        tags=tags,
        bases=tuple(map(base_from, bases)),
    )
    row = answer(evidence, load_settings().item_seconds)
    if format_name == "table" or (format_name is None and sys.stdout.isatty()):
        from miner.cli.architecture_table import print_architecture

        print_architecture(row)
    else:
        _write(row, indent=sys.stdout.isatty())


def _stored(ctx: click.Context, where: str | None, *, export: bool) -> None:
    """Judge the models that the store holds."""
    import threading

    from miner.cli.options import stopping
    from miner.cli.progress import for_this_terminal
    from miner.cli.refresh import refresh
    from miner.pipelines.derive.architecture.architecture_stage import derive_architectures
    from miner.pipelines.derive.job import deriving
    from miner.pipelines.executors import open_executor
    from miner.settings import load_settings

    settings, stop = load_settings(), threading.Event()
    progress = for_this_terminal(log_json=bool(ctx.obj and ctx.obj["log_json"]))
    with stopping(stop), deriving(settings, "architecture", {"stored": True}, stop) as work:
        try:
            with open_executor(where, stop) as executor:
                derive_architectures(work, executor, progress)
        finally:
            progress.finish()
            for what, count in sorted(work.counts.items()):
                echo(f"  {count:>12,}  {what}", err=True)
    if stop.is_set():
        echo("miner: stopped; the same command goes on from here", err=True)
    elif not work.counts:
        echo("miner: the architecture of every stored model is up to date", err=True)
    elif export:
        refresh(settings, stop)


def _read(path: Path) -> bytes:
    """Return the first bytes of a file; a config that is longer is too large anyway."""
    with click.open_file(str(path), "rb") as stream:
        head: bytes = stream.read(_MAX_HEAD)
    return head


def _answers(path: Path) -> Iterator[Mapping[str, object]]:
    """Yield the answer to each line; one that is no request, or empty, gets one that says so."""
    from miner.pipelines.derive.architecture.answering import answer_all
    from miner.settings import load_settings

    with click.open_file(str(path), "rb") as stream:
        yield from answer_all(stream, load_settings().item_seconds)


def _write(row: Mapping[str, object], *, indent: bool = False) -> None:

    echo_json(row, indent=indent)
