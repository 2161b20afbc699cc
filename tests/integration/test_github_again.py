"""What a crawl asks GitHub for again, and what it does not."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from miner.pipelines.crawl.parse import parse_archive
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import serving
from miner.progress import Silent
from tests.crawling import ask, copied, differences, one
from tests.forges import (
    NOW,
    build,
    crawl_forge,
    forge_settings,
    listed,
    name,
    put,
    repository_names,
    requests_of,
)
from tests.fronts import Answer, before

INCOMPLETE = "GitHub calls its results incomplete"


def test_a_second_crawl_asks_for_what_changed_alone(tmp_path: Path) -> None:
    """What is gone or blocked as before costs no request of its own, until a month has passed."""
    catalog = build(40)
    catalog.forge.put({"full_name": "old/blocked", "state": "blocked"}, {"a.py": b""})
    catalog.forge.put({"full_name": "old/refused", "state": "refused"}, {"a.py": b""})
    names = [*map(name, range(40)), "old/blocked", "old/refused", "no/where"]
    choice = listed(tmp_path / "in", *names)
    with serving(catalog) as server:
        settings = forge_settings(tmp_path / "data", server)
        crawl_forge(settings, choice)
        begun = requests_of(server, "core")
        assert begun == 40 + 3
        counts = crawl_forge(settings, choice)
        assert requests_of(server, "core") == begun
        assert counts["repositories gone or blocked as before"] == 3
        seen = "SELECT count(*) FROM repository WHERE sweep_id = (SELECT max(id) FROM {0})"
        assert one(settings, seen.format("repository_sweep")) == 43
        assert (
            one(settings, "SELECT record_count FROM repository_sweep ORDER BY id DESC LIMIT 1")
            == 43
        )
        # what comes back, goes, or changes is seen at once
        catalog.forge.put({"full_name": "old/blocked"}, {"a.py": b"1\n"})
        catalog.forge.remove(name(4))
        put(catalog, 7, files={"new.py": b"2\n"})
        crawl_forge(settings, choice)
        assert requests_of(server, "core") == begun + 3, "one is gone, and two sources"
        assert repository_names(settings, "state = 'gone'") == {"no/where", name(4)}
        assert repository_names(settings, "state = 'blocked'") == {"old/refused"}
        begun = requests_of(server, "core")
        catalog.saw(datetime.fromisoformat(NOW) + timedelta(days=31))
        counts = crawl_forge(settings, choice)
        assert requests_of(server, "core") == begun + 3
        assert counts["repositories gone or blocked as before"] == 0
    before_ = copied(settings, tmp_path / "before")
    (settings.data_dir / "miner.db").unlink()
    parse_archive(settings, Silent())
    assert not {found.table for found in differences(before_, settings.data_dir)} & {
        "repository", "repository_sweep", "answer",
    }  # fmt: skip


def test_what_did_not_change_is_a_304(tmp_path: Path) -> None:
    """GraphQL describes some repositories to nobody: they are asked for by their ETag."""
    hidden = {name(2), name(5)}

    def hide(path: str, _count: int, answer: Answer) -> Answer:
        if not path.endswith("/graphql"):
            return answer
        body = json.loads(answer[2])
        for alias, node in list(body["data"].items()):
            if alias != "rateLimit" and node and node["nameWithOwner"] in hidden:
                body["data"][alias] = None
                body.setdefault("errors", []).append({"type": "FORBIDDEN", "path": [alias]})
        return answer[0], answer[1], json.dumps(body).encode()

    catalog = build(8)
    choice = listed(tmp_path / "in", *map(name, range(8)))
    with serving(catalog) as server, before(server.endpoint) as front:
        front.meddle = hide
        settings = forge_settings(
            tmp_path / "data", server, github_api_url=f"{front.address}/github"
        )
        assert crawl_forge(settings, choice)["scans scanned"] == 6, "REST names no head commit"
        core = requests_of(server, "core")
        counts = crawl_forge(settings, choice)
        assert counts["repositories not modified (304)"] == front.statuses[304] == 2
        assert requests_of(server, "core") == core, "they cost nothing"
        sent = [headers for path, headers in front.headers if "if-none-match" in headers]
        assert len(sent) == 2
        put(catalog, 5, stargazers_count=999)
        counts = crawl_forge(settings, choice)
        assert counts["repositories not modified (304)"] == 1
        assert one(settings, "SELECT stars FROM repository WHERE name = ?", name(5)) == 999
        tag = one(settings, "SELECT etag FROM repository WHERE name = ?", name(5))
        front.meddle = lambda *asked: _with_a_long_etag(hide(*asked))
        put(catalog, 5, stargazers_count=1_000)
        crawl_forge(settings, choice)
        assert one(settings, "SELECT stars FROM repository WHERE name = ?", name(5)) == 1_000
        assert one(settings, "SELECT etag FROM repository WHERE name = ?", name(5)) == tag
    states = ask(settings, "SELECT state, count(*) FROM repository GROUP BY state")
    assert states == [("present", 8)]


def _with_a_long_etag(answer: Answer) -> Answer:
    kept = {name: value for name, value in answer[1].items() if name.lower() != "etag"}
    return answer[0], {**kept, "ETag": f'"{"e" * 5_000}"'}, answer[2]


def test_an_incomplete_page_is_asked_for_again(tmp_path: Path) -> None:
    """The first answer of every page lacks half of what there is, and says so."""
    catalog = build(30)

    def halve(path: str, count: int, answer: Answer) -> Answer:
        if "/search/" not in path or count:
            return answer
        body = json.loads(answer[2])
        body["items"] = body["items"][::2]
        body["incomplete_results"] = True
        return answer[0], answer[1], json.dumps(body).encode()

    with serving(catalog) as server, before(server.endpoint) as front:
        front.meddle = halve
        settings = forge_settings(
            tmp_path / "data", server, github_api_url=f"{front.address}/github"
        )
        counts = crawl_forge(settings)
    assert counts["search pages asked for again"] == counts["search pages"] > 50
    assert counts["searches with incomplete results"] == 0
    assert repository_names(settings, "state = 'present'") == set(map(name, range(30)))
    assert ask(settings, "SELECT DISTINCT state FROM search_bin") == [("whole",)]


@pytest.mark.soak
def test_a_search_that_stays_incomplete_is_never_whole_and_made_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = build(30)
    with serving(catalog, ReplayOptions(rate_incomplete=1.0)) as server:
        settings = forge_settings(tmp_path / "data", server)
        counts = crawl_forge(settings)
        bins = one(settings, "SELECT count(*) FROM search_bin")
        assert counts["searches with incomplete results"] == bins
        assert f"results of {bins} searches incomplete" in caplog.text
        rows = ask(settings, "SELECT DISTINCT state, reason FROM search_bin")
        assert rows == [("cut", INCOMPLETE)]
        hits = one(settings, "SELECT count(*) FROM search_hit")
        server.hub.forge_app.options = ReplayOptions()
        # a day later (the answers are of a day long past) they are made again, and nothing else
        counts = crawl_forge(settings)
        assert counts["search pages"] == bins
        assert one(settings, "SELECT count(*) FROM search_bin") == bins
        assert ask(settings, "SELECT DISTINCT state, reason FROM search_bin") == [("whole", None)]
        assert one(settings, "SELECT count(*) FROM search_hit") == hits
        assert crawl_forge(settings)["search pages"] == 0
    before_ = copied(settings, tmp_path / "before")
    (settings.data_dir / "miner.db").unlink()
    parse_archive(settings, Silent())
    assert not {found.table for found in differences(before_, settings.data_dir)} & {
        "repository", "search_bin", "search_hit", "answer",
    }  # fmt: skip
