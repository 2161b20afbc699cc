"""Issues and pull requests of repositories: fetched by GraphQL, stored, linked with models."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import duckdb
import pytest
from sqlalchemy import Connection
from sqlalchemy.event import listen

from miner.errors import RetryLater
from miner.pipelines.crawl.backfill import REPOSITORY_TABLES
from miner.pipelines.crawl.github.run import crawl_github
from miner.pipelines.crawl.open import opened
from miner.pipelines.crawl.parse import parse_archive
from miner.pipelines.imports.peatmoss import import_peatmoss
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from miner.progress import Silent
from miner.settings import Settings
from tests.crawling import ask, copied, differences, environment, one, settings_for
from tests.forges import (
    build,
    crawl_forge,
    forge_command,
    forge_settings,
    listed,
    name,
    put,
    requests_of,
    run_forge,
)
from tests.peatmoss import write_peatmoss
from tests.seeding import seed
from tests.snapshots import change, copy_store, make

HOSTILE = "<script>alert(1)</script> ![x](javascript:1) \x00 " + "[" * 5_000 + "`" * 5_000
HOME = "home"
UPDATED = "2025-03-{:02d}T00:00:00Z"


def comment(number: int, text: str = "me too", **fields: Any) -> dict[str, Any]:
    return {"id": number, "body": text, "created_at": UPDATED.format(2), **fields}


def issue(number: int, text: str = "", **fields: Any) -> dict[str, Any]:
    day = UPDATED.format(number % 28 + 1)
    return {"number": number, "title": f"Issue {number}", "body": text, "updated_at": day, **fields}


ISSUES: list[dict[str, Any]] = [
    issue(1, "`maker-0/harbor-00` gives NaN", labels=["bug", "help wanted"], user=None,
          comments=[comment(11), comment(12, "spam", hidden="SPAM", user=None)]),
    issue(2, "Nothing to see here"),
    issue(3, "See https://huggingface.co/acme-labs/other-model/tree/main for more", locked=True,
          state="closed", closed_at=UPDATED.format(9), linked=[f"{name(0)}#7"]),
    issue(4, "Upgrade sentence-transformers, see coder-9/thing#12"),
    issue(5, "It is slow", comments=[comment(51, "with maker-0/harbor-00 only")]),
    issue(6, HOSTILE),
    issue(7, "Use diffusers\n\napp.py fails", is_pull_request=True, state="merged",
          closed_at=UPDATED.format(8), linked=[f"{name(0)}#3"]),
    issue(8, "model = AutoModel.from_pretrained('unseen-lab/unseen-7b')"),
]  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[ReplayServer]:
    catalog = forge_of(ISSUES)
    with serving(catalog) as running:
        yield running


@pytest.fixture(scope="module")
def store(server: ReplayServer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = forge_settings(tmp_path_factory.mktemp("issues"), server)
    crawl_issues(settings)
    return settings


def forge_of(issues: list[dict[str, Any]]) -> Catalog:
    """Three repositories that use a model: with issues, with issues turned off, with none."""
    catalog = build(0)
    put(catalog, 0, issues=issues)
    put(catalog, 1, has_issues=False, issues=[issue(1, "maker-0/harbor-00")])
    put(catalog, 2)
    return catalog


def at(minute: int) -> str:
    return f"2025-02-01T{minute // 60:02d}:{minute % 60:02d}:00Z"


def many(count: int) -> list[dict[str, Any]]:
    """So many issues, each changed at a time of its own."""
    return [
        issue(
            number,
            "maker-0/harbor-00",
            updated_at=at(number),
        )
        for number in range(1, count + 1)
    ]


def issues_that_differ(a: Settings, b: Settings) -> set[str]:
    """Tables of repositories and issues that differ; a crawl of a list alone has no hub."""
    compared = {table.name for table in REPOSITORY_TABLES}
    return compared & {found.table for found in differences(a.data_dir, b.data_dir)}


def record_of(catalog: Catalog) -> dict[str, Any]:
    found = catalog.forge.find(name(0))
    assert found is not None
    return dict(found.record)


def queries(server: ReplayServer, settings: Settings) -> dict[str, int]:
    """Crawl, and count the queries with what else is counted; one is for the metadata."""
    before = requests_of(server, "graphql")
    counts = crawl_issues(settings)
    return {**counts, "queries": requests_of(server, "graphql") - before}


def wait_for_rows(
    settings: Settings, running: subprocess.Popen[bytes], runs: int, count: int
) -> None:
    """Wait until a crawl in another process, the last of some, has brought the store to a count.

    A store that has so many rows already is not enough: the crawl has begun when its run is there.
    """
    is_filled = (
        "SELECT (SELECT count(*) FROM run WHERE state = 'running') >= ? AND "
        "(SELECT count(*) FROM repository_issue) + (SELECT count(*) FROM issue_comment) >= ?"
    )
    tables = "SELECT count(*) FROM sqlite_master WHERE name = 'issue_comment'"
    while running.poll() is None:
        is_there = (settings.data_dir / "miner.db").exists() and one(settings, tables)
        if is_there and one(settings, is_filled, runs, count):
            return
        time.sleep(0.005)
    raise AssertionError("the crawl ended before it was killed")


def crawl_issues(settings: Settings) -> dict[str, int]:
    chosen = replace(listed(settings.data_dir, *map(name, range(3))), with_issues=True)
    return dict(crawl_forge(settings, chosen))


def test_issues_that_name_models_or_libraries_are_kept(store: Settings) -> None:
    assert ask(store, "SELECT number, kind, state, author, libraries FROM repository_issue "
               "ORDER BY number") == [
        (1, "issue", "open", None, "[]"),
        (3, "issue", "closed", "somebody", "[]"),
        (4, "issue", "open", "somebody", '["sentence_transformers"]'),
        (5, "issue", "open", "somebody", "[]"),
        (7, "pull-request", "merged", "somebody", '["diffusers"]'),
        (8, "issue", "open", "somebody", "[]"),
    ]  # fmt: skip


def test_each_mention_says_where_it_stands_and_how_it_was_recognized(store: Settings) -> None:
    found = ask(
        store, "SELECT number, place, comment, hub, model, method FROM issue_model ORDER BY 1, 2, 3"
    )
    assert found == [
        (1, "body", "", "huggingface", "maker-0/harbor-00", "known-name"),
        (3, "body", "", "huggingface", "acme-labs/other-model", "address"),
        (5, "comment", "IC_51", "huggingface", "maker-0/harbor-00", "known-name"),
        (7, "body", "", "huggingface", "maker-0/harbor-00", "file"),
        (8, "body", "", "huggingface", "unseen-lab/unseen-7b", "loaded"),
    ]
    assert ask(store, "SELECT method, precision, labels FROM method_accuracy "
               "WHERE method LIKE 'issue/%' ORDER BY 1")[0] == (
        "issue/address", None, "not measured",
    )  # fmt: skip


def test_what_a_repository_has_is_a_state(store: Settings) -> None:
    query = (
        "SELECT r.name, l.kind, l.state, l.total_count, l.read_count FROM issue_listing AS l "
        "JOIN repository AS r ON r.id = l.repository_id ORDER BY 1, 2"
    )
    assert ask(store, query) == [
        (name(0), "issue", "read", 7, 7),
        (name(0), "pull-request", "read", 1, 1),
        (name(1), "issue", "disabled", None, 0),
        (name(1), "pull-request", "read", 0, 0),
        (name(2), "issue", "read", 0, 0),
        (name(2), "pull-request", "read", 0, 0),
    ]


def test_deleted_authors_hidden_comments_labels_and_links(store: Settings) -> None:
    assert ask(store, "SELECT node_id, author, is_hidden, hidden_reason, comment_number "
               "FROM issue_comment ORDER BY comment_number") == [
        ("IC_11", "somebody", 0, None, 11),
        ("IC_12", None, 1, "spam", 12),
        ("IC_51", "somebody", 0, None, 51),
    ]  # fmt: skip
    assert one(store, "SELECT labels FROM repository_issue WHERE number = 1") == (
        '["bug","help wanted"]'
    )
    assert ask(store, "SELECT is_locked, linked, state_reason FROM repository_issue "
               "WHERE number = 3") == [(1, f'["{name(0)}#7"]', "completed")]  # fmt: skip
    assert one(store, "SELECT linked FROM repository_issue WHERE number = 7") == f'["{name(0)}#3"]'


def test_the_archive_leads_to_the_same_rows(store: Settings, tmp_path: Path) -> None:
    settings = replace(store, data_dir=tmp_path / "again")
    settings = replace(settings, database_url=f"sqlite:///{settings.data_dir / 'miner.db'}")
    copied(store, settings.data_dir)
    counts = parse_archive(settings, Silent())
    assert counts["answers: issues"] == 3
    assert not issues_that_differ(store, settings)


def test_a_second_run_asks_only_for_what_changed(tmp_path: Path) -> None:
    catalog = forge_of(many(120))
    with serving(catalog) as server:
        settings = forge_settings(tmp_path / "data", server)
        first = queries(server, settings)
        assert (first["issues and pull requests read"], first["queries"]) == (120, 1 + 1 + 3)
        second = queries(server, settings)
        assert (second.get("issues and pull requests read"), second["queries"]) == (None, 1 + 1)
        catalog.forge.put({**record_of(catalog), "issues": [
            *many(120)[1:], issue(1, "maker-0/harbor-00 now", updated_at="2025-12-01T00:00:00Z"),
        ]})  # fmt: skip
        third = queries(server, settings)
        assert third["queries"] == 1 + 1 + 1
        assert third["issues and pull requests kept"] <= 2  # it, and the newest of before
    assert one(settings, "SELECT body FROM repository_issue WHERE number = 1") == (
        "maker-0/harbor-00 now"
    )
    assert one(settings, "SELECT read_count FROM issue_listing WHERE total_count = 120") == 121


def test_a_page_that_is_too_large_is_halved(tmp_path: Path) -> None:
    with serving(forge_of(many(40)), ReplayOptions(most_issues=7)) as server:
        settings = forge_settings(tmp_path / "data", server)
        crawl_issues(settings)
    assert one(settings, "SELECT count(*) FROM repository_issue") == 40


def test_a_github_without_answers_ends_the_run_and_keeps_what_was_read(tmp_path: Path) -> None:
    catalog = forge_of(many(3))
    put(catalog, 1, issues=many(3))
    put(catalog, 2, issues=many(3))
    with serving(catalog, ReplayOptions(most_issues=0)) as server:
        settings = forge_settings(tmp_path / "data", server)
        with pytest.raises(RetryLater, match="issues are not available"):
            crawl_issues(settings)
        assert one(settings, "SELECT count(*) FROM repository WHERE state = 'present'") == 3
        assert one(settings, "SELECT count(*) FROM issue_listing") == 0
    with serving(catalog) as server:
        crawl_issues(forge_settings(tmp_path / "data", server))
    assert one(settings, "SELECT count(*) FROM issue_listing WHERE state = 'read'") == 6


def test_of_ten_thousand_comments_the_first_thousand_are_read(tmp_path: Path) -> None:
    talk = [comment(number + 1) for number in range(10_000)]
    few = [comment(number + 20_001, "maker-0/harbor-00") for number in range(150)]
    issues = [issue(1, "maker-0/harbor-00", comments=talk), issue(2, "peft", comments=few)]
    catalog = forge_of(issues)
    with serving(catalog) as server:
        settings = forge_settings(tmp_path / "data", server)
        crawl_issues(settings)
        query = (
            "SELECT number, comment_count, read_comment_count, comment_state "
            "FROM repository_issue ORDER BY 1"
        )
        assert ask(settings, query) == [(1, 10_000, 1_030, "cut"), (2, 150, 150, "read")]
        more = comment(30_000, "and `unseen-lab/x-1b`: from_pretrained unseen-lab/x-1b")
        issues[1] = issue(2, "peft", comments=[*few, more], updated_at="2025-12-01T00:00:00Z")
        catalog.forge.put({**record_of(catalog), "issues": issues})
        before = requests_of(server, "graphql")
        crawl_issues(settings)
        assert requests_of(server, "graphql") - before == 1 + 1 + 1 + 1
    assert ask(settings, query)[1] == (2, 151, 151, "read")
    assert one(settings, "SELECT model FROM issue_model WHERE comment = 'IC_30000'")


def test_an_issue_that_is_gone_when_its_comments_are_asked_for(tmp_path: Path) -> None:
    catalog = forge_of([issue(1, "maker-0/harbor-00", comments=[comment(n) for n in range(1, 50)])])
    with serving(catalog) as server:
        settings = forge_settings(tmp_path / "data", server)
        crawl_issues(settings)
        with closing(sqlite3.connect(settings.data_dir / "miner.db")) as store, store:
            store.execute("UPDATE repository_issue SET comment_state = 'partial'")
        catalog.forge.put({**record_of(catalog), "issues": []})
        crawl_issues(settings)
    assert ask(settings, "SELECT state, comment_state FROM repository_issue") == [("gone", "read")]


def test_a_comment_that_is_deleted_and_a_text_that_changes(tmp_path: Path) -> None:
    before = issue(1, "maker-0/harbor-00", comments=[comment(1), comment(2, "maker-0/harbor-00")])
    catalog = forge_of([before])
    with serving(catalog) as server:
        settings = forge_settings(tmp_path / "data", server)
        crawl_issues(settings)
        assert one(settings, "SELECT count(*) FROM issue_model") == 2
        after = issue(1, "solved", comments=[comment(1)], updated_at="2025-12-01T00:00:00Z")
        catalog.forge.put({**record_of(catalog), "issues": [after]})
        crawl_issues(settings)
    assert one(settings, "SELECT count(*) FROM issue_model") == 0
    assert ask(settings, "SELECT node_id FROM issue_comment") == [("IC_1",)]
    assert one(settings, "SELECT body FROM repository_issue") == "solved"


def test_a_limit_that_comes_with_status_200_is_waited_for(tmp_path: Path) -> None:
    options = ReplayOptions(limit_graphql=2, window_seconds=1)
    with serving(forge_of(many(60)), options) as server:
        settings = forge_settings(tmp_path / "data", server)
        crawl_issues(settings)
        assert server.stats()["buckets"]["graphql"]["refused"] == 0
    assert one(settings, "SELECT count(*) FROM repository_issue") == 60


def test_a_crawl_after_an_import_has_what_github_says(tmp_path: Path) -> None:
    talk = [comment(number + 1, "maker-0/harbor-00") for number in range(40)]
    catalog = forge_of([issue(1, "maker-0/harbor-00", comments=talk), issue(2, "peft")])
    rows: dict[str, list[dict[str, Any]]] = {
        "model": [{"id": 1, "context_id": "maker-0/harbor-00", "model_hub_id": 1}],
        "github_issue": [
            {"id": key, "number": key, "title": "maker-0/harbor-00", "state": "OPEN",
             "url": f"https://github.com/{name(0)}/issues/{key}"}
            for key in (1, 2)
        ],
        "github_comment": [{"id": 5, "issue_id": 1, "body": "maker-0/harbor-00"}],
    }  # fmt: skip
    path = write_peatmoss(tmp_path / "PeaTMOSS.db", rows)
    with serving(catalog) as server:
        plain = forge_settings(tmp_path / "plain", server)
        crawl_issues(plain)
        settings = forge_settings(tmp_path / "imported", server)
        import_peatmoss(settings, path, progress=Silent(), stop=Event())
        crawl_issues(settings)
        report = import_peatmoss(plain, path, progress=Silent(), stop=Event())
    assert report.tables["github_issue"].known == 2
    for table, columns in _STORED.items():
        query = f"SELECT {columns} FROM {table} ORDER BY {columns}"
        assert ask(settings, query) == ask(plain, query), table


_STORED = {
    "issue_listing": "kind, state, reason, total_count, read_until",
    "repository_issue": "number, title, labels, libraries, comment_state",
    "issue_comment": "number, node_id, body, is_hidden",
    "issue_model": "number, place, comment, model, method, quote",
}


@pytest.mark.parametrize("commits", [9, pytest.param(12, marks=pytest.mark.soak)])
def test_broken_off_before_a_commit_it_goes_on_where_it_stopped(
    tmp_path: Path, commits: int
) -> None:
    talk = [comment(number + 1) for number in range(140)]
    catalog = forge_of([*many(120), issue(121, "maker-0/harbor-00", comments=talk)])
    chosen = replace(listed(tmp_path, name(0)), with_issues=True)
    with serving(catalog) as server:
        whole = forge_settings(tmp_path / "whole", server)
        crawl_forge(whole, chosen)
        broken = forge_settings(tmp_path / "broken", server)
        left = [commits]

        def break_off(_: Connection) -> None:
            """Fail where the archive has an answer that the store does not have yet."""
            left[0] -= 1
            if left[0] == 0:
                raise BrokenPipeError

        with pytest.raises(BrokenPipeError), opened(broken, {}, Silent(), Event()) as under_way:
            listen(under_way.engine, "commit", break_off)
            crawl_github(under_way, chosen)
        both = (
            "SELECT (SELECT count(*) FROM repository_issue) + (SELECT count(*) FROM issue_comment)"
        )
        assert 0 < one(broken, both) < 121 + 140
        crawl_forge(broken, chosen)
    assert one(broken, both) == 121 + 140
    assert not issues_that_differ(whole, broken)


@pytest.mark.soak
@pytest.mark.parametrize("kills", [1, 10])
def test_killed_and_resumed_it_ends_where_an_undisturbed_one_does(
    tmp_path: Path, kills: int
) -> None:
    comments = [comment(number + 1) for number in range(460)]
    catalog = forge_of([*many(400), issue(401, "maker-0/harbor-00", comments=comments)])
    with serving(catalog, ReplayOptions(latency_ms=20)) as server:
        whole = forge_settings(tmp_path / "whole", server)
        crawl_issues(whole)
        killed = forge_settings(tmp_path / "killed", server)
        list_file = listed(tmp_path / "killed", *map(name, range(3))).repositories
        arguments = ("--no-search", "--issues", "--repositories", str(list_file))
        for number in range(kills):
            with subprocess.Popen(
                forge_command(*arguments), env=environment(killed), stderr=subprocess.DEVNULL
            ) as running:
                wait_for_rows(killed, running, number + 1, 60 * number + 1)
                running.kill()
        done = run_forge(killed, *arguments)
        assert done.returncode == 0, done.stderr
    assert one(killed, "SELECT count(*) FROM run WHERE state = 'running'") == kills
    assert not issues_that_differ(whole, killed)


@pytest.mark.soak
def test_what_is_published_has_no_secret_and_nothing_that_was_taken_down(
    store: Settings, tmp_path: Path
) -> None:
    settings = copy_store(store, tmp_path / "own")
    secret = f"hf_{'aB3dE6gH9j' * 4}"
    change(
        settings,
        "UPDATE repository_issue SET body = ?, author = 'leaving' WHERE number = 3",
        "acme-labs/other-model",
    )
    change(settings, "UPDATE repository_issue SET title = ? WHERE number = 4",
           f"peft with {secret}, write to some.body@mail.example.com")  # fmt: skip
    change(settings, "UPDATE issue_comment SET body = ? WHERE node_id = 'IC_51'",
           f"in /{HOME}/jane.doe/models; maker-0/harbor-00")  # fmt: skip
    whole = make(settings, tmp_path / "whole").folder
    rows = read_parquet(whole, "repository_issue", "number", "title")
    assert rows[2] == (4, "peft with [secret], write to [email]")
    assert len(read_parquet(whole, "issue_model", "number")) == 5
    assert dict(read_parquet(whole, "issue_comment", "uid", "body")) == {
        "IC_11": "me too", "IC_12": "spam", "IC_51": f"in /{HOME}/[user]/models; maker-0/harbor-00",
    }  # fmt: skip
    (settings.data_dir / "takedown.csv").write_text(
        "subject,hub,value\nmodel,,maker-0/harbor-00\nowner,github,leaving\n"
    )
    without = make(settings, tmp_path / "without").folder
    assert [number for (number,) in read_parquet(without, "repository_issue", "number")] == [
        1, 4, 5, 7, 8,
    ]  # fmt: skip
    assert read_parquet(without, "issue_model", "number", "model") == [(8, "unseen-lab/unseen-7b")]
    assert ("`[removed]` gives NaN",) in read_parquet(without, "repository_issue", "body")
    published = b"".join(file.read_bytes() for file in without.rglob("*.parquet"))
    assert b"leaving" not in published


@pytest.mark.soak
def test_a_snapshot_leads_to_a_store_with_the_same_issues(store: Settings, tmp_path: Path) -> None:
    made = make(store, tmp_path / "made").folder
    again = settings_for(tmp_path / "again", store.hf_endpoint)
    seed(again, made)
    for table, columns in _STORED.items():
        query = f"SELECT {columns} FROM {table} ORDER BY {columns}"
        assert ask(again, query) == ask(store, query), table


def read_parquet(folder: Path, table: str, *columns: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        query = f"SELECT {', '.join(columns)} FROM '{folder}/{table}.parquet' ORDER BY ALL"
        return connection.execute(query).fetchall()
