"""Only what was verified is used, and nothing is asked for twice."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from pathlib import Path

import duckdb
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from miner import __version__
from miner.errors import (
    ConfigurationError,
    InvalidData,
    MinerError,
    RetryLater,
    SourceRefused,
    StoreLocked,
)
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.pipelines.snapshot.load import load_snapshot
from miner.pipelines.snapshot.locations import INDEX, open_source
from miner.pipelines.snapshot.publish import publish
from miner.pipelines.snapshot.pull import Pulled, find_version, pull
from miner.pipelines.snapshot.snapshot_files import verify_snapshot
from miner.progress import Silent
from miner.queries.loader import macros
from miner.schema import manifest
from miner.schema.manifest import MANIFEST, Version
from miner.schema.published import PUBLISHED
from miner.schema.signature import SIGNATURE
from miner.settings import Settings
from tests.crawling import settings_for
from tests.hub_writing import ranged, serving_app
from tests.snapshots import NAME, contents

LARGEST = "license.parquet"
_AT = f"/{LARGEST}"


@dataclass
class Shelf:
    """A server of a folder; ``trouble`` may answer in its place, or cut an answer."""

    folder: Path
    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    trouble: Callable[[Request], Response | int | None] = lambda _request: None

    async def answer(self, request: Request) -> Response:
        path = request.path_params["path"]
        self.asked.append((path, request.headers.get("range", "")))
        met = self.trouble(request)
        if isinstance(met, Response):
            return met
        if not (self.folder / path).is_file():
            return Response("no", 404)
        return ranged(request, (self.folder / path).read_bytes(), cut_after=met)


@contextmanager
def serving(folder: Path) -> Iterator[Shelf]:
    shelf = Shelf(folder)
    with serving_app(Starlette(routes=[Route("/{path:path}", shelf.answer)])) as shelf.url:
        yield shelf


@pytest.fixture
def shelf(published: Path) -> Iterator[Shelf]:
    with serving(published) as served:
        yield served


@pytest.fixture(scope="module")
def published_once(made: Path, store: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("once") / "published"
    publish(store, made, str(home))
    return home


@pytest.fixture
def published(published_once: Path, tmp_path: Path) -> Path:
    """A copy of what was published, which the test may change."""
    return shutil.copytree(published_once, tmp_path / "published")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path / "fresh", "http://127.0.0.1:9", http_attempts=2)


def get(
    settings: Settings, source: str, *, version: str | None = None, tables: tuple[str, ...] = ()
) -> Pulled:
    stop = threading.Event()
    place = open_source(settings, source, stop)
    try:
        found = find_version(place, version)
        home = settings.data_dir / "snapshots"
        return pull(place, found, home, progress=Silent(), stop=stop, tables=tables)
    finally:
        place.close()


def test_from_a_folder(settings: Settings, published: Path, made: Path) -> None:
    pulled = get(settings, str(published))
    assert pulled.folder == settings.data_dir / "snapshots" / NAME
    assert contents(pulled.folder) == contents(made)
    assert get(settings, str(published)).files == 0
    other = settings_for(settings.data_dir.with_name("other"), "http://127.0.0.1:9")
    assert contents(get(other, str(published / NAME)).folder) == contents(made)


def test_from_the_place_that_the_settings_name(settings: Settings, published: Path) -> None:
    configured = replace(settings, snapshot_source=str(published))
    assert open_source(configured, None, threading.Event()).versions() == [Version.parse(NAME)]
    other = open_source(configured, str(published.parent), threading.Event())
    assert other.versions() == []


def test_from_an_address(settings: Settings, shelf: Shelf, made: Path) -> None:
    pulled = get(settings, shelf.url, version=NAME)
    assert contents(pulled.folder) == contents(made)
    assert pulled.files == len(contents(made)) - 1
    shelf.asked.clear()
    assert get(settings, f"{shelf.url}/").files == 0
    asked = [INDEX, f"{NAME}/{MANIFEST}", f"{NAME}/{SIGNATURE}"]
    assert [path for path, _ in shelf.asked] == asked


def test_the_duckdb_file_is_that_of_the_store(
    settings: Settings, store: Settings, shelf: Shelf, tmp_path: Path
) -> None:
    pulled = get(settings, shelf.url)
    shipped = macros()
    load_snapshot(pulled.folder, pulled.manifest, tmp_path / "a.duckdb", shipped)
    export_duckdb(store, tmp_path / "b.duckdb", macros=shipped)
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{tmp_path / 'a.duckdb'}' AS a (READ_ONLY)")
        connection.execute(f"ATTACH '{tmp_path / 'b.duckdb'}' AS b (READ_ONLY)")
        for table in PUBLISHED:
            sides = (
                f"(FROM a.{table} EXCEPT ALL FROM b.{table})",
                f"(FROM b.{table} EXCEPT ALL FROM a.{table})",
            )
            for side in sides:
                assert connection.execute(f"SELECT count(*) FROM {side}").fetchone() == (0,), table
        described = (
            "SELECT table_name, column_name, comment FROM duckdb_columns() "
            "WHERE database_name = '{}' AND NOT internal ORDER BY ALL"
        )
        assert (
            connection.execute(described.format("a")).fetchall()
            == connection.execute(described.format("b")).fetchall()
        )
        made = "SELECT function_name FROM duckdb_functions() WHERE database_name = '{}' ORDER BY 1"
        assert connection.execute(made.format("a")).fetchall() == [
            (name,) for name in sorted(macro.name for macro in shipped)
        ]


def test_some_tables_alone(settings: Settings, shelf: Shelf) -> None:
    pulled = get(settings, shelf.url, tables=("model", "owner"))
    assert set(contents(pulled.folder)) == {"model.parquet", "owner.parquet", MANIFEST}
    shelf.asked.clear()
    more = get(settings, shelf.url, tables=("model", "paper"))
    assert set(contents(more.folder)) == {
        "model.parquet", "owner.parquet", "paper.parquet", MANIFEST,
    }  # fmt: skip
    assert [path for path, _ in shelf.asked if path.endswith("parquet")] == [
        f"{NAME}/paper.parquet"
    ]
    with pytest.raises(ConfigurationError, match="has no table 'models'"):
        get(settings, shelf.url, tables=("models",))
    whole = get(settings, shelf.url)
    assert verify_snapshot(whole.folder)[1] == []


def test_what_was_cut_goes_on_where_it_was(settings: Settings, shelf: Shelf, made: Path) -> None:
    half = (made / LARGEST).stat().st_size // 2
    shelf.trouble = lambda request: (
        half if request.url.path.endswith(_AT) and "range" not in request.headers else None
    )
    pulled = get(settings, shelf.url)
    asked = [header for path, header in shelf.asked if path.endswith(_AT)]
    assert asked[0] == ""
    assert asked[1:] == [f"bytes={half}-"]
    assert contents(pulled.folder) == contents(made)


@pytest.mark.parametrize(
    ("status", "headers", "least"),
    [
        (503, {"retry-after": "{date}"}, 1.0),
        (429, {"ratelimit": '"resolvers";r=0;t=1'}, 2.0),
        (429, {"ratelimit": '"resolvers";r=0;t=86400',
               "ratelimit-policy": '"fixed window";"resolvers";q=9;w=1'}, 2.0),
        (429, {"ratelimit": '"resolvers";r=5;t=240'}, 0.2),
    ],
)  # fmt: skip
def test_a_wait_is_as_long_as_the_server_says(
    settings: Settings, shelf: Shelf, status: int, headers: dict[str, str], least: float
) -> None:
    asked = Counter[str]()

    def trouble(request: Request) -> Response | None:
        path = request.url.path
        asked[path] += 1
        if not path.endswith(MANIFEST) or asked[path] > 1:
            return None
        date = formatdate(time.time() + 3, usegmt=True)
        return Response("no", status, {k: v.format(date=date) for k, v in headers.items()})

    shelf.trouble = trouble
    begun = time.monotonic()
    get(settings, shelf.url, tables=("owner",))
    assert least <= time.monotonic() - begun < 20


def test_a_server_that_dies_half_way_costs_nothing_that_came(
    settings: Settings, shelf: Shelf, made: Path
) -> None:
    half = (made / LARGEST).stat().st_size // 2
    is_dead = threading.Event()

    def trouble(request: Request) -> Response | int | None:
        if is_dead.is_set() and request.url.path.endswith("parquet"):
            return Response("down", 503, {"retry-after": "0"})
        if request.url.path.endswith(_AT):
            is_dead.set()
            return half
        return None

    shelf.trouble = trouble
    with pytest.raises(RetryLater, match=r"(503|middle|Error).* \(tried 2 times\)") as failed:
        get(settings, shelf.url)
    assert "goes on where it stopped" in failed.value.next_step
    home = settings.data_dir / "snapshots"
    assert not (home / NAME).exists()
    kept = contents(home / f".{NAME}.coming")
    assert kept[f"{LARGEST}.part"] == (made / LARGEST).read_bytes()[:half]
    shelf.trouble = lambda _request: None
    shelf.asked.clear()
    assert contents(get(settings, shelf.url).folder) == contents(made)
    asked = dict(shelf.asked)
    assert asked[f"{NAME}/{LARGEST}"] == f"bytes={half}-"
    whole = {path for path in kept if not path.endswith(".part")}
    assert not [path for path in whole if f"{NAME}/{path}" in asked]


def test_a_server_without_ranges_sends_all_of_it_again(
    settings: Settings, shelf: Shelf, made: Path
) -> None:
    coming = settings.data_dir / "snapshots" / f".{NAME}.coming"
    coming.mkdir(parents=True)
    (coming / f"{MANIFEST}.part").write_bytes((made / MANIFEST).read_bytes())
    (coming / f"{LARGEST}.part").write_bytes((made / LARGEST).read_bytes()[:100])
    data = (made / LARGEST).read_bytes()
    shelf.trouble = lambda request: Response(data) if request.url.path.endswith(_AT) else None
    assert contents(get(settings, shelf.url).folder) == contents(made)


PAGE = b"<!DOCTYPE html><html><body>Maintenance</body></html>"


@pytest.mark.parametrize("is_counted", [True, False])
def test_a_web_page_neither_begins_a_file_nor_takes_the_place_of_what_is_there(
    settings: Settings, shelf: Shelf, made: Path, is_counted: bool
) -> None:
    half = (made / LARGEST).stat().st_size // 2
    met: list[str] = []

    def page() -> Response:
        if is_counted:
            return Response(PAGE, media_type="text/html")
        return StreamingResponse(iter([PAGE]), media_type="text/html")

    def trouble(request: Request) -> Response | int | None:
        if not request.url.path.endswith(_AT):
            return None
        met.append(request.headers.get("range", ""))
        return page() if len(met) in {1, 3} else half if len(met) == 2 else None

    shelf.trouble = trouble
    with pytest.raises(RetryLater, match=r"something else, of .* \(tried 2 times\)"):
        get(settings, shelf.url)
    assert met == ["", "", f"bytes={half}-"]
    part = settings.data_dir / "snapshots" / f".{NAME}.coming" / f"{LARGEST}.part"
    assert part.read_bytes() == (made / LARGEST).read_bytes()[:half]
    assert contents(get(settings, shelf.url).folder) == contents(made)
    assert met[3:] == [f"bytes={half}-"]


def test_a_web_page_in_place_of_the_manifest_is_asked_for_again(
    settings: Settings, shelf: Shelf, made: Path
) -> None:
    pages = iter([Response(PAGE, media_type="text/html")])
    shelf.trouble = lambda request: (
        next(pages, None) if request.url.path.endswith(MANIFEST) else None
    )
    assert contents(get(settings, shelf.url).folder) == contents(made)


def test_a_part_that_was_not_asked_for_is_not_written(
    settings: Settings, shelf: Shelf, made: Path
) -> None:
    coming = settings.data_dir / "snapshots" / f".{NAME}.coming"
    coming.mkdir(parents=True)
    (coming / f"{MANIFEST}.part").write_bytes((made / MANIFEST).read_bytes())
    (coming / f"{LARGEST}.part").write_bytes((made / LARGEST).read_bytes()[:100])
    size = (made / LARGEST).stat().st_size
    wrong = Response(b"x" * 10, 206, {"content-range": f"bytes 0-9/{size}"})
    shelf.trouble = lambda request: wrong if request.url.path.endswith(_AT) else None
    with pytest.raises(RetryLater, match="another part"):
        get(settings, shelf.url)
    assert (coming / f"{LARGEST}.part").read_bytes() == (made / LARGEST).read_bytes()[:100]


def test_what_is_not_what_the_manifest_says_is_not_used(
    settings: Settings, shelf: Shelf, published: Path
) -> None:
    get_before = contents(published)
    for path in ("model.parquet", "README.md"):
        data = get_before[f"{NAME}/{path}"]
        for wrong in (data[:-1] + bytes([data[-1] ^ 1]), data + b"x", data[:-1]):
            (published / NAME / path).write_bytes(wrong)
            with pytest.raises(MinerError, match=path) as failed:
                get(settings, shelf.url)
            assert isinstance(failed.value, InvalidData | RetryLater)
            assert not (settings.data_dir / "snapshots" / NAME).exists()
            shutil.rmtree(settings.data_dir)  # what was right is kept otherwise
        (published / NAME / path).write_bytes(data)
    assert get(settings, shelf.url).files > 0


def test_a_folder_with_damage_is_not_used(settings: Settings, published: Path) -> None:
    path = published / NAME / "model.parquet"
    data = path.read_bytes()
    other = published / "model.parquet"
    other.write_bytes(data)
    path.unlink()
    with pytest.raises(InvalidData, match=r"model\.parquet: missing"):
        get(settings, str(published))
    path.symlink_to(other)
    with pytest.raises(InvalidData, match=r"model\.parquet: a link"):
        get(settings, str(published))
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(InvalidData, match=r"model\.parquet: no regular file"):
        get(settings, str(published))
    path.unlink()
    path.write_bytes(data[:-1] + b"x")
    with pytest.raises(InvalidData, match=r"model\.parquet: other content"):
        get(settings, str(published))
    assert not (settings.data_dir / "snapshots" / NAME).exists()
    path.write_bytes(data)
    assert get(settings, str(published)).files > 0


def test_a_damaged_manifest_is_not_used(settings: Settings, shelf: Shelf, published: Path) -> None:
    path = published / NAME / MANIFEST
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"rows": 30', b'"rows": 31'))
    with pytest.raises(InvalidData, match=r"manifest\.json is damaged"):
        get(settings, shelf.url)
    path.write_bytes(data)
    shutil.copytree(published / NAME, published / "data-2026.01.5")
    (published / INDEX).write_text('{"snapshots": ["data-2026.01.5", "nonsense"]}')
    with pytest.raises(InvalidData, match=r"data-2026\.01\.5 calls itself data-2026\.01\.0"):
        get(settings, shelf.url)
    assert not list((settings.data_dir / "snapshots").glob("data-*"))


def test_a_manifest_that_leads_elsewhere_writes_nowhere(
    settings: Settings, shelf: Shelf, published: Path
) -> None:
    path = published / NAME / MANIFEST
    content = json.loads(path.read_bytes())
    content["files"][0]["path"] = "../../../escaped"
    del content["seal"]
    path.write_bytes(manifest.sealed(content))
    with pytest.raises(InvalidData, match="not allowed as path"):
        get(settings, shelf.url)
    assert not list(settings.data_dir.parent.rglob("escaped*"))


def test_a_redirect_to_another_host_is_refused(
    settings: Settings, shelf: Shelf, published: Path
) -> None:
    with serving(published) as other:
        shelf.trouble = lambda request: (
            RedirectResponse(f"{other.url}/{request.path_params['path']}")
            if request.url.path.endswith("parquet")
            else None
        )
        with pytest.raises(SourceRefused, match="another host"):
            get(settings, shelf.url)
        assert other.asked == []
    for place in ("http://127.0.0.1.example.org/x", "file:///etc/passwd", "//evil.example/x",
                  "http://[x"):  # fmt: skip
        shelf.trouble = lambda _request, place=place: Response(  # type: ignore[misc]
            status_code=302, headers={"location": place}
        )
        with pytest.raises(SourceRefused, match="another host"):
            get(settings, shelf.url)
    shelf.trouble = lambda request: Response(
        status_code=302, headers={"location": str(request.url)}
    )
    with pytest.raises(RetryLater, match="redirects"):
        get(settings, shelf.url)


def test_another_schema_is_refused_with_the_version_to_install(
    settings: Settings, shelf: Shelf, published: Path
) -> None:
    path = published / NAME / MANIFEST
    content = json.loads(path.read_bytes())
    content |= {"schema_revision": "0" * 12, "code_version": "7.1.0"}
    (model,) = [table for table in content["tables"] if table["name"] == "model"]
    model["columns"][0]["name"] = "other"
    del content["seal"]
    path.write_bytes(manifest.sealed(content))
    with pytest.raises(InvalidData, match=r"this miner knows .*: model differ") as failed:
        get(settings, shelf.url)
    assert "pip install 'miner==7.1.0'" in failed.value.next_step
    assert f"pull {NAME} --table model" in failed.value.next_step
    content["code_version"] = __version__
    path.write_bytes(manifest.sealed(content))
    with pytest.raises(InvalidData) as failed:
        get(settings, str(published))
    assert "of other code" in failed.value.next_step
    assert [requested for requested, _ in shelf.asked] == [INDEX, f"{NAME}/{MANIFEST}"]


def test_a_manifest_that_names_this_schema_and_lacks_a_table_is_refused(
    settings: Settings, published: Path
) -> None:
    path = published / NAME / MANIFEST
    content = json.loads(path.read_bytes())
    content["tables"] = [one for one in content["tables"] if one["name"] != "model_alias"]
    del content["seal"]
    path.write_bytes(manifest.sealed(content))
    with pytest.raises(InvalidData, match="names this miner's schema, and model_alias differ"):
        get(settings, str(published))


def test_the_latest_is_the_greatest_version(settings: Settings, published: Path) -> None:
    stop = threading.Event()
    for name in ("data-2026.01.10", "data-2026.01.9", "data-2025.12.99", "data-2026.13.0", "x"):
        shutil.copytree(published / NAME, published / name)
    place = open_source(settings, str(published), stop)
    assert find_version(place, None) == Version(2026, 1, 10)
    with pytest.raises(
        ConfigurationError, match=r"does not have data-2020\.01\.0; it has data-2026"
    ):
        find_version(place, "data-2020.01.0")
    with pytest.raises(ConfigurationError, match="no name of a snapshot"):
        find_version(place, "latest")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, "no place to get snapshots from is set"),
        ("", "no place to get snapshots from is set"),
        ("/no/such/folder", "no folder"),
        ("http://example.org/data", "https address is needed"),
        ("ftp://example.org/data", "https address is needed"),
        ("https://", "https address is needed"),
        ("https://[x", "https address is needed"),
        ("https://me:secret@hub.example/data", "no account"),
        ("hf://datasets/only-owner", "names no dataset repository"),
    ],
)
def test_a_source_that_is_none(settings: Settings, source: str | None, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as failed:
        open_source(settings, source, threading.Event())
    assert "secret" not in str(failed.value)


def test_who_may_not_read_is_told_whom_to_ask(settings: Settings, shelf: Shelf) -> None:
    shelf.trouble = lambda _request: Response("no", 403)
    with pytest.raises(SourceRefused, match="answered 403") as failed:
        get(settings, shelf.url)
    assert "publisher" in failed.value.next_step
    with pytest.raises(SourceRefused, match="answered 403") as failed:
        get(replace(settings, hf_endpoint=shelf.url), "acme/supply-chain")
    assert "HF_TOKEN" in failed.value.next_step


def test_what_was_given_is_what_is_to_be_checked(settings: Settings, shelf: Shelf) -> None:
    own = replace(settings, hf_endpoint=shelf.url, snapshot_source="acme/nope")
    for source, place in (("acme/nope", "--from"), (None, "MINER_SNAPSHOT_SOURCE")):
        with pytest.raises(SourceRefused, match="no dataset repository acme/nope") as failed:
            open_source(own, source, threading.Event()).versions()
        assert failed.value.next_step.startswith(f"check {place} ")


def test_an_empty_source(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match="no snapshot yet"):
        get(settings, str(tmp_path / "empty"))
    with serving(tmp_path / "empty") as shelf:
        with pytest.raises(SourceRefused, match=r"no index\.json"):
            get(settings, shelf.url)
        for text in ("{}", "7", '{"snapshots": 7}', "[" * 99_999):
            (tmp_path / "empty" / INDEX).write_text(text)
            with pytest.raises(InvalidData, match="is damaged"):
                get(settings, shelf.url)


def test_a_damaged_snapshot_is_made_whole_again(
    settings: Settings, shelf: Shelf, made: Path
) -> None:
    folder = get(settings, shelf.url).folder
    (folder / "model.parquet").write_bytes(b"x")
    shelf.asked.clear()
    assert get(settings, shelf.url).files == 1
    assert [path for path, _ in shelf.asked if path.endswith("parquet")] == [
        f"{NAME}/model.parquet"
    ]
    assert contents(folder) == contents(made)


def test_two_pulls_do_not_meet(settings: Settings, shelf: Shelf) -> None:
    def trouble(_request: Request) -> None:
        if not tried:
            tried.append(True)
            try:
                pull_again()
            except StoreLocked as error:
                tried.append(error)

    def pull_again() -> None:
        stop = threading.Event()
        place = open_source(settings, str(shelf.folder), stop)
        home = settings.data_dir / "snapshots"
        pull(place, Version.parse(NAME), home, progress=Silent(), stop=stop)

    tried: list[object] = []
    shelf.trouble = lambda request: (
        trouble(request) if request.url.path.endswith("parquet") else None
    )
    get(settings, shelf.url)
    assert isinstance(tried[1], StoreLocked)


def test_stopping_keeps_what_came(settings: Settings, shelf: Shelf, made: Path) -> None:
    class Stop(Silent):
        def advance(self, count: int) -> None:
            raise KeyboardInterrupt

    stop = threading.Event()
    place = open_source(settings, shelf.url, stop)
    home = settings.data_dir / "snapshots"
    with pytest.raises(KeyboardInterrupt):
        pull(place, Version.parse(NAME), home, progress=Stop(), stop=stop)
    assert not (home / NAME).exists()
    assert contents(get(settings, shelf.url).folder) == contents(made)
