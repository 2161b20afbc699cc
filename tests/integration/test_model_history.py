"""Histories and discussions of models: what a crawl gets, and what a second one asks for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from miner.cli import cli
from miner.pipelines.crawl.parse import parse_archive
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.folder import load_catalog
from miner.pipelines.sources.replay.serve import serving
from miner.progress import Silent
from miner.settings import Settings
from tests.crawling import (
    ask,
    build,
    copied,
    crawl,
    differences,
    environment,
    name,
    one,
    settings_for,
)
from tests.histories import comment, commit, discussion, sha, stating, with_past
from tests.snapshots import copy_store, make

BOTH: dict[str, Any] = {"with_history": True, "with_discussions": True, "configs": "none"}


def hub() -> Catalog:
    catalog = build(3)
    with_past(catalog, name(0))
    return catalog


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    with serving(hub()) as server:
        settings = settings_for(tmp_path_factory.mktemp("crawled"), server.endpoint)
        crawl(settings, **BOTH)
    return settings


def tables(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect() as connection:
        return {
            table: connection.execute(f"FROM '{folder / table}.parquet'").fetchall()
            for table in ("model_commit", "model_commit_author", "model_discussion",
                          "discussion_event")
        }  # fmt: skip


def changes(settings: Settings) -> list[tuple[object, ...]]:
    return ask(
        settings,
        "SELECT c.sha, c.field, c.old_value, c.new_value FROM model_commit_change c JOIN model m "
        "ON m.id = c.model_id WHERE m.name = ? AND c.field <> 'content' ORDER BY c.sha, c.field",
        name(0),
    )


def states(settings: Settings) -> dict[str, tuple[object, ...]]:
    rows = ask(
        settings,
        "SELECT h.kind, h.state, h.item_count FROM model_history h "
        "JOIN model m ON m.id = h.model_id WHERE m.name = ?",
        name(0),
    )
    return {row[0]: row[1:] for row in rows}


def test_a_crawl_dates_the_changes_of_the_card(crawled: Settings) -> None:
    settings = crawled
    assert changes(settings) == [
        (sha(2), "license", None, "apache-2.0"),
        (sha(3), "base_model", None, "acme/base"),
        (sha(5), "license", "apache-2.0", "llama3"),
    ]
    assert states(settings) == {
        "commits": ("fetched", 6), "refs": ("fetched", 3), "changes": ("fetched", 7),
        "discussions": ("fetched", 2),
    }  # fmt: skip
    assert ask(settings, "SELECT author FROM model_commit_author WHERE sha = ?", sha(6)) == [
        ("bob",)
    ]
    assert ask(
        settings,
        "SELECT kind, ref FROM model_ref r JOIN model m ON m.id = r.model_id WHERE m.name = ? "
        "ORDER BY kind",
        name(0),
    ) == [("branch", "main"), ("pull-request", "2"), ("tag", "v1")]
    assert ask(
        settings,
        "SELECT kind, author, text, new_state, new_title, sha FROM discussion_event "
        "WHERE number = 2 ORDER BY position",
    ) == [
        ("comment", "ada", "Set the license. Mail me: ada@acme.example", None, None, None),
        ("commit", "ada", "Update README.md", None, None, "c" * 40),
        ("title-change", "ada", None, None, "b", None),
        ("status-change", "ada", None, "merged", None, None),
        ("other", "ada", "pinned", None, None, None),
    ]
    assert ask(
        settings, "SELECT author FROM discussion_event WHERE number = 1 ORDER BY position"
    ) == [("ada",), (None,)]


def asked(settings: Settings, *, since: int = 0) -> list[str]:
    """Addresses of histories that were asked for after so many answers, without their model."""
    rows = ask(
        settings,
        "SELECT url FROM answer WHERE kind = 'history' AND status > 0 AND id > ? ORDER BY id",
        since,
    )
    return sorted(url.replace(f"/api/models/{name(0)}/", "") for (url,) in rows)


def test_a_second_crawl_asks_for_what_changed(tmp_path: Path) -> None:
    catalog = hub()
    lists = [f"/api/models/{name(number)}/discussions?p=0" for number in (1, 2)]
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "a", server.endpoint)
        crawl(settings, **BOTH)
        first = one(settings, "SELECT max(id) FROM answer")
        crawl(settings, **BOTH)
        assert asked(settings, since=first) == [*lists, "discussions?p=0"]
        history = catalog.histories[name(0)]
        history.commits.insert(0, commit(7, {"README.md": stating("mit", "acme/base")}))
        history.discussions[0]["events"].append(comment(3, "It is 4096."))
        history.discussions.append(discussion(3, comment(1, "Thanks")))
        catalog.put_history(name(0), history)
        second = one(settings, "SELECT max(id) FROM answer")
        crawl(settings, **BOTH)
        assert asked(settings, since=second) == sorted(
            [
                f"/{name(0)}/resolve/{sha(7)}/README.md",
                *lists,
                f"commits/{sha(7)}",
                "discussions/1",
                "discussions/3",
                "discussions?p=0",
                "refs?include_prs=1",
                f"tree/{sha(6)}?expand=true",
                f"tree/{sha(7)}?expand=true",
            ]
        )
        rebuilt = copied(settings, tmp_path / "before")
        parse_archive(settings, Silent())
    assert differences(rebuilt, settings.data_dir) == []
    assert changes(settings)[-1] == (sha(7), "license", "llama3", "mit")
    assert one(settings, "SELECT count(*) FROM discussion_event") == 3 + 5 + 1


def test_the_commands_show_it(crawled: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in environment(crawled).items():
        monkeypatch.setenv(key, value)
    shown = CliRunner().invoke(cli, ["model", name(0)]).stdout
    assert "6 by 2 accounts, 2024-03-01 to 2024-03-06" in shown
    assert re.search(r"2024-03-05 10:00:00 +license +apache-2.0 +llama3", shown)
    assert "1 open discussions, 1 merged pull-requests" in shown
    assert CliRunner().invoke(cli, ["status"]).stdout.count("3 fetched; ") == 2


def test_nothing_private_is_published(crawled: Settings, tmp_path: Path) -> None:
    own = copy_store(crawled, tmp_path / "own")
    (own.data_dir / "takedown.csv").write_text("subject,hub,value\nowner,,ada\n")
    with_ada = tables(make(crawled, tmp_path / "with").folder)
    without = tables(make(own, tmp_path / "without").folder)
    events = [row for row in with_ada["discussion_event"] if "Set the license" in str(row)]
    assert "Mail me: [email]" in str(events)
    assert {row[3] for row in with_ada["model_commit_author"]} == {"ada", "bob"}
    assert {row[3] for row in without["model_commit_author"]} == {"bob"}
    assert len(without["model_commit"]) == len(with_ada["model_commit"])
    for table in ("model_discussion", "discussion_event", "model_commit_author"):
        assert "ada" not in str(without[table]).lower()


def test_a_replayed_archive_leads_to_the_same_store(crawled: Settings, tmp_path: Path) -> None:
    with serving(load_catalog([crawled.archive_dir])) as server:
        again = settings_for(tmp_path / "again", server.endpoint)
        crawl(again, **BOTH)
    assert one(again, "SELECT count(*) FROM model_commit_change") > 0
    assert differences(crawled.data_dir, again.data_dir) == []
