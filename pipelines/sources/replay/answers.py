"""The hub's answers: what a handler returns, and how it goes out on the wire."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import orjson
from isal import igzip
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
_SMALLEST_GZIP = 1_024
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})?", re.ASCII)

NO_ACCESS = "Invalid username or password."
BAD_TOKEN = "Invalid credentials in Authorization header"  # noqa: S105  # a message, no secret


@dataclass(frozen=True, slots=True)
class ReplayAnswer:
    """What a handler answers.

    Attributes:
        status: HTTP status.
        body: The payload, not compressed.
        content_type: Media type.
        headers: Further headers.
        date: Date of the answer, UTC without zone; None: that of the catalog.
    """

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    date: datetime | None = None


class Refusal(Exception):
    """An answer that is an error.

    Args:
        status: HTTP status.
        message: Text of the error.
        code: ``X-Error-Code``, where the hub sends one.
        headers: Further headers.
    """

    def __init__(
        self, status: int, message: str, code: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code
        self.headers = dict(headers or {})

    def answer(self, *, as_text: bool) -> ReplayAnswer:
        """Return it as text, as the resolver does, or as JSON."""
        headers = {**self.headers, "X-Error-Message": _header_text(self.message)}
        if self.code:
            headers["X-Error-Code"] = self.code
        if self.status == 401 and not self.code:
            headers["WWW-Authenticate"] = 'Bearer realm="Authentication required", charset="UTF-8"'
        if self.status == 400:
            del headers["X-Error-Message"]
        if as_text:
            return ReplayAnswer(self.status, self.message.encode(), TEXT, headers)
        return ReplayAnswer(self.status, orjson.dumps({"error": self.message}), JSON, headers)


def json_answer(
    value: Any, *, date: datetime | None = None, headers: Mapping[str, str] | None = None
) -> ReplayAnswer:
    """Return a value as JSON with the weak ETag of the hub's API."""
    body = orjson.dumps(value)
    digest = base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()
    tag = f'W/"{len(body):x}-{digest[:27]}"'
    return ReplayAnswer(200, body, JSON, {"ETag": tag, **(headers or {})}, date)


def trouble_answer(status: int) -> ReplayAnswer:
    """Return an answer of a server in trouble."""
    page = f"<html><body><h1>{status}</h1><p>The server is having trouble.</p></body></html>"
    return ReplayAnswer(status, page.encode(), "text/html; charset=utf-8")


def page_answer() -> ReplayAnswer:
    """Return what a proxy, or a service that is down for maintenance, puts in an answer's place."""
    page = b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body></body></html>"
    return ReplayAnswer(200, page, "text/html; charset=utf-8")


def not_modified(answer: ReplayAnswer, if_none_match: str) -> ReplayAnswer:
    """Return 304 in place of an answer whose ETag the client holds already."""
    tag = answer.headers.get("ETag")
    known = {part.strip() for part in if_none_match.split(",")}
    if answer.status != 200 or tag is None or not known & {tag, "*"}:
        return answer
    return ReplayAnswer(304, b"", answer.content_type, answer.headers, answer.date)


def ranged(answer: ReplayAnswer, asked: str) -> ReplayAnswer:
    """Return the part of a file that a ``Range`` header asks for, where its resolver gives parts.

    Only one range, ``bytes=FIRST-LAST`` or ``bytes=FIRST-``, is known; any other has no effect, as
    the standard allows (RFC 9110, 14.2).
    """
    found = _RANGE.fullmatch(asked)
    if found is None or answer.status != 200 or answer.headers.get("Accept-Ranges") != "bytes":
        return answer
    size, first = len(answer.body), int(found[1])
    if first >= size:
        headers = {**answer.headers, "Content-Range": f"bytes */{size}"}
        return ReplayAnswer(416, b"", answer.content_type, headers, answer.date)
    last = min(int(found[2] or size), size - 1)
    if last < first:
        return answer
    headers = {**answer.headers, "Content-Range": f"bytes {first}-{last}/{size}"}
    return ReplayAnswer(
        206, answer.body[first : last + 1], answer.content_type, headers, answer.date
    )


def to_response(
    answer: ReplayAnswer, headers: Mapping[str, str], *, gzip: bool, cut: bool
) -> Response:
    """Return what goes out on the wire.

    Args:
        answer: What the handler answered.
        headers: Headers that every answer has.
        gzip: Whether the client takes gzip. The resolver's files go as they are.
        cut: Whether the body ends in the middle.
    """
    out = {**headers, **answer.headers, "Content-Type": answer.content_type}
    body = answer.body
    if gzip and answer.content_type == JSON and len(body) >= _SMALLEST_GZIP:
        body = igzip.compress(body, 1)
        out["Content-Encoding"] = "gzip"
    if answer.date is not None:
        out["Date"] = http_date(answer.date)
    return (_CutResponse if cut else Response)(body, answer.status, out)


def http_date(date: datetime | None) -> str:
    """Return a date, UTC without zone, as a ``Date`` header; None is now."""
    when = datetime.now(UTC) if date is None else date.replace(tzinfo=UTC)
    return format_datetime(when, usegmt=True)


class _CutResponse(Response):
    """Sends half of its body under the headers of the whole; the server then hangs up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


def _header_text(text: str) -> str:
    """Return a text that fits in a header line."""
    return " ".join(text.split()).encode("ascii", "replace").decode()
