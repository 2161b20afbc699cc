"""Pages of the synthetic Hub: orders, opaque cursors, and which fields may be asked for."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, quote

from tests.bench.synthetic.hub import Facts, SyntheticHub
from tests.bench.synthetic.render import Renderer

MAX_LIMIT = 1000
ORDERS = (("createdAt", 1), ("createdAt", -1), ("lastModified", -1))
DEFAULT_FIELDS = ("createdAt", "downloads", "library_name", "likes", "pipeline_tag", "private",
                  "tags", "trendingScore")  # fmt: skip
FULL_FIELDS = ("author", "sha", "lastModified", "gated", "disabled", "siblings")


class BadRequestError(Exception):
    """What the Hub answers with 400; the text is the error's message."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing.

    Attributes:
        body: JSON list.
        cursor: Where the next page begins, as the Link header carries it; None at the end.
    """

    body: bytes
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Query:
    """A listing's parameters, checked."""

    sort: str
    direction: int
    limit: int
    fields: tuple[str, ...]
    position: list[int]


def encode_cursor(position: list[int]) -> str:
    """Return a position as clients see it."""
    return urlsafe_b64encode(json.dumps({"after": position}).encode()).decode()


def decode_cursor(cursor: str) -> list[int]:
    """Return the position of a cursor.

    Raises:
        BadRequestError: It is not one of ours.
    """
    try:
        position = json.loads(urlsafe_b64decode(cursor))["after"]
        return [int(place) for place in position]
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise BadRequestError("Invalid cursor") from error


class Listing:
    """Answers listing queries of one hub."""

    def __init__(self, hub: SyntheticHub) -> None:
        self.hub = hub
        self.renderer = Renderer(hub)

    def fields(self, asked: dict[str, list[str]], single: bool = False) -> tuple[str, ...]:
        """Return the fields that a query asks for.

        Args:
            asked: Parsed query string.
            single: Whether one record is asked for; it has all fields by default.

        Raises:
            BadRequestError: An ``expand`` value that the Hub refuses.
        """
        known = self.renderer.fields
        expand = asked.get("expand", []) + asked.get("expand[]", [])
        if single:
            expand = [name for name in expand if name != "usedStorage"]
        for place, name in enumerate(expand):
            if name not in known:
                allowed = "|".join(f'"{field}"' for field in known)
                raise BadRequestError(
                    f"Invalid option: expected one of {allowed} at expand[{place}]"
                )
        if expand:
            return tuple(dict.fromkeys(expand))
        if single:
            return tuple(known)
        full = asked.get("full", [""])[0] in {"true", "1"}
        extra = [name for name in ("cardData", "config") if asked.get(name, [""])[0] == "true"]
        return (*DEFAULT_FIELDS, *(FULL_FIELDS if full else ()), *extra)

    def parse(self, query: str) -> Query:
        """Return a checked query.

        Raises:
            BadRequestError: An order, limit, cursor or field that is not served.
        """
        asked = parse_qs(query, keep_blank_values=True)
        sort = asked.get("sort", ["createdAt"])[0]
        try:
            direction = int(asked.get("direction", ["-1"])[0])
            limit = min(MAX_LIMIT, int(asked.get("limit", [str(MAX_LIMIT)])[0]))
        except ValueError as error:
            raise BadRequestError(f"Invalid number: {error}") from error
        if (sort, direction) not in ORDERS:
            raise BadRequestError(f"the synthetic Hub sorts by {ORDERS}")
        if limit < 1:
            raise BadRequestError("limit must be positive")
        cursor = asked.get("cursor")
        position = decode_cursor(cursor[0]) if cursor else []
        lanes = 1 if sort == "createdAt" else 2 + self.hub.epoch
        if position and (len(position) != lanes or min(position) < 0):
            raise BadRequestError("Invalid cursor")
        return Query(sort, direction, limit, self.fields(asked), position)

    def page(self, query: Query) -> Page:
        """Return the page that a query asks for; its cost does not depend on its place."""
        walk = self._by_creation if query.sort == "createdAt" else self._by_modification
        numbers, after = walk(query)
        fields: list[Callable[[Facts], str]] = [self.renderer.fields[f] for f in query.fields]
        record = self.renderer.record
        text = ",".join([record(number, fields) for number in numbers])
        return Page(f"[{text}]".encode(), encode_cursor(after) if after else None)

    def _by_creation(self, query: Query) -> tuple[list[int], list[int]]:
        """Return a page's numbers, and the last one: the next page begins beside it.

        A number names a model as ``_id`` does, so a cursor stays good in a later epoch.
        """
        hub, step = self.hub, query.direction
        first = query.position[0] + step if query.position else 0 if step == 1 else hub.total - 1
        numbers: list[int] = []
        for number in range(first, hub.total if step == 1 else -1, step):
            if len(numbers) == query.limit:
                return numbers, [numbers[-1]]
            if not hub.is_deleted(number):
                numbers.append(number)
        return numbers, []

    def _by_modification(self, query: Query) -> tuple[list[int], list[int]]:
        """Return a page's numbers and the rank that each lane goes on with."""
        lanes = self.hub.lanes(query.position)
        heads = [next(lane, None) for lane in lanes]
        times = [self.hub.modified(head[1]) if head else -1 for head in heads]
        numbers: list[int] = []
        while len(numbers) < query.limit and (latest := max(times)) >= 0:
            place = times.index(latest)
            head = heads[place]
            if head and not self.hub.is_deleted(head[1]):
                numbers.append(head[1])
            heads[place] = following = next(lanes[place], None)
            times[place] = self.hub.modified(following[1]) if following else -1
        if max(times) < 0:
            return numbers, []
        return numbers, [head[0] if head else self.hub.total for head in heads]


def next_link(endpoint: str, path: str, query: str, cursor: str) -> str:
    """Return the Link header: the query as sent, the cursor last."""
    kept = "&".join(part for part in query.split("&") if part and not part.startswith("cursor="))
    return f'<{endpoint}{path}?{kept}{"&" if kept else ""}cursor={quote(cursor)}>; rel="next"'
