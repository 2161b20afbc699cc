"""Serves a synthetic Hub on loopback, as leanly as Python can: raw ASGI, one process.

``python -m tests.bench.synthetic.server --size N --seed S --port 0`` prints
``HF_ENDPOINT=http://127.0.0.1:PORT LISTING_BYTES=…`` and stays. With ``--prerender QUERY`` (a
listing's query string without cursor; may be given again) all its pages are made before that
line appears, so that what a client then measures is the client; LISTING_BYTES is their sum.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import tempfile
import time
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from typing import IO, Any
from urllib.parse import parse_qs, quote, unquote

import uvicorn

from tests.bench.synthetic import cards
from tests.bench.synthetic.hub import SyntheticHub
from tests.bench.synthetic.listing import BadRequestError, Listing, Page, next_link

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Headers = dict[str, str]
Answer = tuple[int, Headers, bytes]
QUOTAS = {"api": 1_000_000, "resolvers": 1_000_000}
WINDOW_SECONDS = 300


class PageFile:
    """Rendered pages in a file, by query string."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._places: dict[str, tuple[int, int, str | None]] = {}
        self.size_bytes = 0

    def get(self, query: str) -> Page | None:
        """Return a page that was put."""
        place = self._places.get(query)
        if place is None:
            return None
        return Page(os.pread(self._file.fileno(), place[1], place[0]), place[2])

    def put(self, query: str, page: Page) -> None:
        """Keep a page."""
        os.pwrite(self._file.fileno(), page.body, self.size_bytes)
        self._places[query] = (self.size_bytes, len(page.body), page.cursor)
        self.size_bytes += len(page.body)


