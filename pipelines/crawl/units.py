"""Work that takes several requests a model, one after the other, of many models side by side.

A unit is a generator: it yields what to ask for and gets the answer, archived and ingested; what it
returns at its end is archived and ingested too. A kill loses the units under way: their answers
are kept, their end is not, so the next crawl begins them anew.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from miner.errors import RetryLater
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.intake.batch import as_text
from miner.pipelines.intake.history import End, end_record, ingest_histories
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema.vocab import AnswerKind

MAX_ANSWER_BYTES = 20_000_000
"""A larger list, tree or discussion is not kept."""

_SIDE_BY_SIDE = 32
"""Units under way: a kill has as many to be begun anew."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask for: its address, and what the answer needs to be ingested.

    ``is_file``: it is a file of the repository, whose redirect is followed. A context with an
    ``etag`` is a conditional request: the answer may be that nothing changed.
    """

    url: str
    context: Mapping[str, str]
    is_file: bool = False


Unit: TypeAlias = Generator[Request, ReceivedAnswer | RetryLater, End]


def run_units(crawl: Crawl, noun: str, units: Iterable[tuple[str, Unit]]) -> None:
    """Run units to their ends, some at a time, with a request of each side by side.

    Args:
        crawl: The crawl's setting.
        noun: What one is, in the report.
        units: Name of the model and its unit, the most wanted first.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: The hub answers no request any more.
    """
    left = iter(units)
    under_way: list[_Step] = []
    while True:
        ends: list[ReceivedAnswer] = []
        while len(under_way) < _SIDE_BY_SIDE and (item := next(left, None)):
            under_way += _go_on(crawl, noun, ends, _Step(*item))
        if under_way:
            if crawl.stop.is_set():
                raise Stopped
            under_way = _wave(crawl, noun, ends, under_way)
        elif not ends:
            return
        _keep(crawl, ends)


@dataclass(frozen=True, slots=True)
class _Step:
    """A unit, what it asks for next, and what was got."""

    name: str
    unit: Unit
    request: Request = field(default_factory=lambda: Request("", {}))
    got: ReceivedAnswer | RetryLater | None = None


def _wave(
    crawl: Crawl, noun: str, ends: list[ReceivedAnswer], steps: Sequence[_Step]
) -> list[_Step]:
    """Send a request of each unit, ingest the answers, and return what comes next."""
    requests = {key: partial(_ask, crawl, step.request) for key, step in enumerate(steps)}
    answered: list[_Step] = []
    try:
        for key, got in crawl.get_all(requests):
            answered.append(replace(steps[key], got=got))
    finally:  # also when it was asked to stop: what came is kept
        _keep(crawl, [step.got for step in answered if isinstance(step.got, ReceivedAnswer)])
    return [step for each in answered for step in _go_on(crawl, noun, ends, each)]


def _keep(crawl: Crawl, answers: Sequence[ReceivedAnswer]) -> None:
    """Archive answers, then ingest them."""
    locations = crawl.keep_all(answers)
    if answers:
        ingest_histories(crawl.setting, list(zip(answers, locations, strict=True)))


def _go_on(crawl: Crawl, noun: str, ends: list[ReceivedAnswer], step: _Step) -> list[_Step]:
    """Take a unit to its next request; at its end there is none, and its end is added."""
    try:
        request = next(step.unit) if step.got is None else step.unit.send(step.got)
    except StopIteration as stopped:
        end: End = replace(stopped.value, asked_as=crawl.setting.listing_hub.account)
        ends.append(end_record(crawl.setting.hub.name, step.name, end))
        for kind, part in end.parts.items():
            crawl.counts[f"{noun}: {kind} {part.state.value}"] += 1
        crawl.progress.advance(1)
        return []
    context = {"hub": crawl.setting.hub.name, "name": step.name, **request.context}
    return [_Step(step.name, step.unit, replace(request, context=context))]


def _ask(crawl: Crawl, request: Request) -> ReceivedAnswer:
    hub = crawl.setting.listing_hub
    if not request.is_file:
        return hub.get(
            request.url, AnswerKind.HISTORY, request.context, max_bytes=MAX_ANSWER_BYTES,
            follow=False, etag=request.context.get("etag", ""),
        )  # fmt: skip
    bound = crawl.settings.max_card_bytes
    answer = hub.get(request.url, AnswerKind.FILE, request.context, max_bytes=bound)
    return replace(answer, kind=AnswerKind.HISTORY.value)


def date_of(got: ReceivedAnswer | RetryLater, before: str | None) -> str | None:
    """Return the date of the last answer, as the store keeps it."""
    return as_text(got.observed_at) if isinstance(got, ReceivedAnswer) else before
