"""Crawls begun from a published snapshot: nothing of it is lost, and little is asked for again."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.crawl.parse import parse_archive
from miner.pipelines.snapshot.build import describe
from miner.pipelines.snapshot.seed import require_whole
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.replay.catalog import CURRENT, Catalog, HubFile, Repo
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from miner.progress import Silent
from miner.schema.manifest import MANIFEST, Manifest
from miner.schema.vocab import FileState
from miner.settings import Settings
from tests.crawling import (
    AfterRecords,
    ask,
    build,
    card,
    crawl,
    environment,
    name,
    one,
    requests,
    run,
    settings_for,
)
from tests.forges import forge_settings
from tests.seeding import NAME, asked, crawl_all, lost, published, read_tables, sample, seed
from tests.snapshots import make


@dataclass(frozen=True)
class World:
    """The sample served, a store of a crawl of it, and a snapshot of that."""

    catalog: Catalog
    server: ReplayServer
    first: Settings
    snapshot: Path


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The data directory of a crawl of the sample, and a snapshot of it."""
    folder = tmp_path_factory.mktemp("crawled")
    with serving(sample()) as server:
        first = forge_settings(folder / "first", server)
        crawl_all(first)
    return first.data_dir, make(first, folder / NAME).folder


@pytest.fixture
def world(crawled: tuple[Path, Path], tmp_path: Path) -> Iterator[World]:
    """The same with a server and a store of its own."""
    data, snapshot = crawled
    catalog = sample()
    with serving(catalog) as server:
        shutil.copytree(data, tmp_path / "first")
        yield World(catalog, server, forge_settings(tmp_path / "first", server), snapshot)


@pytest.mark.soak
def test_a_store_begun_from_a_snapshot_holds_all_of_it_and_asks_for_little(
    world: World, tmp_path: Path, store_url: str
) -> None:
    second = forge_settings(tmp_path / "data", world.server, database_url=store_url)
    counts = seed(second, world.snapshot)
    assert counts["model"] > 200
    assert counts["model_observation"] > 200
    assert lost(published(world.first), published(second)) == {}
    before = asked(world.server)
    done = crawl_all(second)
    assert done["models new or changed"] == done["cards fetched"] == done["cards extracted"] == 0
    assert done["scans scanned"] == done["source files read"] == 0
    requested = asked(world.server) - before
    # no card; of configs the one that is gated, since nothing published says that it was asked for
    # and cards of datasets, of which a snapshot has what they state alone
    cards = sum(done[f"cards of datasets {state.value}"] for state in FileState)
    assert requested["resolvers"] == 1 + cards, dict(done)
    seeded = published(second)
    snapshot = read_tables(world.snapshot)
    assert {table: len(rows) for table, rows in lost(snapshot, seeded).items()} == {}
    crawl_all(world.first)
    original = published(world.first)
    assert lost(original, seeded) == lost(seeded, original) == {}


def _change(world: World) -> None:
    """A new model, a changed license, a model gone, one renamed."""
    models = world.catalog.models
    repos = [repo for repo in models._repos if isinstance(models.find(repo), Repo)]
    present = [
        repo
        for each in sorted(repos)
        if isinstance(repo := models.find(each), Repo) and (CURRENT, "README.md") in repo.files
    ]
    changed, gone, renamed = present[:3]
    files = {(CURRENT, "README.md"): HubFile(card("Another license", "gpl-3.0"))}
    models.put(
        {**changed.source, "sha": "f" * 40, "lastModified": "2026-11-20T00:00:00.000Z",
         "cardData": {"license": "gpl-3.0"}, "tags": ["license:gpl-3.0"]},
        files=files,
    )  # fmt: skip
    models.remove(str(gone.record["id"]))
    models.rename(str(renamed.record["id"]), "example-renamed/other-name")
    models.put(
        {"_id": "f" * 24, "id": "example-new/model-of-tomorrow", "sha": "e" * 40,
         "createdAt": "2026-11-20T00:00:00.000Z", "lastModified": "2026-11-20T00:00:00.000Z",
         "downloads": 5, "tags": ["license:mit"], "siblings": [{"rfilename": "README.md"}],
         "cardData": {"license": "mit", "base_model": str(changed.record["id"])}},
        files={(CURRENT, "README.md"): HubFile(card("New"))},
    )  # fmt: skip