class Application:
    """The Hub as an ASGI application.

    Args:
        hub: What is served.
        endpoint: Its own address, for Link headers.
        pages: Pages made beforehand, if any.
    """

    def __init__(
        self, hub: SyntheticHub, endpoint: str = "", pages: PageFile | None = None
    ) -> None:
        self.hub, self.endpoint = hub, endpoint
        self.listing = Listing(hub)
        self.pages = pages
        self._started = time.monotonic()
        self._window = -1
        self._spent = dict.fromkeys(QUOTAS, 0)

    async def __call__(
        self, scope: MutableMapping[str, Any], _receive: Receive, send: Send
    ) -> None:
        """Answer one request."""
        path, query = scope["raw_path"].decode(), scope["query_string"].decode()
        status, headers, body = self.answer(path, query)
        headers = self._common(path) | {"content-length": str(len(body))} | headers
        start = {
            "type": "http.response.start",
            "status": status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        await send(start)
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        )

    def _common(self, path: str) -> Headers:
        """Return the headers of every answer: the Hub's own clock, and what is left to spend."""
        seconds = int(time.monotonic() - self._started)
        if seconds // WINDOW_SECONDS != self._window:
            self._window = seconds // WINDOW_SECONDS
            self._spent = dict.fromkeys(QUOTAS, 0)
        bucket = "api" if path.startswith("/api/") else "resolvers"
        self._spent[bucket] += 1
        left = max(0, QUOTAS[bucket] - self._spent[bucket])
        return {
            "content-type": "application/json; charset=utf-8",
            "date": formatdate(self.hub.now + seconds, usegmt=True),
            "ratelimit": f'"{bucket}";r={left};t={WINDOW_SECONDS - seconds % WINDOW_SECONDS}',
            "ratelimit-policy": f'"fixed window";"{bucket}";q={QUOTAS[bucket]};w={WINDOW_SECONDS}',
        }

    def answer(self, path: str, query: str) -> Answer:
        """Return status, headers and body for a path and query string."""
        path = unquote(path)
        try:
            if path == "/api/models":
                return self._list(query)
            if path == "/api/datasets":
                return 200, {}, b"[]"
            if path.startswith("/api/models/"):
                return self._single(path.removeprefix("/api/models/"), query)
            if path.startswith("/api/resolve-cache/models/"):
                return self._file(path.removeprefix("/api/resolve-cache/models/"))
            return self._resolve(path[1:]) if "/resolve/" in path else _missing()
        except BadRequestError as error:
            return 400, {"x-error-message": str(error)}, json.dumps({"error": str(error)}).encode()

    def prerender(self, query: str, pages: PageFile) -> None:
        """Make all pages of a listing, under the addresses that its links lead to."""
        address: str = query
        while True:
            page = self.listing.page(self.listing.parse(address))
            pages.put(address, page)
            if page.cursor is None:
                return
            address = next_link("", "", query, page.cursor).partition("?")[2].partition(">")[0]

    def _list(self, query: str) -> Answer:
        page = self.pages.get(query) if self.pages else None
        page = page or self.listing.page(self.listing.parse(query))
        if page.cursor is None:
            return 200, {}, page.body
        return 200, {"link": next_link(self.endpoint, "/api/models", query, page.cursor)}, page.body

    def _single(self, name: str, query: str) -> Answer:
        number = self.hub.find(name)
        if number is None:
            return _missing()
        if name != (today := self.hub.name(number)):
            target = f"/api/models/{today}" + (f"?{query}" if query else "")
            return 307, {"location": target}, b""
        fields = self.listing.fields(parse_qs(query), single=True)
        renderer = self.listing.renderer
        body = renderer.record(number, [renderer.fields[field] for field in fields])
        return 200, {}, body.encode()

    def _content(self, number: int, file: str) -> bytes | None:
        """Return the bytes of a file; None where there is none."""
        facts = self.hub.facts(number)
        if file == "README.md":
            return cards.card(self.listing.renderer, facts)
        return cards.config(facts) if file == "config.json" else None

    def _resolve(self, path: str) -> Answer:
        """Answer the resolver: 307 to the resolve cache, or what stands in the way."""
        name, _, rest = path.partition("/resolve/")
        revision, _, file = rest.partition("/")
        number = self.hub.find(name)
        if number is None:
            return _missing()
        if name != (today := self.hub.name(number)):
            return 307, {"location": f"/{today}/resolve/{rest}"}, b""
        facts = self.hub.facts(number)
        sha = self.hub.sha(facts)
        if self.hub.gating(facts) != "false":
            message = f"Access to model {name} is restricted. Please log in."
            return 401, _error("GatedRepo", message), message.encode()
        if revision not in {"main", sha}:
            message = f"Invalid rev id: {revision}"
            return 404, _error("RevisionNotFound", message), message.encode()
        content = self._content(number, file)
        if content is None:
            missing = _error("EntryNotFound", "Entry not found") | {"x-repo-commit": sha}
            return 404, missing, b"Entry not found"
        etag = f'"{cards.blob_sha(content)}"'
        location = (
            f"/api/resolve-cache/models/{name}/{sha}/{file}?{quote(f'/{path}', safe='')}="
            f"&etag={quote(etag)}"
        )
        headers = {"location": location, "x-repo-commit": sha, "x-linked-etag": etag}
        return 307, headers, b"Temporary Redirect. Redirecting to the resolve cache"

    def _file(self, path: str) -> Answer:
        """Answer the resolve cache: ``owner/name/sha/file``."""
        owner, name, sha, file = (path.split("/", 3) + [""] * 4)[:4]
        number = self.hub.find(f"{owner}/{name}")
        content = None if number is None else self._content(number, file)
        if content is None:
            return _missing()
        headers = {
            "etag": f'"{cards.blob_sha(content)}"',
            "x-repo-commit": sha,
            "content-type": "text/plain; charset=utf-8",
        }
        return 200, headers, content


def _error(code: str, message: str) -> Headers:
    return {"x-error-code": code, "x-error-message": message, "content-type": "text/plain"}


def _missing() -> Answer:
    """Return what the Hub says of models and datasets that it does not have, without a token."""
    text = "Invalid username or password."
    return 401, {"x-error-message": text}, json.dumps({"error": text}).encode()


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epoch", type=int, default=0, help="weeks after the first sight, 0 to 9")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--prerender", action="append", default=[], metavar="QUERY")
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", options.port))
    endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
    hub = SyntheticHub(options.size, options.seed, options.epoch)
    with tempfile.TemporaryFile() as file:
        pages = PageFile(file)
        application = Application(hub, endpoint, pages)
        for query in options.prerender:
            application.prerender(query, pages)
        print(f"HF_ENDPOINT={endpoint} LISTING_BYTES={pages.size_bytes}", flush=True)
        _serve(application, listener)


def _serve(application: Application, listener: socket.socket) -> None:
    config = uvicorn.Config(
        application, log_level="warning", access_log=False, lifespan="off",
        date_header=False, server_header=False, ws="none",
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
