"""A web page with status 200 in place of what was asked for: of a proxy, or for maintenance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from miner.errors import RetryLater
from miner.pipelines.sources.http import RateBudget
from miner.pipelines.sources.hubs.huggingface.hub import HuggingFace
from miner.pipelines.sources.replay.limits import Trouble
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from miner.schema.vocab import AnswerKind
from tests.crawling import AtStage, ask, build, crawl, differences, name, one, settings_for


def ail(server: ReplayServer, rate: float, seed: int = 0) -> None:
    server.hub.trouble = Trouble(ReplayOptions(rate_page=rate, seed=seed))


@pytest.mark.soak
def test_a_page_now_and_then_is_asked_for_again(tmp_path: Path) -> None:
    with serving(build(60)) as server:
        clean = settings_for(tmp_path / "clean", server.endpoint)
        crawl(clean)
        settings = settings_for(tmp_path / "pages", server.endpoint, http_attempts=10)
        counts = crawl(settings, progress=AtStage("cards", lambda: ail(server, 0.2, seed=4)))
        assert server.stats()["trouble"]["page"] > 20
    assert counts["cards fetched"] == 60
    assert not differences(settings.data_dir, clean.data_dir)


def test_pages_in_place_of_all_files_end_the_crawl_and_leave_no_card(tmp_path: Path) -> None:
    with serving(build(60)) as server:
        clean = settings_for(tmp_path / "clean", server.endpoint)
        crawl(clean)
        settings = settings_for(tmp_path / "pages", server.endpoint, http_attempts=2)
        with pytest.raises(RetryLater, match="no request") as caught:
            crawl(settings, progress=AtStage("cards", lambda: ail(server, 1.0)))
        assert "same command" in caught.value.next_step
        assert not ask(settings, "SELECT * FROM fetched_file WHERE state = 'fetched'")
        ail(server, 0)
        crawl(settings)
    assert not differences(settings.data_dir, clean.data_dir)


def test_files_that_stay_pages_fail_and_are_asked_for_by_the_next_crawl(tmp_path: Path) -> None:
    with serving(build(60)) as server:
        settings = settings_for(tmp_path, server.endpoint, http_attempts=1)
        counts = crawl(settings, progress=AtStage("cards", lambda: ail(server, 0.3, seed=5)))
        assert counts["cards failed"] > 5
        failed = ask(settings, "SELECT reason, blob_sha FROM fetched_file WHERE state = 'failed'")
        assert len(failed) == counts["cards failed"] + counts["configs failed"]
        for reason, _ in failed:
            assert "web page" in reason or "not those of" in reason or "status 307" in reason
        assert {blob for _, blob in failed} == {None}
        ail(server, 0)
        counts = crawl(settings)
    assert counts["cards fetched"] + counts["configs fetched"] == len(failed)
    assert one(settings, "SELECT count(*) FROM fetched_file WHERE state = 'fetched'") == 120


@contextmanager
def hub_at(tmp_path: Path, server: ReplayServer) -> Iterator[HuggingFace]:
    settings = settings_for(tmp_path, server.endpoint, http_attempts=2)
    yield HuggingFace(settings, RateBudget())


def test_bytes_of_another_file_are_refused(tmp_path: Path) -> None:
    """Also those that a cache in between serves with all the right headers but another blob."""
    with serving(build(3)) as server, hub_at(tmp_path, server) as hub:
        url = hub.file_url(name(0), "main", "README.md")
        context = {"name": name(0)}
        good = hub.get(url, AnswerKind.FILE, context)
        assert good.status == 200
        with pytest.raises(RetryLater, match="not those of"):
            hub.get(url, AnswerKind.FILE, context, digest="0" * 40)
        with pytest.raises(RetryLater, match="not those of"):
            hub.get(url, AnswerKind.FILE, context, digest="0" * 64)
