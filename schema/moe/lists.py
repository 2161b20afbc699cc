"""Further tables on experts: which libraries run which types, and papers that are followed."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from miner.errors import ConfigurationError
from miner.schema.moe import load_families

_FOLDER = Path(__file__).parent
_ARXIV = re.compile(r"\d{4}\.\d{4,5}")
_NAMES = re.compile(r"[a-z0-9.+\- ]*")


@dataclass(frozen=True, slots=True)
class EngineSupport:
    """A library runs models of a type.

    Attributes:
        engine: Name of the library, as published; ``gguf`` is what llama.cpp names.
        version: Its version whose registry was read.
        model_type: Type, class or GGUF architecture.
        moe_family: Name of the family; empty: in none.
        since_version: The oldest of its versions looked at whose registry has the type; no older
            one looked at has it. Empty: no older ones were looked at.
    """

    engine: str
    version: str
    model_type: str
    moe_family: str
    since_version: str


@dataclass(frozen=True, slots=True)
class TracedPaper:
    """A paper whose way into models is followed.

    Attributes:
        arxiv_id: Without version.
        title: Its title.
        kind: What it is about.
        technique: What it proposes, in a few words.
        families: Families built on it, with a blank between.
        owners: Accounts of its authors on hubs, with a blank between.
        names: Words that names of its models have, with a blank between: lower case, a hyphen for
            every other sign; a hyphen at the end where the word has to end.
        repository: Its code, owner/name on GitHub.
    """

    arxiv_id: str
    title: str
    kind: str
    technique: str
    families: str
    owners: str
    names: str
    repository: str


@dataclass(frozen=True, slots=True)
class FamilyFact:
    """What is published of a family; see ``miner.schema.moe.Family``."""

    name: str
    title: str
    maker: str
    released: str
    holds_experts: str
    router: str


@cache
def load_engines() -> list[EngineSupport]:
    """Return which libraries run which types.

    Raises:
        ConfigurationError: A row stands twice, lacks something, or names an unknown family.
    """
    rows = [EngineSupport(*row) for row in _rows("engines.csv", EngineSupport)]
    for row in rows:
        _require(bool(row.engine and row.version and row.model_type), "engines.csv", row.model_type)
        _require(row.moe_family in {"", *load_families().rows}, "engines.csv", row.moe_family)
        is_older = not row.since_version or _order(row.since_version) <= _order(row.version)
        _require(is_older, "engines.csv", f"{row.engine} {row.since_version}")
    _require(len(set(rows)) == len(rows), "engines.csv", "a row stands twice")
    return rows


@cache
def load_papers() -> list[TracedPaper]:
    """Return the papers that are followed.

    Raises:
        ConfigurationError: A row stands twice, or something in it cannot be used.
    """
    rows = [TracedPaper(*row) for row in _rows("papers.csv", TracedPaper)]
    for row in rows:
        _require(_ARXIV.fullmatch(row.arxiv_id) is not None, "papers.csv", row.arxiv_id)
        _require(set(row.families.split()) <= set(load_families().rows), "papers.csv", row.families)
        _require(_NAMES.fullmatch(row.names) is not None, "papers.csv", row.names)
    _require(len({row.arxiv_id for row in rows}) == len(rows), "papers.csv", "an id stands twice")
    return rows


def family_facts() -> list[FamilyFact]:
    """Return what is published of the families, those that only look alike left out."""
    return [
        FamilyFact(row.name, row.title, row.maker, row.released, row.when, row.router)
        for row in load_families().rows.values()
        if row.when != "never"
    ]


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


def _rows(name: str, kind: type[EngineSupport | TracedPaper]) -> list[list[str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as stream:
        header, *rows = list(csv.reader(stream))
    columns = [one.name for one in fields(kind)]
    _require(header == columns, name, f"its columns are not {', '.join(columns)}")
    for row in rows:
        _require(len(row) == len(columns), name, f"the row {','.join(row)[:80]}")
    return rows


def _require(holds: bool, name: str, what: str) -> None:
    if not holds:
        raise ConfigurationError(f"schema/moe/{name} cannot be used: {what}")
