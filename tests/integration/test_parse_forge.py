"""``parse --from-archive`` and the GitHub half: what the archive tells, and what goes over."""

from __future__ import annotations

import logging
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from miner.db.diff import diff_stores
from miner.db.session import open_store
from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.crawl.archive import catch_up
from miner.pipelines.crawl.backfill import REPOSITORY_TABLES
from miner.pipelines.crawl.dispatch import ArchiveIntake
from miner.pipelines.crawl.parse import parse_archive
from miner.pipelines.intake.runs import running
from miner.pipelines.sources.archive.segments import Archive, ArchiveReader
from miner.pipelines.sources.github.session import ForgeChoice
from miner.pipelines.sources.replay.catalog import CURRENT, Catalog, HubFile
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from miner.progress import Silent
from miner.schema.tables import metadata
from miner.settings import Settings
from tests.crawling import (
    AfterRecords,
    ask,
    card,
    copied,
    crawl,
    differences,
    environment,
    one,
    record,
    run,
)
from tests.forges import (
    build,
    crawl_forge,
    forge_settings,
    listed,
    name,
    put,
    requests_of,
    source,
)
from tests.postgres import Postgres
from tests.seeding import sample

NOT_ARCHIVED = {"repository_finding", "method_accuracy"}
"""What lists said, and how good a scanner is that has not run."""

BIG = 10**9
SCANNED = {"scan", "use_site", "model_use", "dependency", "repository_license", "repository_link"}
"""What a scan makes: not in the archive."""


def rich() -> Catalog:
    """Repositories with all that a scan looks for, and models that some of them use."""
    catalog = build(24, topics=("llm",))
    for number in range(5):
        text = (
            f"Code: https://github.com/{name(15 + number)} and https://github.com/linked/{number}"
        )
        catalog.models.put(
            record(number, id=f"maker-{number}/harbor-0{number}"),
            files={(CURRENT, "README.md"): HubFile(card(text))},
        )
    put(
        catalog, 3, license="Apache-2.0",
        files={
            "app.py": source("maker-3/harbor-03"),
            "README.md": b"Uses maker-3/harbor-03, of https://arxiv.org/abs/2401.00001\n",
            "LICENSE": b"MIT License\n\nPermission is hereby granted, free of charge\n",
            "requirements.txt": b"transformers>=4.40\ntorch\n",
            "weights/model.safetensors": b"\0" * 64,
        },
        issues=[talk(1, "maker-3/harbor-03 is slow"), talk(2, "nothing")],
    )  # fmt: skip
    catalog.forge.put({"full_name": "old/blocked", "state": "blocked"}, {"a.py": b""})
    catalog.forge.put({"full_name": "old/refused", "state": "refused"}, {"a.py": b""})
    catalog.forge.rename(name(5), "moved/away")
    return catalog


def talk(number: int, text: str, day: str = "2025-03-01") -> dict[str, object]:
    """An issue with a comment."""
    comment = {"id": number, "body": f"Again: {text}"}
    return {"number": number, "title": "Help", "body": text, "updated_at": f"{day}T00:00:00Z",
            "comments": [comment]}  # fmt: skip


def change(catalog: Catalog) -> None:
    """What another crawl sees: a rename, a name that passes on, one gone, new heads, an issue."""
    talking = catalog.forge.find(name(3))
    assert talking is not None
    issues = [talk(1, "maker-3/harbor-03 is fast now", "2026-01-19"), talk(2, "nothing")]
    catalog.forge.put({**talking.record, "issues": issues})
    catalog.saw(datetime.fromisoformat("2026-01-20T12:00:00"))
    catalog.forge.rename(name(8), "moved/eight")
    catalog.forge.remove(name(9))
    catalog.forge.remove(name(10))
    put(catalog, 10, id=999, node_id="R_other")
    put(catalog, 11, files={"app.py": source("maker/new"), "b.py": source("maker-2/harbor-02")})
    put(catalog, 70)


def tables_that_differ(before: Path, settings: Settings) -> set[str]:
    return {found.table for found in differences(before, settings.data_dir)}


def choice(folder: Path) -> ForgeChoice:
    """Searches, and a list beside them with names that lead on or nowhere."""
    names = (name(0), name(5), "old/blocked", "old/refused", "no/where", "CODER-1/Project-00001")
    listed_names = listed(folder, *names).repositories
    return ForgeChoice(repositories=listed_names, introduced=3, with_issues=True)


