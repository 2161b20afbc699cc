"""What the tests of the GitHub half share: forges made in code, and crawls of them."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from miner.pipelines.crawl.github.run import crawl_github
from miner.pipelines.crawl.open import opened
from miner.pipelines.sources.github.session import ForgeChoice
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.serve import ReplayServer
from miner.progress import Progress, Silent
from miner.settings import Settings
from tests.commands import run_miner
from tests.crawling import ask, command, environment, settings_for

NOW = "2026-01-01T12:00:00"


def source(model: str, padding: int = 0) -> bytes:
    """A Python file that loads a model."""
    text = f'from transformers import AutoModel\n\nAutoModel.from_pretrained("{model}")\n'
    return text.encode() + b"#" * padding


def name(number: int) -> str:
    return f"coder-{number % 7}/project-{number:05d}"


def build(count: int, *, topics: tuple[str, ...] = ()) -> Catalog:
    """A GitHub of so many repositories, each with one file that loads one model.

    All answers carry one date, so that crawls at different times lead to equal stores.
    """
    catalog = Catalog()
    catalog.saw(datetime.fromisoformat(NOW))
    for number in range(count):
        put(catalog, number, topics=list(topics))
    return catalog


def put(catalog: Catalog, number: int, **fields: Any) -> None:
    """Add the n-th repository; ``files`` replaces its one file."""
    files = fields.pop("files", None)
    record = {
        "full_name": name(number),
        "id": number + 1,
        "stargazers_count": number % 100,
        "license": "MIT",
        "created_at": "2024-02-01T00:00:00Z",
        "pushed_at": f"2025-{number % 12 + 1:02d}-15T00:00:00Z",
    }
    default = {"app.py": source(f"maker-{number % 5}/harbor-{number % 50:02d}", number % 3_000)}
    catalog.forge.put({**record, **fields}, default if files is None else files)


def forge_settings(folder: Path, server: ReplayServer, **changes: Any) -> Settings:
    """Settings with a data directory of its own, one token, short patience."""
    chosen: dict[str, Any] = {"github_api_url": server.github_url, "github_tokens": ("one",)}
    return settings_for(folder, server.endpoint, **(chosen | changes))


def crawl_forge(
    settings: Settings,
    choice: ForgeChoice | None = None,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Counter[str]:
    """Crawl GitHub to the end and return the report's counts."""
    stop = stop or threading.Event()
    with opened(settings, {}, progress or Silent(), stop) as under_way:
        is_done = crawl_github(under_way, choice or ForgeChoice())
        assert is_done is not stop.is_set()
        return under_way.counts


def forge_command(*arguments: str) -> list[str]:
    """``miner crawl`` of GitHub, and of a hub that has nothing."""
    return command("--hub", "huggingface", "--github", "--no-export", *arguments)


def run_forge(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it as a person does."""
    return run_miner(*forge_command(*arguments)[3:], env=environment(settings))


def miner(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run any command with these settings."""
    return run_miner(*arguments, env={**os.environ, **environment(settings)})


def requests_of(server: ReplayServer, resource: str) -> int:
    """Requests that GitHub has counted."""
    return int(server.stats()["buckets"].get(resource, {}).get("requests", 0))


def tarball(entries: Mapping[str, bytes | None], root: str = "owner-name-0123456/") -> bytes:
    """A source archive with these names as they are; None: a link to /etc/passwd."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path, data in entries.items():
            entry = tarfile.TarInfo(root + path)
            if data is None:
                entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
                tar.addfile(entry)
            else:
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def listed(folder: Path, *names: str) -> ForgeChoice:
    """A crawl of listed repositories alone."""
    folder.mkdir(exist_ok=True)
    path = folder / "list.txt"
    path.write_text("".join(f"{each}\n" for each in names))
    return ForgeChoice(repositories=path, with_search=False)


def repository_names(settings: Settings, condition: str = "1 = 1") -> set[str]:
    """Names of the repositories in the store."""
    return {row[0] for row in ask(settings, f"SELECT name FROM repository WHERE {condition}")}


def counted(server: ReplayServer) -> int:
    """Requests of all kinds that GitHub has counted."""
    return sum(bucket["requests"] for bucket in server.stats()["buckets"].values())


def until(running: subprocess.Popen[str], server: ReplayServer, count: int) -> None:
    """Wait until GitHub has counted so many requests, or the process has ended."""
    while running.poll() is None and counted(server) < count:
        time.sleep(0.002)
