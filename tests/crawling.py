"""What the tests of the crawl share: small hubs made in code, and crawls of them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson

from miner.db.diff import TableDiff, diff_stores
from miner.pipelines.crawl.open import opened
from miner.pipelines.crawl.run import CrawlChoice, crawl_hub
from miner.pipelines.sources.hubs.protocol import Window
from miner.pipelines.sources.replay.catalog import CURRENT, Catalog, FileKey, HubFile
from miner.pipelines.sources.replay.serve import ReplayServer
from miner.progress import Progress, Silent
from miner.settings import Settings
from tests.commands import run_miner
from tests.postgres import ask_postgres

FIRST_DAY = datetime.fromisoformat("2024-01-01")
FOREIGN = (
    "GITHUB_API_URL", "GITHUB_TOKEN", "HF_TOKEN", "HF_ENDPOINT", "MINER_DATABASE_URL",
    "MINER_CONFIG", "HF_HUB_OFFLINE",
)  # fmt: skip


def created(number: int) -> str:
    """Date of creation of the n-th model: six hours after the one before."""
    return (FIRST_DAY + timedelta(hours=6 * number)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def name(number: int) -> str:
    return f"owner-{number % 7}/model-{number:04d}"


def record(number: int, **changes: Any) -> dict[str, Any]:
    """The n-th model, as the hub's API gives it."""
    fields: dict[str, Any] = {
        "_id": f"{number:024x}",
        "id": name(number),
        "sha": f"{number:040x}",
        "createdAt": created(number),
        "lastModified": created(number + 4),
        "downloads": 1000 - number % 1000,
        "downloadsAllTime": 5000 + number,
        "likes": number % 9,
        "gated": False,
        "private": False,
        "disabled": False,
        "pipeline_tag": "text-generation",
        "library_name": "transformers",
        "tags": ["transformers", f"license:{'mit' if number % 2 else 'apache-2.0'}"],
        "cardData": {"license": "mit" if number % 2 else "apache-2.0", "language": ["en"]},
        "siblings": [{"rfilename": "README.md"}, {"rfilename": "config.json"}],
    }
    if number % 5 == 0:
        fields["cardData"]["base_model"] = name(max(0, number - 10))
    return fields | changes


def card(text: str, license_key: str = "mit") -> bytes:
    return f"---\nlicense: {license_key}\n---\n# {text}\n".encode()


def build(count: int, *, cards: int | None = None) -> Catalog:
    """A hub of so many models; the first of them have a card and a config each.

    All answers carry one date, so that crawls at different times lead to equal stores.
    """
    catalog = Catalog()
    catalog.saw(datetime.fromisoformat("2026-01-01T12:00:00"))
    for number in range(count):
        files: dict[FileKey, HubFile] = {}
        fields = record(number, siblings=[])
        if cards is None or number < cards:
            fields = record(number)
            files = {
                (CURRENT, "README.md"): HubFile(card(f"Model {number}")),
                (CURRENT, "config.json"): HubFile(orjson.dumps({"n_ctx": 1000 + number})),
            }
        catalog.models.put(fields, files=files)
    return catalog


def settings_for(folder: Path, endpoint: str, **changes: Any) -> Settings:
    """Settings with a data directory of its own, short patience, no token."""
    chosen: dict[str, Any] = {
        "data_dir": folder,
        "database_url": f"sqlite:///{folder / 'miner.db'}",
        "hf_endpoint": endpoint,
        "http_timeout_seconds": 5.0,
        "http_attempts": 4,
    }
    return Settings(**(chosen | changes))


def window(**bounds: Any) -> Window:
    """A window; its bounds may be texts, in UTC."""
    times = {
        key: datetime.fromisoformat(value.rstrip("Z"))
        for key, value in bounds.items()
        if isinstance(value, str)
    }
    return Window(**(bounds | times))


class AtStage(Silent):
    """Calls a function when a stage begins whose name holds a text."""

    def __init__(self, stage: str, then: Callable[[], None]) -> None:
        self._stage, self._then = stage, then

    def start(self, stage: str, total: int | None = None) -> None:
        if self._stage in stage:
            then, self._then = self._then, lambda: None
            then()


class AfterRecords(Silent):
    """Calls a function once, when so many records of a stage were taken in."""

    def __init__(self, count: int, then: Callable[[], None]) -> None:
        self._left, self._then = count, then

    def advance(self, count: int) -> None:
        self._left -= count
        if self._left <= 0:
            then, self._then = self._then, lambda: None
            then()


