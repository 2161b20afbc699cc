"""Listings as the hub gives them: query, order, keyset cursor, fields."""

from __future__ import annotations

import base64
import binascii
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

import orjson

from miner.pipelines.sources.replay.catalog import SORTS, Order, Repo, Shelf

MAX_PAGE = 1_000

MODEL_EXPAND = (
    "author", "baseModels", "cardData", "config", "createdAt", "disabled", "downloads",
    "downloadsAllTime", "evalResults", "gated", "inference", "inferenceProviderMapping",
    "lastModified", "library_name", "likes", "mask_token", "model-index", "pipeline_tag",
    "private", "safetensors", "sha", "siblings", "spaces", "tags", "transformersInfo",
    "trendingScore", "widgetData", "gguf", "resourceGroup", "xetEnabled", "childrenModelCount",
    "usedStorage",
)  # fmt: skip
DATASET_EXPAND = (
    "author", "cardData", "citation", "createdAt", "description", "disabled", "downloads",
    "downloadsAllTime", "gated", "lastModified", "likes", "mainSize", "paperswithcode_id",
    "private", "resourceGroup", "sha", "siblings", "tags", "trendingScore", "usedStorage",
)  # fmt: skip
EXPAND = {"models": MODEL_EXPAND, "datasets": DATASET_EXPAND}

_PLAIN = {
    "models": ("likes", "trendingScore", "private", "downloads", "tags", "pipeline_tag",
               "library_name", "createdAt"),
    "datasets": ("author", "disabled", "gated", "lastModified", "likes", "trendingScore", "private",
                 "sha", "description", "downloads", "tags", "createdAt", "paperswithcode_id"),
}  # fmt: skip
_FULL = {
    "models": ("author", "sha", "lastModified", "gated", "disabled", "siblings"),
    "datasets": ("cardData", "citation", "siblings"),
}
_NOT_IN_INFO = {
    "downloadsAllTime", "trendingScore", "childrenModelCount", "baseModels", "evalResults",
    "inferenceProviderMapping", "resourceGroup", "xetEnabled", "mainSize",
}  # fmt: skip
_TRUE = {"true", "True", "1", ""}

Pairs = list[tuple[str, str]]


class BadQueryError(ValueError):
    """The hub answers 400 with this text."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last record of the page before: its sort value (None: it has none) and ``_id``."""

    value: Any
    identity: str


@dataclass(frozen=True, slots=True)
class ListingQuery:
    """What a listing was asked for."""

    kind: str
    sort: str
    descending: bool
    limit: int
    fields: tuple[str, ...]
    tags: tuple[str, ...]
    search: str
    author: str
    pipeline_tag: str
    cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class ListingPage:
    """The records of a page, and the cursor of the next one where there is one."""

    repos: list[Repo]
    next_cursor: Cursor | None


def split_query(raw: str) -> Pairs:
    """Return the parameters of a raw query string in order."""
    return parse_qsl(raw, keep_blank_values=True)


def parse_query(kind: str, pairs: Pairs, cursor_life_seconds: float | None = None) -> ListingQuery:
    """Read the parameters of a listing; unknown ones are ignored.

    Raises:
        BadQueryError: A value that the hub refuses.
    """
    last = dict(pairs)
    sort = last.get("sort", "trendingScore")
    if sort not in SORTS:
        raise BadQueryError(_invalid_option(SORTS, "sort"))
    direction = last.get("direction", "-1")
    if direction not in {"1", "-1"}:
        raise BadQueryError(_invalid_option(("1", "-1"), "direction"))
    descending = direction == "-1"
    limit = last.get("limit", str(MAX_PAGE))
    if not limit.isdecimal() or len(limit) > 9 or not int(limit):
        raise BadQueryError("✖ Invalid input: expected a number from 1\n  → at limit")
    cursor = None
    if "cursor" in last:
        cursor = decode_cursor(last["cursor"], sort, descending, cursor_life_seconds)
    return ListingQuery(
        kind=kind,
        sort=sort,
        descending=descending,
        limit=min(int(limit), MAX_PAGE),
        fields=listing_fields(kind, pairs),
        tags=tuple(value for key, value in pairs if key == "filter" and value),
        search=last.get("search", "").lower(),
        author=last.get("author", ""),
        pipeline_tag=last.get("pipeline_tag", ""),
        cursor=cursor,
    )


def listing_fields(kind: str, pairs: Pairs) -> tuple[str, ...]:
    """Return the fields of a listing's records beside ``_id`` and ``id``.

    Raises:
        BadQueryError: An ``expand`` value that a listing refuses, ``usedStorage`` among them.
    """
    allowed = [name for name in EXPAND[kind] if name != "usedStorage"]
    if expanded := _expanded(pairs, allowed):
        return expanded
    asked = {key for key, value in pairs if value in _TRUE}
    fields = [*_PLAIN[kind]]
    if "full" in asked:
        fields += _FULL[kind]
    if kind == "models":
        fields = ["modelId", *fields]
        fields += [name for name in ("cardData", "config") if name in asked]
    return tuple(dict.fromkeys(fields))


def info_fields(kind: str, pairs: Pairs) -> tuple[str, ...]:
    """Return the fields of a single record beside ``_id`` and ``id``.

    Raises:
        BadQueryError: An unknown ``expand`` value.
    """
    if expanded := _expanded(pairs, EXPAND[kind]):
        return expanded
    head = ("modelId",) if kind == "models" else ()
    return (*head, *(name for name in EXPAND[kind] if name not in _NOT_IN_INFO))


