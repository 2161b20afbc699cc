"""Searches of GitHub that are built again from their pages in the archive."""

from __future__ import annotations

import random
import subprocess
import threading
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from miner.db.session import open_store
from miner.pipelines.crawl.github.older_searches import OlderSearches
from miner.pipelines.crawl.github.terms import code_terms
from miner.pipelines.crawl.parse import parse_archive
from miner.pipelines.intake.runs import running
from miner.pipelines.intake.searches import find_bin
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import serving
from miner.progress import Silent
from tests.crawling import AtStage, copied, differences, environment, one, settings_for
from tests.forges import (
    NOW,
    build,
    counted,
    crawl_forge,
    forge_command,
    forge_settings,
    listed,
    name,
    until,
)


@pytest.mark.soak
def test_searches_that_are_parted_are_parted_again(tmp_path: Path) -> None:
    """Parts of searches, pages cut short, and crawls that were killed between two pages."""
    catalog = build(1_150, topics=("llm",))
    chance = random.Random(3)
    options = ReplayOptions(estimate_off=0.2, rate_incomplete=0.2)
    with serving(catalog, options) as server:
        settings = forge_settings(tmp_path / "data", server)
        for _ in range(4):
            seen = counted(server)
            command = forge_command("--repositories", str(listed_file(tmp_path)))
            with subprocess.Popen(
                command, env=environment(settings), stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, text=True,
            ) as process:  # fmt: skip
                until(process, server, seen + chance.randrange(3, 60))
                process.kill()
        stop = threading.Event()
        crawl_forge(settings, progress=AtStage("repositories scanned", stop.set), stop=stop)
    assert one(settings, "SELECT count(*) FROM search_bin WHERE state = 'split'") > 2
    before = copied(settings, tmp_path / "before")
    (settings.data_dir / "miner.db").unlink()
    parse_archive(settings, Silent())
    assert not differences(before, settings.data_dir)


def listed_file(folder: Path) -> Path:
    path = listed(folder, name(1)).repositories
    assert path is not None
    return path


def test_a_month_later_all_code_is_searched_anew(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, "http://127.0.0.1:1")
    engine = open_store(settings)
    searches = OlderSearches()
    term = code_terms()[0]
    first = datetime.fromisoformat(NOW)

    def page(number: int, days: int) -> ReceivedAnswer:
        context = {"search": "code", "topic": term.topic, "base": term.query, "page": str(number)}
        at = first + timedelta(days=days)
        url = f"https://api.test/search/code?{urlencode({'q': term.query})}"
        return ReceivedAnswer("search", url, 200, {}, b"{}", at, context)

    def opened(answer: ReceivedAnswer) -> tuple[int, int, str] | None:
        with engine.begin() as connection:
            searches.open_for(connection, answer, 1)
            bin_ = find_bin(connection, "code", term.query)
        return None if bin_ is None else (bin_.round, bin_.page_count, bin_.state)

    with running(engine, "parse", {}):
        assert opened(page(1, 0)) == (1, 0, "open")
        assert one(settings, "SELECT count(*) FROM search_bin") == len(code_terms())
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE search_bin SET state = 'whole'")
        assert opened(page(1, 1)) == (1, 0, "whole")
        assert opened(page(1, 40)) == (2, 0, "open")
    engine.dispose()
