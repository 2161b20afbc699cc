"""Models and datasets asked for one by one: what a listing does not give."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import MutableMapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial

from miner.db import upsert as db
from miner.errors import RetryLater
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.intake.batch import place_on_hub, table_of
from miner.pipelines.intake.records import ingest_record
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema import tables
from miner.schema.vocab import AnswerKind

_NAME = re.compile(r"[\w.-]{1,96}(?:/[\w.-]{1,96})?", re.ASCII)
_BATCH = 64
FAILED = "failed"


def could_be_a_name(text: str) -> bool:
    """Tell whether a hub could have a repository of this name."""
    return _NAME.fullmatch(text) is not None and ".." not in text and "--" not in text


def look_up(
    crawl: Crawl,
    subject: str,
    names: Sequence[str],
    *,
    is_first: bool = True,
    outcomes: MutableMapping[str, str] | None = None,
) -> Counter[str]:
    """Ask the hub for records by name and take the answers in.

    Args:
        crawl: The crawl's setting.
        subject: ``model`` or ``dataset``.
        names: Names to ask for.
        is_first: What is found is no change (see ``Batch.is_first``).
        outcomes: Gets what each name's answer was, or why there was none.

    Returns:
        How many answers were what (see ``ingest_record``), ``failed`` among them.
    """
    done: Counter[str] = Counter()
    for group in _batches(names, _BATCH):
        if crawl.stop.is_set():
            break
        requests = {
            place: partial(_get, crawl, subject, name, is_first) for place, name in enumerate(group)
        }
        for place, answer in crawl.get_all(requests):
            if isinstance(answer, RetryLater):
                outcome, detail = FAILED, answer.message
            else:
                outcome = detail = ingest_record(crawl.setting, answer, crawl.keep(answer))
            done[outcome] += 1
            if outcomes is not None:
                outcomes[group[place]] = detail
        crawl.progress.advance(len(group))
    return done


def _get(crawl: Crawl, subject: str, name: str, is_first: bool) -> ReceivedAnswer:
    context = {
        "hub": crawl.setting.hub.name,
        "subject": subject,
        "name": name,
        "is_first": "1" if is_first else "0",
    }
    hub = crawl.setting.listing_hub
    return hub.get(hub.record_url(subject, name), AnswerKind.RECORD, context)


def _batches(names: Sequence[str], size: int) -> list[Sequence[str]]:
    return [names[start : start + size] for start in range(0, len(names), size)]


def unasked(
    crawl: Crawl, subject: str, names: list[str], *, but: AbstractSet[str] = frozenset()
) -> list[str]:
    """Return the names that were never asked for: the archive's index remembers every answer.

    Args:
        crawl: The crawl's setting.
        subject: ``model`` or ``dataset``.
        names: Names to choose from.
        but: Names that are not wanted; asked for a moment ago, perhaps without an answer.
    """
    hub = crawl.setting.listing_hub
    urls = {
        place_on_hub(hub.record_url(subject, name)): name
        for name in names
        if name not in but and could_be_a_name(name)
    }
    with crawl.engine.connect() as connection:
        asked = db.select_rows(
            connection, table_of(tables.ArchivedAnswer), ("url",), "url", list(urls)
        )
    known = {row["url"] for row in asked}
    return [name for url, name in urls.items() if url not in known]
