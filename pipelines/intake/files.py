"""Cards and configs of models: what became of each, and what they say, into rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson
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
from miner.schema import tables
from miner.schema.vocab import FileState, ParseState, Source

CARD, CONFIG = "README.md", "config.json"
FILE = table_of(tables.FetchedFile)
_CONFIG = table_of(tables.ModelConfig)


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """What was learned of one file.

    Attributes:
        model_id: Surrogate key of the model.
        name: The model's name.
        path: ``README.md`` or ``config.json``.
        revision: Commit sha it was asked for at.
        state: What became of it.
        reason: Detail of the state.
        body: Its bytes where it is held, else empty.
        observed_at: Date of the answer, as the store keeps it.
        answer_id: The archived answer that holds the bytes or shows the state.
        asked_as: Whose token it was asked for with, None for nobody's.
    """

    model_id: int
    name: str
    path: str
    revision: str | None
    state: FileState
    reason: str | None
    body: bytes
    observed_at: str | None
    answer_id: int | None
    asked_as: str | None = None


def write_files(batch: Batch, files: Sequence[FileAnswer]) -> None:
    """Write what became of some files and, where they are held, what they say."""
    rows: list[tuple[object, ...]] = []
    cards: dict[int, CardFacts] = {}
    configs: dict[int, tuple[str, ConfigFacts]] = {}
    problems: list[tuple[FileAnswer, Problem]] = []
    for item in files:
        sha = blob_sha(item.body) if item.state == FileState.FETCHED else None
        state: str | None = None
        reason: str | None = None
        if sha is not None and item.path == CARD:
            card = _card(batch, item, sha)
            cards[item.model_id] = card
            problems += [(item, problem) for problem in card.problems]
            state, reason = card.state, card.reason or None
        elif sha is not None:
            config = _config(batch, item)
            if config.values:
                configs[item.model_id] = (sha, config)
            state, reason = config.state, config.reason or None
        rows.append(
            (item.model_id, item.path, item.revision, item.state.value, item.reason, sha,
             len(item.body) if sha else None, state, reason, item.observed_at, item.answer_id,
             batch.run_id, 1 if sha else None, item.asked_as)
        )  # fmt: skip
    _write_rows(batch, rows)
    _write_cards(batch, [item.model_id for item in files if item.path == CARD], cards)
    _write_configs(batch, [item.model_id for item in files if item.path == CONFIG], configs)
    _write_problems(batch, problems)


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


def _write_rows(batch: Batch, rows: list[tuple[object, ...]]) -> None:
    ids = db.next_ids(batch.connection, FILE, len(rows))
    columns = (
        "model_id", "path", "revision", "state", "reason", "blob_sha", "size_bytes",
        "parse_state", "parse_reason", "observed_at", "answer_id", "run_id",
        "is_verified", "asked_as",
    )  # fmt: skip
    db.upsert(
        batch.connection,
        FILE,
        ("id", *columns),
        [(key, *row) for key, row in zip(ids, rows, strict=True)],
        key=("model_id", "path"),
        update=columns[2:],
    )


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
        {"languages": orjson.dumps(card.languages).decode(), "id": key}
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
    told: dict[tuple[int, str], tuple[str, str]] = {}
    for child, parent, relation, source in db.select_in(
        batch.connection, EDGE, columns, "child_id", with_bases
    ):
        place = (int(str(child)), str(parent).lower())
        if source != Source.INFERRED.value or place not in told:
            told[place] = (str(relation), str(source))
    for key in with_bases:
        known = cards[key].statements
        edges = [
            edge._replace(relation=found[0], relation_source=found[1])
            if edge.relation_source == Source.INFERRED.value
            and (found := told.get((key, edge.parent.lower())))
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
    columns = ("model_type", "architectures", "context_length", "vocabulary_size", "dtype",
               "quantization", "name_or_path")  # fmt: skip
    db.insert(
        batch.connection,
        _CONFIG,
        ("model_id", "blob_sha", *columns),
        [
            (key, sha, *(config.values[column] for column in columns))
            for key, (sha, config) in configs.items()
        ],
    )


def _write_problems(batch: Batch, problems: list[tuple[FileAnswer, Problem]]) -> None:
    """Write the fields of cards that could not be used, each with its card's answer."""
    by_answer: dict[int | None, list[Problem]] = {}
    for item, problem in problems:
        by_answer.setdefault(item.answer_id, []).append(problem)
    for answer_id, found in by_answer.items():
        setting = replace(batch, answer_id=answer_id, sweep_id=None)
        write_problems(setting, "card", found)