def crawl(
    settings: Settings,
    bounds: Window | None = None,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    **choice: Any,
) -> Counter[str]:
    """Crawl to the end and return the report's counts."""
    chosen = CrawlChoice(bounds or Window(), **({"min_downloads": 0} | choice))
    stop = stop or threading.Event()
    with opened(settings, {}, progress or Silent(), stop) as under_way:
        is_done = crawl_hub(under_way, chosen)
        assert is_done is not stop.is_set()
        return under_way.counts


def ask(settings: Settings, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Answer of the store to a query; booleans, times and JSON as SQLite keeps them."""
    if settings.database_url.startswith("postgresql"):
        return ask_postgres(settings.database_url, sql, values)
    with closing(sqlite3.connect(settings.data_dir / "miner.db")) as connection:
        return connection.execute(sql, values).fetchall()


def one(settings: Settings, sql: str, *values: object) -> Any:
    [[value]] = ask(settings, sql, *values)
    return value


@contextmanager
def damaged(settings: Settings, model: str, path: str) -> Iterator[None]:
    """A bit of the archive's record of a model's file is wrong; after the block it is right."""
    [(segment, offset, size)] = ask(
        settings,
        'SELECT a.segment, a."offset", a.length FROM fetched_file f JOIN model m '
        "ON m.id = f.model_id JOIN answer a ON a.id = f.answer_id "
        f"WHERE m.name = '{model}' AND f.path = '{path}'",
    )
    place = settings.archive_dir / segment
    whole = place.read_bytes()
    broken = bytearray(whole)
    broken[offset + size // 2] ^= 0xFF
    place.write_bytes(broken)
    yield
    place.write_bytes(whole)


def model_names(settings: Settings, condition: str = "1 = 1") -> set[str]:
    return {row[0] for row in ask(settings, f"SELECT name FROM model WHERE {condition}")}


def copied(settings: Settings, target: Path) -> Path:
    """A copy of the data directory as it is now."""
    with closing(sqlite3.connect(settings.data_dir / "miner.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copytree(settings.data_dir, target)
    return target


def differences(a: Path, b: Path, *ignore: str) -> list[TableDiff]:
    """What is not the same in two data directories."""
    return [found for found in diff_stores(str(a), str(b), ignore=ignore) if found.count]


def environment(settings: Settings) -> dict[str, str]:
    kept = {key: text for key, text in os.environ.items() if key not in FOREIGN}
    return kept | {
        "MINER_DATA_DIR": str(settings.data_dir),
        "MINER_DATABASE_URL": settings.database_url,
        "HF_ENDPOINT": settings.hf_endpoint,
        "MINER_HTTP_TIMEOUT_SECONDS": str(settings.http_timeout_seconds),
        "MINER_HTTP_ATTEMPTS": str(settings.http_attempts),
        "GITHUB_API_URL": settings.github_api_url,
        **dict(settings.services),
        **({"HF_TOKEN": settings.hf_token} if settings.hf_token else {}),
        **({"GITHUB_TOKEN": ",".join(settings.github_tokens)} if settings.github_tokens else {}),
    }


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "miner", *_words(*arguments)]


def _words(*arguments: str) -> list[str]:
    return ["crawl", "--min-downloads", "0", *arguments]


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``miner crawl`` as a person does."""
    return run_miner(*_words(*arguments), env=environment(settings))


@contextmanager
def process(settings: Settings, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A running ``miner crawl``; killed at the end of the block if it still runs."""
    with subprocess.Popen(
        command(*arguments),
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def requests(server: ReplayServer, bucket: str) -> int:
    """Requests that a hub has counted in a bucket."""
    return int(server.stats()["buckets"].get(bucket, {}).get("requests", 0))


@contextmanager
def raw_hub(pages: list[bytes], *, circle: bool = False) -> Iterator[str]:
    """A server that gives these bytes as pages of the listing, and nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            place = int(query.rpartition("cursor=")[2]) if "cursor=" in query else 0
            is_page = path == "/api/models"
            body = pages[place] if is_page else b"{}"
            following = (place + 1) % len(pages) if circle else place + 1
            self.send_response(200 if is_page else 404)
            if is_page and following < len(pages):
                link = f"<{endpoint}/api/models?sort=createdAt&cursor={following}>"
                self.send_header("Link", f'{link}; rel="next"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
