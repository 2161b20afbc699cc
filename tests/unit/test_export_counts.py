"""What an export computes of each model once: tasks, domain, languages, counts, first commit."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import Connection, insert

from miner.db.session import open_store
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.schema.tables import metadata
from miner.settings import load_settings

DAY = datetime(2023, 5, 1)  # noqa: DTZ001  the store's times carry no zone
_HUB = {"title": "t", "home_page": "h", "terms_url": "u"}
_MODEL = {"state": "present", "parse_state": "parsed", "owner_id": 1, "hub_id": 1,
          "pipeline_tag": None, "tags": None, "languages": None, "downloads": None}  # fmt: skip
MODELS: list[dict[str, Any]] = [
    {"id": 1, "name": "a/1", "pipeline_tag": "fill-mask", "downloads": 7,
     "tags": ["audio", "text-generation", "fill-mask", "x"], "languages": ["no", "de", "de"]},
    {"id": 2, "name": "a/2", "pipeline_tag": "vision", "downloads": 5, "tags": []},
    {"id": 3, "name": "a/3", "tags": ["translation"]},
    {"id": 4, "name": "a/4", "state": "gone", "downloads": 100},
    {"id": 5, "name": "b/r:1", "hub_id": 2, "owner_id": None, "tags": ["vision", "scriptable"]},
    {"id": 6, "name": "b/r:2", "hub_id": 2, "owner_id": None, "tags": ["vision", "nlp"]},
    {"id": 7, "name": "b/r:3", "hub_id": 2, "owner_id": None, "tags": ["cuda", "x"]},
]  # fmt: skip


def _fill(connection: Connection) -> None:
    def add(table: str, *rows: dict[str, Any]) -> None:
        connection.execute(insert(metadata.tables[table]), list(rows))

    add("hub", {"id": 1, "name": "huggingface", **_HUB}, {"id": 2, "name": "pytorch-hub", **_HUB})
    add("owner", {"id": 1, "hub_id": 1, "name": "a"}, {"id": 2, "hub_id": 1, "name": "none"})
    add("model", *({**_MODEL, **model} for model in MODELS))
    add(
        "model_commit",
        {"model_id": 1, "sha": "s2", "committed_at": datetime(2023, 6, 1), "title": "second"},  # noqa: DTZ001
        {"model_id": 1, "sha": "s1", "committed_at": DAY, "title": "first"},
        {"model_id": 2, "sha": "s3", "committed_at": DAY, "title": None},
    )
    add("model_history", {"model_id": 2, "kind": "discussions", "state": "fetched"})
    discussion = {"model_id": 1, "kind": "discussion", "state": "open", "author": "a"}
    add(
        "model_discussion",
        {**discussion, "number": 1, "events_state": "fetched", "event_count": 4},
        {**discussion, "number": 2, "events_state": "not-fetched", "event_count": None},
        {**discussion, "number": 3, "events_state": "fetched", "event_count": 1},
    )
    event = {"model_id": 1, "number": 1, "kind": "comment"}
    texts = ["The LICENSE is unclear", "Which licence?", "a silence", None]
    events = [{**event, "event": f"e{at}", "position": at, "text": text}
              for at, text in enumerate(texts)]  # fmt: skip
    commit = {**event, "kind": "commit", "event": "e9", "position": 9, "text": "Fix license"}
    add("discussion_event", *events, commit)
    _fill_uses(add)


def _fill_uses(add: Any) -> None:
    repository = {"state": "present", "parse_state": "parsed"}
    add("repository", *({**repository, "id": n, "node_id": f"R{n}", "name": f"o/{n}"}
                        for n in range(1, 6)))  # fmt: skip
    use = {"hub": "huggingface", "model_id": 1, "use_site_count": 1, "role": "use",
           "is_vendored": False, "is_registry": False, "roles": {}}  # fmt: skip
    add(
        "model_use",
        {**use, "repository_id": 1, "model": "a/1"},
        {**use, "repository_id": 1, "model": "former/name"},
        {**use, "repository_id": 2, "model": "a/1"},
        {**use, "repository_id": 3, "model": "a/1", "is_vendored": True},
        {**use, "repository_id": 4, "model": "a/1", "is_registry": True},
        {**use, "repository_id": 5, "model": "nobody/knows", "model_id": None},
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported file."""
    settings = load_settings({"MINER_DATA_DIR": str(tmp_path_factory.mktemp("counted"))})
    engine = open_store(settings)
    with engine.begin() as connection:
        _fill(connection)
    engine.dispose()
    return export_duckdb(settings, settings.duckdb_path, macros=[]).target


def ask(file: Path, sql: str) -> list[tuple[Any, ...]]:
    """The rows that the file answers with."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_tasks_are_words_of_the_table_and_a_hubs_own_words_stay_on_it(file: Path) -> None:
    assert ask(file, "SELECT name, tasks, domain FROM model ORDER BY hub, name") == [
        ("a/1", ["fill-mask", "text-generation"], "NLP"),
        ("a/2", None, None),
        ("a/3", ["translation"], None),
        ("a/4", None, None),
        ("b/r:1", ["scriptable", "vision"], "computer vision"),
        ("b/r:2", ["nlp", "vision"], "multimodal"),
        ("b/r:3", ["cuda"], "other"),
    ]


def test_languages_are_those_of_their_table(file: Path) -> None:
    assert ask(file, "SELECT name, languages FROM model WHERE languages IS NOT NULL") == [
        ("a/1", ["de", "no"])
    ]
    assert ask(file, "SELECT model, list(language ORDER BY language) FROM model_language GROUP BY 1"
               ) == [("a/1", ["de", "no"])]  # fmt: skip


def test_a_repository_counts_once_and_what_was_not_asked_for_is_null(file: Path) -> None:
    counts = "SELECT repository_count, discussion_count, first_commit_at FROM model WHERE name = "
    assert ask(file, f"{counts} 'a/1'") == [(2, 3, DAY)]
    assert ask(file, f"{counts} 'a/2'") == [(0, 0, None)], "asked for; the head's date is no first"
    assert ask(file, f"{counts} 'a/3'") == [(0, None, None)]


def test_owners_have_the_sums_of_their_present_models(file: Path) -> None:
    assert ask(file, "SELECT name, model_count, downloads FROM owner ORDER BY name") == [
        ("a", 3, 12), ("none", 0, None),
    ]  # fmt: skip


def test_comments_on_the_license_are_marked_and_counted(file: Path) -> None:
    assert ask(file, "SELECT event, is_about_license FROM discussion_event ORDER BY event") == [
        ("e0", True), ("e1", True), ("e2", False), ("e3", None), ("e9", True),
    ]  # fmt: skip
    assert ask(
        file, "SELECT number, license_comment_count FROM model_discussion ORDER BY number"
    ) == [(1, 2), (2, None), (3, 0)]