def project(repo: Repo, fields: Iterable[str]) -> dict[str, Any]:
    """Return the asked fields of a record; those that it lacks are absent."""
    record = repo.record
    shown = {"_id": record["_id"], "id": record["id"]}
    for name in fields:
        if name in record:
            shown[name] = record[name]
        elif name == "modelId":
            shown[name] = record["id"]
    return shown


def find_page(shelf: Shelf, query: ListingQuery) -> ListingPage:
    """Return the records behind the cursor that the filters let pass."""
    order = shelf.order(query.sort, descending=query.descending)
    start = 0
    if query.cursor is not None:
        start = _first_behind(order, query.cursor, query.descending)
    places: list[int] = []
    more = False
    for place in _passing(order, start, query):
        if len(places) == query.limit:
            more = True
            break
        places.append(place)
    last = order.keys[places[-1]] if more else None
    return ListingPage([order.repos[place] for place in places], Cursor(*last) if last else None)


def encode_cursor(cursor: Cursor, query: ListingQuery, *, with_age: bool) -> str:
    """Return a cursor as the hub writes it: base64 of a condition on (sort value, ``_id``).

    Args:
        cursor: The last record of a page.
        query: What was asked for.
        with_age: Whether the cursor has to tell its age, to be refused when it is too old.
    """
    behind: list[dict[str, Any]] = [
        {query.sort: cursor.value, "_id": {"$gt": cursor.identity}},
    ]
    if cursor.value is not None:
        operator = "$lt" if query.descending else "$gt"
        behind += [{query.sort: {operator: cursor.value}}, {query.sort: None}]
    condition: dict[str, Any] = {"$or": behind}
    if with_age:
        condition["issued"] = time.time()
    return base64.b64encode(orjson.dumps(condition)).decode()


def decode_cursor(
    text: str, sort: str, descending: bool, life_seconds: float | None = None
) -> Cursor:
    """Read a cursor.

    Raises:
        BadQueryError: It is garbled, belongs to another order, or is too old.
    """
    try:
        condition = orjson.loads(base64.b64decode(text, validate=True))
        behind = condition["$or"]
        cursor = Cursor(behind[0][sort], behind[0]["_id"]["$gt"])
        operator = "$lt" if descending else "$gt"
        fits = cursor.value is None or behind[1][sort] == {operator: cursor.value}
        issued = condition.get("issued", 0.0)
    except (binascii.Error, ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadQueryError("Invalid cursor") from error
    shapes = (int, float) if SORTS[sort] is float else (str,)
    if not fits or not isinstance(cursor.value, (*shapes, type(None))):
        raise BadQueryError("Invalid cursor")
    if not isinstance(cursor.identity, str):
        raise BadQueryError("Invalid cursor")
    if life_seconds is not None and time.time() - issued >= life_seconds:
        raise BadQueryError("Cursor expired")
    return cursor


def next_link(base: str, path: str, raw_query: str, cursor: str) -> str:
    """Return a ``Link`` header: the query as sent, the cursor last, absolute."""
    kept = [part for part in raw_query.split("&") if part and not part.startswith("cursor=")]
    query = "&".join([*kept, f"cursor={quote(cursor, safe='')}"])
    return f'<{base}{path}?{query}>; rel="next"'


def _expanded(pairs: Pairs, allowed: Iterable[str]) -> tuple[str, ...]:
    asked = [value for key, value in pairs if key in {"expand", "expand[]"}]
    known = set(allowed)
    wrong = [place for place, name in enumerate(asked) if name not in known]
    if wrong:
        raise BadQueryError(
            "\n".join(_invalid_option(allowed, f"expand[{place}]") for place in wrong)
        )
    return tuple(dict.fromkeys(asked))


def _invalid_option(allowed: Iterable[str], place: str) -> str:
    options = "|".join(f'"{name}"' for name in allowed)
    return f"✖ Invalid option: expected one of {options}\n  → at {place}"


def _first_behind(order: Order, cursor: Cursor, descending: bool) -> int:
    def is_behind(key: tuple[Any, str]) -> bool:
        value, identity = key
        if value == cursor.value:
            return identity > cursor.identity
        if value is None or cursor.value is None:
            return value is None
        return bool(value < cursor.value if descending else value > cursor.value)

    return bisect_left(order.keys, True, key=is_behind)


def _passing(order: Order, start: int, query: ListingQuery) -> Iterator[int]:
    if not (query.tags or query.search or query.author or query.pipeline_tag):
        yield from range(start, len(order.repos))
        return
    for place in range(start, len(order.repos)):
        if _matches(order.repos[place].record, query):
            yield place


def _matches(record: Mapping[str, Any], query: ListingQuery) -> bool:
    if query.search and query.search not in record["id"].lower():
        return False
    if query.author and record.get("author") != query.author:
        return False
    if query.pipeline_tag and record.get("pipeline_tag") != query.pipeline_tag:
        return False
    if not query.tags:
        return True
    tags = record.get("tags")
    known = [*(tags if isinstance(tags, list) else ())]
    known += [record.get("pipeline_tag"), record.get("library_name")]
    return all(tag in known for tag in query.tags)
