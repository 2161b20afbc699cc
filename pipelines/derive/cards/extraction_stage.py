"""The cards that the archive holds, read by the rules into the store: whatever is left to read."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select

from miner.errors import InvalidData
from miner.pipelines.derive.cards.card_reading import CardText, read_card, unread
from miner.pipelines.derive.cards.extraction_rows import (
    EXTRACTION,
    RULES,
    Extracted,
    Extractor,
    StoredCard,
    drop_outdated,
    lacking_cards,
    wanted_cards,
    write_extractions,
)
from miner.pipelines.derive.cards.outcome import CardOutcome
from miner.pipelines.derive.cards.rule_extractor import rules_version
from miner.pipelines.derive.cards.text_bases import write_text_bases
from miner.pipelines.derive.job import Derivation
from miner.pipelines.derive.method_accuracy import record_rules_accuracy
from miner.pipelines.derive.resolve_lineage import resolve
from miner.pipelines.executors import Done, Executor, Failed
from miner.pipelines.intake.models import MODEL
from miner.pipelines.sources.faults import reported
from miner.pipelines.sources.records.card import decode
from miner.progress import Progress
from miner.schema.vocab import BatchFailure, ExtractionState

log = logging.getLogger(__name__)

THE_RULES = Extractor(RULES, rules_version())
_BATCH = 64


@dataclass(frozen=True, slots=True)
class LoadedCard:
    """A card to read: what it belongs to, and its text as decoded."""

    stored: StoredCard
    text: str


@dataclass(frozen=True, slots=True)
class CardChoice:
    """Which of the stored cards are to be read.

    Attributes:
        models: Only of these models; empty: of all.
        min_downloads: Only of models with so many downloads in 30 days.
        limit: At most so many.
    """

    models: tuple[str, ...] = ()
    min_downloads: int = 0
    limit: int | None = None


def extract_stored(
    work: Derivation, executor: Executor, progress: Progress, choice: CardChoice | None = None
) -> None:
    """Read all cards that the rules of this version have not read as they are.

    Args:
        work: The run; its counts take cards by state, and values.
        executor: Where cards are read.
        progress: Shows how far it is.
        choice: Which cards; None: all.

    Raises:
        InvalidData: The card of a model that was named is not stored.
    """
    choice = choice or CardChoice()
    require_cards(work, choice)
    with work.engine.begin() as connection:
        if dropped := drop_outdated(connection):
            work.counts["readings of cards dropped with their card"] += dropped
        record_rules_accuracy(connection, THE_RULES.version)
    with work.engine.connect() as connection:
        left = wanted_cards(
            connection, THE_RULES, models=choice.models, min_downloads=choice.min_downloads,
            limit=choice.limit,
        )  # fmt: skip
    progress.start("cards read", len(left))
    for cards in _read(work, executor, left):
        with work.engine.begin() as connection:
            write_extractions(connection, THE_RULES, cards, work.run_id)
        for card in cards:
            work.counts[f"cards {card.outcome.state}"] += 1
            work.counts["values of cards"] += len(card.outcome.values)
            reported(work.counts, "a card", card.outcome.faults)
        progress.advance(len(cards))
    progress.finish()
    if resolved := resolve_named(work.engine):
        work.counts["names in cards resolved"] += resolved
    bases = write_text_bases(work.engine)
    if bases and left:  # where nothing was read, nothing is new
        work.counts["bases that card text alone names"] = bases


def require_cards(work: Derivation, choice: CardChoice) -> None:
    """Refuse models whose card is not stored, before anything is done.

    Raises:
        InvalidData: There is one.
    """
    with work.engine.connect() as connection:
        lacking = lacking_cards(connection, choice.models)
    if lacking:
        raise InvalidData(
            f"no card of {', '.join(lacking)} is held",
            next_step=f"miner model {lacking[0]} tells what is known of it, and why",
        )


def load_cards(work: Derivation, stored: Sequence[StoredCard]) -> Iterator[LoadedCard]:
    """Yield the texts of cards.

    One whose record in the archive is damaged is left out with a warning, and counted: it stays
    to be read, as its record may be put back from a copy.
    """
    for card in stored:
        try:
            body = work.reader.read(card.segment, card.offset).body
        except InvalidData as error:
            work.counts["cards whose record in the archive is damaged"] += 1
            log.warning("the card of %s cannot be read: %s", card.model, error.message)
            continue
        yield LoadedCard(card, decode(body)[0])


_STATING = "(SELECT e.model_id FROM extraction e WHERE e.id = extracted_field.extraction_id)"


def resolve_named(engine: Engine) -> int:
    """Join the models and datasets that values name to those stored; return how many were found.

    A name without owner is looked up as it stands and among aliases. That some model or other
    has it behind its owner proves nothing: popular names are copied.
    """
    places = {
        "base_model": ("model", "named_model_id"),
        "training_dataset": ("dataset", "named_dataset_id"),
        "evaluation_dataset": ("dataset", "named_dataset_id"),
    }
    hubs = select(MODEL.c.hub_id).join(EXTRACTION, EXTRACTION.c.model_id == MODEL.c.id).distinct()
    found = 0
    with engine.begin() as connection:
        for key in connection.scalars(hubs).all():
            for field, (subject, column) in places.items():
                place = ("extracted_field", "value_text", column)
                found += resolve(
                    connection, int(key), place, subject, where=("field", field), of=_STATING
                )
    return found


def _read(
    work: Derivation, executor: Executor, left: Sequence[StoredCard]
) -> Iterator[list[Extracted]]:
    """Yield cards that were read, batch by batch."""
    under_way: dict[int, tuple[LoadedCard, ...]] = {}

    def batches() -> Iterator[tuple[CardText, ...]]:
        for start in range(0, len(left), _BATCH):
            if work.stop.is_set():
                return
            cards = tuple(load_cards(work, left[start : start + _BATCH]))
            texts = tuple(CardText(card.stored.model, card.text) for card in cards)
            under_way[id(texts)] = cards
            yield texts

    seconds = work.settings.item_seconds
    for texts, outcomes in executor.map_each(read_card, batches(), seconds=seconds):
        yield [
            Extracted(card.stored.model_id, card.stored.blob_sha, _outcome(came))
            for card, came in zip(under_way.pop(id(texts)), outcomes, strict=True)
        ]


def _outcome(came: Done[CardText, CardOutcome] | Failed[CardText]) -> CardOutcome:
    if isinstance(came, Done):
        return came.result
    is_slow = came.state is BatchFailure.TOO_SLOW
    if is_slow:
        log.warning("the card of %s was %s", came.batch.model, came.reason)
    return unread(ExtractionState.TOO_SLOW if is_slow else ExtractionState.FAILED, came.reason)
