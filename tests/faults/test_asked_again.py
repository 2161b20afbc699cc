"""What was refused at a revision and is asked for again at it: gated, gone, and pages of old."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from miner.pipelines.sources.archive.segments import Archive
from miner.pipelines.sources.replay.answers import Refusal, page_answer
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import serving
from miner.settings import Settings
from tests.crawling import ask, build, crawl, name, one, record, requests, settings_for

ACCESS = ReplayOptions(granted=frozenset({"hf_granted"}))


def states(settings: Settings) -> dict[str, int]:
    sql = "SELECT state, count(*) FROM fetched_file WHERE path = 'README.md' GROUP BY state"
    return dict(ask(settings, sql))


def write(settings: Settings, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(settings.data_dir / "miner.db")) as connection:
        connection.execute(sql, values)
        connection.commit()


def gate(catalog: Catalog, numbers: range, gated: Any = "manual") -> None:
    for number in numbers:
        catalog.models.put(record(number, gated=gated))


def test_gated_cards_are_asked_for_with_another_token_and_with_it_once(tmp_path: Path) -> None:
    catalog = build(30)
    gate(catalog, range(20))
    with serving(catalog, ACCESS) as server:
        settings = settings_for(tmp_path, server.endpoint)
        crawl(settings)
        assert states(settings) == {"gated": 20, "fetched": 10}
        before = requests(server, "resolvers")
        crawl(settings)
        assert requests(server, "resolvers") == before, "the same bearer is refused the same"
        crawl(replace(settings, hf_token="hf_other"))
        assert states(settings) == {"gated": 20, "fetched": 10}
        server.hub.options = replace(ACCESS, granted=frozenset({"hf_other", "hf_granted"}))
        before = requests(server, "resolvers")
        crawl(replace(settings, hf_token="hf_other"))
        assert requests(server, "resolvers") == before
        crawl(replace(settings, hf_token="hf_granted"))
        assert states(settings) == {"fetched": 30}
    kept = "".join(str(row) for row in ask(settings, "SELECT * FROM fetched_file"))
    assert "hf_" not in kept
    assert "hf_granted" not in b"".join(
        path.read_bytes() for path in settings.archive_dir.glob("*")
    ).decode("latin-1")


@pytest.mark.parametrize("kind", ["opened", "time"])
def test_gated_cards_are_asked_for_when_they_are_open_and_after_a_while(
    tmp_path: Path, kind: str
) -> None:
    catalog = build(10)
    gate(catalog, range(10))
    with serving(catalog) as server:
        settings = settings_for(tmp_path, server.endpoint)
        crawl(settings, configs="none")
        assert states(settings) == {"gated": 10}
        if kind == "opened":
            gate(catalog, range(10), gated=False)
            crawl(settings, configs="none")
            assert states(settings) == {"fetched": 10}
            return
        write(settings, "UPDATE run SET started_at = '2026-01-02 00:00:00.000000'")
        before = requests(server, "resolvers")
        crawl(replace(settings, refused_again_days=100_000), configs="none")
        assert requests(server, "resolvers") == before
        crawl(settings, configs="none")
        assert requests(server, "resolvers") == before + 10
        crawl(settings, configs="none")
        assert requests(server, "resolvers") == before + 10, "once a while"


def test_a_card_that_was_gone_in_mid_fetch_comes_with_the_next_crawl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from miner.pipelines.sources.replay import repositories  # noqa: PLC0415 - what the test disturbs

    whole: Callable[..., Any] = repositories._cached_file

    def renamed(catalog: Catalog, target: Any, asked: Any) -> Any:
        if target.name == name(3):
            raise Refusal(401, "Invalid username or password.")
        return whole(catalog, target, asked)

    with serving(build(5)) as server:
        settings = settings_for(tmp_path, server.endpoint)
        with monkeypatch.context() as disturbed:
            disturbed.setattr(repositories, "_cached_file", renamed)
            crawl(settings, configs="none")
        assert states(settings) == {"fetched": 4, "gone": 1}
        crawl(settings, configs="none")
    assert states(settings) == {"fetched": 5}


def test_pages_that_an_earlier_miner_took_for_cards_are_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Archive.append
    page = page_answer()

    def foreign(archive: Archive, answer: Any, *rest: Any) -> Any:
        """Put pages into the archive, as the miner did that compared nothing."""
        if answer.kind == "file" and answer.context["name"] in {name(1), name(2)}:
            answer.headers = {"content-type": page.content_type}
            answer.status, answer.body = 200, page.body
        return append(archive, answer, *rest)

    with serving(build(8)) as server:
        settings = settings_for(tmp_path / "old", server.endpoint)
        crawl(settings)
        assert one(settings, "SELECT count(*) FROM fetched_file WHERE is_verified") == 16
        old = settings_for(tmp_path / "pages", server.endpoint)
        with monkeypatch.context() as disturbed:
            disturbed.setattr(Archive, "append", _thawed(foreign))
            crawl(old)
        # that miner knew no better: the page is the card
        write(old, "UPDATE fetched_file SET state = 'fetched', is_verified = NULL, "
              "blob_sha = 'f', parse_state = 'empty'")  # fmt: skip
        before = requests(server, "resolvers")
        counts = crawl(old)
        assert counts["files that were web pages, asked for again"] == 4
        assert 4 <= requests(server, "resolvers") - before <= 8
        crawl(old)
        assert requests(server, "resolvers") - before <= 8
    assert one(old, "SELECT count(*) FROM fetched_file WHERE is_verified") == 16


def _thawed(act: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function change the answer that it is given, a frozen one."""
    from types import SimpleNamespace  # noqa: PLC0415

    from miner.pipelines.sources.received import ReceivedAnswer  # noqa: PLC0415

    def call(archive: Archive, answer: ReceivedAnswer, *rest: Any) -> Any:
        fields = {key: getattr(answer, key) for key in ReceivedAnswer.__dataclass_fields__}
        return act(archive, SimpleNamespace(**fields), *rest)

    return call
