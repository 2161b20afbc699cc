"""Work that takes several requests a model, one after the other, of many models side by side.

A unit is a generator: it yields what to ask for and gets the answer, archived and ingested; what it
returns at its end is archived and ingested too. A kill loses the units under way: their answers
are kept, their end is not, so the next crawl begins them anew.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from miner.errors import RetryLater
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.intake.batch import as_text
from miner.pipelines.intake.history import End, end_record, ingest_history
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema.vocab import AnswerKind

MAX_ANSWER_BYTES = 64_000_000
"""A larger list, tree or discussion is not kept."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask for: its address, and what the answer needs to be ingested.

    ``is_file``: it is a file of the repository, whose redirect is followed.
    """

    url: str
    context: Mapping[str, str]
    is_file: bool = False


Unit: TypeAlias = Generator[Request, ReceivedAnswer | RetryLater, End]


def run_units(crawl: Crawl, noun: str, units: Iterable[tuple[str, Unit]]) -> None:
    """Run units to their ends, as many side by side as requests may be.

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
        while len(under_way) < crawl.settings.http_concurrency and (item := next(left, None)):
            under_way += _go_on(crawl, noun, *item)
        if not under_way:
            return
        if crawl.stop.is_set():
            raise Stopped
        requests = {key: partial(_ask, crawl, step.request) for key, step in enumerate(under_way)}
        steps, under_way = under_way, []
        for key, got in crawl.get_all(requests):
            if isinstance(got, ReceivedAnswer):
                ingest_history(crawl.setting, got, crawl.keep(got))
            under_way += _go_on(crawl, noun, steps[key].name, steps[key].unit, got)


@dataclass(frozen=True, slots=True)
class _Step:
    """A unit and what it asks for next."""

    name: str
    unit: Unit
    request: Request


def _go_on(
    crawl: Crawl, noun: str, name: str, unit: Unit, got: ReceivedAnswer | RetryLater | None = None
) -> list[_Step]:
    """Take a unit to its next request; at its end there is none, and the end is written."""
    try:
        request = next(unit) if got is None else unit.send(got)
    except StopIteration as stopped:
        end: End = replace(stopped.value, asked_as=crawl.setting.listing_hub.account)
        record = end_record(crawl.setting.hub.name, name, end)
        ingest_history(crawl.setting, record, crawl.keep(record))
        for kind, part in end.parts.items():
            crawl.counts[f"{noun}: {kind} {part.state.value}"] += 1
        crawl.progress.advance(1)
        return []
    context = {"hub": crawl.setting.hub.name, "name": name, **request.context}
    return [_Step(name, unit, replace(request, context=context))]


def _ask(crawl: Crawl, request: Request) -> ReceivedAnswer:
    hub = crawl.setting.listing_hub
    if not request.is_file:
        return hub.get(
            request.url, AnswerKind.HISTORY, request.context, max_bytes=MAX_ANSWER_BYTES,
            follow=False,
        )  # fmt: skip
    bound = crawl.settings.max_card_bytes
    answer = hub.get(request.url, AnswerKind.FILE, request.context, max_bytes=bound)
    return replace(answer, kind=AnswerKind.HISTORY.value)


def date_of(got: ReceivedAnswer | RetryLater, before: str | None) -> str | None:
    """Return the date of the last answer, as the store keeps it."""
    return as_text(got.observed_at) if isinstance(got, ReceivedAnswer) else before
