"""A hub that lies: a replay behind a server that puts other answers in the place of some."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import Request, urlopen

Lie = Callable[[str, bytes], bytes | None]
"""(path and query, true body) → the body in its place with status 200, None for the true answer."""


@dataclass
class Liar:
    """The server.

    Attributes:
        endpoint: Its address.
        lie: What is put in the place of which answer; may be changed meanwhile.
        page_size: Records of a page of its listings.
        asked: Requests by first parts of their path.
    """

    endpoint: str
    lie: Lie = lambda _path, _body: None
    page_size: int = 1_000
    asked: Counter[str] = field(default_factory=Counter)

    def records_asked(self) -> int:
        """Requests for single records."""
        return sum(count for path, count in self.asked.items() if path.count("/") > 2)


@contextmanager
def lying(endpoint: str) -> Iterator[Liar]:
    """Serve what the hub at an address answers, with lies among it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place = self.path.replace("limit=1000", f"limit={liar.page_size}")
            liar.asked[place.partition("?")[0]] += 1
            try:
                who = {"Authorization": self.headers["Authorization"] or ""}
                with urlopen(Request(f"{endpoint}{place}", headers=who)) as answer:
                    status, body, headers = answer.status, answer.read(), answer.headers
            except HTTPError as error:
                status, body, headers = error.code, error.read(), error.headers
            altered = liar.lie(self.path, body)
            self.send_response_only(200 if altered is not None else status)
            for name in ("Date", "Link", "X-Error-Code", "Content-Type"):
                if headers[name] and (altered is None or altered[:1] == b"["):
                    self.send_header(name, headers[name])
            body = body if altered is None else altered
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    liar = Liar(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield liar
    finally:
        server.shutdown()
        server.server_close()
