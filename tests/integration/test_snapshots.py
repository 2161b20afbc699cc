"""Snapshots as they are used: made, published, got elsewhere, compared; by the commands."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from miner.cli import main
from miner.pipelines.snapshot.differences import diff_snapshots
from miner.pipelines.snapshot.publish import publish
from miner.pipelines.sources.replay.folder import load_catalog
from miner.pipelines.sources.replay.serve import serving
from miner.schema.published import PUBLISHED
from miner.settings import Settings
from tests.commands import run_miner
from tests.crawling import build, crawl, created, environment, name, record, settings_for, window
from tests.hub_writing import TOKEN, ranged, serving_app, writable_hub
from tests.snapshots import NAME, contents, make, make_store

SECOND = datetime.fromisoformat("2026-01-08T12:00:00")
MODIFIED = "2026-01-05T00:00:00.000Z"
REPOSITORY = "acme/supply-chain"


def miner(
    settings: Settings, *arguments: str, source: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run ``miner`` as a person does."""
    env = environment(settings) | ({"MINER_SNAPSHOT_SOURCE": source} if source else {})
    env |= {"HF_HOME": str(settings.data_dir.parent / "hf")}
    return run_miner(*arguments, env=env)


def done(settings: Settings, *arguments: str, source: str = "") -> str:
    """Run it, and return the last line of what it printed."""
    ran = miner(settings, *arguments, source=source)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()[-1]


def counts(file: str) -> dict[str, int]:
    with duckdb.connect(file, read_only=True) as connection:
        return {
            table: int((connection.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,))[0])
            for table in PUBLISHED
        }


def round_trip(own: Settings, fresh: Path) -> Settings:
    """Make, publish, get elsewhere, verify and ask; counts have to be those of an export."""
    exported = done(own, "export")
    made = Path(done(own, "snapshot", "build"))
    folder = str(own.data_dir / "again")
    again = Path(done(own, "snapshot", "build", "--out", folder, "--name", made.name))
    assert contents(again) == contents(made)
    with writable_hub() as hub:
        writer = replace(own, hf_endpoint=hub.endpoint, hf_token=TOKEN)
        reader = settings_for(fresh, hub.endpoint)
        done(writer, "snapshot", "publish", made.name, "--to", REPOSITORY)
        file = done(reader, "snapshot", "pull", source=REPOSITORY)
        assert done(reader, "snapshot", "list", "--from", REPOSITORY) == made.name
    assert file == str(reader.duckdb_path)
    assert counts(file) == counts(exported)
    assert done(reader, "snapshot", "verify", made.name).endswith("files, unsigned")
    assert contents(reader.data_dir / "snapshots" / made.name) == contents(made)
    shown = miner(reader, "query", "models/by_license", "--format", "csv")
    assert (shown.returncode, shown.stdout) == (
        0, miner(own, "query", "models/by_license", "--format", "csv").stdout,
    )  # fmt: skip
    return reader


@pytest.mark.soak
def test_a_snapshot_of_a_small_hub_goes_round(tmp_path: Path) -> None:
    own = make_store(tmp_path / "own" / "data")
    reader = round_trip(own, tmp_path / "reader" / "data")
    listed = json.loads(miner(reader, "snapshot", "list", "--format", "json").stdout)
    assert [(entry["name"], entry["models"]) for entry in listed] == [(NAME, 30)]


@pytest.mark.shared
@pytest.mark.soak
def test_a_snapshot_of_the_corpus_goes_round(tmp_path: Path, shared_dir: Path) -> None:
    with serving(load_catalog([shared_dir / "hub-corpus"])) as server:
        own = settings_for(tmp_path / "own" / "data", server.endpoint)
        crawl(own, window(since="2000-01-01"))
    reader = round_trip(own, tmp_path / "reader" / "data")
    assert counts(str(reader.duckdb_path))["model"] > 14_000


def test_between_two_snapshots_exactly_what_the_hub_changed_is_found(tmp_path: Path) -> None:
    catalog = build(60, cards=5)
    with serving(catalog) as server:
        own = settings_for(tmp_path / "data", server.endpoint)
        crawl(own, window(since="2000-01-01"))
        first = make(own, None).folder
        catalog.saw(SECOND)
        catalog.remove_model(name(10))
        catalog.rename_model(name(15), "new-owner/fifteen")
        catalog.rename_model(name(17), "moved/seventeen")
        catalog.models.put(record(17, _id="7" * 24, createdAt=created(100)))  # takes the name over
        card_data = {"license": "gpl-3.0", "base_model": name(20)}
        catalog.models.put(record(30, sha="3" * 40, lastModified=MODIFIED, cardData=card_data))
        catalog.models.put(record(35, disabled=True))
        catalog.models.put(record(36, downloads=5000, likes=99))
        catalog.models.put(record(101))
        crawl(own, window(since="2000-01-01"))
        second = make(own, None).folder
    assert (first.name, second.name) == (NAME, "data-2026.01.1")
    found = diff_snapshots(first, second)
    listed = {title: [row[1:] for row in each.rows] for title, each in found.listed.items()}
    assert listed == {
        "models gone": [(name(10), "present", "gone-or-private")],
        "models new": [(name(17),), (name(101),)],
        "models renamed": [(name(15), "new-owner/fifteen"), (name(17), "moved/seventeen")],
        "licenses changed": [(name(30), "apache-2.0", "gpl-3.0")],
    }
    tables = {each.table: each for each in found.tables}
    model = tables["model"]
    assert (model.added, model.removed) == (3, 1)  # new-owner/fifteen, moved/seventeen and 101
    assert dict(model.columns or {}).keys() >= {"state", "license", "downloads", "likes", "sha"}
    assert (model.columns or {})["license"] == 1
    assert (model.columns or {})["downloads"] == 1
    assert tables["hub"].count == tables["paper"].count == tables["license"].count == 0
    seen = tables["model_observation"]
    # a sweep saw 61; what was seen of the two that were renamed carries their present names
    assert (seen.added, seen.removed, seen.changed) == (61 + 2, 2, 0)


