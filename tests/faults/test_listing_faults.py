"""Listings that are none, that end too soon, and that repeat: never taken for the whole."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from miner.errors import RetryLater
from miner.pipelines.sources.replay.serve import serving
from tests.contract.hubs.pytorch_hub import StandIn
from tests.crawling import (
    ask,
    build,
    crawl,
    model_names,
    name,
    one,
    raw_hub,
    record,
    run,
    settings_for,
)
from tests.lying import lying

NO_PAGE = [
    b"<html>We are down for maintenance</html>",
    b"{}",
    b'{"error": "Internal Error - We are working hard to fix this as soon as possible!"}',
    b"upstream connect error",
    b"",
    b"null",
]


@pytest.mark.parametrize("body", NO_PAGE)
def test_a_page_that_is_none_is_a_fault_and_the_cursor_stays(tmp_path: Path, body: bytes) -> None:
    with serving(build(250, cards=0)) as server, lying(server.endpoint) as hub:
        hub.page_size = 100
        settings = settings_for(tmp_path, hub.endpoint, http_attempts=2)
        hub.lie = lambda path, _: body if "cursor=" in path else None
        with pytest.raises(RetryLater, match="listing") as caught:
            crawl(settings)
        assert caught.value.exit_code == 11
        assert hub.asked["/api/models"] == 1 + 2, "it is asked for again"
        assert len(model_names(settings)) == 100
        assert ask(settings, "SELECT is_complete, ended_at FROM sweep") == [(0, None)]
        assert one(settings, "SELECT page FROM crawl_cursor") == 1
        hub.lie = lambda _path, _: None
        crawl(settings)
        counted = "SELECT page_count, record_count, is_complete FROM sweep WHERE kind = 'full'"
        assert ask(settings, counted) == [(3, 250, 1)], "it went on behind the first page"
    assert len(model_names(settings)) == 250
    assert one(settings, "SELECT count(*) FROM model_event") == 0, "nothing is new"


@pytest.mark.parametrize("body", [*NO_PAGE, b"[]"])
def test_a_hub_that_is_down_loses_no_model_and_asks_for_none(tmp_path: Path, body: bytes) -> None:
    with serving(build(150, cards=0)) as server, lying(server.endpoint) as hub:
        settings = settings_for(tmp_path, hub.endpoint, http_attempts=2)
        crawl(settings)
        hub.asked.clear()
        hub.lie = lambda _path, _: body
        done = run(settings, "--no-export", "--summary")
        assert done.returncode == 11, done.stderr
        assert "state=failed" in done.stdout
        assert "Traceback" not in done.stderr
        assert hub.records_asked() == 0
        hub.lie = lambda _path, _: None
        crawl(settings)
    assert len(model_names(settings, "state = 'present'")) == 150
    assert one(settings, "SELECT count(*) FROM model_event") == 0


def test_a_listing_that_ends_too_soon_is_not_complete(tmp_path: Path) -> None:
    catalog = build(400, cards=0)
    for number in range(250):  # the second hub under this address knows these alone
        catalog.models.put(record(number, siblings=[]))
    with serving(catalog) as server, serving(build(250, cards=0)) as part:
        crawl(settings_for(tmp_path, server.endpoint))
        settings = settings_for(tmp_path, part.endpoint)
        with pytest.raises(RetryLater, match="listed 250 models, and 400 are held") as caught:
            crawl(settings)
        assert "gone" in caught.value.kept
        assert part.stats()["buckets"]["api"]["requests"] == 1
        assert ask(settings, "SELECT is_complete FROM sweep ORDER BY id") == [(1,), (0,)]
        assert one(settings, "SELECT count(*) FROM crawl_cursor") == 0
        crawl(settings_for(tmp_path, server.endpoint))
    assert len(model_names(settings, "state = 'present'")) == 400
    assert one(settings, "SELECT count(*) FROM model_event") == 0


def test_models_that_are_really_gone_are_still_asked_for(tmp_path: Path) -> None:
    catalog = build(300, cards=0)
    with serving(catalog) as server:
        settings = settings_for(tmp_path, server.endpoint)
        crawl(settings)
        for number in range(70):
            catalog.remove_model(name(number))
        crawl(settings)
    assert len(model_names(settings, "state = 'present'")) == 230


def test_a_page_of_an_earlier_page_is_asked_for_again(tmp_path: Path) -> None:
    catalog = build(500, cards=0)
    with serving(catalog) as server, lying(server.endpoint) as hub:
        hub.page_size = 100
        settings = settings_for(tmp_path, hub.endpoint)
        first: list[bytes] = []
        lied: set[str] = set()

        def repeat(path: str, body: bytes) -> bytes | None:
            """Give the first page in the place of the third and the fifth, once each."""
            if not path.startswith("/api/models?"):
                return None
            first.append(body)
            is_lie = len(first) in {3, 6} and path not in lied
            lied.add(path)
            return first[0] if is_lie else None

        hub.lie = repeat
        counts = crawl(settings)
    assert len(model_names(settings)) == 500
    assert counts["models read"] == 500
    assert counts["pages that repeat others, asked for again"] == 2
    assert one(settings, "SELECT is_complete FROM sweep WHERE kind = 'full'") == 1


def test_a_page_that_is_always_an_earlier_one_is_a_fault(tmp_path: Path) -> None:
    with serving(build(500, cards=0)) as server, lying(server.endpoint) as hub:
        hub.page_size = 100
        settings = settings_for(tmp_path, hub.endpoint, http_attempts=2)
        pages: list[bytes] = []

        def repeat(_path: str, body: bytes) -> bytes:
            pages.append(body)
            return pages[0]

        hub.lie = repeat
        with pytest.raises(RetryLater, match="page 2 brings the records") as caught:
            crawl(settings)
        assert "page before" in caught.value.kept
        assert one(settings, "SELECT page FROM crawl_cursor") == 1
        hub.lie = lambda _path, _: None
        crawl(settings)
    assert len(model_names(settings)) == 500


def test_a_listing_of_datasets_that_is_none_is_a_fault(tmp_path: Path) -> None:
    catalog = build(20, cards=0)
    for number in range(600):
        card_data = {"datasets": [f"data/set-{number}"]}
        catalog.models.put(record(number + 20, siblings=[], cardData=card_data))
        catalog.datasets.put({"id": f"data/set-{number}", "downloads": 9})
    with serving(catalog) as server, lying(server.endpoint) as hub:
        settings = settings_for(tmp_path, hub.endpoint, http_attempts=2)
        hub.lie = lambda path, _: b"{}" if path.startswith("/api/datasets?") else None
        with pytest.raises(RetryLater, match="listing"):
            crawl(settings)
        assert one(settings, "SELECT is_complete FROM sweep WHERE subject = 'dataset'") == 0
        assert hub.records_asked() == 0
        hub.lie = lambda _path, _: None
        crawl(settings)
    assert one(settings, "SELECT count(*) FROM dataset WHERE state = 'present'") == 600


@pytest.mark.parametrize("body", [b"<html>down</html>", b"{}", b'{"error": "x"}', b"[]", b""])
@pytest.mark.soak
def test_a_record_that_is_none_is_asked_for_again(tmp_path: Path, body: bytes) -> None:
    catalog = build(3, cards=0)
    for number in range(3, 6):
        card_data = {"base_model": "old/base"}
        catalog.models.put(record(number, siblings=[], cardData=card_data))
    catalog.models.put({"id": "old/base", "createdAt": "2023-01-01T00:00:00.000Z"})
    with serving(catalog) as server, lying(server.endpoint) as hub:
        settings = settings_for(tmp_path, hub.endpoint, http_attempts=2)
        hub.lie = lambda path, true: body if path.startswith("/api/models/") else None
        done = run(settings, "--since", "2024-01-01", "--no-export")
        assert done.returncode == 0, done.stderr
        assert "bases failed" in done.stderr
        hub.lie = lambda _path, _: None
        done = run(settings, "--since", "2024-01-01", "--no-export")
        assert done.returncode == 0, done.stderr
    assert "old/base" in model_names(settings, "state = 'present'")


def instead(end: str, body: bytes, path: str, _true: bytes) -> bytes | None:
    """Give a body in the place of what stands at a path."""
    return body if path.partition("?")[0].endswith(end) else None


@pytest.mark.parametrize("place", ["", "/commits", "/contents/"])
@pytest.mark.soak
def test_a_catalog_whose_answers_are_none_loses_no_model(tmp_path: Path, place: str) -> None:
    hub = StandIn()
    with serving(hub.catalog) as server, lying(server.endpoint) as liar:
        github = server.github_url.replace(server.endpoint, liar.endpoint)
        settings = settings_for(
            tmp_path, liar.endpoint, github_api_url=github, github_tokens=("t",), http_attempts=2
        )
        arguments = ("--hub", "pytorch-hub", "--no-github", "--no-export")
        # the list of a commit's files is asked for once: what is held of it stays
        for is_known in (False, True)[: 1 if place == "/contents/" else 2]:
            for body in (b"{}" if place else b"[]", b"<html>down</html>"):
                liar.lie = partial(instead, f"/pytorch/vision{place}", body)
                done = run(settings, *arguments)
                assert done.returncode == 11, (is_known, done.stderr)
                assert "Traceback" not in done.stderr
            liar.lie = lambda _path, _: None
            assert run(settings, *arguments).returncode == 0
    assert model_names(settings, "state = 'present'") == hub.names()
    assert one(settings, "SELECT count(*) FROM model_event") == 0


def test_a_sweep_with_a_page_that_is_cut_is_not_complete(tmp_path: Path) -> None:
    with serving(build(300, cards=0)) as server, lying(server.endpoint) as hub:
        hub.page_size = 100
        settings = settings_for(tmp_path, hub.endpoint, http_attempts=2)
        hub.lie = lambda path, true: (
            true[: len(true) // 2] if "sort=createdAt" in path and "cursor=" not in path else None
        )
        counts = crawl(settings)
        assert counts["pages cut short"] == 1
        assert one(settings, "SELECT is_complete FROM sweep WHERE kind = 'full'") == 0
        assert 200 < len(model_names(settings)) < 300
        hub.lie = lambda _path, _: None
        crawl(settings)
    assert len(model_names(settings)) == 300
    assert one(settings, "SELECT count(*) FROM model_event") == 0, "they were there before"


def test_something_else_than_a_hub(tmp_path: Path) -> None:
    with raw_hub([b"<html>Welcome to nginx</html>"]) as endpoint:
        settings = settings_for(tmp_path, endpoint, http_attempts=2)
        done = run(settings, "--no-export")
    assert done.returncode == 11
    assert "Welcome to nginx" in done.stderr
    assert "Traceback" not in done.stderr
    assert not model_names(settings)