@pytest.mark.soak
def test_what_changes_afterwards_is_found_alike(world: World, tmp_path: Path) -> None:
    second = forge_settings(tmp_path / "second", world.server)
    seed(second, world.snapshot)
    for settings in (world.first, second):
        crawl_all(settings)
    _change(world)
    for settings in (world.first, second):
        crawl_all(settings)
    original, seeded = published(world.first), published(second)
    assert lost(original, seeded) == lost(seeded, original) == {}
    kinds = {row[0] for row in ask(second, "SELECT DISTINCT kind FROM model_event")}
    assert kinds >= {"new", "relicensed", "renamed", "gone", "revised"}


def test_facts_say_which_snapshot_they_came_from(world: World, tmp_path: Path) -> None:
    second = forge_settings(tmp_path / "second", world.server)
    seed(second, world.snapshot)
    (run,) = ask(
        second,
        "SELECT DISTINCT r.command, r.arguments, r.state FROM model m "
        "JOIN run r ON r.id = m.run_id",
    )
    assert (run[0], run[2]) == ("seed", "finished")
    named = json.loads(run[1])["seed"]
    assert named["name"] == NAME
    assert len(named["manifest_sha256"]) == 64
    blobs = (
        "SELECT count(*) FROM extracted_field WHERE span_start IS NOT NULL AND quote IS NOT NULL"
    )
    assert one(second, blobs) == one(world.first, blobs) > 0
    again = seed(second, world.snapshot)
    assert again == {}
    assert seed(second, NAME) == {}  # by its name it need not be here any more


def test_cards_that_other_rules_read_are_fetched_again_most_downloaded_first(
    tmp_path: Path,
) -> None:
    catalog = build(12, cards=6)
    with serving(catalog) as server:
        first = settings_for(tmp_path / "first", server.endpoint)
        crawl(first)
        snapshot = make(first, tmp_path / NAME).folder
        second = settings_for(tmp_path / "second", server.endpoint)
        seed(second, snapshot)
        before = requests(server, "resolvers")
        assert crawl(second)["cards fetched"] == 0
        assert requests(server, "resolvers") == before
        older = (
            "UPDATE extraction SET version = '0' "
            "WHERE model_id IN (SELECT id FROM model WHERE name IN (?, ?))"
        )
        _write(second, older, name(4), name(1))
        counts = crawl(second)
    assert (counts["cards fetched"], counts["cards extracted"]) == (2, 2)
    asked_for = ask(
        second, "SELECT url FROM answer WHERE kind = 'file' AND status = 200 ORDER BY id"
    )
    assert [name(1) in asked_for[0][0], name(4) in asked_for[-1][0]] == [True, True]
    assert published(first)["extracted_field"] == published(second)["extracted_field"]


def _write(settings: Settings, sql: str, *values: object) -> None:
    with sqlite3.connect(settings.data_dir / "miner.db") as connection:
        assert connection.execute(sql, values).rowcount > 0


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ReplayServer, Path]]:
    """A small hub, and a snapshot of a crawl of it."""
    folder = tmp_path_factory.mktemp("small")
    with serving(build(400, cards=5)) as server:
        settings = settings_for(folder / "first", server.endpoint)
        crawl(settings)
        yield server, make(settings, folder / NAME).folder


def test_a_stop_leaves_nothing_and_the_same_command_goes_on(
    small: tuple[ReplayServer, Path], tmp_path: Path
) -> None:
    server, snapshot = small
    settings = settings_for(tmp_path / "data", server.endpoint)
    stop = threading.Event()
    with pytest.raises(Stopped):
        seed(settings, snapshot, stop=stop, progress=AfterRecords(300_000, stop.set))
    assert one(settings, "SELECT count(*) FROM model") == 0
    with pytest.raises(ConfigurationError, match=f"started from {NAME}, and that was interrupted"):
        require_whole(settings)
    assert seed(settings, snapshot)["model"] == 400
    require_whole(settings)


