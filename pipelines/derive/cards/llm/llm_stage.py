"""The cards that the archive holds, read by a language model into the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from miner.pipelines.derive.cards.extraction_rows import (
    LLM,
    Extracted,
    Extractor,
    StoredCard,
    wanted_cards,
    write_extractions,
)
from miner.pipelines.derive.cards.extraction_stage import (
    CardChoice,
    load_cards,
    require_cards,
    resolve_named,
)
from miner.pipelines.derive.cards.llm.answer_rows import StoredAnswers
from miner.pipelines.derive.cards.llm.ledger import Ledger
from miner.pipelines.derive.cards.llm.llm_answers import AnswersInMemory, AnswerStore
from miner.pipelines.derive.cards.llm.llm_run import VERSION, Estimate, estimate, run
from miner.pipelines.derive.cards.llm.llm_settings import LlmCard, LlmSettings
from miner.pipelines.derive.cards.llm.prompt import prompt_hash
from miner.pipelines.derive.cards.outcome import CardOutcome
from miner.pipelines.derive.cards.rule_extractor import extract
from miner.pipelines.derive.cards.value import Value
from miner.pipelines.derive.job import Derivation
from miner.pipelines.sources.archive.segments import Archive
from miner.progress import Progress
from miner.schema.vocab import ExtractionState

_RETRIED = (ExtractionState.FAILED.value,)


def extractor(settings: LlmSettings) -> Extractor:
    """Return who reads cards with these settings; asked for other fields it is another one."""
    asked = (*(["all"] if settings.ask_all else []), *settings.fields)
    version = " ".join((str(VERSION), *asked))
    return Extractor(LLM, version, settings.model, prompt_hash())


def extract_with_llm(
    work: Derivation,
    settings: LlmSettings,
    progress: Progress,
    choice: CardChoice,
    ledger: Ledger,
    *,
    anew: bool = False,
) -> None:
    """Read the cards that this model, asked so, has not read as they are.

    An answer is in the store before anything is derived from it, so that a run which ends early, in
    whatever way, has lost nothing that was paid for.

    Args:
        work: The run.
        settings: Which model, how.
        progress: Shows how far it is.
        choice: Which cards.
        ledger: Filled as the run goes.
        anew: Also the cards that this model has read; only what was never answered is asked.

    Raises:
        InvalidData: The card of a model that was named is not stored.
        BudgetSpent: The budget, or the money at the service, is used up.
        RetryLater: The server is down or limits us.
        SourceRefused: It does not take our key.
        ConfigurationError: It answers no request, or has no such model.
    """
    left = _left(work, settings, choice, anew=anew)
    who = extractor(settings)

    def keep(card: LlmCard, outcome: CardOutcome) -> None:
        key = card.key
        if not isinstance(key, int):
            raise TypeError("a card came back without the key that it was given")
        with work.engine.begin() as connection:
            read = Extracted(key, card.blob_sha, outcome)
            write_extractions(connection, who, [read], work.run_id)
        progress.advance(1)

    progress.start(f"cards read by {settings.model}", len(left))
    segment_bytes = work.settings.archive_segment_bytes
    archive = Archive(work.settings.archive_dir, segment_bytes=segment_bytes)
    try:
        answers = StoredAnswers(work.engine, work.run_id, archive)
        run(_cards(work, left), settings, answers, keep, ledger=ledger, stop=work.stop)
    finally:
        archive.close()
        progress.finish()
        resolve_named(work.engine)


def estimate_llm(
    work: Derivation, settings: LlmSettings, choice: CardChoice, *, anew: bool = False
) -> Estimate:
    """Return what reading the cards that are left would take, without asking anything."""
    left = _left(work, settings, choice, anew=anew)
    return estimate(_cards(work, left), settings, StoredAnswers(work.engine, work.run_id))


def extract_card(
    card: str,
    model: str,
    settings: LlmSettings,
    ledger: Ledger,
    *,
    answers: AnswerStore | None = None,
    rules: Sequence[Value] | None = None,
) -> CardOutcome:
    """Read one card that is in no store.

    Args:
        card: The card as decoded.
        model: Its model, ``owner/name``.
        settings: Which model, how.
        ledger: Filled as the run goes.
        answers: Where answers are kept; None: only while this runs.
        rules: What the rules read in it; None: they are run.
    """
    found: list[CardOutcome] = []
    asked = LlmCard("", model, "", card, tuple(extract(card, model) if rules is None else rules))
    run(
        [asked],
        settings,
        answers or AnswersInMemory(),
        lambda _, outcome: found.append(outcome),
        ledger=ledger,
    )
    return found[0]


def _left(
    work: Derivation, settings: LlmSettings, choice: CardChoice, *, anew: bool
) -> list[StoredCard]:
    require_cards(work, choice)
    retried = [state.value for state in ExtractionState] if anew else _RETRIED
    with work.engine.connect() as connection:
        return wanted_cards(
            connection, extractor(settings), models=choice.models,
            min_downloads=choice.min_downloads, retry=retried, limit=choice.limit,
        )  # fmt: skip


def _cards(work: Derivation, left: Sequence[StoredCard]) -> Iterator[LlmCard]:
    for card in load_cards(work, left):
        stored = card.stored
        values = tuple(extract(card.text, stored.model))
        yield LlmCard(stored.hub, stored.model, stored.blob_sha, card.text, values, stored.model_id)
