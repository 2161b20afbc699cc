"""The header of a query file, read from its comment lines.

::

    -- title:     Models by month
    -- question:  How many models were created in each month?
    -- row:       one month
    -- counts:    models, those without a date left out
    -- params:    min_downloads BIGINT = 0     fewer downloads of 30 days are left out
    -- columns:   month, models
    -- reads:     model
    -- known:     model: created_at IS NOT NULL
    -- caveats:   created_at_floor
    -- since:     data-2026.12.0
    -- picture:   series
    --            along month      month of creation
    --            show models      models created

A line without a key goes on with the key before. ``params`` has one parameter a line, or ``none``.
``picture`` may be absent; ``queries/pictures/spec.py`` says what it holds. ``coverage`` may be too:
the facts that an answer on mixtures rests on, as in ``queries/coverage.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from miner.errors import InvalidData
from miner.queries.coverage import FACTS, KIND
from miner.queries.pictures import spec as pictures
from miner.schema.patterns import bounded

KEYS = (
    "title",
    "question",
    "row",
    "counts",
    "params",
    "columns",
    "reads",
    "known",
    "caveats",
    "since",
)
OPTIONAL = ("picture", "coverage")
TYPES = ("BIGINT", "BOOLEAN", "DATE", "DOUBLE", "VARCHAR")
"""Types that a parameter can have."""

_LINE = re.compile(r"--(?: (?P<key>[a-z]+):)?(?P<text>.*)")
_PARAM = bounded(
    r"(?P<name>[a-z][a-z0-9_]*) (?P<type>[A-Z]+) = (?P<default>'[^']*'|\S+)\s{2,}(?P<text>\S.*)"
)
_KNOWN = bounded(r"(?P<table>[a-z_]+): (?P<condition>.+)")
_SINCE = re.compile(r"data-\d{4}\.\d{2}\.\d+")


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of a query.

    Attributes:
        name: As in ``-p name=value`` and in the macro.
        type: One of ``TYPES``.
        default: An SQL literal.
        description: One line.
    """

    name: str
    type: str
    default: str
    description: str


@dataclass(frozen=True, slots=True)
class Query:
    """A shipped query: its header and its SQL.

    Attributes:
        topic: Folder it lies in.
        name: File name without suffix.
        path: The file, for messages.
        title: What it shows, in a few words.
        purpose: The question it answers.
        row: What one row is.
        counts: What is counted and what is left out.
        params: Parameters, in order.
        columns: Names of the result's columns, in order.
        reads: Published tables and views it reads.
        known_table: Table of the population that the footer counts.
        known_condition: SQL condition: for which of its rows the fact is known.
        caveats: Keys of ``schema.warnings``.
        coverage: Facts of mixtures that it rests on: keys of ``coverage.FACTS``, and ``kind``.
        since: First snapshot that has it.
        picture: What its picture shows; ``None``: it has none.
        body: The SQL, parameters as ``$name``.
    """

    topic: str
    name: str
    path: Path
    title: str
    purpose: str
    row: str
    counts: str
    params: tuple[Param, ...]
    columns: tuple[str, ...]
    reads: tuple[str, ...]
    known_table: str
    known_condition: str
    caveats: tuple[str, ...]
    coverage: tuple[str, ...]
    since: str
    picture: pictures.Picture | None
    body: str

    @property
    def full_name(self) -> str:
        """Name on the command line: ``topic/name``."""
        return f"{self.topic}/{self.name}"

    @property
    def macro_name(self) -> str:
        """Name of the table macro: ``topic_name``."""
        return f"{self.topic}_{self.name}"


def refuse(path: Path, key: str, problem: str) -> InvalidData:
    """Return the error for a query file that cannot be used."""
    return InvalidData(
        f"query file {path.parent.name}/{path.name}, {key}: {problem}",
        next_step=f"correct the header or the SQL of {path}",
    )


def parse(path: Path) -> Query:
    """Read a query file. Only the text is looked at, not the tables.

    Raises:
        InvalidData: The header lacks a key, has an unknown one, or one that cannot be read.
    """
    entries, body = _split(path)
    missing = [key for key in KEYS if not entries.get(key)]
    if missing:
        raise refuse(path, missing[0], "the header has no such key, or nothing behind it")
    known = _KNOWN.fullmatch(_one_line(entries["known"]))
    if known is None:
        raise refuse(path, "known", "must be '<table>: <condition>'")
    since = _one_line(entries["since"])
    if not _SINCE.fullmatch(since):
        raise refuse(path, "since", f"must be data-YYYY.MM.N, not {since!r}")
    return Query(
        topic=path.parent.name,
        name=path.stem,
        path=path,
        title=_one_line(entries["title"]),
        purpose=_one_line(entries["question"]),
        row=_one_line(entries["row"]),
        counts=_one_line(entries["counts"]),
        params=_params(path, entries["params"]),
        columns=_names(entries["columns"]),
        reads=_names(entries["reads"]),
        known_table=known["table"],
        known_condition=known["condition"],
        caveats=_names(entries["caveats"]),
        coverage=_facts(path, entries.get("coverage", [])),
        since=since,
        picture=_picture(path, entries.get("picture")),
        body=body,
    )


def _facts(path: Path, lines: list[str]) -> tuple[str, ...]:
    named = _names(lines) if lines else ()
    if unknown := [name for name in named if name != KIND and name not in FACTS]:
        raise refuse(path, "coverage", f"there is no fact {unknown[0]!r}")
    return named


def _split(path: Path) -> tuple[dict[str, list[str]], str]:
    """Return the lines of each key, and the SQL below the header."""
    lines = path.read_text(encoding="utf-8").splitlines()
    entries: dict[str, list[str]] = {}
    key = ""
    for number, line in enumerate(lines):
        match = _LINE.fullmatch(line)
        if match is None:
            return entries, "\n".join(lines[number:]).strip().rstrip(";")
        if match["key"]:
            key = match["key"]
            if key not in (*KEYS, *OPTIONAL) or key in entries:
                raise refuse(path, key, "stands twice" if key in entries else "is no known key")
            entries[key] = []
        if key:
            entries[key] += [text] if (text := match["text"].strip()) else []
    raise refuse(path, "body", "there is no SQL below the header")


def _picture(path: Path, lines: list[str] | None) -> pictures.Picture | None:
    if lines is None:
        return None
    try:
        return pictures.read(lines or [""])
    except ValueError as error:
        raise refuse(path, "picture", str(error)) from error


def _one_line(lines: list[str]) -> str:
    return " ".join(lines)


def _names(lines: list[str]) -> tuple[str, ...]:
    names = [name.strip() for name in _one_line(lines).split(",")]
    return () if names == ["none"] else tuple(names)


def _params(path: Path, lines: list[str]) -> tuple[Param, ...]:
    if lines == ["none"]:
        return ()
    params = []
    for line in lines:
        match = _PARAM.fullmatch(line)
        if match is None:
            raise refuse(path, "params", f"cannot read {line!r}: name TYPE = default   description")
        if match["type"] not in TYPES:
            raise refuse(path, "params", f"{match['type']} is none of {', '.join(TYPES)}")
        params.append(Param(match["name"], match["type"], match["default"], match["text"]))
    return tuple(params)