def test_a_build_that_is_killed_leaves_no_half_snapshot(tmp_path: Path) -> None:
    own = make_store(tmp_path / "own" / "data", build(300, cards=5))
    target = tmp_path / "out" / NAME
    command = [sys.executable, "-m", "miner", "snapshot", "build", "--out", str(target)]
    work = target.with_name(f".{NAME}.building")
    kills = 0
    for moment in ("work.duckdb", "snapshot/hub.parquet"):
        with subprocess.Popen(
            command, env=environment(own), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as running:
            while not (work / moment).exists() and running.poll() is None:
                time.sleep(0.002)
            running.kill()
        if running.returncode != 0:
            kills += 1
            assert not target.exists()
            assert miner(own, "snapshot", "verify", str(target.parent)).returncode == 10
    assert kills == 2
    done(own, "snapshot", "build", "--out", str(target))
    assert not work.exists()
    again = tmp_path / "again" / NAME
    done(own, "snapshot", "build", "--out", str(again))
    assert contents(target) == contents(again)
    assert done(own, "snapshot", "verify", str(target)).endswith("files, unsigned")


@pytest.mark.soak
def test_a_pull_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    own = make_store(tmp_path / "own" / "data")
    made = make(own, None).folder
    publish(own, made, str(tmp_path / "published"))
    largest = f"{NAME}/license.parquet"
    half = (made / "license.parquet").stat().st_size // 2
    asked: list[tuple[str, str]] = []
    is_slow = True

    async def answer(request: Request) -> Response:
        path = request.path_params["path"]
        asked.append((path, request.headers.get("range", "")))
        data = (tmp_path / "published" / path).read_bytes()
        if not (is_slow and path == largest):
            return ranged(request, data)

        async def slowly() -> object:
            yield data[:half]
            await asyncio.sleep(60)

        return StreamingResponse(slowly(), headers={"content-length": str(len(data))})  # type: ignore[arg-type]

    reader = settings_for(tmp_path / "reader" / "data", own.hf_endpoint, http_timeout_seconds=90.0)
    coming = reader.data_dir / "snapshots" / f".{NAME}.coming"
    with serving_app(Starlette(routes=[Route("/{path:path}", answer)])) as url:
        env = environment(reader) | {"MINER_SNAPSHOT_SOURCE": url}
        command = [sys.executable, "-m", "miner", "snapshot", "pull"]
        wanted = len(contents(made)) - 2
        with subprocess.Popen(
            command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as running:
            while running.poll() is None and not (
                (coming / "license.parquet.part").is_file()
                and (coming / "license.parquet.part").stat().st_size == half
                and sum(not p.endswith(".part") for p in contents(coming)) >= wanted
            ):
                time.sleep(0.01)
            running.kill()
        assert running.returncode == -9
        assert not (reader.data_dir / "snapshots" / NAME).exists()
        assert not reader.duckdb_path.exists()
        is_slow = False
        asked.clear()
        done(reader, "snapshot", "pull", source=url)
    assert dict(asked)[largest] == f"bytes={half}-"
    manifest = f"{NAME}/manifest.json"
    assert {path for path, _ in asked} == {"index.json", manifest, f"{manifest}.minisig", largest}
    assert contents(reader.data_dir / "snapshots" / NAME) == contents(made)


@pytest.mark.soak
def test_a_pull_into_a_data_directory_with_a_store_leaves_its_file_alone(tmp_path: Path) -> None:
    own = make_store(tmp_path / "own" / "data")
    done(own, "snapshot", "build")
    before = Path(done(own, "export")).read_bytes()
    done(own, "snapshot", "publish", NAME, "--to", str(tmp_path / "published"))
    file = done(own, "snapshot", "pull", source=str(tmp_path / "published"))
    assert file == str(own.data_dir / f"{NAME}.duckdb")
    assert own.duckdb_path.read_bytes() == before
    assert counts(file) == counts(str(own.duckdb_path))


def test_mistakes_end_with_their_codes_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "data"))
    for variable in ("MINER_SNAPSHOT_SOURCE", "MINER_DATABASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    published = tmp_path / "published"
    published.mkdir()
    for code, word, arguments in (
        (10, "MINER_SNAPSHOT_SOURCE", ("pull",)),
        (10, "no folder", ("pull", "--from", str(tmp_path / "absent"))),
        (10, "no snapshot yet", ("pull", "--from", str(published))),
        (10, "is no snapshot", ("verify", str(published))),
        (10, "is no snapshot", ("diff", str(published), str(published))),
        (10, "is no snapshot", ("publish", str(published), "--to", str(published))),
        (10, "no store", ("build", "--out", str(tmp_path / "out"))),
        (10, "data-YYYY.MM.N", ("build", "--name", "snapshot-1")),
        (10, "data-YYYY.MM.N", ("build", "--out", str(tmp_path / "data-2026.99.1"))),
        (10, "no such table or check", ("build", "--allow", "models")),
        (2, "--to", ("publish", str(published))),
    ):
        with pytest.raises(SystemExit) as ended:
            main(["snapshot", *arguments])
        captured = capsys.readouterr()
        assert (ended.value.code, captured.out) == (code, ""), arguments
        assert word in captured.err
