"""The one way of commands to stdout and stderr: what a stranger wrote does not steer a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from miner.terminal import for_stdout, printable, printable_json


def echo(message: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Write a message, or a line of data.

    Messages (``err``) are always escaped; data on stdout where that is a terminal.
    """
    text = str(message)
    click.echo(printable(text, keep="\n\t") if err else for_stdout(text), err=err, nl=nl)


def echo_json(value: object, *, indent: bool = False) -> None:
    """Write a value as JSON on stdout, on one line unless it is indented."""
    import orjson

    option = orjson.OPT_NON_STR_KEYS | (orjson.OPT_INDENT_2 if indent else 0)
    sys.stdout.write(printable_json(orjson.dumps(value, option=option).decode()) + "\n")


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """Write to stdout for a reader that may go away, as ``head`` does: the command goes on."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())  # or the interpreter fails to flush at its end
        os.close(nowhere)


def csv_cell(value: object) -> object:
    """Return a value of a CSV file: lists are parted by blanks, texts escaped on a terminal."""
    if isinstance(value, list):
        value = " ".join(value)
    return for_stdout(value) if isinstance(value, str) else value


def counted(count: int, noun: str) -> str:
    """Return a number and its noun, with an s unless it is one."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
