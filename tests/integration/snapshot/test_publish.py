"""A version is published once, whole, and never again."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from miner.errors import (
    CheckFailed,
    ConfigurationError,
    InvalidData,
    MinerError,
    RetryLater,
    SourceRefused,
)
from miner.pipelines.snapshot.locations import INDEX, open_source
from miner.pipelines.snapshot.publish import publish
from miner.pipelines.snapshot.pull import find_version, pull
from miner.progress import Silent
from miner.settings import Settings
from tests.crawling import name, settings_for
from tests.hub_writing import TOKEN, WritableHub, commit, writable_hub
from tests.snapshots import NAME, change, contents, copy_store, make

REPOSITORY = "acme/supply-chain"
# the Hub's library sends a file by a parameter that its own HTTP library advises against
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HOME", str(tmp_path / "hf"))


@pytest.fixture
def hub() -> Iterator[WritableHub]:
    with writable_hub() as served:
        yield served


def settings_of(hub: WritableHub, tmp_path: Path, token: str | None = TOKEN) -> Settings:
    return settings_for(tmp_path / "fresh", hub.endpoint, hf_token=token, http_attempts=2)


def pulled(settings: Settings, source: str) -> dict[str, bytes]:
    stop = threading.Event()
    place = open_source(settings, source, stop)
    try:
        home = settings.data_dir / "snapshots"
        found = pull(place, find_version(place, None), home, progress=Silent(), stop=stop)
        return contents(found.folder)
    finally:
        place.close()


def test_to_a_folder(store: Settings, made: Path, tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    assert not publish(store, made, str(home), dry_run=True).is_done
    assert not home.exists()
    done = publish(store, made, str(home))
    assert (done.is_done, done.place) == (True, str(home / NAME))
    assert contents(home / NAME) == contents(made)
    assert json.loads((home / INDEX).read_text()) == {"snapshots": [NAME]}
    before = contents(home)
    for dry_run in (True, False):
        with pytest.raises(ConfigurationError, match=r"published in .* already"):
            publish(store, made, str(home), dry_run=dry_run)
    assert contents(home) == before
    second = make(store, tmp_path / "data-2026.01.1").folder
    publish(store, second, str(home))
    assert json.loads((home / INDEX).read_text()) == {"snapshots": ["data-2026.01.1", NAME]}


def test_what_is_damaged_is_not_published(store: Settings, made: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(made, tmp_path / "copy"))
    (copy / "model.parquet").write_bytes(b"x")
    with pytest.raises(InvalidData, match=r"model\.parquet"):
        publish(store, copy, str(tmp_path / "home"))
    with pytest.raises(ConfigurationError, match="cannot publish to 'https"):
        publish(store, made, "https://example.org/data")
    assert not (tmp_path / "home").exists()


def test_what_was_taken_down_since_is_not_published(
    store: Settings, made: Path, tmp_path: Path
) -> None:
    own = copy_store(store, tmp_path / "own")
    (own.data_dir / "takedown.csv").write_text(f"subject,value\nmodel,{name(4)}\n")
    with pytest.raises(
        CheckFailed, match=r"names rows or texts of data-2026\.01\.0: .*1 of model,"
    ):
        publish(own, made, str(tmp_path / "home"), dry_run=True)
    with pytest.raises(CheckFailed):
        publish(own, made, str(tmp_path / "home"))
    assert not (tmp_path / "home").exists()
    (own.data_dir / "takedown.csv").write_text("subject,value\nmodel,nobody/nothing\n")
    assert publish(own, made, str(tmp_path / "home")).is_done


def test_to_the_hub_in_one_commit_and_a_tag(hub: WritableHub, made: Path, tmp_path: Path) -> None:
    settings = settings_of(hub, tmp_path)
    assert not publish(settings, made, REPOSITORY, dry_run=True).is_done
    assert hub.repositories == {}
    done = publish(settings, made, f"hf://datasets/{REPOSITORY}", is_private=True)
    repository = hub.repositories[REPOSITORY]
    assert done.place == f"{hub.endpoint}/datasets/{REPOSITORY}/tree/{NAME}"
    assert repository.is_private
    assert repository.messages == ["initial commit", f"{NAME}: data of 2026-01-01"]
    assert repository.tags == {NAME: repository.commits[-1][0]}
    files = dict(repository.commits[-1][1])
    assert files.pop(".gitattributes")
    assert files == contents(made)
    parquet = [path for path in files if path.endswith("parquet")]
    assert set(hub.stored.values()) == {files[path] for path in parquet}
    assert pulled(settings, REPOSITORY) == contents(made)


def test_a_version_on_the_hub_is_never_touched(
    hub: WritableHub, made: Path, tmp_path: Path
) -> None:
    settings = settings_of(hub, tmp_path)
    publish(settings, made, REPOSITORY)
    repository = hub.repositories[REPOSITORY]
    before = (list(repository.commits), dict(repository.tags))
    for dry_run in (True, False):
        with pytest.raises(ConfigurationError, match="published in acme/supply-chain already"):
            publish(settings, made, REPOSITORY, dry_run=dry_run)
    assert (repository.commits, repository.tags) == before


def test_the_next_version_replaces_the_files_and_leaves_the_last_tag(
    hub: WritableHub, store: Settings, made: Path, tmp_path: Path
) -> None:
    settings = settings_of(hub, tmp_path)
    publish(settings, made, REPOSITORY)
    repository = hub.repositories[REPOSITORY]
    commit(repository, repository.commits[-1][1] | {"stray.txt": b"x"}, "by hand")
    own = copy_store(store, tmp_path / "own")
    change(own, "UPDATE model SET likes = 77 WHERE name = ?", name(3))
    second = make(own, tmp_path / "data-2026.01.1").folder
    stored = set(hub.stored)
    assert publish(settings, second, REPOSITORY).removed == ("stray.txt",)
    assert hub.stored.keys() - stored == {
        file for file in hub.stored if hub.stored[file] == (second / "model.parquet").read_bytes()
    }
    assert set(repository.tags) == {NAME, "data-2026.01.1"}
    assert repository.files(NAME) == contents(made) | {".gitattributes": b"*.parquet filter=lfs\n"}
    assert pulled(settings, REPOSITORY) == contents(second)


def test_a_publication_that_died_before_its_tag_is_ended_by_the_same_command(
    hub: WritableHub, made: Path, tmp_path: Path
) -> None:
    settings = settings_of(hub, tmp_path)
    hub.trouble = lambda request: Response("down", 500) if "/tag/" in request.url.path else None
    with pytest.raises(RetryLater, match="answered 500"):
        publish(settings, made, REPOSITORY)
    repository = hub.repositories[REPOSITORY]
    assert (len(repository.commits), repository.tags) == (2, {})
    with pytest.raises(ConfigurationError, match="no snapshot yet"):
        pulled(settings, REPOSITORY)
    hub.trouble = None
    hub.requests.clear()
    publish(settings, made, REPOSITORY)
    assert (len(repository.commits), set(repository.tags)) == (2, {NAME})
    assert [method for method, _, _ in hub.requests if method == "PUT"] == []


@pytest.mark.parametrize(
    ("status", "code"), [(409, 10), (403, 12), (500, 11)], ids=["taken", "forbidden", "down"]
)
def test_a_tag_that_is_refused_after_the_commit_says_what_landed(
    hub: WritableHub, made: Path, tmp_path: Path, status: int, code: int
) -> None:
    settings = settings_of(hub, tmp_path)
    hub.trouble = lambda request: Response("no", status) if "/tag/" in request.url.path else None
    with pytest.raises(MinerError) as caught:
        publish(settings, made, REPOSITORY)
    sha = hub.repositories[REPOSITORY].commits[-1][0]
    assert caught.value.exit_code == code
    assert f"commit {sha[:12]} is in main" in caught.value.kept
    assert "nothing was published" not in caught.value.render()


def test_who_changes_the_repository_meanwhile_wins(
    hub: WritableHub, made: Path, tmp_path: Path
) -> None:
    settings = settings_of(hub, tmp_path)

    def meanwhile() -> None:
        repository = hub.repositories[REPOSITORY]
        commit(repository, dict(repository.commits[-1][1]), "meanwhile")

    hub.before_commit = meanwhile
    with pytest.raises(RetryLater, match="changed by somebody else"):
        publish(settings, made, REPOSITORY)
    assert hub.repositories[REPOSITORY].tags == {}


def test_a_file_that_the_hub_leaves_out_stops_before_the_tag(
    hub: WritableHub, made: Path, tmp_path: Path
) -> None:
    hub.ignored.add("croissant.json")
    with pytest.raises(InvalidData, match=r"croissant\.json did not arrive"):
        publish(settings_of(hub, tmp_path), made, REPOSITORY)
    assert hub.repositories[REPOSITORY].tags == {}


def test_without_the_right_to_write(hub: WritableHub, made: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="needs a token"):
        publish(settings_of(hub, tmp_path, token=None), made, REPOSITORY)
    assert hub.requests == []
    wrong = "hf_" + "x" * 34
    with pytest.raises(SourceRefused, match="does not let this token write") as failed:
        publish(settings_of(hub, tmp_path, token=wrong), made, REPOSITORY)
    assert wrong not in failed.value.render()
    assert hub.repositories == {}


@pytest.mark.parametrize(
    "answer",
    [JSONResponse(7), JSONResponse({"branches": 7}), Response("<html>"), Response("", 502)],
)
def test_a_hub_that_answers_oddly(
    hub: WritableHub, made: Path, tmp_path: Path, answer: Response
) -> None:
    def trouble(request: Request) -> Response | None:
        return answer if request.url.path.endswith("/refs") else None

    hub.trouble = trouble
    settings = settings_of(hub, tmp_path)
    with pytest.raises(RetryLater):
        publish(settings, made, REPOSITORY)
    assert hub.repositories == {}
    with pytest.raises(MinerError):
        pulled(settings, REPOSITORY)


def test_the_token_goes_to_the_hub_alone(hub: WritableHub, made: Path, tmp_path: Path) -> None:
    settings = settings_of(hub, tmp_path)
    publish(settings, made, REPOSITORY, is_private=True)
    with pytest.raises(SourceRefused, match="401"):
        pulled(settings_of(hub, tmp_path, token=None), REPOSITORY)
    assert pulled(settings, REPOSITORY) == contents(made)


def test_a_place_that_goes_up_again_is_no_repository_and_no_folder(
    store: Settings, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match="goes down a folder and up again"):
        publish(store, made, "acme/../x")
    assert not (tmp_path / "x").exists()
    with pytest.raises(ConfigurationError, match="nothing can be written in the folder"):
        publish(store, made, "/proc/x")
