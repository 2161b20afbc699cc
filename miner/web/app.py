"""The site: routes, what every answer carries, and what is refused before a page is found."""

from __future__ import annotations

import ipaddress
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from miner import __version__
from miner.errors import InvalidData, MinerError
from miner.web import pages
from miner.web.rendering import environment
from miner.web.source import FileSource, SourceUnavailable

_HERE = Path(__file__).parent
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_CACHED = {"cache-control": "no-cache", "vary": "accept"}
"""A browser asks again each time, and is told in a word that its page is still the right one."""

_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


def build_app(
    source: FileSource, hosts: Iterable[str] = ("127.0.0.1", "localhost", "::1")
) -> Starlette:
    """Return the site over a file.

    Args:
        source: The file.
        hosts: Names that a request may ask for. Addresses, which no other site can point to this
            machine, are always among them.

    Raises:
        ConfigurationError: Jinja2 is not installed.
    """
    render = environment([_HERE / "templates"])
    kept = KeptAnswers()

    def page(make: Callable[[Request, Any], pages.Page | Response]) -> Any:
        def answer(request: Request) -> Response:
            try:
                with source.reading() as data:
                    tag = _tag(request, source.mark)
                    if tag and tag in request.headers.get("if-none-match", ""):
                        return Response(status_code=304, headers={"etag": tag, **_CACHED})
                    key = (tag, request.url.path, request.url.query)
                    if tag and (known := kept.find(key)):
                        return known
                    found = make(request, data)
                response = found if isinstance(found, Response) else _answer(request, found, render)
                if tag:
                    response.headers.update({"etag": tag, **_CACHED})
                    kept.keep(key, response)
                return response
            except MinerError as error:
                return _failure(request, error, render)

        return answer

    def not_found(request: Request, _error: Exception) -> Response:
        error = InvalidData("there is no such page", next_step="begin at the first page")
        return _failure(request, error, render)

    routes = [
        Route("/", page(pages.home)),
        Route("/index.json", page(pages.home)),
        Route("/search", page(pages.search)),
        Route("/search.json", page(pages.search)),
        Route("/queries", page(pages.queries)),
        Route("/queries.json", page(pages.queries)),
        Route("/queries/{topic}/{name}.{extension}", page(pages.query_file)),
        Route("/queries/{topic}/{name}", page(pages.query)),
        Route("/schema", page(pages.schema)),
        Route("/schema.json", page(pages.schema)),
        Route("/schema/{name}.json", page(pages.table)),
        Route("/schema/{name}", page(pages.table)),
        Route("/sql", page(pages.sql)),
        Route("/sql.{extension}", page(pages.sql_file)),
    ]
    for kind, make in pages.RECORDS.items():
        routes.append(Route(f"/{kind}", page(make)))
        if kind in {"model", "dataset"}:
            routes.append(Route(f"/{kind}/{{hub}}/{{name:path}}", page(make)))
        else:
            routes.append(Route(f"/{kind}/{{name:path}}", page(make)))
    static = Mount("/static", StaticFiles(directory=_HERE / "static"))
    return Starlette(
        routes=[*routes, static],
        middleware=[Middleware(_Guard, hosts=frozenset(hosts))],
        exception_handlers={404: not_found, HTTPException: not_found},
    )


class KeptAnswers:
    """The answers that were asked for last, up to a size; a file that is replaced has others."""

    def __init__(self, most_bytes: int = 32 * 1024 * 1024) -> None:
        self._most_bytes, self._size = most_bytes, 0
        self._answers: OrderedDict[tuple[str, ...], Response] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: tuple[str, ...]) -> Response | None:
        """Return an answer, None where it is not kept."""
        with self._lock:
            if key not in self._answers:
                return None
            self._answers.move_to_end(key)
            known = self._answers[key]
        # one of its own for each request: what wraps an answer may change its headers
        response = Response(known.body, known.status_code)
        response.raw_headers = list(known.raw_headers)
        return response

    def keep(self, key: tuple[str, ...], response: Response) -> None:
        """Keep an answer; those asked for longest ago make room."""
        with self._lock:
            if key in self._answers or len(response.body) > self._most_bytes // 8:
                return
            self._answers[key] = response
            self._size += len(response.body)
            while self._size > self._most_bytes:
                _, oldest = self._answers.popitem(last=False)
                self._size -= len(oldest.body)


def _tag(request: Request, mark: str) -> str:
    """Return what a page is known by as long as the file is the same; SQL may ask for the time."""
    if request.url.path.startswith("/sql"):
        return ""
    return f'W/"{__version__}-{mark}-{"json" if _wants_json(request) else "page"}"'


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    is_asked = "application/json" in accepted and "text/html" not in accepted
    return is_asked or request.url.path.endswith(".json")


def _answer(request: Request, found: pages.Page, render: Callable[..., str]) -> Response:
    if _wants_json(request) or found.is_json:
        return _json(found.data, 200)
    content = render(found.template, title=found.title, request=request, **found.context)
    return Response(content, media_type="text/html")


def _failure(request: Request, error: MinerError, render: Callable[..., str]) -> Response:
    """Return what failed and what to do, as a page."""
    status = 404 if isinstance(error, InvalidData) else 400
    if isinstance(error, SourceUnavailable):
        status = 503
    if _wants_json(request):
        return _json({"error": error.message, "next": error.next_step}, status)
    content = render("error.html", title="Not shown", request=request, error=error)
    return Response(content, status, media_type="text/html")


def _json(data: Any, status: int) -> Response:
    text = json.dumps(data, default=_plain, ensure_ascii=False, indent=1)
    return Response(text, status, media_type="application/json")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


class _Guard:
    """Refuses what other sites send here, and tells browsers what pages may do."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        refused = self._refused(scope["method"], headers)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in message["headers"]}
                policy = {} if b"content-security-policy" in own else {
                    "content-security-policy": _POLICY
                }  # fmt: skip
                message["headers"] += [
                    (name.encode(), value.encode()) for name, value in (_HEADERS | policy).items()
                ]
            await send(message)

        app = PlainTextResponse(*refused) if refused else self._app
        await app(scope, receive, send_with_headers)

    def _refused(self, method: str, headers: dict[str, str]) -> tuple[str, int] | None:
        if not self._is_ours(headers.get("host", "")):
            return ("This site is not served under that name.\n", 421)
        if method not in {"GET", "HEAD"}:
            return ("Pages are for reading.\n", 405)
        if headers.get("sec-fetch-site") == "cross-site" and (
            headers.get("sec-fetch-mode") != "navigate"
        ):
            return ("Another site may link to a page, and nothing else.\n", 403)
        return None

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self._hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True