@pytest.mark.soak
def test_a_seeding_that_is_killed_again_and_again_ends_whole(
    small: tuple[ReplayServer, Path], tmp_path: Path
) -> None:
    server, snapshot = small
    settings = settings_for(tmp_path / "data", server.endpoint)
    command = [sys.executable, "-m", "miner", "crawl", "--min-downloads", "0", "--hub",
               "huggingface", "--no-export", "--seed", str(snapshot)]  # fmt: skip
    mark = settings.data_dir / "seeding.json"
    for wait in (0.0, 0.15, 0.4, 0.8):
        mark.unlink(missing_ok=True)
        with subprocess.Popen(command, env=environment(settings), stderr=subprocess.PIPE) as going:
            while going.poll() is None and not mark.exists():
                time.sleep(0.01)
            time.sleep(wait)
            going.kill()
        if (settings.data_dir / "miner.db").exists():
            assert _models(settings) in {0, 400}
    done = subprocess.run(
        command, env=environment(settings), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    # the last one that was killed may have got to the end of the seeding
    assert re.search(f"{NAME} (has no texts of cards and configs|was ingested before)", done.stderr)
    assert "5  of the snapshot: cards whose text is not held" in done.stderr
    assert not mark.exists()
    assert list(settings.data_dir.glob("**/*.coming")) == []
    whole = settings_for(tmp_path / "whole", server.endpoint)
    seed(whole, snapshot)
    assert lost(published(whole), published(settings)) == {}


@pytest.mark.soak
def test_where_only_the_last_step_is_missing_the_next_crawl_makes_it(
    small: tuple[ReplayServer, Path], tmp_path: Path
) -> None:
    server, snapshot = small
    settings = settings_for(tmp_path / "data", server.endpoint)
    seed(settings, snapshot)
    placed = list(settings.observations_dir.glob("*/*.parquet"))
    for path in placed:
        path.rename(path.with_suffix(".coming"))
    (settings.data_dir / "seeding.json").write_text(json.dumps({"name": NAME}))
    require_whole(settings)
    assert sorted(settings.observations_dir.glob("*/*")) == sorted(placed)
    assert not (settings.data_dir / "seeding.json").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("--seed-date", "2026-01-01"), "a snapshot says of which day it is"),
     (("--limit", "3"), "does not go with --limit")],
)  # fmt: skip
def test_what_does_not_go_with_a_snapshot_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    settings = settings_for(tmp_path / "data", "http://127.0.0.1:9")
    done = run(settings, "--seed", NAME, *arguments)
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    assert not settings.data_dir.exists()


def _models(settings: Settings) -> int:
    """Models in the store; none where it was killed before the tables were made."""
    tables = one(settings, "SELECT count(*) FROM sqlite_master WHERE name = 'model'")
    return int(one(settings, "SELECT count(*) FROM model")) if tables else 0


def test_it_is_pulled_by_name_from_a_source(
    small: tuple[ReplayServer, Path], tmp_path: Path
) -> None:
    server, snapshot = small
    settings = settings_for(tmp_path / "data", server.endpoint)
    with pytest.raises(ConfigurationError, match="no place to get it from is set") as caught:
        seed(settings, NAME)
    assert "MINER_SNAPSHOT_SOURCE" in str(caught.value.next_step)
    source = tmp_path / "published"
    shutil.copytree(snapshot, source / NAME)
    assert seed(settings, NAME, source=str(source))["model"] == 400
    assert (settings.data_dir / "snapshots" / NAME / MANIFEST).is_file()


