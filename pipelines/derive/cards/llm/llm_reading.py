"""One card's way from prompts to an outcome. Pure: what is known in, what is missing out.

A part whose answer was cut off, or that is too long for the server, is asked for again in halves;
an answer of a wrong form is asked for once more. The same answers lead to the same prompts, so a
reading can be resumed anywhere: by another process, or after a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from miner.pipelines.derive.cards import normal
from miner.pipelines.derive.cards.card_markdown import read_document
from miner.pipelines.derive.cards.llm import answer_json
from miner.pipelines.derive.cards.llm.addressed import addressed
from miner.pipelines.derive.cards.llm.card_parts import CardPart, cut, halves, title_at
from miner.pipelines.derive.cards.llm.llm_answers import (
    Failure,
    KeptAnswer,
    LlmRequest,
    make_request,
)
from miner.pipelines.derive.cards.llm.llm_settings import LlmCard, LlmSettings
from miner.pipelines.derive.cards.llm.prompt import prompt_hash
from miner.pipelines.derive.cards.llm.schema import MAX_VALUE, most_values
from miner.pipelines.derive.cards.llm.verify_answers import Verifier
from miner.pipelines.derive.cards.llm.visible import Visible
from miner.pipelines.derive.cards.outcome import CardOutcome, Rejected
from miner.pipelines.derive.cards.rules_confidence import recall
from miner.pipelines.derive.cards.value import Value
from miner.schema.fields import CardField, load_fields
from miner.schema.redact import redacted
from miner.schema.vocab import AnswerFinish, ExtractionState, RejectReason

Known = Mapping[str, KeptAnswer | Failure]
Items = dict[str, list[Any]]
MAX_ANSWER = 1_000_000
MAX_REJECTED = 200
_MAX_REASON = 200
_COMPLETE = 0.95
"""Of a field with several values a card may state more than the rules read, unless they find this
share of them on labelled cards."""


@dataclass(slots=True)
class _Leaf:
    """A part that is done: what its answer says, or why there is none."""

    part: CardPart
    state: ExtractionState
    items: Items = field(default_factory=dict)
    reason: str = ""


class CardReading:
    """The reading of one card by one model.

    Args:
        card: The card.
        settings: Which model, how.
    """

    def __init__(self, card: LlmCard, settings: LlmSettings) -> None:
        self._card = card
        self._settings = settings
        self.fields = _fields_to_ask(card.values, ask_all=settings.ask_all, among=settings.fields)
        self._document = read_document(card.text, card.model)
        self._visible = Visible(self._document)
        self._orders = addressed(card.text)
        self._requests: dict[tuple[CardPart, str], LlmRequest | None] = {}
        parts = cut(self._document, settings.part_characters, settings.overlap_characters)
        self._parts = parts[: settings.most_parts] if self.fields else []
        self._unread = len(parts) - len(self._parts) if self.fields else 0

    def needed(self, known: Known) -> list[LlmRequest]:
        """Return the requests whose answers are missing now; none: the card is done."""
        found: dict[str, LlmRequest] = {}
        for part in self._parts:
            for step in self._steps(part, known):
                if isinstance(step, LlmRequest):
                    found[step.digest] = step
        return list(found.values())

    def used(self, known: Known) -> list[KeptAnswer]:
        """Return the answers that the outcome rests on, those that were of no use too."""
        digests = {one.digest for one in self._requests.values() if one is not None}
        return [one for key, one in known.items() if key in digests and isinstance(one, KeptAnswer)]

    def outcome(self, known: Known, paid: Mapping[str, float | None]) -> CardOutcome:
        """Return the outcome of the card; nothing may be missing.

        Args:
            known: The answers.
            paid: Cost in US dollars of the answers that were paid for in this run, by digest.
        """
        leaves = [
            step
            for part in self._parts
            for step in self._steps(part, known)
            if isinstance(step, _Leaf)
        ]
        values, rejected = self._judged(leaves)
        used = self.used(known)
        state, reason = _state_of(leaves)
        if state is ExtractionState.EXTRACTED:
            if left_out := self._left_out(leaves, rejected):
                state, reason = ExtractionState.PARTIAL, left_out
            elif self._orders:
                reason = f"the card speaks to the model: {self._orders!r}"
        costs = [paid[one.digest] for one in used if one.digest in paid]
        return CardOutcome(
            state=state,
            values=values,
            rejected=rejected[:MAX_REJECTED],
            not_stated=self._not_stated(leaves, values),
            reason=reason,
            llm=self._settings.model,
            prompt_hash=prompt_hash(),
            prompt_tokens=sum(one.prompt_tokens for one in used),
            completion_tokens=sum(one.completion_tokens for one in used),
            cost_usd=_total(costs, is_known=self._settings.price is not None),
        )

    def _steps(self, part: CardPart, known: Known) -> Iterator[LlmRequest | _Leaf]:
        """Yield what is missing of a part, or what it came to."""
        request = self._request(part)
        if request is None:
            yield _Leaf(part, ExtractionState.EXTRACTED, {name: [] for name in self.fields})
            return
        answer = known.get(request.digest)
        if answer is None:
            yield request
        elif _is_too_long(answer) and part.can_be_cut:
            for half in halves(self._document, part, self._settings.overlap_characters):
                yield from self._steps(half, known)
        else:
            yield self._leaf(part, answer, known)

    def _leaf(
        self, part: CardPart, answer: KeptAnswer | Failure, known: Known
    ) -> LlmRequest | _Leaf:
        leaf, problem = _read(part, answer, self.fields)
        if not problem:
            return leaf
        again = self._request(part, problem)
        if again is None or again.digest not in known:
            return again or leaf
        return _read(part, known[again.digest], self.fields)[0]

    def _request(self, part: CardPart, problem: str = "") -> LlmRequest | None:
        """Return the request of a part, None where a reader sees nothing in it."""
        key = (part, problem)
        if key not in self._requests:
            text = redacted(self._visible.text(part.start, part.end))
            self._requests[key] = (
                make_request(
                    self._settings, blob_sha=self._card.blob_sha, model=self._card.model,
                    part=self._name(part), fields=self.fields, text=text, problem=problem,
                )
                if text.strip()
                else None
            )  # fmt: skip
        return self._requests[key]

    def _name(self, part: CardPart) -> str:
        if part.start == 0 and part.end == len(self._card.text):
            return "all of it"
        title = title_at(self._document, part.start)
        return f"a part of it, under {title!r}" if title else "its beginning"

    def _judged(self, leaves: list[_Leaf]) -> tuple[list[Value], list[Rejected]]:
        verifier = Verifier(self._visible, self._settings.model)
        values: dict[tuple[str, ...], Value] = {}
        rejected: dict[Rejected, None] = {}
        for leaf in leaves:
            for name, items in leaf.items.items():
                for one in verifier.check(name, items, leaf.part):
                    if isinstance(one, Rejected):
                        rejected[one] = None
                    elif self._orders and not self._is_confirmed(one):
                        rejected[_not_confirmed(one)] = None
                    else:
                        values.setdefault(_fact(one), one)
        found = sorted(values.values(), key=lambda one: (one.field, one.start))
        return found, list(rejected)

    def _is_confirmed(self, value: Value) -> bool:
        """Tell whether a rule reads the same value of the card, or the front matter declares it."""
        return any(_same(one) == _same(value) for one in self._card.values)

    def _left_out(self, leaves: list[_Leaf], rejected: list[Rejected]) -> str:
        """Return what of the card is not in the outcome for its length; empty: nothing."""
        if self._unread:
            return f"the card is too long: its last {self._unread} parts were not read"
        full = {
            one.field
            for one in rejected
            if one.reason == RejectReason.TOO_MANY and not load_fields()[one.field].is_single
        }
        full |= {  # a schema with bounds ends a list there, whether there was more or not
            name
            for leaf in leaves
            for name, items in leaf.items.items()
            if name in self.fields
            and not (load_fields()[name].is_single or load_fields()[name].is_free)
            and len(items) >= most_values(load_fields()[name])
        }
        if full:
            return f"as many values as an answer may have: {', '.join(sorted(full))}"[:_MAX_REASON]
        more = len(rejected) - MAX_REJECTED
        return f"{more} further rejected values are not kept" if more > 0 else ""

    def _not_stated(self, leaves: list[_Leaf], values: list[Value]) -> list[str]:
        """Return the fields that every part was read for and that the model left empty."""
        if self._unread or any(leaf.state is not ExtractionState.EXTRACTED for leaf in leaves):
            return []
        return [name for name in self.fields if not any(leaf.items.get(name) for leaf in leaves)]


def read_answer(content: str, fields: tuple[str, ...]) -> tuple[Items, str]:
    """Return what an answer says by field, or what is wrong with its form.

    Args:
        content: The text of the answer.
        fields: Fields that were asked for.
    """
    data = answer_json.first_object(content, fields) if len(content) <= MAX_ANSWER else None
    if data is None:
        return {}, "it is no JSON object of a sensible size"
    if missing := [name for name in fields if name not in data]:
        return {}, f"it lacks {', '.join(missing[:5])}"
    items = {name: answer_json.entries(value) for name, value in data.items()}
    found = [one for each in items.values() for one in each]
    if found and not any(answer_json.is_entry(one) for one in found):
        return {}, "no entry has a value and a quote"
    return {name: items[name] for name in items if name in fields or items[name]}, ""


def _read(
    part: CardPart, answer: KeptAnswer | Failure, fields: tuple[str, ...]
) -> tuple[_Leaf, str]:
    """Return what an answer comes to, and a problem that asking once more may solve."""
    if isinstance(answer, Failure):
        return _Leaf(part, answer.state, reason=answer.reason), ""
    if answer.finish == AnswerFinish.LENGTH:
        return _Leaf(part, ExtractionState.TRUNCATED, reason="the answer was cut off"), ""
    if answer.finish == AnswerFinish.REFUSAL:
        reason = f"refused: {answer.content}"[:_MAX_REASON]
        return _Leaf(part, ExtractionState.REFUSED, reason=reason), ""
    items, problem = read_answer(answer.content, fields)
    if problem:
        return _Leaf(part, ExtractionState.INVALID, reason=f"the answer: {problem}"), problem
    return _Leaf(part, ExtractionState.EXTRACTED, items), ""


def _is_too_long(answer: KeptAnswer | Failure) -> bool:
    if isinstance(answer, Failure):
        return answer.is_too_long
    return answer.finish == AnswerFinish.LENGTH


def _fact(value: Value) -> tuple[str, ...]:
    """Return what makes two values one: overlapping parts give the same words twice."""
    if value.field == "evaluation":
        return value.field, str(value.start), str(value.value)
    return _same(value)


def _same(value: Value) -> tuple[str, ...]:
    """Return what a value states, wherever in the card it stands."""
    if value.field == "hyperparameter":
        name = normal.hyperparameter_name(value.qualifiers.get("name", ""))
        return value.field, name, normal.hyperparameter(value.value, name)
    return value.field, normal.normal(value.field, value.value)


def _not_confirmed(value: Value) -> Rejected:
    reason = RejectReason.NOT_CONFIRMED.value
    return Rejected(value.field, str(value.value)[:MAX_VALUE], value.quote, reason)


def _state_of(leaves: list[_Leaf]) -> tuple[ExtractionState, str]:
    bad = [leaf for leaf in leaves if leaf.state is not ExtractionState.EXTRACTED]
    if not bad:
        return ExtractionState.EXTRACTED, ""
    if len(bad) == len(leaves):
        return bad[0].state, bad[0].reason
    return (
        ExtractionState.PARTIAL,
        f"{len(bad)} of {len(leaves)} parts: {bad[0].state}, {bad[0].reason}"[:_MAX_REASON],
    )


def _total(costs: list[float | None], *, is_known: bool) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known) if is_known and len(known) == len(costs) else None


def _fields_to_ask(
    values: Iterable[Value], *, ask_all: bool = False, among: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the fields to ask for, by name.

    Those that the rules read nothing of, those whose values contradict, and those of several values
    of which the rules miss too many, so that what they read may be a part.

    Args:
        values: What the rules read in the card.
        ask_all: Every field, whatever the rules read.
        among: Only these; empty: all.
    """
    read: dict[str, set[str]] = {}
    for value in values:
        read.setdefault(value.field, set()).add(normal.normal(value.field, value.value))
    return tuple(
        name
        for name, field in sorted(load_fields().items())
        if (not among or name in among)
        and (ask_all or name not in read or _is_open(field, len(read[name])))
    )


def _is_open(field: CardField, values: int) -> bool:
    """Tell whether there may be more to a field that the rules read some values of."""
    if field.is_single:
        return values > 1
    return not field.is_free and recall(field.name) < _COMPLETE
