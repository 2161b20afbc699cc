"""``miner query``: shipped queries, or a person's own SQL, on the DuckDB file."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import click

from miner.cli.echo import echo

if TYPE_CHECKING:
    from miner.queries.dataset import Dataset
    from miner.queries.run import Result

PICTURES = ("png", "svg", "html")
_NAMED = ("csv", "tsv", "json", "jsonl", "parquet", *PICTURES)  # formats that are endings too
_ENDINGS = {".md": "markdown", ".ndjson": "jsonl", ".htm": "html"}


def _pairs(_ctx: click.Context, _param: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in value:
        name, equals, typed = text.partition("=")
        if not equals:
            raise click.BadParameter(f"{text!r} is not of the form name=value")
        pairs[name.strip()] = typed
    return pairs


@click.command()
@click.argument("name", required=False)
@click.option("--list", "list_all", is_flag=True, help="List the shipped queries.")
@click.option("--sql", help="Answer this SQL instead: one statement that only reads.")
@click.option("--check", is_flag=True, help="Run the data checks; exit 14 if one finds a row.")
@click.option(
    "-p", "--param", "parameters", multiple=True, callback=_pairs, metavar="NAME=VALUE",
    help="Set a parameter of the query. May be repeated.",
)  # fmt: skip
@click.option(
    "--format", "format_name",
    type=click.Choice([
        "table", "csv", "tsv", "json", "jsonl", "markdown", "parquet", "png", "svg", "html",
    ]),
    help="How to write it. png, svg and html draw the query's picture. [default: as the name of "
    "--output ends, else table]",
)  # fmt: skip
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write to a file instead of stdout.",
)  # fmt: skip
@click.option(
    "--duckdb", "duckdb_file", type=click.Path(path_type=Path), metavar="FILE",
    help="Ask this file, or this snapshot (a folder or a name), instead of the file in the data "
    "directory.",
)  # fmt: skip
@click.option(
    "--max-seconds", type=click.IntRange(min=1),
    help="Maximum time of a query. [default: MINER_QUERY_SECONDS, else 900]",
)  # fmt: skip
@click.option(
    "--max-memory-mb", type=click.IntRange(min=50),
    help="Maximum memory of a query. [default: MINER_QUERY_MEMORY_MB, else 4000]",
)  # fmt: skip
def query(
    *,
    name: str | None,
    list_all: bool,
    sql: str | None,
    check: bool,
    parameters: dict[str, str],
    format_name: str | None,
    output: Path | None,
    duckdb_file: Path | None,
    max_seconds: int | None,
    max_memory_mb: int | None,
) -> None:
    """Run a shipped query, or your own SQL.

    NAME is topic/name as in `miner query --list`; a topic alone lists its queries. They are
    also table macros in the file: FROM models_by_month(min_downloads := 50). Data goes
    to stdout; caveats and the population it rests on follow the table, and go to stderr in other
    formats.
    """
    if sum([name is not None, list_all, sql is not None, check]) != 1:
        raise click.UsageError("give the NAME of a query, or --list, or --sql, or --check")
    is_topic = name is not None and _is_topic(name)
    if parameters and (name is None or is_topic):
        raise click.UsageError("-p sets parameters of a shipped query: give its NAME")
    format_name = format_name or _format_of(output)
    is_picture = format_name in PICTURES
    _check_format(format_name, output)
    if is_picture and (name is None or is_topic):
        _refuse_picture(name or ("--list" if list_all else "--check" if check else "--sql"))
    if list_all or is_topic:
        _list(format_name, output, name)
        return

    from miner.queries import run
    from miner.queries.dataset import open_dataset

    with (
        open_dataset(duckdb_file, seconds=max_seconds, memory_mb=max_memory_mb) as data,
        data.limits(),
    ):
        if check:
            found = run.run_checks(data.connection)
            echo("".join(f"{name}: ok\n" for name in found), nl=False)
        elif name and is_picture:
            _draw(data, name, parameters, output, format_name)
        elif name or sql is not None:
            answer = data.query(name, **parameters) if name else data.sql(sql or "")
            with answer.result() as result:
                _write(result, format_name, output, answer.title)


def _draw(
    data: Dataset, name: str, parameters: dict[str, str], output: Path | None, format_name: str
) -> None:
    from miner.queries import loader
    from miner.queries.pictures.file import draw

    found = loader.find(loader.load(), name)
    with _destination(output, binary=True) as stream:
        notes = draw(found, parameters, data.connection, stream, format_name)
    echo("\n".join([found.title, *notes]), err=True)


def _check_format(format_name: str, output: Path | None) -> None:
    if output is not None:
        return
    if format_name == "parquet":
        raise click.UsageError("--format parquet needs --output FILE")
    if format_name in PICTURES and sys.stdout.isatty():
        raise click.UsageError(f"--format {format_name} needs --output FILE, or a pipe")


def _refuse_picture(what: str) -> NoReturn:
    from miner.queries.pictures.file import no_picture

    raise no_picture(what, f"miner query {what} … --format csv")


def _format_of(output: Path | None) -> str:
    """Return the format that the name of a file asks for."""
    ending = output.suffix.lower() if output else ""
    return _ENDINGS.get(ending, ending[1:] if ending[1:] in _NAMED else "table")


def _is_topic(name: str) -> bool:
    from miner.queries import loader

    return "/" not in name and any(
        query.topic == name for query in loader.shipped_queries(loader.load()).values()
    )


def _list(format_name: str, output: Path | None, topic: str | None) -> None:
    from miner.queries import loader
    from miner.queries.run import listing

    queries = loader.shipped_queries(loader.load())
    chosen = {name: query for name, query in queries.items() if topic in {None, query.topic}}
    with listing(chosen) as result:
        _write(result, format_name, output, "")


def _write(result: Result, format_name: str, output: Path | None, title: str) -> None:
    """Write an answer; what belongs to it goes below a table, and to stderr beside data."""
    from miner.queries.output import FORMATS, TABLE_ROWS

    for_people = format_name == "table"
    if title:
        echo(title, err=not for_people or output is not None)
    with _destination(output, binary=format_name == "parquet", for_people=for_people) as stream:
        complete = FORMATS[format_name](result, stream)
        if for_people:
            stream.writelines(f"{note}\n" for note in result.notes)
    if not for_people:
        for note in result.notes:
            echo(note, err=True)
    if complete is False:
        echo(f"only the first {TABLE_ROWS:,} rows; all of them: --format csv", err=True)


@contextmanager
def _destination(
    output: Path | None, *, binary: bool, for_people: bool = False
) -> Iterator[IO[Any]]:
    """Yield the stream to write to. A file appears complete or not at all."""
    if output is None:
        if for_people and sys.stdin.isatty() and sys.stdout.isatty():
            with _paged() as stream:
                yield stream
        else:
            yield sys.stdout.buffer if binary else sys.stdout
        return
    part = output.with_name(f".{output.name}.part")
    try:
        with part.open("wb") if binary else part.open("w", encoding="utf-8") as stream:
            yield stream
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


class _Screen(io.StringIO):
    """Text for a terminal, kept until it is whole."""

    def isatty(self) -> bool:
        """Return True: what is written may be colored, and is as wide as the terminal."""
        return True


@contextmanager
def _paged() -> Iterator[IO[Any]]:
    """Yield a stream whose text is shown by the pager (PAGER, else less) if it is long."""
    screen = _Screen()
    yield screen
    text = screen.getvalue()
    if text.count("\n") < shutil.get_terminal_size().lines:
        echo(text, nl=False)
    else:
        os.environ.setdefault("LESS", "-FRX")
        click.echo_via_pager(text, color=True)