def test_a_damaged_snapshot_is_refused_by_the_name_of_the_file(
    small: tuple[ReplayServer, Path], tmp_path: Path
) -> None:
    server, snapshot = small
    damaged = tmp_path / NAME
    shutil.copytree(snapshot, damaged)
    content = bytearray((damaged / "model.parquet").read_bytes())
    content[len(content) // 2] ^= 1
    (damaged / "model.parquet").write_bytes(content)
    settings = settings_for(tmp_path / "data", server.endpoint)
    with pytest.raises(InvalidData, match=r"model\.parquet: other content"):
        seed(settings, damaged)
    assert not (settings.data_dir / "miner.db").exists()


@pytest.mark.parametrize(
    ("table", "change"),
    [("owner", "INSERT INTO held FROM held"),
     ("license_statement", "UPDATE held SET subject = 'no/model' WHERE source = 'card'"),
     ("model_event", "INSERT INTO held (hub, model) VALUES ('huggingface', 'no/model')")],
)  # fmt: skip
def test_a_snapshot_that_contradicts_itself_is_refused_and_leaves_nothing(
    small: tuple[ReplayServer, Path], tmp_path: Path, table: str, change: str
) -> None:
    server, snapshot = small
    broken = tmp_path / NAME
    shutil.copytree(snapshot, broken)
    place = broken / f"{table}.parquet"
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE held AS FROM read_parquet(?)", [str(place)])
        connection.execute(change)
        connection.execute(f"COPY held TO '{place}' (FORMAT parquet)")
        count = connection.table("held").shape[0]
    manifest = Manifest.read((broken / MANIFEST).read_bytes())
    tables = tuple(
        replace(each, rows=count, file=describe(broken, place.name)) if each.name == table else each
        for each in manifest.tables
    )
    (broken / MANIFEST).write_bytes(replace(manifest, tables=tables).render())
    settings = settings_for(tmp_path / "data", server.endpoint)
    with pytest.raises(InvalidData, match=f"{NAME} breaks the rules of its tables"):
        seed(settings, broken)
    assert not (settings.data_dir / "miner.db").exists()


def test_a_store_that_holds_something_else_is_left_alone(
    small: tuple[ReplayServer, Path], tmp_path: Path
) -> None:
    server, snapshot = small
    settings = settings_for(tmp_path / "data", server.endpoint)
    crawl(settings)
    with pytest.raises(ConfigurationError, match="holds data already"):
        seed(settings, snapshot)
    begun = settings_for(tmp_path / "begun", server.endpoint)
    seed(begun, snapshot)
    other = tmp_path / "data-2026.11.1"
    shutil.copytree(snapshot, other)
    (other / MANIFEST).write_bytes(_renamed((other / MANIFEST).read_bytes()))
    with pytest.raises(ConfigurationError, match=f"begun from {NAME}, not from"):
        seed(begun, other)


def _renamed(manifest: bytes) -> bytes:
    return replace(Manifest.read(manifest), name="data-2026.11.1").render()


def test_tables_of_another_miner_are_refused_with_the_version_to_install(
    small: tuple[ReplayServer, Path], tmp_path: Path
) -> None:
    server, snapshot = small
    other = tmp_path / NAME
    shutil.copytree(snapshot, other)
    manifest = Manifest.read((other / MANIFEST).read_bytes())
    changed: Any = replace(manifest, schema_revision="0" * 12, code_version="9.9.9")
    (other / MANIFEST).write_bytes(changed.render())
    settings = settings_for(tmp_path / "data", server.endpoint)
    with pytest.raises(InvalidData, match="has the schema 000000000000") as caught:
        seed(settings, other)
    assert "miner==9.9.9" in str(caught.value.next_step)
    assert not (settings.data_dir / "miner.db").exists()


def test_a_store_begun_from_a_snapshot_is_not_built_from_its_archive(
    small: tuple[ReplayServer, Path], tmp_path: Path
) -> None:
    server, snapshot = small
    settings = settings_for(tmp_path / "data", server.endpoint)
    seed(settings, snapshot)
    crawl(settings)
    with pytest.raises(ConfigurationError, match=f"seeded from {NAME}, and what came with it"):
        parse_archive(settings, Silent())
    assert _models(settings) == 400