@pytest.fixture(scope="module")
def first_crawl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory after a crawl of a hub and of GitHub: each test has a copy."""
    folder = tmp_path_factory.mktemp("crawled")
    with serving(rich()) as server:
        settings = forge_settings(folder / "data", server)
        crawl(settings)
        crawl_forge(settings, choice(folder / "in"))
    return copied(settings, folder / "copy")


@pytest.fixture
def crawled(first_crawl: Path, tmp_path: Path) -> Iterator[tuple[Settings, Catalog, ReplayServer]]:
    """What was crawled, and the hub and the GitHub that it was crawled from."""
    catalog = rich()
    shutil.copytree(first_crawl, tmp_path / "data")
    with serving(catalog) as server:
        yield forge_settings(tmp_path / "data", server), catalog, server


def test_each_table_of_repositories_is_known_here() -> None:
    """A new table that belongs to repositories must not be forgotten by a rebuild."""
    roots = {"repository", "repository_sweep", "search_bin"}
    belonging = {
        table.name
        for table in metadata.sorted_tables
        if table.name in roots or any(key.column.table.name in roots for key in table.foreign_keys)
    }
    assert {table.name for table in REPOSITORY_TABLES} == belonging
    seen: set[str] = set()
    for table in REPOSITORY_TABLES:
        needed = {key.column.table.name for key in table.foreign_keys} & belonging
        assert needed - {table.name} <= seen
        seen.add(table.name)


def test_nothing_of_github_is_lost(
    crawled: tuple[Settings, Catalog, ReplayServer], tmp_path: Path
) -> None:
    settings, catalog, _ = crawled
    for table in REPOSITORY_TABLES:
        assert one(settings, f"SELECT count(*) FROM {table.name}"), table.name
    assert one(settings, "SELECT count(*) FROM use_site WHERE introduced_commit IS NOT NULL")
    assert one(settings, "SELECT count(*) FROM model_use WHERE model_id IS NOT NULL") == 5
    for number in range(3):
        before = copied(settings, tmp_path / f"before-{number}")
        counts = parse_archive(settings, Silent())
        assert not differences(before, settings.data_dir)
        assert ask(settings, "PRAGMA foreign_key_check") == []
        assert counts["answers: scan"] >= one(settings, "SELECT count(*) FROM scan")
        answers = ask(settings, "SELECT count(*) FROM answer")[0][0]
        assert answers == sum(1 for _ in ArchiveReader(settings.archive_dir).scan())
        if number == 0:
            change(catalog)
            crawl_forge(settings, choice(tmp_path / "in"))
            assert one(settings, "SELECT count(*) FROM repository_sweep") == 2


@pytest.mark.soak
def test_a_crawl_goes_on_from_a_rebuilt_store(
    crawled: tuple[Settings, Catalog, ReplayServer], tmp_path: Path
) -> None:
    settings, catalog, server = crawled
    other = forge_settings(copied(settings, tmp_path / "other"), server)
    parse_archive(settings, Silent())
    change(catalog)
    asked = []
    for each in (settings, other):
        before = Counter({kind: requests_of(server, kind) for kind in ("core", "code_search")})
        crawl_forge(each)
        asked.append({kind: requests_of(server, kind) - count for kind, count in before.items()})
    assert asked[0] == asked[1]
    assert not differences(settings.data_dir, other.data_dir)


def test_the_archive_alone_gives_all(
    crawled: tuple[Settings, Catalog, ReplayServer],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings, catalog, _ = crawled
    change(catalog)
    crawl_forge(settings, choice(tmp_path / "in"))
    before = copied(settings, tmp_path / "before")
    (settings.data_dir / "miner.db").unlink()
    shutil.rmtree(settings.observations_dir)
    with caplog.at_level(logging.WARNING, "miner"):
        parse_archive(settings, Silent())
    assert not differences(before, settings.data_dir)
    assert caplog.text == ""
    assert requests_are_saved(settings, before)


def requests_are_saved(settings: Settings, before: Path) -> bool:
    """Whether runs are the same ones: when searches are due depends on them."""
    query = "SELECT command, state, started_at, ended_at, report FROM run WHERE command = 'crawl'"
    with closing(sqlite3.connect(before / "miner.db")) as connection:
        return connection.execute(query).fetchall() == ask(settings, query)


LONG_CUTS = [pytest.param(cut, marks=pytest.mark.soak) for cut in (1, 160, 310, 335)]


@pytest.mark.parametrize("cut", [40, 240, *LONG_CUTS])
def test_a_store_that_stands_at_any_record_catches_up(
    crawled: tuple[Settings, Catalog, ReplayServer], tmp_path: Path, cut: int
) -> None:
    """A kill came behind that record: what follows is ingested as the crawl would have."""
    settings, _, _ = crawled
    records = list(ArchiveReader(settings.archive_dir).scan())
    inside = replace(
        settings, data_dir=tmp_path / "new", database_url=f"sqlite:///{tmp_path}/new/miner.db"
    )
    engine = open_store(inside)
    with (
        running(engine, "parse", {}) as run,
        closing(Archive(settings.archive_dir, segment_bytes=BIG)) as archive,
    ):
        intake = ArchiveIntake(inside, engine, archive, run.id)
        for place, record_ in records[: max(1, len(records) * cut // 340)]:
            intake.ingest(place, record_)
        intake.finish(is_whole=False)
        catch_up(inside, archive, engine)
        ArchiveIntake(inside, engine, archive, run.id).finish(is_whole=True)
    engine.dispose()
    derived = ("extract", "method_accuracy", "model_architecture", "model_repository")
    found = {each.table for each in differences(settings.data_dir, inside.data_dir)}
    assert not {table for table in found if not table.startswith(derived)}


def test_an_empty_postgresql_database_gets_the_same_store(
    crawled: tuple[Settings, Catalog, ReplayServer], tmp_path: Path, postgres: Postgres
) -> None:
    """What a killed try left there gives way; a store that is there does not."""
    settings, catalog, _ = crawled
    change(catalog)
    crawl_forge(settings, choice(tmp_path / "in"))
    before = copied(settings, tmp_path / "before")
    shutil.rmtree(settings.observations_dir)
    with postgres.database() as url:
        inside = replace(settings, database_url=url)
        with pytest.raises(KeyboardInterrupt):
            parse_archive(inside, AfterRecords(200, interrupt))
        assert one(inside, "SELECT count(*) FROM answer") > 100
        counts = parse_archive(inside, Silent())
        assert counts["answers: scan"] >= 24
        found = diff_stores(f"sqlite:///{before}/miner.db", url)
        assert sum(table.rows_a for table in found) > 500
        assert not [table for table in found if table.count]
        with pytest.raises(ConfigurationError, match="has a store") as refused:
            parse_archive(inside, Silent())
        assert "create an empty database" in str(refused.value.next_step)
        # the observations are those of before, in their place
        (settings.data_dir / "miner.db").unlink()
        shutil.copy(before / "miner.db", settings.data_dir / "miner.db")
        assert not differences(before, settings.data_dir)


def interrupt() -> None:
    raise KeyboardInterrupt


def test_an_older_store_goes_into_its_archive_once(
    crawled: tuple[Settings, Catalog, ReplayServer], tmp_path: Path
) -> None:
    settings, catalog, _ = crawled
    change(catalog)
    crawl_forge(settings, choice(tmp_path / "in"))
    make_older(settings, tmp_path / "newer")
    before = copied(settings, tmp_path / "before")
    for _ in range(2):
        parse_archive(settings, Silent())
        assert not differences(before, settings.data_dir)
        assert ask(settings, "PRAGMA foreign_key_check") == []
    (settings.data_dir / "miner.db").unlink()
    counts = parse_archive(settings, Silent())
    assert not differences(before, settings.data_dir)
    assert counts["answers: rows"] == len(REPOSITORY_TABLES) + 2 + 1


def test_a_crawl_of_an_older_store_puts_it_into_the_archive(
    crawled: tuple[Settings, Catalog, ReplayServer], tmp_path: Path
) -> None:
    settings, catalog, _ = crawled
    make_older(settings, tmp_path / "newer")
    change(catalog)
    crawl_forge(settings, choice(tmp_path / "in"))
    before = copied(settings, tmp_path / "before")
    (settings.data_dir / "miner.db").unlink()
    parse_archive(settings, Silent())
    assert not differences(before, settings.data_dir)


def test_an_older_store_that_cannot_be_read_to_its_end_is_not_replaced(
    crawled: tuple[Settings, Catalog, ReplayServer], tmp_path: Path
) -> None:
    """Its scans are nowhere else: to go on without a word would lose them."""
    settings, _, _ = crawled
    make_older(settings, tmp_path / "newer")
    store = settings.data_dir / "miner.db"
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("ALTER TABLE use_site RENAME TO lost")
        (before,) = connection.execute("SELECT count(*) FROM lost").fetchone()
    with pytest.raises(InvalidData, match="cannot be put into the archive") as refused:
        parse_archive(settings, Silent())
    assert "builds from the archive alone" in str(refused.value.next_step)
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("SELECT count(*) FROM lost").fetchone() == (before,)
    assert before
    assert not (settings.data_dir / "miner.db.before-parse").exists()


def make_older(settings: Settings, aside: Path) -> None:
    """Leave of archive and store what a miner wrote that did not archive what it decided."""
    settings.archive_dir.rename(aside)
    moved = []
    with closing(Archive(settings.archive_dir, segment_bytes=BIG)) as archive:
        for place, record_ in ArchiveReader(aside).scan():
            kept = {
                key: value for key, value in record_.context.items() if key not in {"round", "end"}
            }
            if record_.status:
                new = archive.append(replace(record_, context=kept))
                moved.append((new.segment, new.offset, new.length, place.segment, place.offset))
    with closing(sqlite3.connect(settings.data_dir / "miner.db")) as connection, connection:
        connection.execute("DELETE FROM answer WHERE status = 0")
        connection.execute("UPDATE answer SET segment = 'old-' || segment")
        connection.executemany(
            "UPDATE answer SET segment = ?, offset = ?, length = ? "
            "WHERE segment = 'old-' || ? AND offset = ?", moved,
        )  # fmt: skip


def test_an_older_archive_alone_gives_all_but_the_scans(
    crawled: tuple[Settings, Catalog, ReplayServer],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings, catalog, _ = crawled
    change(catalog)
    crawl_forge(settings, choice(tmp_path / "in"))
    make_older(settings, tmp_path / "newer")
    before = copied(settings, tmp_path / "before")
    (settings.data_dir / "miner.db").unlink()
    shutil.rmtree(settings.observations_dir)
    with caplog.at_level(logging.WARNING, "miner"):
        counts = parse_archive(settings, Silent())
    differing = tables_that_differ(before, settings)
    assert differing <= SCANNED | NOT_ARCHIVED, differences(before, settings.data_dir)
    assert differing >= SCANNED
    condition = "state = 'present' AND head_commit IS NOT NULL"
    left = one(settings, f"SELECT count(*) FROM repository WHERE {condition}")
    assert counts["repositories to be scanned"] == left
    assert f"{left} repositories are to be scanned" in caplog.text
    assert "miner crawl" in caplog.text
    assert "--repositories" in caplog.text
    found = "SELECT count(*) FROM repository_finding WHERE source <> 'list'"
    with closing(sqlite3.connect(before / "miner.db")) as connection:
        assert connection.execute(found).fetchone() == (one(settings, found),)
    crawl_forge(settings, choice(tmp_path / "in"))
    uses = (
        "SELECT r.name, u.hub, u.model, u.use_site_count FROM model_use u "
        "JOIN repository r ON r.id = u.repository_id WHERE r.state = 'present' ORDER BY 1, 2, 3"
    )
    with closing(sqlite3.connect(before / "miner.db")) as connection:
        assert connection.execute(uses).fetchall() == ask(settings, uses)


def test_answers_that_the_store_before_did_not_know_are_taken_in(
    crawled: tuple[Settings, Catalog, ReplayServer], tmp_path: Path
) -> None:
    """A store of a copy from last week, an archive of today."""
    settings, catalog, _ = crawled
    older = copied(settings, tmp_path / "older")
    change(catalog)
    crawl_forge(settings, choice(tmp_path / "in"))
    before = copied(settings, tmp_path / "before")
    (older / "miner.db").replace(settings.data_dir / "miner.db")
    parse_archive(settings, Silent())
    assert not differences(before, settings.data_dir)


def test_what_github_said_is_read_again(
    crawled: tuple[Settings, Catalog, ReplayServer], tmp_path: Path
) -> None:
    """A miner before this one read less of the same answers."""
    settings, _, _ = crawled
    before = copied(settings, tmp_path / "before")
    with closing(sqlite3.connect(settings.data_dir / "miner.db")) as connection, connection:
        connection.execute("UPDATE repository SET topics = NULL, stars = NULL, pushed_at = NULL")
    assert tables_that_differ(before, settings) == {"repository"}
    parse_archive(settings, Silent())
    assert not differences(before, settings.data_dir)


def test_a_hub_that_is_read_from_github_is_no_crawl_of_github(tmp_path: Path) -> None:
    with serving(sample()) as server:
        settings = forge_settings(tmp_path / "data", server)
        done = run(settings, "--hub", "pytorch-hub", "--no-github", "--no-export")
        assert done.returncode == 0, done.stderr
    before = copied(settings, tmp_path / "before")
    assert one(settings, "SELECT count(*) FROM model") > 0
    (settings.data_dir / "miner.db").unlink()
    counts = parse_archive(settings, Silent())
    assert not differences(before, settings.data_dir)
    assert "repositories to be scanned" not in counts


def test_a_damaged_store_gives_way_to_the_archive(
    crawled: tuple[Settings, Catalog, ReplayServer],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings, _, _ = crawled
    before = copied(settings, tmp_path / "before")
    (settings.data_dir / "miner.db").write_bytes(b"this is no store" * 100)
    with caplog.at_level(logging.WARNING, "miner"):
        parse_archive(settings, Silent())
    assert "cannot be read" in caplog.text
    assert not differences(before, settings.data_dir)
    assert (settings.data_dir / "miner.db.before-parse").read_bytes().startswith(b"this is no")
    assert one(settings, "SELECT count(*) FROM repository WHERE state = 'present'") == 24


def parse() -> list[str]:
    return [sys.executable, "-m", "miner", "parse", "--from-archive", "--no-export"]


def is_whole(settings: Settings) -> bool:
    return ask(settings, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.slow
@pytest.mark.soak
def test_killed_at_any_moment_the_store_is_whole(
    crawled: tuple[Settings, Catalog, ReplayServer], tmp_path: Path
) -> None:
    settings, _, _ = crawled
    before = copied(settings, tmp_path / "before")
    chance, env = random.Random(7), environment(settings)
    started = time.monotonic()
    subprocess.run(parse(), env=env, check=True, capture_output=True)
    seconds = time.monotonic() - started
    kills = 0
    while kills < 6:
        with subprocess.Popen(parse(), env=env, stderr=subprocess.PIPE) as running:
            try:
                running.communicate(timeout=chance.uniform(seconds / 4, seconds))
            except subprocess.TimeoutExpired:
                running.kill()
                kills += 1
        assert is_whole(settings)
        assert not differences(before, settings.data_dir)
    subprocess.run(parse(), env=env, check=True, capture_output=True)
    assert not differences(before, settings.data_dir)
    assert not (settings.data_dir / "rebuild").exists()


DYING = """
import os, sys
from pathlib import Path

steps, replace = int(sys.argv[1]), Path.replace

def dying(self, target):
    global steps
    if "rebuild" not in Path(target).parts:
        if not steps:
            os._exit(9)
        steps -= 1
    return replace(self, target)

Path.replace = dying
from miner.pipelines.crawl.github.terms import code_terms
from miner.progress import Silent
from miner.pipelines.crawl.parse import parse_archive
from miner.settings import load_settings
parse_archive(load_settings(), Silent())
"""


@pytest.mark.soak
def test_killed_in_the_middle_of_the_exchange(
    crawled: tuple[Settings, Catalog, ReplayServer], tmp_path: Path
) -> None:
    """Whichever file was exchanged last before it died: a store is there, and nothing is lost."""
    settings, _, _ = crawled
    before = copied(settings, tmp_path / "before")
    steps, code = 0, 9
    while code:
        done = subprocess.run(
            [sys.executable, "-c", DYING, str(steps)],
            env=environment(settings), capture_output=True, text=True, check=False,
        )  # fmt: skip
        code = done.returncode
        assert code in {0, 9}, done.stderr
        assert is_whole(settings)
        assert not differences(before, settings.data_dir)
        steps += 1
    assert steps > 3
    assert not (settings.data_dir / "rebuild").exists()
