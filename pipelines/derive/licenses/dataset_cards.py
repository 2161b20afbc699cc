"""Cards of datasets read for their terms: statements of a license beside what is declared.

A statement of the license of the whole is one as any other. The rest says in ``license_name`` what
it is, and is never chosen as the license. Each different card is read once in a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, or_, select

from miner.content import version_of
from miner.db import upsert as db
from miner.errors import InvalidData
from miner.pipelines.derive.cards.card_reading import CardText
from miner.pipelines.derive.job import Derivation
from miner.pipelines.derive.licenses.dataset_terms import DatasetTerm, DatasetTermKind
from miner.pipelines.executors import Done, Executor
from miner.pipelines.intake.batch import table_of
from miner.pipelines.intake.dataset_cards import DATASET_CARD
from miner.pipelines.intake.datasets import DATASET
from miner.pipelines.intake.statements import LICENSE
from miner.pipelines.sources.records.card import decode
from miner.progress import Progress
from miner.schema import tables
from miner.schema.vocab import FileState, Source

_ANSWER = table_of(tables.ArchivedAnswer)
_DATASETS = 200
_SCOPE = "data"


@dataclass(frozen=True, slots=True)
class _StoredCard:
    """A dataset's card as the store knows it."""

    card_id: int
    dataset_id: int
    dataset: str
    state: str
    blob_sha: str | None
    segment: str | None
    offset: int | None


def dataset_rules_version() -> str:
    """Return the version of the code and data which read the terms in a dataset's card."""
    return version_of(
        "miner.pipelines.derive.cards", "miner.pipelines.derive.licenses", "miner.schema.licenses",
        without="llm",
    )  # fmt: skip


def read_dataset_card(card: CardText) -> list[DatasetTerm]:
    """Return the terms that a card states; a worker's task."""
    from miner.pipelines.derive.licenses.dataset_terms import read_terms  # noqa: PLC0415 - compiles all patterns

    return read_terms(card.text, card.model)


def read_dataset_cards(work: Derivation, executor: Executor, progress: Progress) -> None:
    """Read the cards of datasets that the rules of this version have not read as they are.

    Args:
        work: The run; its counts take cards by what became of them.
        executor: Where cards are read.
        progress: Shows how far it is.
    """
    version = dataset_rules_version()
    with work.engine.connect() as connection:
        due = _due(connection, version)
    progress.start("cards of datasets read", len(due))
    for start in range(0, len(due), _DATASETS):
        if work.stop.is_set():
            break
        group = due[start : start + _DATASETS]
        read = _read(work, executor, group)
        with work.engine.begin() as connection:
            _write(connection, group, read, version)
        progress.advance(len(group))
    progress.finish()


def _due(connection: Connection, version: str) -> list[_StoredCard]:
    card = DATASET_CARD.c
    query = (
        select(
            card.id, card.dataset_id, DATASET.c.name, card.state, card.blob_sha,
            _ANSWER.c.segment, _ANSWER.c.offset,
        )
        .join(DATASET, DATASET.c.id == card.dataset_id)
        .outerjoin(_ANSWER, _ANSWER.c.id == card.answer_id)
        .where(or_(card.rules_version.is_(None), card.rules_version != version))
        .order_by(card.dataset_id)
    )  # fmt: skip
    return [_StoredCard(*row) for row in connection.execute(query)]


def _read(
    work: Derivation, executor: Executor, cards: Sequence[_StoredCard]
) -> dict[int, list[DatasetTerm]]:
    """Return what cards state, by their surrogate keys; without those that could not be read."""
    texts = {
        one.card_id: text
        for one in cards
        if one.state == FileState.FETCHED and (text := _text(work, one)) is not None
    }
    keys = list(texts)
    batches = [list(texts.values())] if keys else []
    found: dict[int, list[DatasetTerm]] = {}
    seconds = work.settings.item_seconds
    for _, outcomes in executor.map_each(read_dataset_card, batches, seconds=seconds):
        for key, came in zip(keys, outcomes, strict=True):
            if isinstance(came, Done):
                found[key] = came.result
                work.counts["cards of datasets read"] += 1
            else:
                work.counts["cards of datasets not read"] += 1
    return found


def _text(work: Derivation, card: _StoredCard) -> CardText | None:
    """Return a card's text; None where the archive has no such record, or a damaged one."""
    if card.segment is None:
        return None
    try:
        body = work.reader.read(card.segment, int(card.offset or 0)).body
    except InvalidData:
        work.counts["cards of datasets whose record in the archive is damaged"] += 1
        return None
    return CardText(card.dataset, decode(body)[0])


def _write(
    connection: Connection,
    cards: Sequence[_StoredCard],
    read: dict[int, list[DatasetTerm]],
    version: str,
) -> None:
    """Replace what the cards of some datasets state."""
    keys = [one.dataset_id for one in cards]
    source = Source.CARD_RULE.value
    db.delete_where_in(connection, LICENSE, "dataset_id", keys, where={"source": source})
    rows = db.select_rows(connection, LICENSE, ("dataset_id",), "dataset_id", keys)
    declared = {row["dataset_id"] for row in rows}
    statements = [
        _row(one, term, position, is_chosen=one.dataset_id not in declared)
        for one in cards
        for position, term in enumerate(read.get(one.card_id, ()))
    ]
    db.insert(connection, LICENSE, db.numbered(connection, LICENSE, statements))
    connection.execute(
        DATASET_CARD.update()
        .where(DATASET_CARD.c.id == bindparam("key"))
        .values(rules_version=version),
        [{"key": one.card_id} for one in cards],
    )


def _row(card: _StoredCard, term: DatasetTerm, position: int, *, is_chosen: bool) -> db.Row:
    is_whole = term.kind is DatasetTermKind.LICENSE
    return {
        "model_id": None,
        "dataset_id": card.dataset_id,
        "source": Source.CARD_RULE.value,
        "position": position,
        "key": term.statement,
        "canonical": term.statement.lower(),
        "license_name": None if is_whole else term.kind.value,
        "license_link": None,
        "scope": _SCOPE,
        "is_chosen": int(is_whole and is_chosen),
        "blob_sha": card.blob_sha,
        "span_start": term.start,
        "span_end": term.end,
    }
