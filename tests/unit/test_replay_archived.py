from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from miner.pipelines.sources.archive.segments import Archive
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.replay.catalog import Catalog, Repo
from miner.pipelines.sources.replay.folder import load_catalog

SHA = "a" * 40
MAY, JUNE = datetime.fromisoformat("2026-05-01"), datetime.fromisoformat("2026-06-01")


def answer(
    path: str, body: Any, when: datetime, status: int = 200, **headers: str
) -> ReceivedAnswer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "record" if path.count("/") > 2 else "listing"
    if "/resolve/" in path:
        kind = "file"
    return ReceivedAnswer(kind, f"http://hub.test{path}", status, headers, content, when)


def served(folder: Path, *answers: ReceivedAnswer) -> Catalog:
    archive = Archive(folder, segment_bytes=10_000)
    for item in answers:
        archive.append(item)
    archive.close()
    return load_catalog([folder])


def model(catalog: Catalog, name: str) -> Repo:
    found = catalog.models.find(name)
    assert isinstance(found, Repo)
    return found


def test_the_newest_fields_of_a_model_win(tmp_path: Path) -> None:
    full = {"_id": "1", "id": "a/one", "sha": SHA, "likes": 1, "tags": ["x"]}
    catalog = served(
        tmp_path,
        answer(
            "/api/models?full=true", [full, 7, None, {"id": 3}, {"_id": "2", "id": "a/two"}], MAY
        ),
        answer("/api/models?cursor=x", b'[{"id": "a/cut', MAY),
        answer("/api/models?expand=likes", [{"_id": "1", "id": "a/one", "likes": 5}], JUNE),
        answer("/api/datasets/o/d", {"_id": "9", "id": "o/d"}, JUNE),
        answer("/api/models?limit=1", b"busy", JUNE, 503),
    )
    assert len(catalog.models) == 2
    repo = model(catalog, "a/one")
    assert repo.record == {**full, "likes": 5, "author": "a"}
    assert repo.observed_at == catalog.date == JUNE
    assert model(catalog, "a/two").observed_at == MAY
    assert isinstance(catalog.datasets.find("o/d"), Repo)


def test_files_are_read_by_name_revision_and_path(tmp_path: Path) -> None:
    catalog = served(
        tmp_path,
        answer("/api/models", [{"_id": "1", "id": "a/one", "sha": SHA}, {"id": "gpt2"}], MAY),
        answer(f"/a/one/resolve/{SHA}/README.md", b"card", JUNE),
        answer(f"/a/one/resolve/{'b' * 40}/README.md", b"old card", MAY),
        answer(f"/a/one/resolve/{SHA}/sub%20dir/x.json", b"{}", MAY),
        answer("/a/one/resolve/main/none", b"Entry not found", MAY, 404),
        replace(answer(f"/a/one/resolve/{SHA}/large", b"", MAY), context={"cut": "4000000"}),
        answer("/datasets/o/d/resolve/main/README.md", b"data", MAY),
    )
    repo = model(catalog, "a/one")
    file = repo.file(SHA, "README.md")
    assert file is not None
    assert (file.read(), file.observed_at) == (b"card", JUNE)
    old = repo.file("b" * 40, "README.md")
    assert old is not None
    assert old.read() == b"old card"
    assert repo.revision("b" * 8) == "b" * 40
    assert repo.file(SHA, "none") is None
    assert repo.file(SHA, "large") is None
    assert repo.file(SHA, "sub dir/x.json") is not None


@pytest.mark.parametrize("status", [404, 401])
def test_gone_models_are_not_served(tmp_path: Path, status: int) -> None:
    catalog = served(
        tmp_path,
        answer("/api/models", [{"id": "a/one"}, {"id": "a/two"}], MAY),
        answer("/api/models/a/one", {"error": "no"}, JUNE, status),
        answer("/api/models/a/two", {}, JUNE, 401, **{"x-error-code": "GatedRepo"}),
    )
    assert catalog.models.find("a/one") is None
    assert model(catalog, "a/two")


def test_a_new_name_redirects_from_the_old(tmp_path: Path) -> None:
    catalog = served(
        tmp_path,
        answer("/api/models", [{"_id": "1", "id": "a/one", "sha": SHA}], MAY),
        answer("/api/models", [{"_id": "1", "id": "a/new", "likes": 2}], JUNE),
        answer("/api/models/gpt3", {"_id": "1", "id": "a/new"}, JUNE),
    )
    assert len(catalog.models) == 1
    assert catalog.models.find("a/one") == catalog.models.find("gpt3") == "a/new"
    assert model(catalog, "a/new").sha == SHA


def test_an_archive_and_a_folder_are_served_together(tmp_path: Path) -> None:
    served(tmp_path / "archive", answer("/api/models", [{"id": "a/one", "likes": 1}], MAY))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "models.jsonl").write_text('{"id":"a/two"}')
    catalog = load_catalog([tmp_path / "archive", tmp_path / "folder"])
    assert len(catalog.models) == 2
