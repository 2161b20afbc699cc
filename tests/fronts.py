"""A proxy on loopback before a replayed GitHub, which answers some requests by itself."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Headers = dict[str, str]
Answer = tuple[int, Headers, bytes]
Meddle = Callable[[str, int, Answer], Answer]
"""(path with query, how often it was asked for before, GitHub's answer) → answer."""

PAGE: Answer = (200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><title>Unicorn!</title>")
_HOPS = {
    "transfer-encoding", "connection", "content-length", "server", "date", "accept-encoding",
}  # fmt: skip


@dataclass
class Front:
    """A proxy; ``meddle`` may be changed while it runs.

    Attributes:
        address: Its own.
        meddle: What it makes of GitHub's answers. A Content-Length that it names is kept.
        asked: How often each path was asked for.
        statuses: Answers by status.
        headers: Of each request, names lower case, with its path.
    """

    address: str
    meddle: Meddle = lambda _path, _count, answer: answer
    asked: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    headers: list[tuple[str, Headers]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Hand redirects on."""


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


@contextmanager
def before(target: str) -> Iterator[Front]:
    """Run a proxy before a server."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with front.lock:
                count = front.asked[self.path]
                front.asked[self.path] += 1
                sent = {name.lower(): text for name, text in self.headers.items()}
                front.headers.append((self.path, sent))
            length = int(sent.get("content-length", "0"))
            body = self.rfile.read(length) if length else None
            kept = {name: text for name, text in sent.items() if name not in _HOPS}
            request = urllib.request.Request(
                f"{target}{self.path}", body, kept, method=self.command
            )
            try:
                answer = _opener.open(request)
            except urllib.error.HTTPError as refusal:
                answer = refusal
            with answer:
                named = {name.title(): text for name, text in answer.headers.items()
                         if name.lower() not in _HOPS - {"date"}}  # fmt: skip
                received = (answer.status, named, answer.read())
            status, headers, content = front.meddle(self.path, count, received)
            with front.lock:
                front.statuses[status] += 1
            self.send_response_only(status)
            for name, text in ({"Content-Length": str(len(content))} | headers).items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = "Content-Length" in headers or "Connection" in headers

        do_POST = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    front = Front(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield front
    finally:
        server.shutdown()
        server.server_close()
