"""Files of models: what became of each, and what cards and configs say, into rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import text

from miner.db import upsert as db
from miner.pipelines.intake.batch import Batch, table_of, write_problems
from miner.pipelines.intake.statements import (
    EDGE,
    choose_sources,
    delete_statements,
    write_statements,
)
from miner.pipelines.sources.records.card import CardFacts, read_card
from miner.pipelines.sources.records.config import ConfigFacts, read_config
from miner.pipelines.sources.records.facts import Problem, Statements
from miner.pipelines.sources.records.payload import blob_sha
from miner.pipelines.sources.records.values import as_json
from miner.schema import tables
from miner.schema.vocab import FileState, ParseState, Source

CARD, CONFIG = "README.md", "config.json"
GGUF_HEAD = "*.gguf"
"""Stands for the first bytes of the one GGUF file of a model that is read; the answer names it."""
OTHER_FILES = (CARD, CONFIG, GGUF_HEAD)
"""All that is asked for beside license files."""

FILE = table_of(tables.FetchedFile)
_REPLACED = tuple(sorted({column.name for column in FILE.columns} - {"id", "model_id", "path"}))
"""What a newer answer replaces of a file: all but what it is."""

_CONFIG = table_of(tables.ModelConfig)


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """What was learned of one file.

    Attributes:
        subject_id: Surrogate key of the model, or of the dataset.
        name: Its name.
        path: ``README.md``, ``config.json``, ``GGUF_HEAD``, or a license file.
        revision: Commit sha it was asked for at.
        state: What became of it.
        reason: Detail of the state.
        body: Its bytes, empty where there are none.
        observed_at: Date of the answer, as the store keeps it.
        answer_id: The archived answer that holds the bytes or shows the state.
        asked_as: Whose token it was asked for with, None for nobody's.
    """

    subject_id: int
    name: str
    path: str
    revision: str | None
    state: FileState
    reason: str | None
    body: bytes
    observed_at: str | None
    answer_id: int | None
    asked_as: str | None = None


@dataclass(frozen=True, slots=True)
class HeadFacts:
    """Whether the head of a GGUF file can be read, ``vocab.ParseState``, and why not."""

    state: str
    reason: str = ""


def write_files(batch: Batch, files: Sequence[FileAnswer]) -> None:
    """Write what became of some files and, where their bytes are there, what they say."""
    rows: list[db.Row] = []
    cards: dict[int, CardFacts] = {}
    configs: dict[int, tuple[str, ConfigFacts]] = {}
    problems: list[tuple[FileAnswer, Problem]] = []
    for item in files:
        sha = blob_sha(item.body) if item.state == FileState.FETCHED else None
        content: CardFacts | ConfigFacts | HeadFacts | None = None
        if sha is not None and item.path == CARD:
            content = cards[item.subject_id] = _card(batch, item, sha)
            problems += [(item, problem) for problem in content.problems]
        elif sha is not None and item.path == CONFIG:
            content = _config(batch, item)
            if content.values:
                configs[item.subject_id] = (sha, content)
        elif sha is not None and item.path == GGUF_HEAD:
            content = _head(item)
        rows.append(_row(batch, item, sha, content))
    _write_rows(batch, rows)
    _write_cards(batch, [item.subject_id for item in files if item.path == CARD], cards)
    _write_configs(batch, [item.subject_id for item in files if item.path == CONFIG], configs)
    _write_problems(batch, problems)
    _outdate(batch, [item.subject_id for item in files if item.path == GGUF_HEAD])


def _outdate(batch: Batch, ids: list[int]) -> None:
    """Have the architectures of some models derived again: no other column tells of a new head."""
    if ids:
        batch.connection.execute(
            text("UPDATE model_architecture SET version = '' WHERE model_id = :id"),
            [{"id": key} for key in ids],
        )


def _row(
    batch: Batch,
    item: FileAnswer,
    sha: str | None,
    content: CardFacts | ConfigFacts | HeadFacts | None,
) -> db.Row:
    return {
        "model_id": item.subject_id,
        "path": item.path,
        "revision": item.revision,
        "state": item.state.value,
        "reason": item.reason,
        "blob_sha": sha,
        "size_bytes": len(item.body) if sha else None,
        "parse_state": content.state if content else None,
        "parse_reason": (content.reason or None) if content else None,
        "observed_at": item.observed_at,
        "answer_id": item.answer_id,
        "run_id": batch.run_id,
        "is_verified": 1 if sha else None,
        "asked_as": item.asked_as,
        "rules_version": None,
    }


def _write_rows(batch: Batch, rows: list[db.Row]) -> None:
    numbered = db.numbered(batch.connection, FILE, rows)
    db.upsert(batch.connection, FILE, numbered, key=("model_id", "path"), update=_REPLACED)


def _card(batch: Batch, item: FileAnswer, sha: str) -> CardFacts:
    """Return what a card says; one that the reader breaks on says nothing, and why."""
    try:
        return read_card(item.body, sha, item.name)
    except Exception as error:  # a bug costs this card, not the crawl
        place = batch.faults.note(f"the card of {item.name}", error)
        return CardFacts(Statements(), [], ParseState.UNPARSABLE.value, place, [])


def _config(batch: Batch, item: FileAnswer) -> ConfigFacts:
    """Return what a config says; one that the reader breaks on says nothing, and why."""
    try:
        return read_config(item.body)
    except Exception as error:  # a bug costs this config, not the crawl
        place = batch.faults.note(f"the config of {item.name}", error)
        return ConfigFacts({}, ParseState.UNPARSABLE.value, place)


def _head(item: FileAnswer) -> HeadFacts:
    """Return whether bytes begin as a GGUF file does; what they say is read with the model."""
    if item.body[:4] == b"GGUF":
        return HeadFacts(ParseState.PARSED.value)
    return HeadFacts(ParseState.UNPARSABLE.value, "it does not begin as a GGUF file")


def _write_cards(batch: Batch, asked: list[int], cards: dict[int, CardFacts]) -> None:
    """Replace what the cards of some models say; a card that is gone says nothing any more."""
    if not asked:
        return
    delete_statements(batch, asked, (Source.CARD.value,))
    _fill_relations(batch, cards)
    empty = Statements()
    write_statements(
        batch, {key: cards[key].statements if key in cards else empty for key in asked}
    )
    choose_sources(batch, asked)
    languages = [
        {"languages": as_json(card.languages), "id": key}
        for key, card in cards.items()
        if card.languages and card.state != ParseState.UNPARSABLE
    ]
    if languages:
        batch.connection.execute(
            text("UPDATE model SET languages = :languages WHERE id = :id"), languages
        )


def _fill_relations(batch: Batch, cards: dict[int, CardFacts]) -> None:
    """Take relations that a card leaves open from what the model's record says of the same base."""
    with_bases = [key for key, card in cards.items() if card.statements.edges]
    columns = ("child_id", "parent", "relation", "relation_source")
    stated: dict[tuple[int, str], db.Row] = {}
    for row in db.select_rows(batch.connection, EDGE, columns, "child_id", with_bases):
        place = (row["child_id"], row["parent"].lower())
        if row["relation_source"] != Source.INFERRED.value or place not in stated:
            stated[place] = row
    for key in with_bases:
        known = cards[key].statements
        edges = [
            edge._replace(relation=found["relation"], relation_source=found["relation_source"])
            if edge.relation_source == Source.INFERRED.value
            and (found := stated.get((key, edge.parent.lower())))
            else edge
            for edge in known.edges
        ]
        cards[key].statements = known._replace(edges=edges)


def _write_configs(
    batch: Batch, asked: list[int], configs: dict[int, tuple[str, ConfigFacts]]
) -> None:
    if not asked:
        return
    db.delete_where_in(batch.connection, _CONFIG, "model_id", asked)
    rows: list[db.Row] = [
        {"model_id": key, "blob_sha": sha, **config.values}
        for key, (sha, config) in configs.items()
    ]
    db.insert(batch.connection, _CONFIG, rows)


def _write_problems(batch: Batch, problems: list[tuple[FileAnswer, Problem]]) -> None:
    """Write the fields of cards that could not be used, each with its card's answer."""
    by_answer: dict[int | None, list[Problem]] = {}
    for item, problem in problems:
        by_answer.setdefault(item.answer_id, []).append(problem)
    for answer_id, found in by_answer.items():
        setting = replace(batch, answer_id=answer_id, sweep_id=None)
        write_problems(setting, "card", found)
