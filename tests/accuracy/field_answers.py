"""Recorded answers of a language model, a file each, replayed: nothing is asked or paid.

A prompt is a file named by the hash of its words; the answer to it is a file of the same name. What
has no answer yet can be written out, answered by whoever sees the prompt alone, and replayed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from miner.errors import InvalidData
from miner.pipelines.derive.cards.llm.llm_answers import Failure, KeptAnswer, LlmRequest
from miner.pipelines.derive.cards.llm.llm_reading import CardReading
from miner.pipelines.derive.cards.llm.llm_settings import LlmCard, LlmSettings
from miner.pipelines.derive.cards.llm.token_estimate import likely_prompt_tokens, likely_tokens
from miner.pipelines.derive.cards.merge_values import merged_readings
from miner.pipelines.derive.cards.outcome import CardOutcome, Rejected
from miner.pipelines.derive.cards.rule_extractor import extract
from miner.schema.vocab import AnswerFinish
from tests.accuracy.field_predictions import FieldSource
from tests.accuracy.field_scores import CardLabels, read_card_text

MISSING, ALL = "missing", "all"
_HASH = 32
_NO_TIME = datetime(2000, 1, 1)  # noqa: DTZ001 - a kept answer's time has no zone


@dataclass(frozen=True, slots=True)
class RecordedAnswers:
    """A folder of answers, and where prompts without one are written.

    Attributes:
        folder: With a file an answer, named by the hash of its prompt, whatever its ending.
        prompts: Folder for prompts that have no answer; None: they are not written.
        llm: Name of the model that answered, for what is known of its accuracy.
        fields: What is asked for: ``missing``, ``all``, or both, each scored apart.
    """

    folder: Path
    prompts: Path | None = None
    llm: str = "recorded"
    fields: tuple[str, ...] = (MISSING,)


@dataclass(slots=True)
class Replayed:
    """What the answers of one way to ask came to.

    Attributes:
        name: Of the way to ask.
        cards: Cards with all their answers, by model.
        open_prompts: Prompts without an answer.
        prompt_tokens: Tokens of the prompts that were answered, by length.
        answer_tokens: The same of their answers.
    """

    name: str
    cards: dict[str, CardOutcome] = field(default_factory=dict)
    open_prompts: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0

    def rejected(self) -> Iterator[tuple[str, Rejected]]:
        """Yield the values that the checks refused, each with its model."""
        for model, outcome in self.cards.items():
            for one in outcome.rejected:
                yield model, one

    def as_dict(self) -> dict[str, Any]:
        """Return everything, for JSON."""
        return {
            "source": self.name,
            "cards": len(self.cards),
            "open_prompts": self.open_prompts,
            "prompt_tokens": self.prompt_tokens,
            "answer_tokens": self.answer_tokens,
            "states": {model: str(one.state) for model, one in self.cards.items()},
            "rejected": [
                {"model": model, "field": one.field, "value": one.value, "quote": one.quote,
                 "reason": one.reason}
                for model, one in self.rejected()
            ],
        }  # fmt: skip


def prompt_name(request: LlmRequest) -> str:
    """Return the name of a prompt: a hash of its words, whichever model is asked."""
    return hashlib.sha256(orjson.dumps(request.messages)).hexdigest()[:_HASH]


def replay(
    recorded: RecordedAnswers, labels: Iterable[CardLabels], cards: Path
) -> tuple[list[FieldSource], list[Replayed]]:
    """Return what a language model's answers say of labelled cards, alone and merged with rules.

    Raises:
        InvalidData: An answer cannot be read.
        ConfigurationError: A labelled card is not in the folder.
    """
    known = _answers_in(recorded.folder)
    labelled = list(labels)
    texts = {one.model: read_card_text(cards / one.card) for one in labelled}
    sources: list[FieldSource] = []
    all_replayed: list[Replayed] = []
    for way in recorded.fields:
        settings = LlmSettings(
            recorded.llm, base_url="http://127.0.0.1/v1", ask_all=way == ALL
        )  # nothing is sent there
        replayed = Replayed(f"llm {way}")
        merged: dict[str, list[Mapping[str, Any]]] = {}
        for model, text in texts.items():
            rules = tuple(extract(text, model))
            card = LlmCard("", model, "", text, rules)
            outcome = _read(CardReading(card, settings), known, recorded.prompts, replayed)
            if outcome is not None:
                replayed.cards[model] = outcome
                both = merged_readings({"rules": rules, "llm": outcome.values})
                merged[model] = [one.as_row() for one in both]
        alone = {
            model: [one.as_row() for one in outcome.values]
            for model, outcome in replayed.cards.items()
        }
        covered = frozenset(one.card for one in labelled if one.model in merged)
        sources += [
            _source(f"rules and {replayed.name}", merged, covered),
            _source(f"{replayed.name} alone", alone, covered),
        ]
        all_replayed.append(replayed)
    return sources, all_replayed


def _source(
    name: str, rows: Mapping[str, Sequence[Mapping[str, Any]]], covered: frozenset[str]
) -> FieldSource:
    return FieldSource(name, lambda _, model: rows.get(model, ()), covered)


def _answers_in(folder: Path) -> dict[str, str]:
    """Return the answers of a folder by the name of their prompt."""
    try:
        return {
            path.stem: path.read_text("utf-8")
            for path in sorted(folder.iterdir())
            if path.is_file() and not path.name.startswith(".")
        }
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidData(f"cannot read the answers in {folder}: {error}") from error


def _read(
    reading: CardReading, answers: Mapping[str, str], prompts: Path | None, replayed: Replayed
) -> CardOutcome | None:
    """Return what one card's answers come to; None where one is lacking."""
    known: dict[str, KeptAnswer | Failure] = {}
    while needed := reading.needed(known):
        lacking = False
        for request in needed:
            name = prompt_name(request)
            if name in answers:
                known[request.digest] = answer = _kept(request, answers[name])
                replayed.prompt_tokens += answer.prompt_tokens
                replayed.answer_tokens += answer.completion_tokens
                continue
            lacking = True
            replayed.open_prompts += 1
            if prompts is not None:
                prompts.mkdir(parents=True, exist_ok=True)
                (prompts / f"{name}.md").write_text(_as_text(request), "utf-8")
        if lacking:
            return None
    return reading.outcome(known, {})


def _as_text(request: LlmRequest) -> str:
    """Return a prompt as one text: all its messages."""
    return "\n\n".join(one["content"] for one in request.messages) + "\n"


def _kept(request: LlmRequest, content: str) -> KeptAnswer:
    return KeptAnswer(
        digest=request.digest, blob_sha=request.blob_sha, llm="", served_llm="",
        prompt_hash=request.prompt_hash, parameters={}, finish=AnswerFinish.STOP.value,
        content=content, prompt_tokens=likely_prompt_tokens(request),
        completion_tokens=likely_tokens(content), is_counted=False, cost_usd=None, is_batch=False,
        answered_at=_NO_TIME,
    )  # fmt: skip
